"""Figures of a call must be those of the question: a model invents thresholds and limits."""

from __future__ import annotations

from assistant.grounding.evidence import fold
from assistant.grounding.numerals import find_numerals
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


def limited(question: str, query: Query, ranked: int | None) -> Query:
    """Return the query with the limit that the question states, and no other.

    Args:
        question: As asked.
        query: What the model asks for.
        ranked: How many are asked for (top 3), as the lexicon reads it.
    """
    limit, has_rows = query.limit, bool(query.dimensions or query.grain)
    if limit is None and ranked and has_rows:
        return query.model_copy(update={"limit": ranked})
    if limit is None or (has_rows and (limit == 1 or _states(question, float(limit)))):
        return query
    return query.model_copy(update={"limit": None, "per": (), "other": False})


def _states(question: str, figure: float) -> bool:
    """Whether a question says a figure, as it is or as a percentage."""
    text = fold(question)
    said = {n.value for n in find_numerals(text, [False] * len(text))}
    said |= {v * 100 for v in said} | {v / 100 for v in said}
    return any(abs(figure - s) <= 1e-9 * max(1.0, abs(s)) for s in said)
