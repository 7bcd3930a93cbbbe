"""What a call adds to the question, and orders that run against it.

Where the lexicon reads every word of a question, no word is left that could have meant a condition
or a breakdown which it does not know: the model made it up. It is not used, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from assistant.plan import Note
from assistant.planner.slots import ENDS, Slots
from semantic_layer import Query
from semantic_layer.model import Metric
from semantic_layer.query import Filter, Order

_NAMES = frozenset({"in", "not_in"})


def only_said(slots: Slots, query: Query) -> tuple[Query, tuple[Note, ...]]:
    """Return the query without conditions and breakdowns that the question gives no cause for.

    Args:
        slots: What the question says, as the lexicon reads it; with words that it does not know
            nothing is taken away.
        query: What the model asks for.
    """
    if slots.unknown or slots.unclear or slots.mine or slots.pronoun:
        return query, ()
    said = {str(v) for slot in slots.values for sense in slot.senses for v in sense.values}
    filters = tuple(f for f in query.filters if _is_said(f, said))
    gone = [str(v) for f in query.filters if f not in filters for v in f.values]
    notes = [
        Note(
            zh=f"模型加的条件「{value}」不在问题里，没有使用",
            en=f"the model's condition “{value}” is not in the question and was not used",
        )
        for value in gone
    ]
    dimensions = query.dimensions
    if dimensions and not _breaks_down(slots):
        dimensions = ()
        notes.append(
            Note(zh="问题没有要求拆分，没有拆分", en="no breakdown was asked for: none is made")
        )
    if not notes:
        return query, ()
    changed: dict[str, object] = {"filters": filters, "dimensions": dimensions}
    if not dimensions and query.grain is None:
        changed |= {"limit": None, "per": (), "other": False, "order": (), "share": False}
    return query.model_copy(update=changed), tuple(notes)


def _is_said(item: Filter, said: Set[str]) -> bool:
    return item.op not in _NAMES or bool({str(v) for v in item.values} & said)


def _breaks_down(slots: Slots) -> bool:
    """Whether anything in the question could ask for groups."""
    named = slots.dimensions or slots.each or slots.empty_dimensions or slots.nouns or slots.heads
    asked = slots.which or slots.who or slots.records or slots.contrast or slots.ranked
    several = sum(len(slot.senses[0].values) for slot in slots.values) > 1
    parts = slots.per or slots.thresholds or slots.flags & {"share", "vs", "vary"} or slots.intents
    return bool(named or asked or several or parts)


def in_asked_order(slots: Slots, query: Query, metrics: Mapping[str, Metric]) -> Query:
    """Return the query ordered as the question says, where it surely says so.

    The lowest is asked for and a model gives the highest: it would be the opposite, well told.
    """
    ranked = query.order[0].by if query.order else query.metrics[0]
    if ranked not in metrics or not (query.dimensions or query.grain):
        return query
    is_falling = _falling(slots, is_cost=metrics[ranked].good == "down")
    if is_falling is None or (query.order and query.order[0].desc == is_falling):
        return query
    first = Order(by=ranked, desc=is_falling)
    return query.model_copy(update={"order": (first, *query.order[1:])})


def _falling(slots: Slots, *, is_cost: bool) -> bool | None:
    """Whether the largest comes first; None where the words leave it open."""
    words = slots.flags & {"asc", "desc"}
    if ENDS in slots.flags or slots.direction or slots.compares or len(words) > 1:
        return None
    if words:
        return "desc" in words
    if slots.superlative in {"top", "bottom"}:
        return slots.superlative == "top"
    if slots.superlative in {"best", "worst"}:
        return (slots.superlative == "best") != is_cost
    return slots.limit_desc if slots.superlative is None else None
