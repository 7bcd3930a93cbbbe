"""Other ways to look at the same rows: as they were before, by quarter, or over all names.

A clause that the rows themselves do not back may be about one of these. It must then hold there
as a whole; a view adds no number that is not in the rows, or a sum of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Kind, Row, Sheet, Value
from assistant.grounding.subjects import role_of
from assistant.grounding.tokens import Token
from semantic_layer.timegrain import DateRange, TimeGrain

_COARSER = {
    TimeGrain.MONTH: (TimeGrain.QUARTER, TimeGrain.YEAR),
    TimeGrain.QUARTER: (TimeGrain.YEAR,),
}
_MOVING = ("up", "down", "than", "change", "flat", "good", "bad", "max_up", "max_down", "mono")


def views(clause: Clause, evidence: Evidence) -> Iterator[tuple[Clause, Evidence]]:
    """Yield what else a clause may be about, with the clause as it is to be read there."""
    for sheet in evidence.sheets:
        past = _past(clause, evidence, sheet)
        if past is not None:
            yield past
        finer = [] if _counts_rows(clause, evidence) else [*_by_coarser(sheet, evidence)]
        for other, grain in (*finer, *_over_names(sheet, evidence)):
            yield clause, replace(evidence, sheets=(other,), grain=grain)


def speaks_of_past(clause: Clause, evidence: Evidence, sheet: Sheet) -> bool:
    """Return whether a clause is about the compared period alone: `A year earlier, A led`."""
    if any(clause.is_of_then(i) for i in range(len(clause.tokens))):
        return False
    return not clause.says(*_MOVING) and (
        any(_is_past(t, evidence, sheet) for t in clause.tokens) or clause.before.manner.past
    )


def _is_past(token: Token, evidence: Evidence, sheet: Sheet) -> bool:
    if token.period is not None:
        return "than" not in token.claims and role_of(token.period, evidence, sheet)[0] == "before"
    return token.kind in {"word", "shift"} and "prev" in token.claims and not token.number


def past_rows(sheet: Sheet) -> tuple[Row, ...]:
    """Return the rows as they were in the compared period; none where nothing was compared."""
    rows = tuple(
        replace(r, cells={(v.metric, "value"): c for v in sheet.values if (c := r.cells.get((v.metric, "prev"))) is not None})
        for r in sheet.rows
    )  # fmt: skip
    return rows if any(r.cells for r in rows) else ()


def _past(clause: Clause, evidence: Evidence, sheet: Sheet) -> tuple[Clause, Evidence] | None:
    """The rows as they were in the compared period."""
    if evidence.before is None or not speaks_of_past(clause, evidence, sheet):
        return None
    rows = past_rows(sheet)
    if not rows:
        return None
    tokens = [
        replace(t, claims=frozenset(), period=None, shift=None, kind="word") if _is_past(t, evidence, sheet) else t
        for t in clause.tokens
    ]  # fmt: skip
    then = replace(evidence, sheets=(replace(sheet, rows=rows),), window=evidence.before, before=None, complete=True)  # fmt: skip
    return Clause(tokens, clause.before), then


def _by_coarser(sheet: Sheet, evidence: Evidence) -> Iterator[tuple[Sheet, TimeGrain]]:
    """A series of months by quarter and by year, of what may be added."""
    values = tuple(v for v in sheet.values if v.additive)
    if evidence.grain is None or not values or not all(r.period for r in sheet.rows):
        return
    for grain in _COARSER.get(evidence.grain, ()):
        rows = tuple(_grouped(sheet, values, evidence, grain))
        if sum(facts.is_whole(r, evidence) for r in rows) > 1:
            yield replace(sheet, rows=rows, values=values, total_rows=len(rows)), grain


_OF_GRAIN = {TimeGrain.MONTH: re.compile(r"month|月"), TimeGrain.QUARTER: re.compile(r"quarter|季")}


def _counts_rows(clause: Clause, evidence: Evidence) -> bool:
    """`逐月`, `three months`: of the rows themselves, not of quarters."""
    pattern = _OF_GRAIN.get(evidence.grain) if evidence.grain else None
    return pattern is None or any(pattern.search(t.text) for t in clause.tokens if t.period is None)


def _grouped(
    sheet: Sheet, values: tuple[Value, ...], evidence: Evidence, grain: TimeGrain
) -> Iterator[Row]:
    def place(row: Row) -> tuple[list[str], DateRange]:
        start = row.period.start if row.period else evidence.as_of
        return sorted(row.keys), evidence.calendar.period(start, grain)

    ordered = sorted(sheet.rows, key=lambda r: (sorted(r.keys), r.period.start if r.period else 0))
    for (keys, period), rows in groupby(ordered, key=place):
        inside = list(rows)
        covered = inside[0].period is not None and inside[0].period.start == period.start
        end = inside[-1].period.end if inside[-1].period else period.end
        if covered and (end == period.end or end > evidence.as_of):
            yield Row(frozenset(keys), period, _sums(inside, values))


def _over_names(sheet: Sheet, evidence: Evidence) -> Iterator[tuple[Sheet, TimeGrain | None]]:
    """A table of names and periods: all names by period, all periods by name."""
    values = tuple(v for v in sheet.values if v.additive)
    if not values or not sheet.whole or not all(r.keys and r.period for r in sheet.rows):
        return
    spans = sorted({r.period for r in sheet.rows if r.period}, key=lambda p: p.start)
    by_time = tuple(
        Row(frozenset(), p, _sums([r for r in sheet.rows if r.period == p], values)) for p in spans
    )
    yield replace(sheet, rows=by_time, values=values, total_rows=len(by_time)), evidence.grain
    names = list(dict.fromkeys(r.keys for r in sheet.rows))
    by_name = tuple(
        Row(k, None, _sums([r for r in sheet.rows if r.keys == k], values)) for k in names
    )
    yield replace(sheet, rows=by_name, values=values, total_rows=len(by_name)), None


def _sums(rows: list[Row], values: tuple[Value, ...]) -> dict[tuple[str, Kind], float]:
    return {
        (v.metric, "value"): sum(r.cells.get((v.metric, "value"), 0.0) for r in rows)
        for v in values
    }
