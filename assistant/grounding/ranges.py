"""`ranged from 58.5 to 84.7`, `在 15 万到 19 万之间`: the bounds of what is spoken of."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Kind, Row, Sheet, Value
from assistant.grounding.metrics import metrics_at
from assistant.grounding.subjects import role_of, rows_with
from assistant.grounding.units import in_unit

#: How far a bound may lie from the value that it bounds, as a share of the value.
_TIGHT = 0.25
#: With these a range is of the names that were told last, and not of all.
_OF_TOLD = frozenset({"均", "都", "皆", "均为", "both", "all"})
_LOOSE = frozenset({"之间", "between", "hovered between", "sit between", "sits between", "lie between", "lies between", "fall between", "falls between", "stayed between", "moved between", "fluctuated between", "varied between", "varies between", "vary between", "range between"})  # fmt: skip


def is_end_of_range(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Return whether the number at `place` is an end of a range that holds all that is meant."""
    if not clause.says("span"):
        return False
    value = metrics_at(clause, place, sheet)[0]
    ends = [
        (t.number.value, i)
        for i, t in enumerate(clause.tokens)
        if t.number and (in_unit(t.number, value.measure, value.unit) or _is_share(clause, i, value)) and t.number.value not in _sizes(sheet)
    ]  # fmt: skip
    ends = _at_span(clause, ends)
    if len(ends) != 2 or place not in {i for _, i in ends}:
        return False
    (low, _), (high, _) = sorted(ends)
    rows = _meant(clause, evidence, sheet)
    kind: Kind = "share" if _is_share(clause, place, value) else "value"
    cells = [c for r in rows if (c := r.cells.get((value.metric, kind))) is not None]
    slack = max(t.number.slack for i, t in enumerate(clause.tokens) if t.number and i in {p for _, p in ends})  # fmt: skip
    if not cells:
        return False
    if any(not _is_of_its_name(clause, i, value, evidence, sheet) for _, i in ends):
        return False
    if any(t.text in _LOOSE for t in clause.tokens):
        return _holds(min(cells), max(cells), low, high, slack)
    if clause.says("approx"):
        slack = max(slack, *(t.number.coarse for t in clause.tokens if t.number))
    return abs(min(cells) - low) <= slack and abs(max(cells) - high) <= slack


def _is_share(clause: Clause, place: int, value: Value) -> bool:
    """`占比都在 18% 到 22% 之间`: of the whole, where the metric is no rate."""
    number = clause.tokens[place].number
    return (
        clause.says("share")
        and number is not None
        and number.unit == "percent"
        and value.measure != "percent"
    )


def _at_span(clause: Clause, ends: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Of all numbers the two behind `ranged`, or the two before `之间`."""
    at = next(clause.indexes("span"))
    if clause.tokens[at].text.isascii():
        return [e for e in ends if e[1] > at][:2]
    return [e for e in ends if e[1] < at][-2:] or ends


def _is_of_its_name(
    clause: Clause, place: int, value: Value, evidence: Evidence, sheet: Sheet
) -> bool:
    """`from 139 for the website`: an end that is said of a name must be its value."""
    behind, number = clause.tokens[place + 1 : place + 3], clause.tokens[place].number
    if len(behind) < 2 or behind[0].text not in {"for", "in", "at", "by", "from"} or number is None:
        return True
    keys = [n.id for n in behind[1].names if n.kind == "key"]
    rows = rows_with(sheet, keys, evidence) if keys else ()
    cells = [r.cells.get((value.metric, "value")) for r in rows]
    return not keys or any(c is not None and abs(c - number.value) <= number.coarse for c in cells)


def _holds(least: float, most: float, low: float, high: float, slack: float) -> bool:
    """Whether [low, high] holds the values, and is not much wider than they are."""
    inside = low <= least + slack and most <= high + slack
    return inside and low >= (1 - _TIGHT) * least and high <= (1 + _TIGHT) * most


def _sizes(sheet: Sheet) -> set[float]:
    return {float(len(sheet.rows)), float(sheet.total_rows)}


def _meant(clause: Clause, evidence: Evidence, sheet: Sheet) -> Sequence[Row]:
    """The rows that a range is about: of its names, of its periods, the rest, or all."""
    named = [r for _, k in clause.groups() for r in rows_with(sheet, (k,), evidence)]
    spans = [r for _, p in clause.periods() for r in role_of(p, evidence, sheet)[1]]
    if clause.says("rest"):
        keys = {*clause.before.topic.keys, *clause.before.heard.keys, *clause.before.earlier.keys}
        out = {id(r) for k in keys for r in rows_with(sheet, (k,), evidence)} | {
            id(r) for r in named
        }
        return [r for r in sheet.rows if id(r) not in out and not facts.is_empty(r)] if out else []
    of_told = len(clause.before.topic.keys) > 1 and any(t.text in _OF_TOLD for t in clause.tokens)
    if clause.says("complete") and not (named or spans):
        return [r for r in sheet.rows if r.period and facts.is_whole(r, evidence)]
    every = (clause.says("all") and not of_told) or any(
        n.kind == "dimension" for t in clause.tokens for n in t.names
    )
    if len(clause.before.topic.keys) > 1 and not (named or spans or every):
        named = [r for k in clause.before.topic.keys for r in rows_with(sheet, (k,), evidence)]
    whole = [r for r in sheet.rows if not facts.is_empty(r)]
    spans = spans or [
        r
        for p in clause.before.topic.periods
        for role, rows in [role_of(p, evidence, sheet)]
        if role == "row"
        for r in rows
    ]
    return named or spans or [r for r in whole if r.period is None or facts.is_whole(r, evidence)]
