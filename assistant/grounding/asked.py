"""Which kinds of fact the words next to a number leave open."""

from __future__ import annotations

from assistant.grounding.clauses import Clause
from assistant.grounding.numerals import Numeral
from assistant.grounding.tokens import Token

_FROM = frozenset({"from", "从", "由"})
_TO = frozenset({"to", "至", "到", "达", "达到", "at"})
GLUE = frozenset({"by", "of", "了", "the", "a", "an", "some", "是", "为", "有", "was", "is", "出"})

_CHANGE_NOUNS = frozenset(
    {
        "increase",
        "decrease",
        "rise",
        "drop",
        "decline",
        "growth",
        "gain",
        "fall",
        "reduction",
        "uptick",
    }
)
_CELLS = frozenset({"value", "prev"})
_MOVING = (
    "up",
    "down",
    "good",
    "bad",
    "change",
    "diff",
    "high",
    "low",
    "than",
    "max_up",
    "max_down",
)
_MOVES = frozenset({"change", "gap", "ratio"})
#: A part of the whole is given with these, in numbers as well as in per cent.
_GIVING = frozenset({"来自", "出自", "贡献", "贡献了", "generated", "came from", "comes from", "contributed", "contributes", "brought in"})  # fmt: skip


def allowed_kinds(clause: Clause, place: int) -> frozenset[str]:
    """Return the kinds of fact that the words next to a number leave open."""
    tokens, number = clause.tokens, clause.tokens[place].number
    j, to = place - 1, False
    while j >= 0 and (tokens[j].text in GLUE | _TO or "approx" in tokens[j].claims):
        to |= tokens[j].text in _TO
        j -= 1
    left = tokens[j] if j >= 0 else None
    right = tokens[place + 1] if place + 1 < len(tokens) else None
    if left is not None and left.text in _CHANGE_NOUNS and tokens[place - 1].text not in {"to"}:
        return _MOVES
    if left is not None and left.claims & {"up", "down", "good", "bad"}:
        return _CELLS if to or left.text.endswith(("至", "到", "为")) else _MOVES
    if right is not None and right.text in _CHANGE_NOUNS and not to:
        return _MOVES
    if to and any(t.text in _FROM for t in tokens[:place]) and tokens[place - 1].text in _TO:
        return _CELLS | {"share", "part"}
    if _is_own(clause, place):
        return _CELLS
    if _is_lead(number, right, clause):
        return _MOVES
    if _is_share(left, right):
        return frozenset({"share", "ratio"}) | (_CELLS if clause.says("sum") else frozenset())
    return _open(clause, place, left, right)


def _is_lead(number: Numeral | None, right: Token | None, clause: Clause) -> bool:
    """`22 % more than B`: a difference, and no share."""
    than = [clause.tokens[i].start for i in clause.indexes("than")]
    rate = number is not None and number.unit == "percent" and any(i > number.start for i in than)
    return (
        rate and right is not None and bool(right.claims & {"high", "low"}) and clause.says("than")
    )


def _open(clause: Clause, place: int, left: Token | None, right: Token | None) -> frozenset[str]:
    number = clause.tokens[place].number
    out = {"value", "prev", "ratio"}
    moving = _moving(clause)
    if clause.says("share") or clause.before.manner.shared or _is_bare_rate(number, clause):
        out.add("share")
    if moving or (number and number.sign):
        out |= {"change", "gap"}
    if (
        number
        and number.unit == "percent"
        and not clause.says("up", "down", "good", "bad")
        and _is_part(clause, place)
    ):
        out.add("part")
    if (
        right is not None
        and right.claims & _FURTHER
        and (left is not None or _is_named(clause, place + 2))
    ):
        out |= {"gap", "change"}
    return frozenset(out)


_FURTHER = frozenset({"high", "low", "more_than", "less_than"})


def _is_own(clause: Clause, place: int) -> bool:
    """`A (46)`, `than B's 38`, `比上期的 38 条`: an amount right behind a name is what that has."""
    token, tokens = clause.tokens[place], clause.tokens
    if token.number is None or token.number.unit in {"percent", "points", "times", "rank", "top"}:
        return False
    j = place - 1
    linked = token.bracketed
    while j >= 0 and (
        tokens[j].text in {"的", "'s", "of"}
        or _is_metric(tokens[j])
        or (not linked and "approx" in tokens[j].claims)
    ):
        linked = linked or tokens[j].text in {"的", "'s", "of"}
        j -= 1 + (
            tokens[j].text == "of"
            and j > 0
            and tokens[j - 1].kind == "word"
            and not tokens[j - 1].claims
        )
    return linked and not token.number.sign and _is_named(clause, j) if j >= 0 else False


def _is_metric(token: Token) -> bool:
    return any(n.kind == "metric" for n in token.names)


def _is_named(clause: Clause, place: int) -> bool:
    """Whether a name or a period stands at a place."""
    token = clause.tokens[place] if place < len(clause.tokens) else None
    return token is not None and bool(token.names or token.period or token.shift)


def _is_part(clause: Clause, place: int) -> bool:
    """`85% of August`, `上月同期的 85%`: a value as a part of another."""
    after = clause.tokens[place + 1].text if place + 1 < len(clause.tokens) else ""
    before = clause.tokens[place - 1].text if place else ""
    return after == "of" or before == "的"


def _is_bare_rate(number: Numeral | None, clause: Clause) -> bool:
    """`¥6.64 million, or 12.2%`: where nothing moves, a rate beside an amount is its share."""
    moving = clause.says("up", "down", "good", "bad", "change", "than")
    return number is not None and number.unit == "percent" and not moving and not number.sign


def _is_share(left: Token | None, right: Token | None) -> bool:
    plain = left is not None and "share" in left.claims and left.text not in _GIVING
    return plain or (right is not None and right.text in {"share", "份额"})


def _moving(clause: Clause) -> bool:
    return clause.says(*_MOVING) or any(t.shift for t in clause.tokens)
