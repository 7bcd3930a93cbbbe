"""Conditions of a call on dimensions: values become what is stored, thresholds are for figures."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import fold_word
from semantic_layer import Query, QueryError, Scope, SemanticLayer
from semantic_layer.errors import suggest
from semantic_layer.query import Filter, Value

_ORDERING = frozenset({"gt", "gte", "lt", "lte", "between"})


def as_stored(layer: SemanticLayer, scope: Scope, lexicon: Lexicon, query: Query) -> Query:
    """Return the query with values as they are stored, and no breakdown by a single value.

    Raises:
        QueryError: UNKNOWN_VALUE, or a threshold on names.
    """
    filters = []
    for item in query.filters:
        _check_ordered(layer, scope, item)
        if item.op in {"in", "not_in"} and item.dimension in layer.definitions.dimensions:
            stored = tuple(_stored(layer, scope, lexicon, item.dimension, v) for v in item.values)
            item = item.model_copy(update={"values": stored})
        filters.append(item)
    kept = tuple(d for d in query.dimensions if not _single(d, filters))
    return query.model_copy(update={"filters": tuple(filters), "dimensions": kept})


def _check_ordered(layer: SemanticLayer, scope: Scope, item: Filter) -> None:
    """Refuse a threshold on names: `industry gt 10 million` is a condition on a metric."""
    if item.op not in _ORDERING or item.dimension not in layer.definitions.dimensions:
        return
    known = layer.values(item.dimension, scope)
    if any(isinstance(v, str) for v in known):
        raise QueryError(
            "BAD_ARGUMENTS",
            f"`{item.dimension}` holds names: it has no {item.op}.",
            hint="Conditions on a metric's value go into `having`.",
        )


def _stored(
    layer: SemanticLayer, scope: Scope, lexicon: Lexicon, dimension: str, value: Value
) -> Value:
    known = layer.values(dimension, scope)
    if value in known:
        return value
    word = fold_word(str(value))
    for sense in lexicon.entries.get(word, ()):
        if sense.id == dimension and sense.kind == "value":
            return sense.values[0]
    near = suggest(str(value), [str(k) for k in known if k is not None])
    raise QueryError(
        "UNKNOWN_VALUE",
        f"`{dimension}` has no value {str(value)!r}.",
        hint="Use a value as stored, or leave the filter out.",
        candidates=near,
    )


def _single(dimension: str, filters: Iterable[Filter]) -> bool:
    """Whether a dimension is fixed to one value, so that grouping by it says nothing."""
    return any(f.dimension == dimension and f.op == "in" and len(f.values) == 1 for f in filters)
