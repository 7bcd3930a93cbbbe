"""The compiler's front: one query in, one verified statement out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semantic_layer.compile.assemble import assemble
from semantic_layer.compile.context import Context
from semantic_layer.compile.dialects import to_sql
from semantic_layer.compile.parameters import bound
from semantic_layer.compile.plan import Plan, make_plan
from semantic_layer.compile.small_groups import guarded
from semantic_layer.compile.verify import (
    check_metrics,
    check_one_view,
    check_personal,
    verify,
)
from semantic_layer.query import Query, Value
from semantic_layer.scope import Scope
from semantic_layer.tracing import traced


@dataclass(frozen=True)
class Compiled:
    """A verified statement and the plan it came from."""

    plan: Plan
    sql: str
    dialect: str


@traced("compile")
def compile_query(
    ctx: Context,
    query: Query,
    scope: Scope,
    *,
    dialect: str = "duckdb",
    keep: Mapping[str, tuple[Value, ...]] | None = None,
    pretty: bool = False,
) -> Compiled:
    """Compile a query for one asker.

    The same (definitions, query, scope, dialect) always give the same bytes.

    Raises:
        QueryError: It cannot be answered as asked, or not by this asker.
        CompilationError: The finished statement is not provably within the scope.
    """
    ctx = bound(ctx, query)
    plan = make_plan(ctx, query, keep)
    check_metrics(ctx, query, scope)
    check_personal(ctx, query, scope)
    plan = guarded(plan, scope)
    check_one_view(ctx, query, scope)
    tree = assemble(ctx, scope, plan)
    verify(ctx, scope, tree)
    return Compiled(plan, to_sql(tree, dialect, pretty=pretty), dialect)
