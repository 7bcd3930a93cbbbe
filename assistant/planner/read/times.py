"""Periods, shifts and grains of a question."""

from __future__ import annotations

import re

from assistant.planner.averages import MEAN
from assistant.planner.pieces import Token
from assistant.planner.read.state import JOINING, ReadState
from assistant.planner.slots import PERIODS
from assistant.timeparse import Period, Reading, Shift
from semantic_layer.timegrain import TimeGrain

_LEADING_COMPARE = re.compile(r"^(?:对比|比较|compare)")
_YEAR_AGO = re.compile(r"year ago|year earlier|year before|一年前|去年同期|上年同期")
_CHANGED = re.compile(r"^(growth|increase|change)\b")
"""`win rate growth vs last quarter` is one token."""
_RELATIVE = re.compile(r"previous|prior|preceding|前一|上一")
_MEAN = re.compile(r"平均|均")
_HOLDING = frozenset(
    {
        "with",
        "to",
        "against",
        "vs",
        "vs.",
        "versus",
        "than",
        "and",
        "和",
        "与",
        "跟",
        "同",
        "比",
        "及",
        "以及",
    }
)
_EACH_PERIOD = re.compile(r"每|各|each |every |per ")


def read_time(state: ReadState, _: int, token: Token) -> None:
    """Take a period, a comparison with another one, or a grain."""
    match = token.time
    if match is None:
        return
    if state.negate or state.lacking:
        state.slots.unclear.append(f"{state.negate or state.lacking} {token.text}")
        state.negate = state.lacking = None
    if match.period is not None:
        split = _split(state, token)
        beside = bool(state.slots.periods) and (
            _held_against(state, token) or (state.last == "time" and _linked(state, token))
        )
        state.joined_periods += [beside, True] if split else [beside]
        state.slots.periods += split or [match.period]
        state.slots.period_texts += [token.text] * len(split or [match.period])
        state.slots.linked_periods |= bool(split) or _linked(state, token)
    elif match.shift is not None and _leads(state, token):
        state.slots.periods.append(match.shift.period)  # type: ignore[arg-type]
        state.joined_periods.append(False)
    elif match.shift is not None:
        year_ago = bool(_YEAR_AGO.search(token.text.lower()))
        state.slots.shifts.append(Shift("previous_year") if year_ago else match.shift)
        _changed(state, token)
        state.slots.relative_shift |= bool(_RELATIVE.search(token.text.lower()))
    else:
        state.slots.grain = match.grain
        state.slots.each_period |= bool(_EACH_PERIOD.match(token.text))
        if _MEAN.search(token.text):
            state.slots.flags.add(MEAN)
        if token.number == 0:
            state.slots.flags.add(PERIODS)
        if token.number == 1:
            state.slots.which_period = True
            best = re.match(r"(best|worst)", token.text)
            if best and not state.slots.most(best[1]):
                state.slots.unclear.append(token.text)
    state.last = "time"
    state.by = False


def _changed(state: ReadState, token: Token) -> None:
    found = _CHANGED.match(token.text)
    if found is None:
        return
    state.slots.flags |= {"rate", "growth"} if found[1] == "growth" else {"delta"}
    if state.sorts_by_change():
        state.slots.flags.add("rank")


def _leads(state: ReadState, token: Token) -> bool:
    """`对比上季度各渠道…` opens with the verb: the period is the one asked about."""
    shift = token.time.shift if token.time else None
    if shift is None or shift.period is None or not _LEADING_COMPARE.match(token.text):
        return False
    named = state.slots.metrics or state.slots.values or state.slots.dimensions
    ahead = any(t.of("metric") or t.of("bundle") or t.of("ambiguous") for t in state.items)
    return ahead and not (named or state.slots.periods or state.slots.bundles)


def _split(state: ReadState, token: Token) -> list[Period]:
    """`the change from Q2 to Q3` names two periods, not one long one."""
    match = token.time
    changing = any(t.word() in {"delta", "rate", "rose", "fell", "vs"} for t in state.items)
    others = [t for t in state.items if t.time and not t.time.grain and t is not token]
    changing &= all(_is_year(t) and not _held_against(state, t) for t in others)
    if match is None or match.period is None or match.period.reading is not Reading.RANGE:
        return []
    return list(token.parts) if changing and len(token.parts) == 2 else []


def _held_against(state: ReadState, token: Token) -> bool:
    """Whether a period is joined to what stands before it: `… with this year`, 和今年."""
    before = [t for t in state.items if t.end <= token.start]
    return bool(before) and before[-1].text in _HOLDING


def _is_year(token: Token) -> bool:
    """Whether a token is a whole year: it may only say of which year other periods are."""
    period = token.time.period if token.time else None
    return period is not None and period.grain is TimeGrain.YEAR


def _linked(state: ReadState, token: Token) -> bool:
    """Whether this period stands beside the one before it: joined by and, vs, 和, 、."""
    if not state.slots.periods or state.last != "time":
        return any(t.word() in {"vs", "and"} for t in state.items)
    before = [t for t in state.items if t.end <= token.start]
    gap = state.folded[before[-1].end : token.start] if before else ""
    words = {t.word() for t in before[-2:]}
    return bool(words & {"vs", "and"}) or bool(JOINING.search(gap))
