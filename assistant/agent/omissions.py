"""What a question says and a call leaves out: never computed without it."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.planner.pieces import Token
from assistant.planner.slots import Slots
from semantic_layer import Query, QueryError, SemanticLayer
from semantic_layer.compile.facts import references
from semantic_layer.compile.parameters import credit_uses

_MOVES = ("rose", "fell", "delta", "rate")


def check_heeded(items: Iterable[Token], slots: Slots, query: Query, layer: SemanticLayer) -> None:
    """Refuse a call without the threshold, change, ratio, share, trend or model that is asked for.

    Args:
        items: The question's words, as the lexicon reads them.
        slots: What they say together.
        query: What the model asks for.
        layer: The definitions.

    Raises:
        QueryError: CONDITION_DROPPED, with the words of the question.
    """
    words = {t.word(): t.text for t in items if t.word()}
    if "trend" in words and query.grain is None:
        raise dropped(words["trend"], "breakdown by time")
    if slots.thresholds and not query.having:
        raise dropped(f"{slots.thresholds[0].value:g}", "condition")
    moved = next((words[w] for w in _MOVES if w in words), "")
    if slots.compares and query.compare is None and query.grain is None:
        raise dropped(moved or "change", "comparison")
    if slots.direction and slots.which and not slots.ranked and not query.having:
        raise dropped(moved, "condition")
    if slots.direction and slots.ranked and not _ranks_change(query):
        raise dropped(moved or "change", "order by the change")
    if slots.per is not None and not _has_ratio(slots.per, query, layer):
        raise dropped(slots.per[1], "ratio")
    if "share" in slots.flags and not (query.share or any(h.of == "share" for h in query.having)):
        raise dropped(words.get("share", "share"), "share")
    if slots.models and not {*slots.models} & _models_of(query, layer):
        raise dropped(slots.models[0], "attribution model")


def _ranks_change(query: Query) -> bool:
    """Whether rows that are cut or ordered are so by their change, not by their value."""
    if not query.order:
        return query.limit is None
    return query.order[0].by.endswith(("__delta", "__pct"))


def _has_ratio(parts: tuple[str, str], query: Query, layer: SemanticLayer) -> bool:
    known = layer.definitions.metrics
    return any({*parts} <= {m, *references(known[m])} for m in query.metrics if m in known)


def _models_of(query: Query, layer: SemanticLayer) -> set[str]:
    """The attribution models that a query uses."""
    named = query.parameters.model if query.parameters is not None else None
    known = (m for m in query.metrics if m in layer.definitions.metrics)
    return {named} if named else {u.model.id for m in known for u in credit_uses(layer.context, m)}


def dropped(text: str, what: str) -> QueryError:
    """Return the error of words that a call has nothing for."""
    return QueryError(
        "CONDITION_DROPPED",
        f"The question says {text!r}; the call has no {what} for it.",
        hint="Put it into the call.",
        params={"words": text},
    )
