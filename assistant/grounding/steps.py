"""How much rows changed: against the compared period, or from row to row of a series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.grounding import facts
from assistant.grounding.candidates import metrics_at
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.subjects import Subject, role_of, rows_with, subject


def all_changes(clause: Clause, place: int, sheet: Sheet) -> list[float]:
    """Return the change of every named row against the compared period."""
    value = metrics_at(clause, place, sheet)[0]
    found = (r.cells.get((value.metric, "delta")) for r in sheet.rows if not facts.is_empty(r))
    return [f for f in found if f is not None]


def changes_of(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet
) -> Iterator[float | None]:
    """Yield the change of each row that is meant; nothing when there is no telling."""
    for value in metrics_at(clause, place, sheet)[:1]:
        about = subject(clause, place, evidence, sheet)
        spans = span_rows(clause, evidence, sheet, about)
        if spans is not None:
            yield step(spans[0], spans[1], value)
        elif any(("prev" in kind) for r in sheet.rows for _, kind in r.cells):
            yield from _compared(clause, about, value, evidence, sheet)
        elif any(r.period for r in sheet.rows):
            yield from _series(clause, about, value, sheet)


def _compared(
    clause: Clause, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[float | None]:
    rows: Sequence[Row] = (
        about.rows
        if about.named and not (clause.says("all") and not clause.groups())
        else sheet.rows
    )
    if clause.says("rest") and about.keys:
        ids = {id(r) for r in rows_with(sheet, about.keys, evidence)}
        rows = [r for r in sheet.rows if id(r) not in ids]
    if not about.named and not clause.says("all"):
        total = _total_change(rows, value, sheet)
        if total is not None:
            yield total
        return
    for row in rows:
        if not facts.is_empty(row) or len(rows) == 1:
            yield row.cells.get((value.metric, "delta"))


def _total_change(rows: Sequence[Row], value: Value, sheet: Sheet) -> float | None:
    if not value.additive or not sheet.whole:
        return None
    return sum(r.cells.get((value.metric, "delta"), 0.0) for r in rows)


def span_rows(
    clause: Clause, evidence: Evidence, sheet: Sheet, about: Subject
) -> tuple[Row, Row] | None:
    """The rows of `from A to B` in a series, for the same names, in the order of time."""
    rows: list[Row] = []
    for _, period in clause.periods():
        role, found = role_of(period, evidence, sheet)
        if role == "row":
            same = [r for r in found if not about.keys or r.keys & set(about.keys)]
            rows += same[:1] if len(same) == 1 else []
    if len(rows) == 1 and _against(clause):
        for period in reversed(clause.before.periods):
            role, found = role_of(period, evidence, sheet)
            rows += found[:1] if role == "row" and len(rows) == 1 else []
    rows.sort(key=lambda r: r.period.start if r.period else evidence.as_of)
    return (rows[0], rows[-1]) if len(rows) == 2 and rows[0] is not rows[-1] else None


def _against(clause: Clause) -> bool:
    """Whether the period of a clause is what is compared with: `down 6 % from July`."""
    places = {i for i, _ in clause.periods()}
    texts = {clause.tokens[i - 1].text for i in places if i} | {
        c for i in places for c in clause.tokens[i].claims
    }
    return bool(texts & {"from", "从", "比", "较", "than", "in", "与"}) or clause.says("than")


def _series(clause: Clause, about: Subject, value: Value, sheet: Sheet) -> Iterator[float | None]:
    rows = [r for r in about.rows if (value.metric, "value") in r.cells]
    if len({r.keys for r in rows}) > 1:
        return
    if about.role == "row" and len(rows) == 1:
        before = [r for r in sheet.rows if _next(r, rows[0])]
        yield step(before[0], rows[0], value) if before else None
    elif len(rows) > 1:
        yield step(rows[0], rows[-1], value)


def _next(one: Row, other: Row) -> bool:
    ends = one.period.end if one.period else None
    return other.period is not None and ends == other.period.start and one.keys == other.keys


def step(one: Row, other: Row, value: Value) -> float | None:
    """Return by how much the value of a row differs from that of another."""
    a, b = (r.cells.get((value.metric, "value")) for r in (one, other))
    return None if a is None or b is None else b - a


def two_metrics(clause: Clause, sheet: Sheet) -> tuple[float, float] | None:
    """The values of `SQL 比 MQL 少`, where one row has both in the same unit."""
    than = list(clause.indexes("than"))
    named = clause.metrics()
    if len(sheet.rows) != 1 or not than or len(named) != 2 or clause.groups():
        return None
    (left, one), (right, other) = named
    cells = sheet.rows[0].cells
    values = [cells.get((m, "value")) for m in (one, other)]
    if not left < than[0] < right or sheet.value(one).unit != sheet.value(other).unit:
        return None
    return (values[0], values[1]) if None not in values else None  # type: ignore[return-value]
