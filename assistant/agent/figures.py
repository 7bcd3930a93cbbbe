"""Figures of a call must be those of the question: a model invents thresholds and limits."""

from __future__ import annotations

from assistant.grounding.evidence import fold
from assistant.grounding.numerals import find_numerals
from assistant.planner.slots import ENDS, Slots
from semantic_layer import Query, QueryError


def check_figures(question: str, query: Query) -> None:
    """Refuse thresholds that the question does not state.

    Raises:
        QueryError: FIGURE_NOT_SAID.
    """
    figures = [h.value for h in query.having] + [h.upper for h in query.having if h.upper]
    for figure in figures:
        if not _states(question, figure):
            raise QueryError(
                "FIGURE_NOT_SAID",
                f"The question does not say {figure:g}.",
                hint="Use only figures of the question.",
            )


def bounded(slots: Slots, query: Query) -> Query:
    """Return the query with the bounds as the question says them: 没超过500 includes 500.

    Where a change is asked for, its direction turns the bound round: those are left as they are.
    """
    if slots.compares:
        return query
    said = {t.value: t for t in slots.thresholds if t.upper is None}
    said |= {t.value * 100: t for t in said.values() if t.percent}  # above 100% is above 1
    having = []
    for item in query.having:
        bound = said.get(item.value) if item.upper is None else None
        changed = {"op": bound.op, "value": bound.value} if bound else {}
        having.append(item.model_copy(update=changed))
    return query.model_copy(update={"having": tuple(having)})


def limited(question: str, query: Query, slots: Slots) -> Query:
    """Return the query with the limit that the question states, and no other.

    Both ends of a ranking are told of all its rows.
    """
    limit, has_rows = query.limit, bool(query.dimensions or query.grain)
    if limit is None and slots.limit and has_rows and ENDS not in slots.flags:
        return query.model_copy(update={"limit": slots.limit})
    is_one = limit == 1 and (slots.superlative or slots.which or slots.unknown)
    is_said = limit is not None and (is_one or _states(question, float(limit)))
    if limit is None or (has_rows and is_said and ENDS not in slots.flags):
        return query
    return query.model_copy(update={"limit": None, "per": (), "other": False})


def _states(question: str, figure: float) -> bool:
    """Whether a question says a figure, as it is or as a percentage."""
    text = fold(question)
    said = {n.value for n in find_numerals(text, [False] * len(text))}
    said |= {v * 100 for v in said} | {v / 100 for v in said}
    return any(abs(figure - s) <= 1e-9 * max(1.0, abs(s)) for s in said)
