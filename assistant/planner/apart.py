"""`各渠道和各大区的线索分别多少`: breakdowns that are asked for side by side, not crossed."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

from assistant.planner.pieces import Token, Tokens
from assistant.planner.read.state import JOINING
from assistant.planner.several_periods import nested
from assistant.planner.slots import Slots

_APART = re.compile(r"分别|各自|\brespectively\b|\bseparately\b")
_ASKED = re.compile(
    r"哪.*哪|which.*which|[年季月周天日度].{0,3}[和与、及].{0,8}[年季月周天日度]|[qQ]\d.*[qQ]\d"
    r"|(?:year|quarter|month|week|today).* and .*(?:year|quarter|month|week|today)",
    re.IGNORECASE | re.DOTALL,
)
_LEADING = frozenset({"each", "which"})
_BETWEEN = frozenset({"each", "which", "and", "fill"})


def apart(tokens: Tokens, slots: Slots) -> tuple[str, ...]:
    """Return one question for each breakdown or period listed, or nothing where they are one.

    Breakdowns are apart where the question says so (分别), or asks for the one of each
    (`哪个渠道和哪个大区`), and where they are joined by a word of listing; periods, where
    one is a part of the other.

    Args:
        tokens: The question.
        slots: What it says.
    """
    at = _breakdowns(tokens, slots) or _periods(tokens, slots)
    return _each_with_the_rest(tokens, at) if at else ()


def _breakdowns(tokens: Tokens, slots: Slots) -> list[int]:
    items = tokens.items
    at = [i for i, t in enumerate(items) if _breakdown(t, slots)]
    if len(at) < 2 or len(at) != len(slots.dimensions) or not _listed(tokens, at):
        return []
    asked = all(i > 0 and items[i - 1].word() == "which" for i in at)
    return at if asked or _APART.search(tokens.folded.text) else []


def _periods(tokens: Tokens, slots: Slots) -> list[int]:
    """Return where periods are listed of which one lies within another: `今年和本月的订单金额`.

    So are those of which each is asked for (分别) and one is running: side by side the other
    would be cut to the same length. None of them is held against the other, so that each has an answer of its own.
    """
    at = [i for i, t in enumerate(tokens.items) if t.time and t.time.period]
    if len(at) < 2 or len(at) != len(slots.periods) or not _listed(tokens, at):
        return []
    held = slots.flags & {"vs", "delta", "rate"} or slots.direction or slots.shifts
    spans = [p.range for p in slots.periods if p.range]
    cut = _APART.search(tokens.folded.text) and not all(p.complete for p in slots.periods)
    within = any(nested(a, b) for a, b in combinations(spans, 2))
    return at if not held and (cut or within) else []


def _each_with_the_rest(tokens: Tokens, at: list[int]) -> tuple[str, ...]:
    items = tokens.items
    first = at[0] - 1 if at[0] and items[at[0] - 1].word() in _LEADING else at[0]
    lead = _raw(tokens, items[first].start, items[at[0]].start)
    head = _raw(tokens, 0, items[first].start) if first else ""
    rest = _raw(tokens, items[at[-1]].end, len(tokens.folded.text))
    return tuple(head + lead + _raw(tokens, items[i].start, items[i].end) + rest for i in at)


def may_be_apart(message: str) -> bool:
    """Whether a message has the words for it, so that it is worth cutting up."""
    return bool(_APART.search(message.lower()) or _ASKED.search(message))


def _breakdown(token: Token, slots: Slots) -> bool:
    named = {s.id for s in token.of("dimension")}
    return bool(named & set(slots.dimensions)) and not token.of("value")


def _listed(tokens: Tokens, at: list[int]) -> bool:
    """Whether each breakdown is joined to the one before it, with nothing else between."""
    items = tokens.items
    for one, other in pairwise(at):
        between = items[one + 1 : other]
        gap = tokens.folded.text[items[one].end : items[other].start]
        joined = any(t.word() == "and" for t in between) or bool(JOINING.search(gap))
        if not joined or not all(t.word() in _BETWEEN for t in between):
            return False
    return True


def _raw(tokens: Tokens, start: int, end: int) -> str:
    """Return a piece of the question as typed, up to the blank before the next word."""
    if start >= end:
        return ""
    folded = tokens.folded
    if end < len(folded.text):
        return folded.raw[folded.raw_span(start, end)[0] : folded.raw_span(end, end + 1)[0]]
    return folded.raw[folded.raw_span(start, end)[0] :]
