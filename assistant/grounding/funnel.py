"""Statements about the steps of a funnel: one row whose counts shrink from metric to metric."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Sheet, Value
from assistant.grounding.facts import Fact
from assistant.grounding.steps import Step

_LEAST = 3


def stages(sheet: Sheet) -> list[tuple[Value, float]]:
    """Return the stages with their counts; none where the sheet is no funnel."""
    if len(sheet.rows) != 1:
        return []
    cells = sheet.rows[0].cells
    found = [(v, c) for v in sheet.values if v.measure == "count" and (c := cells.get((v.metric, "value"))) is not None]  # fmt: skip
    falls = all(a[1] >= b[1] for a, b in pairwise(found))
    return found if len(found) >= _LEAST and falls else []


def told_step(clause: Clause, sheet: Sheet) -> Step | None:
    """Return the step between the two stages that a clause names, or the one before it did."""
    pair = _pair(clause, sheet)
    return Step(pair[0][1], pair[1][1]) if pair else None


def _pair(clause: Clause, sheet: Sheet) -> list[tuple[Value, float]]:
    """The two stages that are spoken of, in their order; none if it is not two."""
    found = stages(sheet)
    named = {m for _, m in clause.metrics()}
    if len(named) < 2:
        named |= {*clause.before.heard.metrics[-2:]}
    pair = [s for s in found if s[0].metric in named]
    return pair if len(pair) == 2 and len(named) == 2 else []


def _in_order(clause: Clause, pair: list[tuple[Value, float]]) -> bool:
    """`from leads to MQLs`, and not the other way; stages that are only listed have no order."""
    named = [(i, m) for i, m in clause.metrics() if m in {v.metric for v, _ in pair}]
    if len(named) < 2 or named[0][1] == pair[0][0].metric:
        return True
    between = {t.text for t in clause.tokens[named[0][0] : named[1][0]]}
    return not between & {"to", "到", "至", "into"}


def fell_most(clause: Clause, sheet: Sheet) -> bool:
    """Return whether the step that is named loses most, in number or as a share."""
    found, pair = stages(sheet), _pair(clause, sheet)
    steps = list(pairwise(found))
    if not pair or (pair[0], pair[1]) not in steps or not _in_order(clause, pair):
        return False
    mine = pair[0][1] - pair[1][1]
    by_number = mine == max(a[1] - b[1] for a, b in steps)
    rate = pair[1][1] / pair[0][1] if pair[0][1] else 1.0
    return by_number or rate == min(b[1] / a[1] for a, b in steps if a[1])


def converts_most(clause: Clause, sheet: Sheet, *, high: bool) -> bool | None:
    """`SQLs to opportunities had the highest ratio`: of all steps; None where no step is named."""
    found = stages(sheet)
    named = {m for _, m in clause.metrics()}
    pair = [s for s in found if s[0].metric in named]
    steps = [(a, b) for a, b in pairwise(found) if a[1]]
    if len(named) != 2 or len(pair) != 2 or (pair[0], pair[1]) not in steps:
        return None
    if not _in_order(clause, pair):
        return False
    rates = [b[1] / a[1] for a, b in steps]
    return pair[1][1] / pair[0][1] == (max(rates) if high else min(rates))


def lost(clause: Clause, sheet: Sheet) -> Iterator[Fact]:
    """Yield how many the step that is spoken of loses, in number and as a share."""
    pair = _pair(clause, sheet)
    if not pair:
        return
    (one, first), (other, second) = pair
    about = frozenset({one.metric, other.metric})
    yield Fact(first - second, "gap", "count", other.unit, about)
    yield Fact(first - second, "gap", "count", one.unit, about)
    if first > 0:
        yield Fact(second / first - 1, "change", "percent", "", about, signed=True)
