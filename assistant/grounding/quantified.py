"""Statements about how many of all rows do something: not all, most, all but one, overtaken."""

from __future__ import annotations

from itertools import pairwise

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet
from assistant.grounding.metrics import metrics_at
from assistant.grounding.ranking import SIGNS
from assistant.grounding.steps import Step, compared_steps
from assistant.grounding.subjects import rows_with
from assistant.grounding.thresholds import side


def _signs(clause: Clause, place: int, sheet: Sheet) -> list[bool]:
    """Of every row with a name, whether it goes the way that the clause says."""
    sign = 1 if clause.says("up") else -1 if clause.says("down") else 0
    if not sign and clause.says("good", "bad"):
        good = SIGNS.get(metrics_at(clause, place, sheet)[0].good, 0)
        sign = good if clause.says("good") else -good
    return [s.goes(sign) for s in compared_steps(clause, place, sheet)] if sign else []


def denies_all(clause: Clause) -> bool:
    """Return whether a clause says `not every`, `并非所有`."""
    negs = set(clause.indexes("neg"))
    return any(i - 1 in negs for i in clause.indexes("all")) and not clause.groups()


def is_not_all(clause: Clause, place: int, sheet: Sheet) -> bool:
    """Return whether some rows, but not all, go the way that is said."""
    signs = _signs(clause, place, sheet)
    return any(signs) and not all(signs)


def is_most(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`多数大区上升`, `most channels lie above 30 %`: more than half of all do."""
    del evidence
    if any(side(clause, i) for i in range(len(clause.tokens))):
        return not clause.groups()  # the bound is checked with its number
    signs = _signs(clause, place, sheet)
    return not clause.groups() and 2 * sum(signs) > len(signs) > 0


def is_exception(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`the exception was A`: A alone went one way, and all others the other way."""
    meant = {id(r) for _, k in clause.groups() for r in rows_with(sheet, (k,), evidence)}
    metric = metrics_at(clause, place, sheet)[0].metric
    rows = [r for r in sheet.rows if not facts.is_empty(r)]
    steps = [Step(r.cells.get((metric, "prev")), r.cells.get((metric, "value"))) for r in rows]
    ways = {
        (s.goes(1), s.goes(-1), id(r) in meant) for r, s in zip(rows, steps, strict=True) if s.by is not None
    }  # fmt: skip
    return bool(meant) and ways in (
        {(True, False, True), (False, True, False)},
        {(False, True, True), (True, False, False)},
    )


def has_overtaken(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`A overtook B`: above it now, and not above it before."""
    left = [k for i, k in clause.groups() if i < place] or list(clause.before.topic.keys)
    right = [k for i, k in clause.groups() if i > place]
    if not left or not right:
        return False
    metric = metrics_at(clause, place, sheet)[0].metric
    one, other = (_then_and_now(k, metric, clause, evidence, sheet) for k in (left[-1], right[0]))
    if one is None or other is None:
        return False
    return one[1] > other[1] and one[0] <= other[0]


def _then_and_now(
    key: str, metric: str, clause: Clause, evidence: Evidence, sheet: Sheet
) -> tuple[float, float] | None:
    rows = rows_with(sheet, (key,), evidence)
    if len(rows) == 1:
        return _cells(rows[0].cells.get((metric, "prev")), rows[0].cells.get((metric, "value")))
    spans = {p for _, p in clause.periods()} or set(clause.before.topic.periods[-1:])
    pairs = [(a, b) for a, b in pairwise(_in_time(rows)) if b.period in spans]
    if len(pairs) != 1:
        return None
    return _cells(*(r.cells.get((metric, "value")) for r in pairs[0]))


def _in_time(rows: tuple[Row, ...]) -> list[Row]:
    return sorted((r for r in rows if r.period), key=lambda r: r.period.start if r.period else 0)


def _cells(then: float | None, now: float | None) -> tuple[float, float] | None:
    return None if then is None or now is None else (then, now)
