"""Values of a series in their order, told without their periods: `from 6,122 to 6,153 and 6,242`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet
from assistant.grounding.metrics import metrics_at
from assistant.grounding.steps import Step
from assistant.grounding.subjects import role_of
from assistant.grounding.units import in_unit

_LEAST = 2


def _told(clause: Clause, sheet: Sheet) -> list[int]:
    """The places of the numbers that may be values of the metric."""
    out = []
    for place, token in enumerate(clause.tokens):
        if token.number is None or token.number.unit in {"rank", "top", "points", "times"}:
            continue
        value = metrics_at(clause, place, sheet)[0]
        if in_unit(token.number, value.measure, value.unit):
            out.append(place)
    return out


def _found(clause: Clause, evidence: Evidence, sheet: Sheet) -> dict[int, float]:
    """Place of a number -> the value it tells, where the numbers are neighbours or ends of a stretch."""
    rows = [r for r in sheet.rows if r.period]
    places = _told(clause, sheet)
    if clause.groups() or len(places) < _LEAST or len(rows) < len(places):
        return {}
    if any(_is_of_stretch(clause, p, evidence, sheet) for p in places):
        return {}
    if len({r.keys for r in rows}) > 1:
        return {}
    metric = metrics_at(clause, places[0], sheet)[0].metric
    numbers = [clause.tokens[p].number for p in places]
    for run in _runs(clause, rows, len(places), evidence, sheet):
        cells = [r.cells.get((metric, "value")) for r in run]
        if all(n and c is not None and abs(n.value - c) <= n.slack for n, c in zip(numbers, cells, strict=True)):  # fmt: skip
            return dict(zip(places, cells, strict=True))  # type: ignore[arg-type]
    return {}


def _is_of_stretch(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`上半年的 1,214.4 万元`: the sum of several rows, and none of them."""
    left = clause.tokens[max(0, place - 2) : place]
    own = left[0].period if len(left) == 2 and left[1].text == "的" else None
    return own is not None and role_of(own, evidence, sheet)[0] in {"rows", "now"}


def _runs(
    clause: Clause, rows: list[Row], count: int, evidence: Evidence, sheet: Sheet
) -> Iterator[Sequence[Row]]:
    """Neighbours, where no period is named; the ends of the stretch that is."""
    own = [p for _, p in clause.periods()]
    for period in own or clause.before.topic.periods:
        stretch = role_of(period, evidence, sheet)[1]
        if len(stretch) > 1 and count == _LEAST:
            yield stretch[0], stretch[-1]
        if len(stretch) == count:
            yield stretch
    if not own:
        yield from (rows[i : i + count] for i in range(len(rows) - count + 1))


def in_sequence(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Return whether the clause tells neighbouring values; of a number, whether it is one of them."""
    found = _found(clause, evidence, sheet)
    return bool(found) and (clause.tokens[place].number is None or place in found)


def sequence_steps(clause: Clause, evidence: Evidence, sheet: Sheet) -> list[Step]:
    """Return the changes between the values that the clause tells in a row."""
    return [Step(a, b) for a, b in pairwise(_found(clause, evidence, sheet).values())]


def sequence_goes(clause: Clause, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """Return whether every change between them goes one way."""
    return all(s.goes(sign) for s in sequence_steps(clause, evidence, sheet))
