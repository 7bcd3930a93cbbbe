"""Tokens -> slots: one walk from left to right with a little memory."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.planner.averages import MEAN
from assistant.planner.customer_words import SAID
from assistant.planner.pieces import Token, Tokens
from assistant.planner.read.names import read_model, read_name, read_new, read_unit
from assistant.planner.read.numbers import read_limit, read_number, read_setting
from assistant.planner.read.parts import part_of_another, percent_of_change, settle_parts
from assistant.planner.read.state import ReadState
from assistant.planner.read.times import read_time
from assistant.planner.read.words import read_word
from assistant.planner.read.years import settle_year
from assistant.planner.slots import CHAIN, ENDS, Slots

_PAIRED = re.compile(r"(?:vm){2,}|(?:mv){2,}|(?:dm){2,}|(?:md){2,}")
"""Each metric has a condition or a breakdown of its own: a table cannot hold them crossed."""
_FUNNEL = re.compile(r"漏斗|funnel", re.IGNORECASE)
_FROM_TO = re.compile(
    r"\b([a-z]+) to ([a-z]+) (?:\w+ )?funnel|funnel (?:\w+ )?(?:from )?([a-z]+) to ([a-z]+)"
)
_RATE = re.compile(r"(?:转|到|至|→|->)[a-z\u4e00-\u9fff]{2,8}?(?:的)?(?:转化)?率")
_TURNS = frozenset({"转", "率", "到", "至", "→", "转化"})
_COUNTED = ("个", "家", "名", "位")
_PARTICLES = frozenset({"fill", "and", "each", "which", "only"})


_CHANGES = {"top": 1, "bottom": -1}
_ORDERS = {"more": "top", "less": "bottom", "better": "best", "poorer": "worst"}


def _finish(state: ReadState) -> None:
    slots = state.slots
    settle_year(state)
    percent_of_change(state)
    part_of_another(state)
    _contrast(state)
    _rate_of_becoming(state)
    _rest_together(state)
    settle_parts(state)
    if state.either is not None and len(slots.thresholds) > 1:
        slots.unclear.append(state.either)
    if state.per is not None and not slots.ranked:
        slots.per = state.per
    _leftovers(state)
    if state.comparator is not None:
        slots.unclear.append(state.comparator_text)
    for pending in (state.negate, state.lacking):
        if pending is not None:
            slots.unclear.append(pending)
    if state.pending_number is not None:
        counts = slots.superlative or (
            slots.intents & SAID and state.pending_number.text.endswith(_COUNTED)
        )
        if counts and slots.limit is None:
            slots.limit = int(state.pending_number.number or 0) or None
        else:
            slots.unclear.append(state.pending_number.text)
    _both_ends(state)
    _rank_metric(state)
    for item in slots.thresholds:
        if item.metric is None and slots.metrics and not item.counter:
            item.metric = slots.metrics[-1]


def _both_ends(state: ReadState) -> None:
    """`最多的3个和最少的3个` are both ends; two limits of one end, or one in the other, are not."""
    slots = state.slots
    if state.second_limit and ENDS not in slots.flags:
        slots.unclear.append(state.second_limit)
    if ENDS not in slots.flags or slots.limit is None:
        return
    said = [
        i
        for i, t in enumerate(state.items)
        if t.kind == "limit" or t.word() in {"top", "bottom", "best", "worst"}
    ]
    if not any(t.word() == "and" for t in state.items[said[0] : said[-1]]):
        slots.unclear.append(state.said(state.items[said[-1]]))  # 最多的3个里最少的


def _rank_metric(state: ReadState) -> None:
    """`关闭商机数大于20的销售赢单率排名`: a metric said only for its bound ranks nothing."""
    slots = state.slots
    left = list(state.mentions)
    for item in slots.thresholds:
        if item.metric in left:
            left.remove(item.metric)
    if slots.thresholds and left and slots.order_metric is None:
        slots.order_metric = left[0]


def _contrast(state: ReadState) -> None:
    """`哪个ROI高`, `比上月多吗`: who is more, or a change; else it is not clear of what."""
    slots = state.slots
    orders = [_ORDERS[word] for word, _ in state.compared if word in _ORDERS]
    texts = [text for _, text in state.compared]
    if not texts:
        return
    named = [v for v in slots.values if not v.negate]
    over_time = bool(slots.shifts) or len(slots.periods) > 1
    decided = slots.ranked or bool(slots.thresholds) or len(set(orders)) != 1
    several = slots.which or bool(slots.dimensions) or len(named) > 1
    picks = (state.picks or slots.which) and bool(slots.dimensions) and len(named) < 2
    if over_time and picks and not decided and orders[0] in _CHANGES:  # 比上月少的渠道
        slots.direction, slots.which = _CHANGES[orders[0]], True
    elif decided or (over_time and several):
        slots.unclear += texts
    elif len(named) > 1 or (slots.which and not over_time):
        slots.superlative, slots.contrast = orders[0], len(named) > 1
    elif not over_time:
        slots.unclear += texts


def _rate_of_becoming(state: ReadState) -> None:
    """`what percentage of leads became MQLs` asks how many of one stage reached the other."""
    slots = state.slots
    if slots.source_stage and slots.metrics and "share" in slots.flags:
        slots.flags = (slots.flags - {"share"}) | {CHAIN}
        slots.intents.add("stuck")
        slots.metrics.insert(0, slots.source_stage)
        slots.source_stage = slots.became = ""


def _rest_together(state: ReadState) -> None:
    """`华东和华南之外的大区合计`, `华东、华南两个大区合计`: the noun breaks nothing down."""
    slots = state.slots
    out = {s.id for v in slots.values for s in v.senses}
    if slots.total and not slots.ranked and len(slots.dimensions) == 1:
        (at,) = state.dims_at
        dim = slots.dimensions[0]
        if dim in out and not (at and state.items[at - 1].word() in {"each", "which"}):
            slots.nouns.append(state.said(state.items[at]))
            slots.dimensions.clear()


def _leftovers(state: ReadState) -> None:
    """What was said but found no place in the slots."""
    slots = state.slots
    if slots.ahead is not None and not slots.intents & SAID:
        slots.unclear.append(state.ahead_text)  # 90天内复购率: not of a customer list
    if _PAIRED.fullmatch(state.pattern):
        slots.unclear.append(state.said(state.items[-1]))  # 华东的线索和华南的订单: which of which?
    _chained(state)
    if "stuck" not in slots.intents and not slots.duration:
        slots.unknown += state.stage_words
    full = len(slots.models) > len(slots.bare_models)
    about = "归因" in state.folded or "attribut" in state.folded
    if slots.bare_models and not full and not about:
        slots.unclear += slots.bare_models
    if "vs" not in slots.flags and len(slots.periods) < 2:
        slots.unclear += state.repeated  # `win rate and win rate last year`


def _chained(state: ReadState) -> None:
    """`线索到订单的漏斗`, `lead to order funnel`: stages are named, not the set of metrics.

    `SQL转商机率` is the same of two stages, where no metric has that name.
    """
    slots, ends = state.slots, _FROM_TO.search(state.folded)
    loose = {*slots.unknown, *state.stage_words}
    rated = _RATE.search(state.folded) is not None and bool(_TURNS & loose)
    if not rated and not (_FUNNEL.search(state.folded) and (state.stage_words or ends)):
        return
    slots.intents.add("stuck")
    slots.flags.add(CHAIN)
    slots.bundles.clear()
    said = {word for word in ends.groups() if word} if ends else set()
    explained = said & {t.text.lower() for t in state.items if t.kind == "senses"}
    if rated:
        explained |= _TURNS
        slots.ambiguous = [word for word in slots.ambiguous if not word.endswith("率")]
    slots.unknown = [w for w in slots.unknown if w.lower() not in explained]


def _unknown(state: ReadState, _: int, token: Token) -> None:
    state.slots.unknown.append(token.text)


def _senses(state: ReadState, i: int, token: Token) -> None:
    word = token.word()
    content = [s for s in token.senses if s.kind != "word"]
    if word == "new":
        read_new(state, i, token)
    elif word is not None and not (content and word not in _PARTICLES):
        read_word(state, i, token, word)
    elif token.of("model") or token.of("bare_model"):
        read_model(state, token)
    elif token.of("denied"):
        state.slots.denied.append(token.text)
    elif token.of("unit") and not (set(content) - set(token.of("unit"))):
        read_unit(state, i, token)
    elif token.of("ambiguous"):
        state.slots.ambiguous.append(token.text)
        state.last = "metric"
    else:
        read_name(state, i, token)


_HANDLERS: dict[str, Callable[[ReadState, int, Token], None]] = {
    "unknown": _unknown,
    "time": read_time,
    "number": read_number,
    "limit": read_limit,
    "setting": read_setting,
    "senses": _senses,
}


def read_slots(tokens: Tokens) -> Slots:
    """Return what the question says."""
    state = ReadState(tokens)
    for i, token in enumerate(state.items):
        _HANDLERS[token.kind](state, i, token)
    _finish(state)
    _average(state)
    return state.slots


def _average(state: ReadState) -> None:
    """An average is over days, months...: of anything else it would be another figure."""
    if state.means and state.slots.grain is not None:
        state.slots.flags.add(MEAN)
    elif state.means and MEAN not in state.slots.flags:
        state.slots.unclear += state.means
