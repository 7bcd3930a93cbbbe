"""What numbers mean: definitions, queries, the compiler and the engine."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semantic_layer.errors import AskmqlError, DefinitionError, DeniedError, QueryError
    from semantic_layer.layer import SemanticLayer
    from semantic_layer.query import (
        Comparison,
        Filter,
        MetricFilter,
        Order,
        Query,
        TimeRange,
    )
    from semantic_layer.result import ResultSet
    from semantic_layer.scope import Scope

_HOMES = {
    "AskmqlError": "errors",
    "Comparison": "query",
    "DefinitionError": "errors",
    "DeniedError": "errors",
    "Filter": "query",
    "MetricFilter": "query",
    "Order": "query",
    "Query": "query",
    "QueryError": "errors",
    "ResultSet": "result",
    "Scope": "scope",
    "SemanticLayer": "layer",
    "TimeRange": "query",
}

__all__ = [
    "AskmqlError",
    "Comparison",
    "DefinitionError",
    "DeniedError",
    "Filter",
    "MetricFilter",
    "Order",
    "Query",
    "QueryError",
    "ResultSet",
    "Scope",
    "SemanticLayer",
    "TimeRange",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: `askmql time` needs no compiler."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
