"""Values of a series in their order, told without their periods: `from 6,122 to 6,153 and 6,242`."""

from __future__ import annotations

from itertools import pairwise

from assistant.grounding.candidates import metrics_at
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Sheet
from assistant.grounding.steps import Step
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


def _found(clause: Clause, sheet: Sheet) -> dict[int, float]:
    """Place of a number -> the value it tells, where the numbers are neighbours in a series."""
    rows = [r for r in sheet.rows if r.period]
    places = _told(clause, sheet)
    if clause.groups() or clause.periods() or len(places) < _LEAST or len(rows) < len(places):
        return {}
    if len({r.keys for r in rows}) > 1:
        return {}
    metric = metrics_at(clause, places[0], sheet)[0].metric
    cells = [r.cells.get((metric, "value")) for r in rows]
    numbers = [clause.tokens[p].number for p in places]
    for start in range(len(rows) - len(places) + 1):
        run = cells[start : start + len(places)]
        if all(n and c is not None and abs(n.value - c) <= n.slack for n, c in zip(numbers, run, strict=True)):  # fmt: skip
            return dict(zip(places, run, strict=True))  # type: ignore[arg-type]
    return {}


def in_sequence(clause: Clause, place: int, sheet: Sheet) -> bool:
    """Return whether the clause tells neighbouring values; of a number, whether it is one of them."""
    found = _found(clause, sheet)
    return bool(found) and (clause.tokens[place].number is None or place in found)


def sequence_steps(clause: Clause, place: int, sheet: Sheet) -> list[Step]:
    """Return the changes between the values that the clause tells in a row."""
    del place
    return [Step(a, b) for a, b in pairwise(_found(clause, sheet).values())]


def sequence_goes(clause: Clause, place: int, sheet: Sheet, sign: int) -> bool:
    """Return whether every change between them goes one way."""
    return all(s.goes(sign) for s in sequence_steps(clause, place, sheet))
