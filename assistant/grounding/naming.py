"""The evidence of an answer: its tables as sheets, and everything that may be said of them by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from assistant.formatting import key_text
from assistant.grounding.evidence import Evidence, Name, Row, Sheet, Value, fold
from assistant.grounding.parts import (
    counted_things,
    parts_of,
    shared_names,
    shares_of,
    stems_of,
    stems_of_labels,
    without_value,
)
from semantic_layer.timegrain import Calendar, DateRange, TimeGrain

if TYPE_CHECKING:
    from assistant.answer import Answer, Table, TableColumn
    from semantic_layer.loader import Definitions


#: What a dimension of people is called.
_PEOPLE = ("负责人", "员工", "人员", "owner", "rep", "salesperson", "employee")


def evidence_of(
    answer: Answer,
    *,
    today: date,
    calendar: Calendar | None = None,
    definitions: Definitions | None = None,
) -> Evidence:
    """Return what a text about an answer may rest on.

    Args:
        answer: The finished answer: its tables and its receipt.
        today: The day of asking, for relative periods.
        calendar: The company's calendar.
        definitions: For synonyms of metrics and dimensions.
    """
    calendar = calendar or Calendar()
    time = answer.basis.time
    window = _range(time.start, time.end) if time else None
    before = _range(time.compare_start, time.compare_end) if time else None
    grain = TimeGrain(time.grain) if time and time.grain else None
    as_of = date.fromisoformat(answer.basis.as_of) if answer.basis.as_of else today
    names: dict[str, Name] = {}
    sheets = []
    for table in answer.tables:
        sheets.append(_sheet(table, calendar, grain, as_of, _sums(table, definitions)))
        _name_all(names, table, answer.lang, definitions)
    filtered = _name_filters(names, answer, definitions)
    return Evidence(
        sheets=tuple(sheets),
        names=names,
        today=today,
        as_of=as_of,
        calendar=calendar,
        window=window,
        before=before,
        grain=grain,
        complete=time.complete if time else True,
        filtered=filtered,
        parts=parts_of(answer.tables)
        | stems_of(
            (
                *(w for w, n in names.items() if n.kind == "metric"),
                *counted_things(answer.tables, definitions),
            )
        ),
        of_people=any(s in w for w, n in names.items() if n.kind == "dimension" for s in _PEOPLE),
        notes=tuple(fold(note) for note in answer.warnings),
        stems=stems_of_labels(answer.tables),
        groups=shared_names({w: n for w, n in names.items() if n.kind == "key"}),
    )


def _range(start: str | None, end: str | None) -> DateRange | None:
    if start is None or end is None:
        return None
    return DateRange(date.fromisoformat(start), date.fromisoformat(end))


def metric_of(column: TableColumn) -> str:
    """Return the metric behind a column such as `leads__pct`; a value column is one itself."""
    return column.name if column.kind == "value" else column.name.split("__")[0]


def _sums(table: Table, definitions: Definitions | None) -> frozenset[str]:
    """The derived metrics that are sums of flows (ad spend + campaign spend): their groups add up."""
    if definitions is None:
        return frozenset()
    from semantic_layer.compile.facts import adds_up, references
    from semantic_layer.model import DerivedMetric, SimpleMetric

    dims = [c.name for c in table.columns if c.kind == "dimension"]
    metrics = definitions.metrics
    return frozenset(
        c.name
        for c in table.columns
        if c.kind == "value"
        and isinstance(metric := metrics.get(c.name), DerivedMetric)
        and all(isinstance(metrics[m], SimpleMetric) for m in references(metric))
        and adds_up(definitions, c.name, dims)
    )


def _sheet(
    table: Table, calendar: Calendar, grain: TimeGrain | None, as_of: date, sums: frozenset[str]
) -> Sheet:
    rows = tuple(_row(table, row, calendar, grain) for row in table.rows)
    shared = set(shares_of(table).values())
    values = tuple(
        Value(c.name, c.unit, c.additive or c.name in shared | sums, c.good)
        for c in table.columns
        if c.kind == "value"
    )
    ends = [r.period.end for r in rows if r.period]
    return Sheet(
        rows=rows,
        values=values,
        whole=len(table.rows) >= table.total_rows,
        total_rows=table.total_rows,
        is_open_ended=bool(ends) and max(ends) > as_of + timedelta(days=1),
    )


def _row(table: Table, row: tuple[object, ...], calendar: Calendar, grain: TimeGrain | None) -> Row:
    keys, cells, period = set(), {}, None
    shares = shares_of(table)
    for column, cell in zip(table.columns, row, strict=True):
        if column.kind == "dimension":
            keys.add(f"{column.name}={cell}")
        elif column.kind == "time":
            if cell is not None and grain is not None:
                period = calendar.period(date.fromisoformat(str(cell)[:10]), grain)
        elif isinstance(cell, int | float) and not isinstance(cell, bool):
            cells[(metric_of(column), column.kind)] = float(cell)
            if column.name in shares:
                cells[(shares[column.name], "share")] = float(cell)
    return Row(frozenset(keys), period, cells)  # type: ignore[arg-type]


def _add(names: dict[str, Name], words: Iterable[str], name: Name) -> None:
    for word in words:
        folded = fold(word).strip()
        if folded:
            names.setdefault(folded, name)


def _name_all(
    names: dict[str, Name], table: Table, lang: str, definitions: Definitions | None
) -> None:
    shares = shares_of(table)
    for column in table.columns:
        if column.name in shares:
            facet = column.label.rpartition(" ")[0]
            words = (facet, f"under {facet}") if len(shares) > 1 else ()
            _add(names, words, Name("facet", shares[column.name]))
    for column in table.columns:
        if column.kind == "value":
            _add(names, _metric_words(column, definitions), Name("metric", column.name))
    for i, column in enumerate(table.columns):
        if column.kind == "dimension":
            for row in table.rows:
                cell = row[i]
                said = {key_text(cell, lang, column.labels), *({str(cell)} if cell else ())}
                said |= _value_words(definitions, column.name, cell)
                _add(names, said, Name("key", f"{column.name}={cell}"))
            called = {column.label, *_dimension_words(definitions, column.name)}
            if any(row[i] is None for row in table.rows):
                _add(names, without_value(called), Name("key", f"{column.name}=None"))
            _add(names, called, Name("dimension", column.name))


def _metric_words(column: TableColumn, definitions: Definitions | None) -> set[str]:
    words = {column.label, column.name}
    metric = definitions.metrics.get(column.name) if definitions else None
    if metric is not None:
        words |= {metric.label.zh, metric.label.en, *metric.synonyms}
    return words


def _dimension_words(definitions: Definitions | None, name: str) -> set[str]:
    found = definitions.dimensions.get(name) if definitions else None
    if found is None:
        return {name.replace("_", " ")}
    words = {found.label.zh, found.label.en, *found.synonyms}
    words |= {w.split()[-1] for w in words if w.isascii() and len(w.split()[-1]) > 3}
    return words | {f"{w}s" for w in words if w.isascii() and w and not w.endswith("s")}


def _value_words(definitions: Definitions | None, dimension: str, cell: object) -> set[str]:
    found = definitions.dimensions.get(dimension) if definitions else None
    spec = found.values.get(str(cell)) if found and cell is not None else None
    if spec is None:
        return set()
    label = {spec.label.zh, spec.label.en} if spec.label else set()
    return {w for w in (*label, *spec.synonyms) if w}


def _name_filters(
    names: dict[str, Name], answer: Answer, definitions: Definitions | None
) -> frozenset[str]:
    """Name the values that the whole answer is restricted to; they belong to every row."""
    ids = set()
    for item in answer.basis.filters:
        dimension = item.get("dimension")
        if dimension is None or item.get("op") != "in":
            continue
        for value in item.get("values") or ():
            key = f"{dimension}={value}"
            if f"{dimension}" in answer.basis.dimensions:
                continue
            ids.add(key)
            words = {str(value)} | _value_words(definitions, dimension, value)
            _add(names, words, Name("key", key))
        _add(names, _dimension_words(definitions, dimension), Name("dimension", dimension))
    return frozenset(ids)
