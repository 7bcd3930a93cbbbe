"""Measures that the results do not hold: `MQL 成本` where the cost is one for each lead."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Sheet
from assistant.grounding.metrics import each_thing
from assistant.grounding.tokens import Token

_OF = frozenset({"的", "'s", "平均", "average", "mean"})
_PER = frozenset({"per", "for each", "for every", "of each", "of an", "of a", "of one", "每", "每个", "每条", "每一个", "每一条", "一条", "一个", "a", "an", "each", "for", "of"})  # fmt: skip
_PER_THING = re.compile(r"(?:每(?:一)?[条个家单次位名]|(?:per|each|a) )(?P<thing>.+)")


def of_another_thing(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """Yield the places of amounts for each thing that are told of another thing.

    A metric in a unit such as CNY/lead tells in its label what it is for; a metric that stands
    before it, or behind `per`, must be called by that too.
    """
    known = {v.metric for v in sheet.values if "/" in v.unit}
    for i, token in enumerate(clause.tokens):
        rates = {n.id for n in token.names if n.kind == "metric"} & known
        money = token.number is not None and token.number.unit == "money"
        thing = each_thing(clause, i) if money and known else None
        if thing and not _is_for(thing, known, evidence):
            yield i
        if rates and any(not _is_for(word, rates, evidence) for word in _things(clause, i)):
            yield i


def _things(clause: Clause, place: int) -> Iterator[str]:
    """The words for what an amount is for: right before it, behind a `per`, or in `每条 MQL`."""
    tokens, j = clause.tokens, place - 1
    while j >= 0 and (tokens[j].text in _OF or "avg" in tokens[j].claims):
        j -= 1
    if j >= 0 and _is_metric(tokens[j]) and not tokens[place].paused:
        yield tokens[j].text
    for i, token in enumerate(tokens):
        led = i > 0 and tokens[i - 1].text in _PER and i - 1 > place
        if _is_metric(token) and i != place and led:
            yield token.text
        if match := _PER_THING.fullmatch(token.text):
            yield match["thing"]


def _is_metric(token: Token) -> bool:
    return any(n.kind == "metric" for n in token.names)


def _is_for(word: str, rates: set[str], evidence: Evidence) -> bool:
    """Whether the labels of the rates hold the word; a word that names no other metric may stand."""
    held = evidence.stems.get(word) or evidence.stems.get(word.removesuffix("s")) or frozenset()
    name = evidence.names.get(word) or evidence.names.get(f"{word}s")
    return (
        bool(held & rates) or (not held and name is None) or (name is not None and name.id in rates)
    )
