"""Tool results -> tables and charts, with labels in the reader's language."""

from __future__ import annotations

from typing import Literal

from assistant.answer import Chart, Table, TableColumn
from semantic_layer.loader import Definitions
from semantic_layer.query import Query
from semantic_layer.result import Column, ResultSet

_MAX_BARS = 40


def table_of(data: ResultSet, definitions: Definitions, lang: str, name: str) -> Table:
    """Return the result as a table; cells stay raw."""
    alone = sum(c.kind == "value" for c in data.columns) == 1
    return Table(
        name=name,
        columns=tuple(_column(c, definitions, lang, alone=alone) for c in data.columns),
        rows=data.rows,
        total_rows=data.total_rows,
    )


_SHORT = {
    "prev": {"zh": "对比期", "en": "before"},
    "delta": {"zh": "变化", "en": "change"},
    "pct": {"zh": "变化率", "en": "change %"},
    "share": {"zh": "占比", "en": "share"},
}


def _column(column: Column, definitions: Definitions, lang: str, *, alone: bool) -> TableColumn:
    short = _SHORT.get(column.kind, {}) if alone else {}
    return TableColumn(
        name=column.name,
        label=short.get(lang) or column.label.get(lang),
        type=_type(column),
        unit=column.unit,
        kind=column.kind,
        format=column.format,
        good=column.good,
        labels=_value_labels(column, definitions, lang) if column.kind == "dimension" else {},
    )


def _type(column: Column) -> Literal["number", "string", "date"]:
    if column.kind == "time":
        return "date"
    return "string" if column.kind == "dimension" else "number"


def _value_labels(column: Column, definitions: Definitions, lang: str) -> dict[str, str]:
    values = definitions.dimensions[column.name].values
    named = {v: spec.label.get(lang) for v, spec in values.items() if spec.label is not None}
    return {v: label for v, label in named.items() if label != v}


def chart_of(table: Table, query: Query, alt: str) -> Chart | None:
    """Choose a chart by rule: a trend is a line, groups are bars; one number needs none."""
    values = [c for c in table.columns if c.kind == "value"]
    dims = [c.name for c in table.columns if c.kind == "dimension"]
    if len(table.rows) < 2 or not values:
        return None
    first = values[0]
    shared = tuple(c.name for c in values if c.unit == first.unit)
    if query.share:
        shared = (f"{first.name}__share",)
    mark, x, y, series = _mark(query, dims, first.name, shared)
    if mark is None or len(dims) > 2 or (mark != "line" and len(table.rows) > _MAX_BARS):
        return None
    return Chart(
        mark=mark,
        table=table.name,
        x=x,
        y=y,
        series=series,
        unit="%" if query.share else first.unit,
        title="、".join(c.label for c in values if c.unit == first.unit),
        alt=alt,
    )


_Mark = Literal["line", "bar", "grouped_bar", "stacked_bar", "funnel"]


def _mark(
    query: Query, dims: list[str], first: str, shared: tuple[str, ...]
) -> tuple[_Mark | None, str, tuple[str, ...], str | None]:
    if query.grain is not None:
        series = dims[0] if dims else None
        return ("line" if len(dims) < 2 else None), "period", shared, series
    if not dims:
        return None, "", shared, None
    if query.compare is not None:
        return "grouped_bar", dims[0], (first, f"{first}__prev"), None
    series = dims[1] if len(dims) > 1 else None
    return ("grouped_bar" if series or len(shared) > 1 else "bar"), dims[0], shared, series
