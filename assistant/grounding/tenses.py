"""Whether a number is of the period itself, or of the one that it is compared with."""

from __future__ import annotations

import re

from assistant.grounding.clauses import Clause
from assistant.grounding.facts import Fact
from assistant.grounding.subjects import Subject
from assistant.grounding.tokens import Token

_FROM = frozenset({"from", "从", "由"})

_TO = frozenset({"to", "至", "到", "达到"})
_ENDS = ("至", "到")
_FILLED = frozenset({"the", "a", "了", "just", "only", "的"})
_AT_THAT_TIME = frozenset(
    {"当时", "那时候", "此前", "之前", "原先", "原来的", "previously", "formerly"}
)
_REACH = 4
_BACK = re.compile(r"previous|prior|before|earlier|last|ago|上|去年|同期")


def in_role(clause: Clause, place: int, about: Subject, fact: Fact) -> bool:
    """Whether a cell belongs to the period that the number stands beside."""
    if fact.kind == "prev" and about.role == "now" and _dated_behind(clause, place):
        return False
    if fact.kind in {"prev", "value"} and (end := _end_of_move(clause, place)):
        return end == fact.kind
    if fact.kind == "prev":
        return about.role == "before" or _points_back(clause, place)
    if fact.kind == "value":
        dated = about.role in {"row", "rows"}
        return (
            about.role != "before"
            and (dated or not _right_after_shift(clause, place))
            and not _opens_back(clause, place)
        )
    return True


def _end_of_move(clause: Clause, place: int) -> str:
    """`from 37.2 to 32.3`: which end of a change the number is; empty if it is told otherwise."""
    behind = clause.tokens[place + 1 : place + 3]
    if (
        len(behind) == 2
        and behind[0].text == "for"
        and any(n.kind == "key" for n in behind[1].names)
    ):
        return ""  # `from 139 for the website to 2,476 for events`
    if clause.periods():
        started = any(t.text in _FROM for t in clause.tokens[:place])
        told = [i for i, _ in clause.periods()]
        numbers = [i for i in range(place) if clause.tokens[i].number]
        moved = started and numbers and all(i < numbers[-1] for i in told)
        return "value" if moved and _behind(clause, place, _TO) else ""
    starts = {i for i in range(len(clause.tokens)) if _behind(clause, i, _FROM)}
    if place in starts:
        return "prev"
    return "value" if starts and _behind(clause, place, _TO) else ""


def _behind(clause: Clause, place: int, words: frozenset[str]) -> bool:
    """Whether the number at `place` stands behind one of the words."""
    if clause.tokens[place].number is None:
        return False
    j = place - 1
    while j >= 0 and ("approx" in clause.tokens[j].claims or clause.tokens[j].text in _FILLED):
        j -= 1
    return j >= 0 and (
        clause.tokens[j].text in words or (clause.tokens[j].text.endswith(_ENDS) and words is _TO)
    )


def _points_back(clause: Clause, place: int) -> bool:
    """Whether `previously`, `from` or a comparison stands beside the number."""
    return _back_on_the_left(clause, place) or _back_on_the_right(clause, place)


def _back_on_the_left(clause: Clause, place: int) -> bool:
    """`上期 300 元`, `than 1,769`, `去年同期线索量为 1,769`, but not `than last year, leads were 2,450`."""
    for j in range(place - 1, max(-1, place - _REACH - 1), -1):
        token = clause.tokens[j]
        if token.number is not None:
            return False
        if token.shift is not None or token.claims & {"prev", "than"} or token.text in _FROM:
            between = clause.tokens[j + 1 : place]
            return "than" not in token.claims or not any(t.names for t in between)
    return False


def _back_on_the_right(clause: Clause, place: int) -> bool:
    """`1,769 a year earlier`, but not `2,450 compared with a year earlier`."""
    for token in clause.tokens[place + 1 : place + _REACH]:
        if (
            token.number is not None
            or "than" in token.claims
            or token.claims & {"up", "down", "high", "low"}
        ):
            return False
        if token.shift is not None or "prev" in token.claims:
            return True
    return False


def _right_after_shift(clause: Clause, place: int) -> bool:
    """`较去年同期的 1,769`: the number beside `the year before` is not of now."""
    left = clause.tokens[max(0, place - 2) : place]
    after = any(t.shift is not None and _then(t) for t in left) and not clause.says("up", "down")
    return after or _back_on_the_right(clause, place)


def _opens_back(clause: Clause, place: int) -> bool:
    """`去年同期的广告消耗是 X`: the clause begins with the past, and X is of then."""
    for token in reversed(clause.tokens[:place]):
        if token.number or "than" in token.claims or token.period is not None:
            return False
        if token.shift is not None and token.shift.period is None and _then(token):
            return True
        if "prev" in token.claims and token.kind == "word" and token.text in _AT_THAT_TIME:
            return True
    return False


def _dated_behind(clause: Clause, place: int) -> bool:
    """`37.5% in Q2`: the number's own period stands right behind it."""
    behind = clause.tokens[place + 1 : place + 3]
    return (
        len(behind) > 1
        and behind[0].text in {"in", "for", "during"}
        and behind[1].period is not None
        and not _BACK.search(behind[1].text)
    )


def _then(token: Token) -> bool:
    return token.text.endswith(("同期", "月", "季度", "年", "year", "month", "quarter"))
