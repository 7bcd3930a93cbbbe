"""Whether rows follow each other in the order that is said."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet
from assistant.grounding.metrics import metrics_at
from assistant.grounding.subjects import rows_with

#: Words behind which the one in front stands: `B 仅次于 A`, `B sits just behind A`.
_BEHIND = ("仅次于", "only to", "behind", "紧随", "紧跟")
_ORDER = ("依次", "in that order", "in order")


def is_in_order(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`前五名依次是 A、B、C`: as they rank; other lists in order are told with their numbers."""
    keys = [k for i, k in clause.groups() if i > place] or [k for _, k in clause.groups()]
    ranked = clause.says("max", "min", "best", "worst") or any(
        (t.number and t.number.unit in {"top", "rank"}) or t.text.startswith("第")
        for t in clause.tokens
    )
    if not clause.tokens[place].text.startswith(_ORDER) or not ranked or len(keys) < 3:
        return True
    metric = metrics_at(clause, place, sheet)[0].metric
    rows = [r for k in keys for r in rows_with(sheet, (k,), evidence)]
    cells = [r.cells.get((metric, "value"), 0.0) for r in rows]
    low = clause.says("min") or any(
        t.number and t.number.unit == "top" and t.number.sign < 0 for t in clause.tokens
    )
    return cells == sorted(cells, reverse=not low)


def is_next(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`A, followed by B`, `B 仅次于 A`: neighbours in the ranking, in that order."""
    left = [k for i, k in clause.groups() if i < place] or list(clause.before.topic.keys)
    right = [k for i, k in clause.groups() if i > place]
    behind, run_on = clause.tokens[place].text.endswith(_BEHIND), False
    if len(clause.groups()) > 1 and not any(i < place for i, _ in clause.groups()):
        left, right, behind = right[:1], right[1:], False  # `紧随A的是B`
    elif left and not right and clause.before.topic.keys:  # `A leads. B and C come next`
        left, right, behind, run_on = list(clause.before.topic.keys), left, False, True
    if left and not right:
        return _is_second(clause, place, left[-1], evidence, sheet)
    if not left or not right:
        return False
    rows = facts.ranked(sheet, metrics_at(clause, place, sheet)[0].metric)
    rows = rows[::-1] if clause.before.manner.lowest or clause.says("min") else rows
    ahead, after = ((right[0],), left) if behind else ((left[-1],), (right[0],))
    one = _places_of(ahead[0], rows, evidence, sheet)
    others = [_places_of(k, rows, evidence, sheet) for k in (right if run_on else after)]
    run = sorted(p for p in others if p is not None)
    return one is not None and len(run) == len(others) and run == list(range(one + 1, one + 1 + len(run)))  # fmt: skip


def _places_of(key: str, rows: Sequence[Row], evidence: Evidence, sheet: Sheet) -> int | None:
    found = rows_with(sheet, (key,), evidence)
    return next((n for n, r in enumerate(rows) if len(found) == 1 and r is found[0]), None)


def _is_second(clause: Clause, place: int, key: str, evidence: Evidence, sheet: Sheet) -> bool:
    """`B comes next`, where nothing was named before it: behind the first."""
    rows = facts.ranked(sheet, metrics_at(clause, place, sheet)[0].metric)
    return any(r is rows[1] for r in rows_with(sheet, (key,), evidence)) if len(rows) > 1 else False
