"""Whether what a text says of directions and their size is true of the results."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from assistant.grounding.candidates import metrics_at
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Sheet
from assistant.grounding.ranking import SIGNS
from assistant.grounding.steps import all_changes, changes_of, span_rows, step, two_metrics
from assistant.grounding.subjects import subject

_FLAT = 0.02
_MUCH = 0.15
_LITTLE = 0.10


def went_up(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether every row that is meant rose."""
    return moves(clause, place, evidence, sheet, 1)


def went_down(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether every row that is meant fell."""
    return moves(clause, place, evidence, sheet, -1)


def moves(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """Whether every row that is meant went that way."""
    if _counted(clause, place, evidence, sheet, sign):
        return True
    pair = two_metrics(clause, sheet)
    if pair is not None:
        return (pair[0] - pair[1]) * sign > 0
    if clause.says("mono"):
        return is_steady(clause, place, evidence, sheet)
    changes = list(changes_of(clause, place, evidence, sheet))
    moved = bool(changes) and all(c is not None and c * sign > 0 for c in changes)
    if moved and clause.says("only"):
        return sum(1 for c in all_changes(clause, place, sheet) if c * sign > 0) == len(changes)
    return moved


def _counted(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """`8 个大区中有 5 个上升`: the number is checked on its own."""
    del evidence
    numbers = [t.number for t in clause.tokens if t.number and t.number.unit in {"", "classifier"}]
    if clause.groups() or not numbers:
        return False
    moved = sum(1 for c in all_changes(clause, place, sheet) if c * sign > 0)
    return any(n.value == moved for n in numbers)


def is_flat(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether nothing that is meant changed by more than _FLAT."""
    value = metrics_at(clause, place, sheet)[0]
    about = subject(clause, place, evidence, sheet)
    changes = list(changes_of(clause, place, evidence, sheet))
    sizes = [r.cells.get((value.metric, "value")) for r in about.rows]
    size = max((abs(s) for s in sizes if s), default=0.0)
    return bool(changes) and all(c is not None and abs(c) <= _FLAT * size for c in changes)


def moved_much(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`大幅`, `sharply`: by no less than _MUCH; the direction and a figure stand beside it."""
    return _by(clause, place, evidence, sheet, lambda share: share >= _MUCH)


def moved_little(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`小幅`, `edged`: by no more than _LITTLE; the direction and a figure stand beside it."""
    return _by(clause, place, evidence, sheet, lambda share: share <= _LITTLE)


def _by(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet, test: Callable[[float], bool]
) -> bool:
    """Whether every change that is meant is of a size, as a share of where it began."""
    moved = clause.says("up", "down", "good", "bad")
    if not moved or not any(t.number for t in clause.tokens):
        return False
    value = metrics_at(clause, place, sheet)[0]
    about = subject(clause, place, evidence, sheet)
    spans = span_rows(clause, evidence, sheet, about)
    ends = spans[1:] if spans is not None else about.rows
    changes = [c for c in changes_of(clause, place, evidence, sheet) if c is not None]
    if len(changes) == 1 and len(ends) > 1:
        ends = ends[-1:]
    pairs = list(zip(changes, ends, strict=False))
    begins = [row.cells.get((value.metric, "value"), 0.0) - c for c, row in pairs]
    return bool(pairs) and all(
        b > 0 and test(abs(c) / b) for (c, _), b in zip(pairs, begins, strict=True)
    )


def got_better(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether every row that is meant went the good way."""
    good = SIGNS.get(metrics_at(clause, place, sheet)[0].good, 0)
    return bool(good) and moves(clause, place, evidence, sheet, good)


def got_worse(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether every row that is meant went the bad way."""
    good = SIGNS.get(metrics_at(clause, place, sheet)[0].good, 0)
    return bool(good) and moves(clause, place, evidence, sheet, -good)


def is_steady(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`连续三个月上升`, `rose steadily`: every step of the stretch goes that way."""
    sign = 1 if clause.says("up") else -1 if clause.says("down") else 0
    value = metrics_at(clause, place, sheet)[0]
    about = subject(clause, place, evidence, sheet)
    rows = (
        [r for r in about.rows if r.period]
        if about.role != "row"
        else [r for r in sheet.rows if r.period]
    )
    steps = [step(a, b, value) for a, b in pairwise(rows)]
    lengths = [
        int(t.number.value) for t in clause.tokens if t.number and t.number.unit == "duration"
    ]
    if lengths:
        steps = steps[-lengths[0] :] if len(steps) >= lengths[0] else []
    return bool(sign and steps) and all(s is not None and s * sign > 0 for s in steps)
