"""What a call adds to the question, and orders that run against it.

Where the lexicon reads every word of a question, no word is left that could have meant a condition
or a breakdown which it does not know: the model made it up. It is not used, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from assistant.plan import Note
from assistant.planner.averages import MEAN
from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import fold_word
from assistant.planner.slots import ENDS, PERIODS, Slots
from semantic_layer import Query
from semantic_layer.model import Metric
from semantic_layer.query import Filter, Order, Value

_NAMES = frozenset({"in", "not_in"})


def may_limit(slots: Slots) -> bool:
    """Whether anything in a question could be a condition on a dimension."""
    named = slots.values or slots.empty_dimensions or slots.mine or slots.pronoun or slots.who
    return bool(named or _has_unread(slots))


def _has_unread(slots: Slots) -> bool:
    return bool(slots.unknown or slots.unclear or slots.denied)


@dataclass(frozen=True)
class Asked:
    """A question as the lexicon reads it, to hold calls against."""

    slots: Slots
    lexicon: Lexicon

    def only(self, query: Query) -> tuple[Query, tuple[Note, ...]]:
        """Return the query without what the question gives no cause for, and notes of that.

        With words that the lexicon does not know little is taken away: they may mean it.
        """
        filters = tuple(f for f in query.filters if not self._names_nothing(f))
        query = query.model_copy(update={"filters": filters})
        slots = self.slots
        if _has_unread(slots) or slots.mine or slots.pronoun:
            return query, ()
        said = [self._said(f) for f in filters]
        notes = [
            _unused(str(value))
            for item, kept in zip(filters, said, strict=True)
            for value in item.values
            if value not in kept.values
        ]
        kept_filters = tuple(f for f in said if f.values or f.op not in _NAMES)
        changed: dict[str, object] = {"filters": kept_filters}
        if metrics := self._named(query):
            changed["metrics"] = metrics
        for name, has_cause, nothing, told in _CAUSES:
            if getattr(query, name) and not has_cause(slots):
                changed[name] = nothing
                notes += [told] if told else []
        query = query.model_copy(update=changed)
        return (query if query.dimensions or query.grain else _one_row(query)), tuple(notes)

    def _named(self, query: Query) -> tuple[str, ...]:
        """The metrics of a call that the question names; none where it may mean others."""
        slots = self.slots
        if slots.bundles or slots.ambiguous or slots.per:
            return ()
        named = {*slots.metrics, *(s.id for senses in slots.metric_senses for s in senses)}
        return tuple(m for m in query.metrics if m in named)

    def _said(self, item: Filter) -> Filter:
        """The filter with those of its values that the question names."""
        if item.op not in _NAMES:
            return item
        values = [(slot.text, s.values) for slot in self.slots.values for s in slot.senses]
        said = {fold_word(str(w)) for text, stored in values for w in (text, *stored)}
        kept = tuple(v for v in item.values if self._meant(v) & said)
        return item.model_copy(update={"values": kept})

    def _meant(self, value: Value) -> Set[str]:
        """A value and what it stands for, folded."""
        word = fold_word(str(value))
        senses = self.lexicon.entries.get(word, ())
        stored = (v for s in senses if s.kind in {"value", "group"} for v in s.values)
        return {word, *(fold_word(str(v)) for v in stored)}

    def _names_nothing(self, item: Filter) -> bool:
        """Whether every value is only the name of its dimension: 渠道1, 渠道2, `channels`."""

        def is_name(value: Value) -> bool:
            word = fold_word(str(value)).rstrip("0123456789")
            senses = self.lexicon.entries.get(word, ())
            if any(s.id == item.dimension and s.kind != "dimension" for s in senses):
                return False  # a stored value of that name
            return word == item.dimension or any(s.kind == "dimension" for s in senses)

        return item.op in _NAMES and bool(item.values) and all(map(is_name, item.values))


def _unused(value: str) -> Note:
    return Note(
        zh=f"模型加的条件「{value}」不在问题里，没有使用",
        en=f"the model's condition “{value}” is not in the question and was not used",
    )


def _breaks_down(slots: Slots) -> bool:
    """Whether anything in the question could ask for groups."""
    named = slots.dimensions or slots.each or slots.empty_dimensions or slots.nouns or slots.heads
    asked = slots.which or slots.who or slots.records or slots.contrast or slots.ranked
    several = sum(len(slot.senses[0].values) for slot in slots.values) > 1
    parts = slots.per or slots.thresholds or slots.flags & {"share", "vs", "vary"} or slots.intents
    return bool(named or asked or several or parts)


def _compares(slots: Slots) -> bool:
    """Whether anything in the question could hold a period against another."""
    flags = slots.flags & {"vs", "vary", "share"}
    return bool(slots.compares or flags or len(slots.periods) > 1 or slots.intents)


def _goes_by_time(slots: Slots) -> bool:
    """Whether anything in the question could ask for periods."""
    named = slots.grain or slots.which_period or slots.each_period or slots.draw
    others = {"trend", "vary", "vs", "delta", "rate", MEAN, PERIODS}
    return bool(named or slots.per or slots.shifts or slots.flags & others)


def _sets(slots: Slots) -> bool:
    return bool(slots.models or slots.lookback or slots.half_life)


def _bounds(slots: Slots) -> bool:
    return bool(slots.thresholds or slots.compares)


def _orders(slots: Slots) -> bool:
    return bool(slots.ranked or slots.which or slots.who or slots.contrast)


def _one_row(query: Query) -> Query:
    """Without groups and periods there is nothing to rank."""
    return query.model_copy(
        update={"limit": None, "per": (), "other": False, "order": (), "share": False}
    )


_CAUSES: tuple[tuple[str, Callable[[Slots], bool], object, Note | None], ...] = (
    ("dimensions", _breaks_down, (), Note(zh="问题没有要求拆分，没有拆分", en="no breakdown was asked for: none is made")),
    ("grain", _goes_by_time, None, Note(zh="问题没有要求按时间拆分，没有拆分", en="no breakdown by time was asked for: none is made")),
    ("parameters", _sets, None, None),
    ("having", _bounds, (), None),
    ("order", _orders, (), None),
    ("compare", _compares, None, None),
)  # fmt: skip
"""Field, what in a question may ask for it, its empty value, and what is said when it goes."""


def in_asked_order(slots: Slots, query: Query, metrics: Mapping[str, Metric]) -> Query:
    """Return the query ordered as the question says, where it surely says so.

    The lowest is asked for and a model gives the highest: it would be the opposite, well told.
    """
    said = [o for o in query.order if o.by in metrics]
    ranked = said[0].by if said else query.metrics[0]
    if ranked not in metrics or not (query.dimensions or query.grain):
        return query
    is_falling = _falling(slots, is_cost=metrics[ranked].good == "down")
    if is_falling is None or (said and said[0].desc == is_falling):
        return query
    first, rest = Order(by=ranked, desc=is_falling), (o for o in query.order if o not in said)
    return query.model_copy(update={"order": (first, *rest)})


def _falling(slots: Slots, *, is_cost: bool) -> bool | None:
    """Whether the largest comes first; None where the words leave it open."""
    words = slots.flags & {"asc", "desc"}
    if ENDS in slots.flags or slots.compares or len(words) > 1:
        return None
    if words:
        return "desc" in words
    if slots.superlative in {"top", "bottom"}:
        return slots.superlative == "top"
    if slots.superlative in {"best", "worst"}:
        return (slots.superlative == "best") != is_cost
    return slots.limit_desc if slots.superlative is None else None
