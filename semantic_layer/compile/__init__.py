"""Query -> SQL: plan, streams, assembly, verification, dialects."""

from semantic_layer.compile.context import Catalog, Context
from semantic_layer.compile.plan import Plan, make_plan
from semantic_layer.compile.statement import Compiled, compile_query

__all__ = ["Catalog", "Compiled", "Context", "Plan", "compile_query", "make_plan"]
