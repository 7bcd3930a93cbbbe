"""Tool results -> tables and charts, with labels in the reader's language."""

from __future__ import annotations

import re
from typing import Literal

from assistant.answer import Chart, Mark, Table, TableColumn
from assistant.formatting import symbol
from semantic_layer.loader import Definitions
from semantic_layer.model import SimpleMetric
from semantic_layer.query import Query
from semantic_layer.result import Column, ResultSet

_MAX_BARS = 40
_MAX_STACKED = 400
_MAX_PIE = 6
_MIN_STAGES = 3
_WHOLE = 0.001
_RANGE = re.compile(r"[<>≤≥]?\s*\d+(\.\d+)?\s*([-–~～至到]\s*\d+(\.\d+)?|\+)?\s*[^\W\d]{0,4}")


def table_of(data: ResultSet, definitions: Definitions, lang: str, name: str) -> Table:
    """Return the result as a table; cells stay raw."""
    alone = sum(c.kind == "value" for c in data.columns) == 1
    dims = {c.name for c in data.columns if c.kind == "dimension"}
    columns = (_column(c, definitions, lang, alone=alone) for c in data.columns)
    additive = (_additive(c, definitions, dims) for c in data.columns)
    return Table(
        name=name,
        columns=tuple(
            c.model_copy(update={"additive": a}) for c, a in zip(columns, additive, strict=True)
        ),
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


def _additive(column: Column, definitions: Definitions, dims: set[str]) -> bool:
    """Whether a rest of groups may be folded by adding: counts and sums only."""
    metric = definitions.metrics.get(column.metric)
    if column.kind not in {"value", "prev", "share"} or not isinstance(metric, SimpleMetric):
        return False
    counted = metric.agg in {"count", "sum"} and metric.per is None
    return counted and not dims.intersection(metric.overlap)


def _type(column: Column) -> Literal["number", "string", "date"]:
    if column.kind == "time":
        return "date"
    return "string" if column.kind == "dimension" else "number"


def _value_labels(column: Column, definitions: Definitions, lang: str) -> dict[str, str]:
    values = definitions.dimensions[column.name].values
    named = {v: spec.label.get(lang) for v, spec in values.items() if spec.label is not None}
    return {v: label for v, label in named.items() if label != v}


def chart_of(table: Table, query: Query, alt: str) -> Chart | None:
    """Choose a chart by rule: trend, ranking, share, comparison, stages or distribution.

    One number needs none, nor does a table too long or too deep to be read as a picture.
    """
    values = [c for c in table.columns if c.kind == "value"]
    dims = [c.name for c in table.columns if c.kind == "dimension"]
    if not values or not table.rows:
        return None
    if len(table.rows) < 2:
        return _stages(table, values, alt)
    first = values[0]
    shared = tuple(c.name for c in values if c.unit == first.unit)
    if query.share:
        shared = (f"{first.name}__share",)
    mark, x, y, series = _mark(table, query, dims, shared)
    if mark is None or len(dims) > 2 or (query.grain is None and len(table.rows) > _MAX_BARS):
        return None
    return Chart(
        mark=mark,
        table=table.name,
        x=x,
        y=y,
        series=series,
        unit="%" if query.share else first.unit,
        title=_title(table, values, y),
        alt=alt,
    )


_CANNOT = {
    "pie": {
        "zh": "画不成饼图：饼图要求一个维度、不超过 6 个可相加的非负数；已按规则选图",
        "en": "Not drawn as a pie: it takes one dimension and at most 6 parts that add up",
    },
    "bar": {"zh": "画不成柱状图：没有可比较的多行结果", "en": "Not drawn as bars: there is only one row"},
    "line": {
        "zh": "画不成折线图：结果不是按时间的",
        "en": "Not drawn as a line: the result is not by time",
    },
}  # fmt: skip


def drawn(table: Table, query: Query, alt: str, draw: str, lang: str) -> tuple[Chart | None, str]:
    """Return the chart as asked for, else by rule with the reason why not as asked."""
    chart = chart_of(table, query, alt)
    if not draw:
        return chart, ""
    if draw == "table":
        return None, ""
    remade = _redrawn(chart, table, query, draw) if chart is not None else None
    return (remade, "") if remade is not None else (chart, _CANNOT[draw][lang])


def _redrawn(chart: Chart, table: Table, query: Query, draw: str) -> Chart | None:
    if draw == "line":
        return chart.model_copy(update={"mark": "line"}) if query.grain is not None else None
    if draw == "bar":
        several = chart.series is not None or len(chart.y) > 1
        return chart.model_copy(update={"mark": "grouped_bar" if several else "bar"})
    first = next(c for c in table.columns if c.kind == "value")
    i = table.columns.index(first)
    cells = [row[i] for row in table.rows]
    parts = all(isinstance(v, int | float) and v >= 0 for v in cells) and len(cells) <= _MAX_PIE
    alone = len(query.dimensions) == 1 and query.grain is None and table.total_rows == len(cells)
    if not (parts and alone and first.additive):
        return None
    return chart.model_copy(update={"mark": "pie", "y": (first.name,), "series": None})


def _title(table: Table, values: list[TableColumn], y: tuple[str, ...]) -> str:
    if y[0].endswith("__share"):
        share = next((c.label for c in table.columns if c.name == y[0]), "")
        own = values[0].label
        return share if own in share else f"{own} {share}".strip()
    shown = [c.label for c in values if c.name in y]
    chinese = any(ord(ch) > 0x2E7F for label in shown for ch in label)
    return ("、" if chinese else ", ").join(shown)


def _stages(table: Table, values: list[TableColumn], alt: str) -> Chart | None:
    """Several counts side by side without a breakdown are drawn as stages, in their order."""
    counts = len(values) >= _MIN_STAGES and len(values) == len(table.columns)
    if not counts or any(c.unit == "%" or "/" in c.unit or symbol(c.unit) for c in values):
        return None
    cells = [v for v in table.rows[0] if isinstance(v, int | float)]
    if len(cells) < len(values) or min(cells) < 0 or max(cells) != cells[0]:
        return None
    separator = " → "
    return Chart(
        mark="funnel",
        table=table.name,
        x="",
        y=tuple(c.name for c in values),
        unit=values[0].unit,
        title=separator.join((values[0].label, values[-1].label)),
        alt=alt or separator.join(c.label for c in values),
    )


def _mark(
    table: Table, query: Query, dims: list[str], shared: tuple[str, ...]
) -> tuple[Mark | None, str, tuple[str, ...], str | None]:
    first = query.metrics[0]
    if query.grain is not None:
        series = dims[0] if dims else None
        parts = series is not None and query.share and query.compare is None
        mark: Mark = "stacked_bar" if parts and len(table.rows) <= _MAX_STACKED else "line"
        return (mark if len(dims) < 2 else None), "period", shared, series
    if not dims:
        return None, "", shared, None
    if query.compare is not None:
        return "grouped_bar", dims[0], (first, f"{first}__prev"), None
    series = dims[1] if len(dims) > 1 else None
    if query.share:
        return _share(table, shared[0], series), dims[0], shared, series
    if series or len(shared) > 1:
        return "grouped_bar", dims[0], shared, series
    buckets = not query.order and _buckets(table, dims[0])
    return ("histogram" if buckets else "bar"), dims[0], shared, None


def _share(table: Table, column: str, series: str | None) -> Mark:
    """Parts of a whole: two keys are stacked, a few parts that make up the whole are a pie."""
    if series is not None:
        return "stacked_bar"
    i = next((i for i, c in enumerate(table.columns) if c.name == column), None)
    parts = [] if i is None else [row[i] for row in table.rows]
    numbers = [p for p in parts if isinstance(p, int | float) and p >= 0]
    whole = len(numbers) == len(parts) and abs(sum(numbers) - 1) < _WHOLE
    return "pie" if whole and len(parts) <= _MAX_PIE else "bar"


def _buckets(table: Table, dimension: str) -> bool:
    """Whether a dimension's values are numbers or ranges of numbers: a distribution."""
    i = next(i for i, c in enumerate(table.columns) if c.name == dimension)
    keys = [row[i] for row in table.rows if row[i] is not None]
    return len(keys) >= _MIN_STAGES and all(_RANGE.fullmatch(str(k)) for k in keys)
