"""Words that change how the names around them are taken."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.planner.customer_words import SAID
from assistant.planner.forms import DEDUPED, MEDIAN
from assistant.planner.pieces import Token
from assistant.planner.read.state import COMPARATORS, JOINING, ReadState
from assistant.planner.slots import Threshold

_TOTAL_WORDS = frozenset(
    {
        "合计",
        "一共",
        "总共",
        "总计",
        "共",
        "total",
        "combined",
        "overall",
        "in total",
        "sum of",
        "the sum of",
    }
)
_INTENTS = frozenset(
    {"define", "what_is", "calc", "list", "metric_word", "dimension_word", "help", "fresh", "greet",
     "why", "attribution", "choose_model", "influence", "stuck", "journey", "lead_word",
     "target", "deal_word", "lead_brief", "call_first", *SAID}
)  # fmt: skip
_FLAGS = frozenset(
    {"share", "trend", "vary", "vs", "delta", "rate", "rank", "desc", "asc", MEDIAN, DEDUPED}
)
_SUPERLATIVES = frozenset({"top", "bottom", "best", "worst", "dear", "cheap", "fast", "slow"})
_TRAILING_NOT = frozenset(
    {"不算", "不要", "不计", "不看", "别算", "排除", "剔除", "去掉", "excluded", "不含", "不包括",
     "不考虑"}
)  # fmt: skip
_OVER = frozenset({"over", "past", "过"})
_LISTS = re.compile(r"有哪|清单|列表|list")
_EXCEPT = ("除", "不含", "不包", "排除", "剔除", "去", "刨", "except", "exclud", "apart", "other")


def read_word(state: ReadState, i: int, token: Token, word: str) -> None:
    """Take a word that is no name: what is asked, how names combine, what is excluded."""
    if word in _SUPERLATIVES:
        _superlative(state, token, word)
    elif word in _FLAGS:
        _flag(state, i, token, word)
    elif word.startswith(("draw_", "export_")):
        _form(state, word)
    elif word in _INTENTS:
        if word == "why" and state.by:
            state.slots.unknown.append(token.text)  # by reason: a breakdown, not a question
            return
        state.slots.intents.add(word)
        state.slots.records |= word == "list" and bool(_LISTS.search(token.text))
    elif word == "place":
        state.slots.flags |= {"rank", "place"}
    elif word in COMPARATORS:
        state.comparator, state.comparator_text = word, token.text
    elif word in {"rose", "fell"}:
        state.slots.direction = 1 if word == "rose" else -1
        state.slots.which |= _describes(state, i, token)
        _sorts_by_change(state)
    else:
        handler = _PARTICLES.get(word)
        if handler is not None:
            handler(state, i, token)


def _describes(state: ReadState, i: int, token: Token) -> bool:
    """`增长的大区` picks the regions that grew; `大区的增长` does not."""
    rest = state.items[i + 1 :]
    if not token.text.endswith("的"):
        if not rest or rest[0].text != "的":
            return False
        rest = rest[1:]
    return bool(rest) and bool(rest[0].of("dimension"))


def _form(state: ReadState, word: str) -> None:
    """How the answer is to be shown or handed over; the last word said counts."""
    kind, form = word.split("_")
    if kind == "export":
        state.slots.export = form
    else:
        state.slots.draw = form


def _superlative(state: ReadState, token: Token, word: str) -> None:
    if not state.slots.most(word):
        state.slots.unclear.append(token.text)
    if state.limit_end is not None and _metric_between(state, state.limit_end, token.start):
        state.slots.unclear.append(token.text)  # 投入前五的活动里ROI最高的: two rankings


def _metric_between(state: ReadState, start: int, end: int) -> bool:
    inside = [t for t in state.items if start <= t.start and t.end <= end]
    return len(state.slots.metrics) > 1 and any(t.of("metric") for t in inside)


def _became(state: ReadState, _: int, token: Token) -> None:
    """`leads became MQLs`: what stands before it is only where they came from."""
    if state.lasting:
        return
    if state.last == "metric" and len(state.slots.metrics) == 1:
        state.slots.source_stage, state.slots.became = state.slots.metrics.pop(), token.text
        state.slots.metric_senses.pop()
        state.metric_end, state.last = None, ""
    else:
        state.slots.unclear.append(token.text)


def _compare(word: str) -> Callable[[ReadState, int, Token], None]:
    """Note that one thing is held against another; what with what is known at the end."""

    def note(state: ReadState, i: int, token: Token) -> None:
        state.compared.append((word, token.text))
        state.picks |= _describes(state, i, token)

    return note


def _restricting(state: ReadState, _i: int, _token: Token) -> None:
    state.negate = None


def _where(state: ReadState, _i: int, _token: Token) -> None:
    state.negate = None
    state.slots.which = True


def _asking_which(state: ReadState, _i: int, _token: Token) -> None:
    state.which = state.slots.which = True


def _asking_who(state: ReadState, _: int, token: Token) -> None:
    state.slots.which, state.slots.who = True, token.text


def _asking_champion(state: ReadState, i: int, token: Token) -> None:
    _asking_who(state, i, token)
    state.slots.superlative = "top"


def _sign(state: ReadState, op: str) -> None:
    state.slots.thresholds.append(Threshold(op, 0.0, percent=False))


def _grouping(state: ReadState, text: str) -> None:
    state.by, state.by_text = True, text


def _sorting(state: ReadState, _i: int, _token: Token) -> None:
    state.slots.flags.add("rank")
    _grouping(state, "by")


def _not(state: ReadState, i: int, token: Token) -> None:
    """`百度不算` excludes what stands before it; otherwise what follows is excluded."""
    following = state.items[i + 1] if i + 1 < len(state.items) else None
    ahead = following is not None and (following.of("value") or following.of("group"))
    if following is not None and JOINING.search(state.folded[token.end : following.start]):
        ahead = False  # 百度不算，头条也不算
    if token.text in _TRAILING_NOT and state.last == "value" and state.run and not ahead:
        for slot in state.run:
            slot.negate = True
        return
    state.negate, state.run, state.excluding = token.text, [], token.text


def _rest(state: ReadState, i: int, token: Token) -> None:
    """其他, 之后: only after an exclusion does it say nothing new."""
    excluded = state.negate is not None or any(v.negate for v in state.slots.values)
    if not excluded:
        state.slots.unknown.append(token.text)  # 其他 what? 之后 what?
    _fill(state, i, token)


def _fill(state: ReadState, i: int, token: Token) -> None:
    following = state.items[i + 1].kind if i + 1 < len(state.items) else ""
    if token.text in _OVER and following == "number":
        state.comparator, state.comparator_text = "gt", token.text
    state.slots.total |= token.text in _TOTAL_WORDS


def _flag(state: ReadState, i: int, token: Token, word: str) -> None:
    """`between 5 and 10` compares nothing: it bounds a metric."""
    following = state.items[i + 1] if i + 1 < len(state.items) else None
    if word == "vs" and following is not None and following.upper is not None:
        return
    state.slots.flags.add(word)
    if token.text == "growth":
        state.slots.flags.add("growth")
    if word in {"delta", "rate"}:
        _sorts_by_change(state)


def _sorts_by_change(state: ReadState) -> None:
    """`by growth in won revenue` sorts; it names nothing to break down by."""
    if state.sorts_by_change():
        state.slots.flags.add("rank")


def _end_negation(state: ReadState, _: int, token: Token) -> None:
    """`A和B以外`: the whole run of values before it is excluded."""
    if state.negate is not None and state.last == "value":
        state.negate = None
    elif state.run and state.last == "value" and state.excluding.startswith(_EXCEPT):
        return  # 除百度外: the word before has already said so
    elif state.run and state.last == "value" and not any(v.negate for v in state.run):
        for slot in state.run:
            slot.negate = True
    else:
        state.slots.unclear.append(token.text)


_COMPARATIVES = ("more", "less", "better", "poorer", "than")

_PARTICLES: dict[str, Callable[[ReadState, int, Token], None]] = {
    "fill": _fill,
    "rest": _rest,
    "after_not": _rest,
    "not": _not,
    "end_not": _end_negation,
    "each": lambda state, _, token: _grouping(state, token.text),
    "sortby": _sorting,
    "lacking": lambda state, _, token: setattr(state, "lacking", token.text),
    "only": _restricting,
    "where": _where,
    "pronoun": lambda state, _, token: setattr(state.slots, "pronoun", token.text),
    "stage_word": lambda state, _, token: state.stage_words.append(token.text),
    "became": _became,
    "duration": lambda state, _, token: setattr(state.slots, "duration", token.text),
    "or": lambda state, _, token: setattr(state, "either", token.text),
    "which": _asking_which,
    "who": _asking_who,
    "champion": _asking_champion,
    "negative": lambda state, _i, _t: _sign(state, "lt"),
    "positive": lambda state, _i, _t: _sign(state, "gt"),
    "mean": lambda state, _i, token: state.means.append(token.text),
    "mine": lambda state, _i, _t: setattr(state.slots, "mine", True),
    **{word: _compare(word) for word in _COMPARATIVES},
}
"""What the other words do."""
