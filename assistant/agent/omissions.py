"""What a question says and a call leaves out: never computed without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assistant.planner.slots import Slots
from assistant.planner.tokens import Token
from semantic_layer import Query, QueryError
from semantic_layer.compile.facts import references
from semantic_layer.model import Metric

_MOVES = ("rose", "fell", "delta", "rate")


def check_heeded(
    items: Iterable[Token], slots: Slots, query: Query, metrics: Mapping[str, Metric]
) -> None:
    """Refuse a call without the threshold, the change, the ratio or the trend that is asked for.

    Args:
        items: The question's words, as the lexicon reads them.
        slots: What they say together.
        query: What the model asks for.
        metrics: The definitions of all metrics.

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
    if slots.per is not None and not any(
        {*slots.per} <= {m, *references(metrics[m])} for m in query.metrics if m in metrics
    ):
        raise dropped(slots.per[1], "ratio")


def dropped(text: str, what: str) -> QueryError:
    """Return the error of words that a call has nothing for."""
    return QueryError(
        "CONDITION_DROPPED",
        f"The question says {text!r}; the call has no {what} for it.",
        hint="Put it into the call.",
        params={"words": text},
    )
