"""Quantified statements: `three months exceeded 1.4 million`, `all of them`, `only A and B`."""

from __future__ import annotations

from collections.abc import Callable

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.groupings import speaks_of_shown
from assistant.grounding.metrics import metrics_at
from assistant.grounding.numerals import Numeral
from assistant.grounding.subjects import role_of, rows_with
from assistant.grounding.units import in_unit

_NEAR = 2


def side(clause: Clause, place: int) -> int:
    """Return +1 where the number at `place` is a lower bound, -1 for an upper one, else 0."""
    tokens = clause.tokens
    number = tokens[place].number
    if number is None or clause.is_of_then(place):
        return 0
    if (way := _bound_by_than(clause, place)) or clause.says("than", "diff"):
        return way
    behind = tokens[place + 1 : place + 2] if not any(t.number for t in tokens[place + 2 : place + 3]) else []  # fmt: skip
    near = [*tokens[max(0, place - _NEAR) : place], *behind]
    said = frozenset(c for t in near for c in t.claims)
    sign = number.bound or ("more_than" in said) - ("less_than" in said)
    if not sign and "reach" in said and clause.says("only", "all"):
        sign = 1
    denied = any("neg" in t.claims for t in tokens[max(0, place - 2 * _NEAR) : place])
    return -sign if denied else sign


def _bound_by_than(clause: Clause, place: int) -> int:
    """`longer than 70 days`: a comparison whose measure is the number itself."""
    j = place - 1
    while j > 0 and "approx" in clause.tokens[j].claims:
        j -= 1
    if j < 1 or "than" not in clause.tokens[j].claims or clause.tokens[j].period:
        return 0
    claims = clause.tokens[j - 1].claims
    return ("high" in claims) - ("low" in claims)


def beyond(clause: Clause, place: int, sheet: Sheet, among: list[Row] | None = None) -> list[Row]:
    """Return the rows on the far side of the bound at `place`: of all, or of those that are named."""
    number, sign = clause.tokens[place].number, side(clause, place)
    if number is None or not sign:
        return []
    value = metrics_at(clause, place, sheet)[0]
    of = _measured(clause, number, value)
    known = among is not None or sheet.whole or speaks_of_shown(clause, sheet)
    if of is None or not (known or _cut_beyond(sheet, value.metric, number.value, sign)):
        return []
    rows = among or [r for r in sheet.rows if not facts.is_empty(r)]
    return [r for r in rows if (c := of(r)) is not None and _past(c, number.value, sign, clause)]


def _past(cell: float, bound: float, sign: int, clause: Clause) -> bool:
    """Whether a value is beyond a bound; `reached 50%`, `no more than 8` take the bound in."""
    taken_in = clause.says("reach", "neg") or any(t.text in _INCLUSIVE for t in clause.tokens)
    if _is_tight(clause) and not abs(cell - bound) <= _TIGHT * max(abs(cell), abs(bound)):
        return False
    return (cell - bound) * sign > 0 or (taken_in and cell == bound)


_INCLUSIVE = frozenset({"no more than", "not more than", "at most", "no less than", "no fewer than", "not less than", "at least", "up to", "至多", "不超过", "不高于", "不多于", "不低于", "不少于", "至少"})  # fmt: skip
_TIGHTLY = ("just ", "slightly ", "a little ", "a bit ", "a touch ", "a shade ", "刚", "略")
_TIGHT = 0.2


def _is_tight(clause: Clause) -> bool:
    """`just under 20 %`: not far from it."""
    return any(
        t.claims & {"more_than", "less_than"} and t.text.startswith(_TIGHTLY) for t in clause.tokens
    )


def _measured(
    clause: Clause, number: Numeral, value: Value
) -> Callable[[Row], float | None] | None:
    """What of a row a bound is held against: its value, how much it moved, or its share."""
    moved = (clause.says("up", "good") - clause.says("down", "bad")) or 0
    if number.unit == "percent" and value.measure != "percent":
        return (lambda r: _change(r, value, moved)) if moved else (lambda r: r.cells.get((value.metric, "share")))  # fmt: skip
    if number.unit == "points":
        return lambda r: _difference(r, value, moved or 1)
    if number.unit == "times":
        return lambda r: _multiple(r, value)
    if in_unit(number, value.measure, value.unit):
        return lambda r: r.cells.get((value.metric, "value"))
    return None


def _multiple(row: Row, value: Value) -> float | None:
    now, before = (row.cells.get((value.metric, k)) for k in ("value", "prev"))
    return now / before if now is not None and before else None


def _difference(row: Row, value: Value, sign: int) -> float | None:
    now, before = (row.cells.get((value.metric, k)) for k in ("value", "prev"))
    return None if now is None or before is None else (now - before) * sign


def _change(row: Row, value: Value, sign: int) -> float | None:
    by, before = _difference(row, value, sign), row.cells.get((value.metric, "prev"))
    return by / before if by is not None and before else None


def _cut_beyond(sheet: Sheet, metric: str, bound: float, sign: int) -> bool:
    """Whether a cut ranking goes past the bound, so that no row beyond it is hidden."""
    cells = [r.cells.get((metric, "value"), 0.0) * sign for r in sheet.rows]
    return cells == sorted(cells, reverse=True) and cells[-1] <= bound * sign


def is_bound(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether a bound divides the rows just as the clause says: all, only these, or so many."""
    named = _named(clause, evidence, sheet)
    each = named if named and clause.says("all") and not clause.says("rest", "only") else None
    found = beyond(clause, place, sheet, each)
    if not found or not _is_near(found, clause, place, sheet):
        return False
    if clause.says("vague") and not clause.groups():
        return 2 * len(found) > len([r for r in sheet.rows if not facts.is_empty(r)])
    if clause.says("rest", "all") and clause.says("rest"):
        told = (r for k in clause.before.heard.keys for r in rows_with(sheet, (k,), evidence))
        left_out = {id(r) for r in (*named, *told)} | {
            id(r)
            for p in clause.before.topic.periods
            for r in role_of(p, evidence, sheet)[1]
            if r.period == p
        }
        others = [r for r in sheet.rows if id(r) not in left_out and not facts.is_empty(r)]
        return bool(left_out) and {id(r) for r in others} <= {id(r) for r in found}
    if named and clause.says("sum"):
        return False  # their sum is held against the bound as any other fact
    if named and clause.says("only"):
        return {id(r) for r in named} == {id(r) for r in found}
    if _lists(clause, len(named)):
        return {id(r) for r in named} == {id(r) for r in found}
    if named and (len(named) > 1 or clause.says("all")):
        return {id(r) for r in named} <= {id(r) for r in found}
    if _counted(clause, place, len(found)):
        return True
    rows = [r for r in sheet.rows if not facts.is_empty(r)]
    return clause.says("all") and len(found) == len(rows)


def _is_near(found: list[Row], clause: Clause, place: int, sheet: Sheet) -> bool:
    """Whether the nearest of the rows beyond a bound is within twice of it: `all below 63` of 6 says nothing."""
    number, sign = clause.tokens[place].number, side(clause, place)
    of = _measured(clause, number, metrics_at(clause, place, sheet)[0]) if number else None
    cells = [c * sign for r in found if of is not None and (c := of(r)) is not None]
    nearest = abs(min(cells)) if cells else 0.0
    bound = number.value if number else 0.0
    return bound <= 0 or bound / 2 <= nearest <= bound * 2


def lists_beyond(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Return whether the bound at `place` is one that all names of the clause are said to pass."""
    return bool(side(clause, place)) and _lists(clause, len(_named(clause, evidence, sheet)))


def _lists(clause: Clause, count: int) -> bool:
    """`Four regions convert below 45 %: A, B, C and D`: as many are counted as are named."""
    bare = (
        t.number
        for t in clause.tokens
        if t.number and t.number.unit in {"", "classifier", "duration"}
    )
    return (
        count > 1
        and any(n.value == count for n in bare)
        and not clause.says("sum", "all", "share", "mono")
    )


def is_count_of_bound(clause: Clause, place: int, sheet: Sheet) -> bool:
    """Whether the number at `place` counts the rows beyond a bound of the same clause."""
    number = clause.tokens[place].number
    others = (i for i, t in enumerate(clause.tokens) if i != place and t.number and side(clause, i))
    return number is not None and any(
        len(beyond(clause, i, sheet)) == number.value for i in others if number.value
    )


def _counted(clause: Clause, place: int, count: int) -> bool:
    told = [(i, t.number) for i, t in enumerate(clause.tokens) if i != place and t.number]
    denied = {i for i, _ in told if i and "neg" in clause.tokens[i - 1].claims}  # `no one`
    return any(n.value == count for i, n in told if i not in denied)


_SINCE = frozenset(
    {"此后", "之后", "随后", "其后", "since then", "thereafter", "after that", "afterwards"}
)


def says_since(clause: Clause) -> bool:
    """Return whether a clause is of all that came after what was told last."""
    return any(t.text in _SINCE for t in clause.tokens)


def _since_told(clause: Clause, sheet: Sheet) -> list[Row]:
    """`3 月回升，此后各月都在 640 条以上`: every row behind the one that was told last."""
    last = clause.before.topic.periods[-1:]
    return [r for r in sheet.rows if r.period and last and r.period.start >= last[0].end]


def _named(clause: Clause, evidence: Evidence, sheet: Sheet) -> list[Row]:
    """The rows that the clause names, or the text before it when the clause names none."""
    keys = [k for _, k in clause.groups() if k not in evidence.filtered]
    keys = keys or list(clause.before.topic.keys)
    rows = [r for k in keys for r in rows_with(sheet, (k,), evidence)]
    if rows:
        return rows
    told = [p for _, p in clause.periods()]
    if not told and says_since(clause):
        return _since_told(clause, sheet)
    told = told or (list(clause.before.topic.periods) if clause.says("mono") else [])
    spans = [role_of(p, evidence, sheet) for p in told]
    return [r for role, rows in spans if role in {"row", "rows"} for r in rows]
