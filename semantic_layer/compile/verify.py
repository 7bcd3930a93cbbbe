"""A second, independent look at the finished AST before anything runs.

It does not trust the builder: every scan of a physical table must stand alone in a
SELECT that carries the asker's predicates, project no hidden column, and belong to a
model that the asker may see.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from semantic_layer.compile.context import Context
from semantic_layer.compile.door import SCAN, predicate
from semantic_layer.compile.facts import leaf_models
from semantic_layer.errors import CompilationError, DeniedError, QueryError
from semantic_layer.query import Query
from semantic_layer.scope import Scope


def check_personal(ctx: Context, query: Query, scope: Scope) -> None:
    """Refuse to list or filter by personal data that no rule opens to the asker.

    Raises:
        DeniedError: A dimension is marked personal.
    """
    check_personal_dimensions(
        ctx, (*query.dimensions, *(f.dimension for f in query.filters)), scope
    )


def check_personal_dimensions(ctx: Context, names: Iterable[str], scope: Scope) -> None:
    """Refuse dimensions marked personal, unless a rule opens them to the asker.

    Raises:
        DeniedError: A dimension is marked personal.
    """
    if scope.personal:
        return
    for name in names:
        if ctx.definitions.dimensions[name].personal:
            raise DeniedError(
                "PERSONAL_DATA",
                f"`{name}` is personal data and may not be listed.",
                hint="Ask by another dimension, or ask your administrator.",
                params={"dimension": name},
            )


def check_one_view(ctx: Context, query: Query, scope: Scope) -> None:
    """Refuse a ratio whose parts are seen in different views: company-wide over own rows.

    Raises:
        QueryError: A metric mixes limited and unlimited models.
    """
    if not scope.rows:
        return
    for name in query.metrics:
        models = leaf_models(ctx, name)
        limited = models & set(scope.rows)
        if limited and limited != models:
            wide = ", ".join(sorted(models - limited))
            raise QueryError(
                "VIEWS_DIFFER",
                f"`{name}` mixes your own view with company-wide data ({wide}).",
                hint="Ask for its parts one at a time.",
                params={"metric": name},
            )


def verify(ctx: Context, scope: Scope, tree: exp.Query) -> None:
    """Refuse a query that is not provably within the scope.

    Raises:
        CompilationError: A table is unknown, unprotected, joined beside its predicate,
            or shows a hidden column.
    """
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    by_source: dict[str, list[str]] = {}
    for name, model in ctx.definitions.models.items():
        if model.source is not None:
            by_source.setdefault(model.source, []).append(name)
    for table in tree.find_all(exp.Table):
        if table.args.get("db") is not None or table.args.get("catalog") is not None:
            raise _unproven(f"table {table.name} is qualified")
        if table.name in ctes and table.name not in by_source:
            continue
        if table.name in ctes and table.alias != SCAN:
            continue
        if table.name not in by_source:
            raise _unproven(f"table {table.name} is not a declared source")
        if not any(_proven(ctx, scope, table, m) for m in by_source[table.name]):
            raise _unproven(f"a scan of {table.name} does not carry its rights")
    _verify_models(ctx, scope, tree)


def _proven(ctx: Context, scope: Scope, table: exp.Table, model_id: str) -> bool:
    if model_id in scope.denied:
        return False
    select = table.find_ancestor(exp.Select)
    if select is None or table.alias != SCAN or select.args.get("joins"):
        return False
    if select.find_ancestor(exp.Select) is None and select.parent is None:
        return False
    where = select.args.get("where")
    present = conjuncts(where.this) if where is not None else set()
    required = set()
    for text in scope.rows.get(model_id, ()):
        required |= conjuncts(predicate(ctx, scope, model_id, text))
    shown = {c.name for item in select.expressions for c in item.find_all(exp.Column)}
    return required <= present and not shown & scope.hidden.get(model_id, frozenset())


def conjuncts(condition: exp.Expr) -> set[str]:
    """Return every condition that must hold, as text; ANDs are opened at any depth."""
    stack, out = [condition], set()
    while stack:
        node = stack.pop()
        if isinstance(node, exp.And):
            stack += [node.this, node.expression]
        elif isinstance(node, exp.Paren) and isinstance(node.this, exp.And | exp.Paren):
            stack.append(node.this)
        else:
            out.add((node.this if isinstance(node, exp.Paren) else node).sql())
    return out


def _verify_models(ctx: Context, scope: Scope, tree: exp.Query) -> None:
    """Predicates of query models must stand on the SELECT around the query."""
    restricted = [m for m in scope.rows if ctx.definitions.models[m].query is not None]
    if not restricted:
        return
    for sub in tree.find_all(exp.Subquery):
        if sub.alias != SCAN:
            continue
        select = sub.find_ancestor(exp.Select)
        if select is None or select.args.get("joins"):
            raise _unproven("a query model is joined beside its rights")


def _unproven(why: str) -> CompilationError:
    return CompilationError(
        "RIGHTS_NOT_PROVEN",
        f"The query was not run: {why}.",
        hint="This is a fault of the product or of a definition; please report it.",
    )
