"""Which optional arguments a question gives cause for: a small model fills whatever it is shown.

Only for plans that are written by schema. The cues are wide on purpose: a field that is offered
without need costs a correction, one that is kept back could cost a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assistant.agent.additions import may_limit
from assistant.agent.catalogue import found_in
from assistant.grounding.numerals import find_numerals
from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import fold
from assistant.planner.slots import Slots
from assistant.timeparse import TimeMatch

_NAMED = frozenset({"dimension", "unit"})
_RANKED = r"最|前|哪|谁|第|排|名|头|尾|垫|底|序|[由从]|高|低|多|少|大|小|\b(?:top|more|than|less|best|worst|first|last|bottom|most|least|which|who|rank|sort|order|leading|\w+est)"
_MOVES = r"比|较|变|增|涨|升|降|跌|减|差|多了|少了|高了|低了|\b(?:chang|grow|grew|increas|decreas|drop|declin|rise|rose|risen|fall|fell|lost|lose|gain|up|down)"
_SHARED = r"占|比|份额|构成|结构|贡献|分布|%|\b(?:share|percent|proportion|portion|mix|split|contribut|of (?:the )?total|composition)"
_CUES: dict[str, str] = {
    "time": r"[年月日周天季旬号今昨明前后上下]|期|以来|至今|迄|截|半|假|节|时候|最近|近|\d"
    r"|\b(?:year|month|quarter|week|day|since|until|till|through|last|this|past|recent|lately|current|previous|prior"
    r"|ago|so far|to date|[ymqw]td|[qh]\d|fy|today|yesterday|tomorrow|holiday|festival|spring|summer|autumn|fall|winter"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|before|after|during|ever)",
    "grain": r"每|按|逐|趋势|走势|[月日周年季]度|哪|[天周月年季]均|曲线|折线"
    r"|\b(?:dai|week|month|quarter|year|annual|trend|over time|by|per|each|every|which|when|line|curve|history|evol)",
    "compare": _MOVES + r"|去年|上年|前年|此前|之前|以前|原来|(?<![a-z])vs"
    r"|\b(?:versus|compar|against|than|relative|[ymqw]o[ymqw]|previous|prior|earlier|before|over|trend|delta|differen"
    r"|move|better|worse)",
    "parameters": r"归因|模型|触|回溯|窗口|半衰|影响|回报|投产|roi|roas|型"
    r"|attribut|model|touch|lookback|window|decay|shap|linear|influenc|markov|shapley|credit",
    "limit": _RANKED,
    "order": _RANKED,
    "per": r"每|各|里|中|内|\b(?:each|every|per|within|in|by)\b",
    "other": r"其他|其它|其余|剩|\b(?:other|rest|remain)",
    "share": _SHARED,
    "having": _MOVES + r"|负|\b(?:negative|below|above|over|under)",
    "fill": r"没|零|空|缺|均|每|\b(?:zero|empty|missing|gap|no|none|without|average|mean|per|each)\b",
    "dimensions": _SHARED
    + r"|各|按|每|分|哪|谁|排|前|最|列|对|名单|高|低|多|少|强|弱|好|差|[和与及、]|(?<![a-z])vs"
    r"|\b(?:by|per|each|every|which|who|whose|where|across|break|split|top|rank|list|compar\w*|versus|distribut\w*"
    r"|segment\w*|different|among|between|best|worst|more|less|than|and|or|show|all|with|did|\w+est)\b",
}
_COMPILED = {name: re.compile(text, re.IGNORECASE) for name, text in _CUES.items()}
_NUMBERED = frozenset({"having", "limit", "order"})
"""Fields for which a figure in the question is cause enough."""


def unasked(
    question: str, lexicon: Lexicon, said: Sequence[TimeMatch], slots: Slots
) -> frozenset[str]:
    """Return the fields of a query for which a question gives no cause.

    Args:
        question: As asked; not one that continues another.
        lexicon: What the asker's words can name.
        said: Every period and comparison that the question says.
        slots: What the lexicon reads: a word that it does not know may be a condition.
    """
    text = fold(question).text
    causes = {name for name, cue in _COMPILED.items() if cue.search(text)}
    if find_numerals(text, [False] * len(text)):
        causes |= _NUMBERED
    if said:
        causes.add("time")
    if any(m.grain is not None for m in said):
        causes.add("grain")
    if len(said) > 1 or any(m.shift is not None for m in said):
        causes |= {"compare", "grain"}
    if any(sense.kind in _NAMED for _, sense in found_in(lexicon, question)):
        causes.add("dimensions")
    if may_limit(slots):
        causes.add("filters")
    return frozenset(_CUES).union({"filters"}) - causes


def without(schema: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Return the schema of a tool's arguments without these optional fields."""
    gone = set(fields) - set(schema.get("required", ()))
    kept = {k: v for k, v in schema.get("properties", {}).items() if k not in gone}
    return {**schema, "properties": kept}


def period_words(said: Sequence[TimeMatch]) -> Mapping[str, tuple[str, ...]]:
    """Return field -> the question's own words for its periods, where it says any.

    `9月比8月` holds the second period within words of comparison: `range` stays free then.
    """
    words = tuple(dict.fromkeys(m.text for m in said if m.period is not None))
    held = any(m.shift is not None and m.shift.period is not None for m in said)
    fields = ("time",) if held else ("time", "range")
    return dict.fromkeys(fields, words) if words else {}
