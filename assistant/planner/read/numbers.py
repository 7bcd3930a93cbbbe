"""Limits, settings and bounds of a question."""

from __future__ import annotations

from assistant.planner.counting import counter_of
from assistant.planner.customer_words import is_span
from assistant.planner.pieces import Token
from assistant.planner.read.state import COMPARATORS, ReadState
from assistant.planner.slots import ENDS, Threshold


def read_limit(state: ReadState, i: int, token: Token) -> None:
    """Take how many are asked for; two limits are unclear, but for those of both ends."""
    known, count = state.slots.limit, int(token.number or 0) or None
    ends = {state.slots.limit_desc, token.descending} == {True, False}
    ends |= token.descending is False and state.slots.superlative in {"top", "best"}
    if (known is not None or ends) and not (known in {None, count} and _beside(state, i)):
        state.slots.unclear.append(token.text)
    elif ends:
        state.slots.flags.add(ENDS)
    elif known is not None:
        state.second_limit = token.text  # 最多的3个和最少的3个
    state.slots.limit = count
    state.slots.limit_desc = token.descending
    state.limit_end = token.end
    state.which = True
    state.last = "limit"


def _beside(state: ReadState, i: int) -> bool:
    """Whether a limit is listed beside what was said of the other end: 前3和后3."""
    marks = [
        j
        for j, t in enumerate(state.items[:i])
        if t.kind == "limit" or t.word() in {"top", "best", "bottom", "worst"}
    ]
    before = state.items[marks[0] + 1 : i] if marks else ()
    return any(t.word() == "and" for t in before)


def read_setting(state: ReadState, _: int, token: Token) -> None:
    """Take a half-life or a lookback, in days."""
    if token.text.startswith(("半衰", "half")):
        state.slots.half_life = token.number
    elif is_span(token.text):
        state.slots.ahead, state.ahead_text = int(token.number or 0) or None, token.text
    else:
        state.slots.lookback = int(token.number or 0) or None


def read_number(state: ReadState, i: int, token: Token) -> None:
    """Take a number as the bound of a metric, or keep it for the word that follows."""
    op = state.comparator
    after = state.next_word(i)
    if op is None and after in {"gte_after", "lte_after"}:
        op = after.removesuffix("_after")
    if token.upper is not None:
        op = "between"
    if op is None and _counts_values(state, i, token):
        return
    if op is None and state.slots.intents & {"lead_word", "deal_word", "lead_brief"}:
        state.slots.unknown.append(state.said(token))  # the number of a lead or an order
        return
    if op is None:
        if state.pending_number is not None:
            state.slots.unclear.append(state.pending_number.text)
        state.pending_number = token
        state.which = True
        return
    metric = state.slots.metrics[-1] if state.slots.metrics and state.last == "metric" else None
    metric = None if _counts_next(state, i) else metric
    state.slots.thresholds.append(
        Threshold(
            op, token.number or 0.0, token.percent, metric, token.upper, counter_of(token.text)
        )
    )
    state.comparator = None
    state.last = "number"


def _counts_next(state: ReadState, i: int) -> bool:
    """`at least 50 registrations`: the number is of the metric that follows it."""
    following = state.items[i + 1] if i + 1 < len(state.items) else None
    if following is None or not following.of("metric"):
        return False
    return state.next_word(i + 1) not in COMPARATORS


def _counts_values(state: ReadState, i: int, token: Token) -> bool:
    """百度、头条、腾讯三家: the number only counts what was just listed."""
    glued = i > 0 and state.items[i - 1].end == token.start
    return glued and state.last == "value" and token.number == len(state.run)
