"""Whether what a text says of directions and their size is true of the results."""

from __future__ import annotations

from collections.abc import Callable

from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Sheet
from assistant.grounding.funnel import told_step
from assistant.grounding.metrics import metrics_at
from assistant.grounding.ranking import SIGNS
from assistant.grounding.sequences import in_sequence, sequence_goes, sequence_steps
from assistant.grounding.steps import Step, compared_steps, held_against, steps_of, two_metrics
from assistant.grounding.streaks import is_of_each_period, is_steady
from assistant.grounding.subjects import role_of, rows_with, subject

_FLAT = 0.02
#: A stretch of periods may be called stable within this; a single change counts as flat within _FLAT.
_STEADY = 0.10
#: What is said to change `not much`.
_NOT_MUCH = 0.05
_HARDLY = frozenset({"变化不大", "变化很小", "little changed"})
_STABLE = frozenset({"平稳", "稳定", "保持平稳", "stable", "steady"})
_MUCH = 0.15
_LITTLE = 0.10


def went_up(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether every row that is meant rose."""
    return moves(clause, place, evidence, sheet, 1)


def went_down(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether every row that is meant fell."""
    return moves(clause, place, evidence, sheet, -1)


def moves(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """Return whether every row that is meant went up (+1) or down (-1)."""
    if _counted(clause, place, sheet, sign):
        return True
    pair = two_metrics(clause, sheet) or told_step(clause, sheet)
    if pair is not None:
        return pair.goes(sign)
    held = held_against(clause, place, evidence, sheet)
    if held is not None:
        return held.goes(sign)
    if clause.says("mono") or is_of_each_period(clause, sheet):
        return is_steady(clause, place, evidence, sheet)
    told = clause.before.against.amounts
    if told is not None and not clause.groups() and not clause.periods() and _is_bare(clause):
        return Step(*told).goes(sign)
    if in_sequence(clause, place, evidence, sheet):
        goes = _all_from_told if clause.says("following") else sequence_goes
        return goes(clause, evidence, sheet, sign)
    steps = steps_of(clause, place, evidence, sheet)
    moved = bool(steps) and all(s.goes(sign) for s in steps)
    if moved and clause.says("only"):
        return sum(1 for s in compared_steps(clause, place, sheet) if s.goes(sign)) == len(steps)
    return moved


def _all_from_told(clause: Clause, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """`a high of 95, then eased to 83 and 85 in the next two weeks`: each of them against the 95."""
    spans = clause.before.topic.periods[-1:]
    rows = [r for p in spans for r in role_of(p, evidence, sheet)[1]]
    if len(rows) != 1:
        return False
    metric = metrics_at(clause, next(clause.indexes("following")), sheet)[0].metric
    begin, told = rows[0].cells.get((metric, "value")), sequence_steps(clause, evidence, sheet)
    ends = [told[0].begin, *(s.end for s in told)] if told else []
    return bool(ends) and all(Step(begin, end).goes(sign) for end in ends)


def _is_bare(clause: Clause) -> bool:
    """`an increase of 27.4%`: nothing but a change and its size."""
    return not any(t.shift or t.names for t in clause.tokens)


def _counted(clause: Clause, place: int, sheet: Sheet, sign: int) -> bool:
    """`8 个大区中有 5 个上升`: the number is checked on its own."""
    numbers = [t.number for t in clause.tokens if t.number and t.number.unit in {"", "classifier"}]
    if clause.groups() or not numbers:
        return False
    moved = sum(1 for s in compared_steps(clause, place, sheet) if s.goes(sign))
    return any(n.value == moved for n in numbers)


def is_flat(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether nothing that is meant changed by more than _FLAT."""
    if clause.tokens[place].text in _STABLE and (spread := _spread(clause, place, evidence, sheet)):
        return spread <= _STEADY
    if len(clause.groups()) == 2 and not any(
        r.period or (v.metric, "prev") in r.cells for r in sheet.rows for v in sheet.values
    ):
        return _are_level(clause, place, evidence, sheet)
    steps = steps_of(clause, place, evidence, sheet)
    most = _NOT_MUCH if clause.tokens[place].text in _HARDLY else _FLAT
    return bool(steps) and all((share := _share(s)) is not None and share <= most for s in steps)


def _are_level(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`A 和 B 几乎持平`, in a table without time."""
    metric = metrics_at(clause, place, sheet)[0].metric
    rows = [r for _, k in clause.groups() for r in rows_with(sheet, (k,), evidence)]
    cells = [c for r in rows if (c := r.cells.get((metric, "value"))) is not None]
    return len(cells) == 2 and max(cells) - min(cells) <= _FLAT * max(cells)


def _spread(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> float:
    """How far the values of a stretch of three or more periods lie apart, as a share of the highest."""
    value, about = metrics_at(clause, place, sheet)[0], subject(clause, place, evidence, sheet)
    cells = [r.cells.get((value.metric, "value"), 0.0) for r in about.rows if r.period]
    one_name = len({r.keys for r in about.rows}) == 1
    return 1 - min(cells) / max(cells) if one_name and len(cells) > 2 and max(cells) > 0 else 0.0


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
    gap = _gap(clause, place, evidence, sheet)
    if gap is not None:
        return test(gap)
    if not clause.says("up", "down", "good", "bad") or not any(t.number for t in clause.tokens):
        return False
    steps = sequence_steps(clause, evidence, sheet) or steps_of(clause, place, evidence, sheet)
    shares = [_share(s) for s in steps]
    return bool(shares) and all(s is not None and test(s) for s in shares)


def _gap(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> float | None:
    """How far two rows that are named lie apart, as a share of the larger; None without two."""
    if not clause.says("diff", "high", "low") or clause.says("up", "down"):
        return None
    metric = metrics_at(clause, place, sheet)[0].metric
    rows = {id(r): r for _, k in clause.groups() for r in rows_with(sheet, (k,), evidence)}
    cells = [c for r in rows.values() if (c := r.cells.get((metric, "value"))) is not None]
    return 1 - min(cells) / max(cells) if len(cells) == 2 and max(cells) > 0 else None


def _share(change: Step) -> float | None:
    """The size of a change as a share of where it began."""
    if change.by is None or not change.begin or change.begin < 0:
        return None
    return abs(change.by) / change.begin


def got_better(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether every row that is meant went the good way."""
    good = SIGNS.get(metrics_at(clause, place, sheet)[0].good, 0)
    return bool(good) and moves(clause, place, evidence, sheet, good)


def got_worse(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether every row that is meant went the bad way."""
    good = SIGNS.get(metrics_at(clause, place, sheet)[0].good, 0)
    return bool(good) and moves(clause, place, evidence, sheet, -good)
