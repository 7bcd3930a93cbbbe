"""What numbers mean: definitions, queries, the compiler and the engine."""

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
