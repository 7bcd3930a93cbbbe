"""Clauses that leave out their verb: `X gained 11.6 points, Y 9.6 and Z 8.9`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.grounding.numerals import Numeral
from assistant.grounding.tokens import Token

_GLUE = frozenset({"and", "&", "和", "与", "及", "以及", "the", "也", "则", "by", "而"})
_MOVES = frozenset({"up", "down"})
_BY = frozenset({"by", "了", "the", "about", "约", "some", "roughly", "nearly", "近", "达"})
_RATES = frozenset({"percent", "points"})


def filled(tokens: list[Token], before: Sequence[Token]) -> list[Token]:
    """Return the tokens of a clause with the verb that it left out behind each of its names.

    Args:
        tokens: Of the clause; it is left as it is unless it holds names with a number each, and
            no verb.
        before: Of the clause before it in the same sentence.
    """
    told = _told(before)
    if told is None or not _is_gapped(tokens, told[1]):
        return tokens
    verb, number = told
    out: list[Token] = []
    for token in tokens:
        if token.number is not None:
            said = token.number if token.number.unit else in_unit_of(token.number, number)
            out += [replace(verb, start=token.start, end=token.start), replace(token, number=said)]
        else:
            out.append(token)
    return out


def _told(tokens: Sequence[Token]) -> tuple[Token, Numeral] | None:
    """The verb of a clause and the number right behind it, where these are its only ones."""
    verbs = [i for i, t in enumerate(tokens) if t.claims & _MOVES]
    numbers = [i for i, t in enumerate(tokens) if t.number is not None]
    if len(verbs) != 1 or len(numbers) != 1 or verbs[0] > numbers[0]:
        return None
    number = tokens[numbers[0]].number
    beside = all(t.text in _BY for t in tokens[verbs[0] + 1 : numbers[0]])
    named = any(_is_key(t) for t in tokens[: verbs[0]])
    ends = tokens[verbs[0]].text.endswith(("至", "到", "为"))
    return (tokens[verbs[0]], number) if beside and named and number and not ends else None


def _is_gapped(tokens: Sequence[Token], number: Numeral) -> bool:
    told = [t for t in tokens if t.text not in _GLUE and "approx" not in t.claims]
    pairs = list(zip(told[::2], told[1::2], strict=False))
    units = {"", number.unit}
    return (
        bool(pairs)
        and len(told) % 2 == 0
        and all(_is_key(a) and b.number is not None and b.number.unit in units for a, b in pairs)
    )


def _is_key(token: Token) -> bool:
    return any(n.kind == "key" for n in token.names)


def in_unit_of(number: Numeral, other: Numeral) -> Numeral:
    """Return a bare number in the unit of another: `4.2` of `by 4.2 and 0.3 percentage points`."""
    scale = 100 if other.unit in _RATES else 1
    return replace(
        number, value=number.value / scale, slack=number.slack / scale, coarse=number.coarse / scale, unit=other.unit, word=other.word,
    )  # fmt: skip


def with_shared_units(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens where `4.2 and 0.3 percentage points` are both in points."""
    out = list(tokens)
    for i in range(len(out) - 3, -1, -1):
        number, link, unit = out[i].number, out[i + 1], out[i + 2].number
        joined = link.text in {"and", "or", "to", "和", "与", "到", "至"} or link.kind == "comma"
        bare = number is not None and number.unit == "" and "." in number.text
        if number and bare and joined and unit and unit.unit in _RATES and not unit.bound:
            out[i] = replace(out[i], number=in_unit_of(number, unit))
    return out
