"""What the rows of one sheet say: cells, and what follows from them by a declared operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.grounding.evidence import Evidence, Kind, Measure, Row, Sheet, Value

Derived = Literal[
    "value", "prev", "change", "share", "gap", "ratio", "count", "rank", "bound", "part"
]


@dataclass(frozen=True, slots=True)
class Fact:
    """One number that is true of the results.

    Attributes:
        kind: Cell, or the operation it was derived by.
        measure: What it measures; `points` are differences of rates.
        unit: Unit of the metric, when it is in that unit.
        metrics: Metrics it is about.
        signed: Whether the sign means a direction.
    """

    value: float
    kind: Derived
    measure: Measure | Literal["points", "times"]
    unit: str = ""
    metrics: frozenset[str] = frozenset()
    signed: bool = False


def of_row(row: Row, value: Value) -> Iterator[Fact]:
    """Yield a metric's cells of one row, and its change where an earlier value is known."""
    about = frozenset({value.metric})
    now, before = row.cells.get((value.metric, "value")), row.cells.get((value.metric, "prev"))
    if now is not None:
        yield Fact(now, "value", value.measure, value.unit, about)
    if before is not None:
        yield Fact(before, "prev", value.measure, value.unit, about)
    share = row.cells.get((value.metric, "share"))
    if share is not None:
        yield Fact(share, "share", "percent", "", about)
    if now is not None and before is not None:
        yield from changes(before, now, value)


def changes(before: float, now: float, value: Value) -> Iterator[Fact]:
    """Yield the difference, the relative change and the multiple of two values."""
    about = frozenset({value.metric})
    points = value.measure == "percent"
    unit = "" if points else value.unit
    measure: Measure | Literal["points"] = "points" if points else value.measure
    yield Fact(now - before, "change", measure, unit, about, signed=True)
    if before > 0:
        yield Fact(now / before - 1, "change", "percent", "", about, signed=True)
        yield Fact(now / before, "ratio", "times", "", about)
        yield Fact(now / before, "part", "percent", "", about)


def between(one: Row, other: Row, value: Value) -> Iterator[Fact]:
    """Yield the change from a row to another."""
    a, b = (r.cells.get((value.metric, "value")) for r in (one, other))
    if a is not None and b is not None:
        yield from changes(a, b, value)


def of_pair(one: Row, other: Row, value: Value) -> Iterator[Fact]:
    """Yield by how much one row differs from another, each way round, and its multiple of it."""
    a, b = (r.cells.get((value.metric, "value")) for r in (one, other))
    if a is None or b is None:
        return
    for left, right in ((a, b), (b, a)):
        for fact in changes(left, right, value):
            if fact.kind not in {"ratio", "part"}:
                yield replace(fact, kind="gap", signed=fact.measure == "percent")
    parts = [r.cells.get((value.metric, "share")) for r in (one, other)]
    if None not in parts:
        yield Fact(abs(parts[0] - parts[1]), "gap", "points", "", frozenset({value.metric}))  # type: ignore[operator]
    if b > 0:
        about = frozenset({value.metric})
        yield Fact(a / b, "ratio", "times", "", about)
        yield Fact(a / b, "part", "percent", "", about)


def of_group(rows: Sequence[Row], sheet: Sheet, value: Value) -> Iterator[Fact]:
    """Yield the sum of rows and its share of the whole, where groups may be added."""
    if not value.additive:
        return
    about = frozenset({value.metric})
    total = _sum(rows, value.metric, "value")
    before = _sum(rows, value.metric, "prev")
    yield Fact(total, "value", value.measure, value.unit, about)
    whole = _sum(sheet.rows, value.metric, "value")
    if sheet.whole and whole > 0:
        yield Fact(total / whole, "share", "percent", "", about)
    elif all((value.metric, "share") in r.cells for r in rows):
        yield Fact(_sum(rows, value.metric, "share"), "share", "percent", "", about)
    if any((value.metric, "prev") in r.cells for r in rows):
        yield Fact(before, "prev", value.measure, value.unit, about)
        yield from changes(before, total, value)


def of_average(rows: Sequence[Row], value: Value) -> Iterator[Fact]:
    """Yield the plain mean of rows, where groups may be added."""
    cells = [c for r in rows if (c := r.cells.get((value.metric, "value"))) is not None]
    if value.additive and cells:
        about = frozenset({value.metric})
        yield Fact(sum(cells) / len(cells), "value", value.measure, value.unit, about)


def of_metrics(row: Row, one: Value, other: Value) -> Iterator[Fact]:
    """Yield the ratio of two metrics of one row: a conversion along the way."""
    a, b = (row.cells.get((v.metric, "value")) for v in (one, other))
    about = frozenset({one.metric, other.metric})
    if a is None or not b:
        return
    yield Fact(a / b, "ratio", "percent", "", about)
    yield Fact(a / b, "ratio", "times", "", about)
    if one.unit == other.unit:
        yield Fact(a - b, "gap", one.measure, one.unit, about)


def per_unit(row: Row, one: Value, other: Value) -> Iterator[Fact]:
    """Yield how much of a metric there is for each one of another: spend for each lead."""
    a, b = (row.cells.get((v.metric, "value")) for v in (one, other))
    if a is not None and b:
        measure: Measure = "money" if one.measure == "money" else "number"
        unit = one.unit.split("/")[0] if measure == "money" else ""
        yield Fact(a / b, "ratio", measure, unit, frozenset({one.metric, other.metric}))


def _sum(rows: Sequence[Row], metric: str, kind: Kind) -> float:
    return sum(r.cells.get((metric, kind), 0.0) for r in rows)


def ranked(sheet: Sheet, metric: str) -> list[Row]:
    """Return the rows with a value and a name, highest first."""
    named = [r for r in sheet.rows if (metric, "value") in r.cells and not is_empty(r)]
    return sorted(named, key=lambda r: -r.cells[(metric, "value")])


def is_empty(row: Row) -> bool:
    """Whether the row is the group without a name: no winner, no loser."""
    return any(k.endswith("=None") for k in row.keys)


def has_name(row: Row) -> bool:
    """Whether a row is of a named value, and not of what was attributed to none."""
    return not any(k.partition("=")[2] in _NAMELESS for k in row.keys)


_NAMELESS = frozenset({"None", "(unattributed)", "(none)", "（无）", "（未归因）"})


def extremes(sheet: Sheet, metric: str, evidence: Evidence) -> tuple[list[Row], list[Row]]:
    """Return the rows with the highest and the lowest value; running periods also left out."""
    rows = ranked(sheet, metric)
    out: list[list[Row]] = [[], []]
    closed = [r for r in rows if r.period is None or is_whole(r, evidence)]
    for pool in (rows, closed):
        if pool:
            high, low = (p.cells[(metric, "value")] for p in (pool[0], pool[-1]))
            out[0] += [r for r in pool if r.cells[(metric, "value")] == high]
            out[1] += [r for r in pool if r.cells[(metric, "value")] == low]
    return out[0], out[1]


def is_whole(row: Row, evidence: Evidence) -> bool:
    """Whether the period of a row is over and lies within the window."""
    period, window = row.period, evidence.window
    if period is None:
        return True
    if window is not None and not (window.start <= period.start and period.end <= window.end):
        return False
    return (period.end - evidence.as_of).days <= 1
