"""The one door from a model to its table: rights and required columns, nothing else.

Every scan of a source in the product is built by `open_model`. It returns a subquery
that projects the named columns only and filters by the model's own filter and by every
predicate of the asker's scope; `verify` checks the finished tree again.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from semantic_layer.compile.context import Context
from semantic_layer.compile.masks import masked
from semantic_layer.errors import CompilationError, DeniedError, QueryError
from semantic_layer.expressions import (
    and_all,
    column_path,
    columns_in,
    parse_fragment,
    parse_select,
)
from semantic_layer.model import Model
from semantic_layer.scope import Scope

SCAN = "src"
"""Alias of the table inside a door; the verifier looks for it."""
MODEL_MARK = "askmql_model"
"""Note on what a door reads, a table or the query of a model: for which model."""
_MAX_DEPTH = 8


def quoted(name: str, table: str | None = None) -> exp.Column:
    """Return a quoted column reference."""
    return exp.column(name, table=table, quoted=True)


def open_model(
    ctx: Context,
    scope: Scope,
    model_id: str,
    columns: Iterable[str],
    alias: str,
    depth: int = 0,
    *,
    shown: Iterable[str] = (),
) -> exp.Subquery:
    """Return `(SELECT columns FROM the model's table WHERE rights) AS alias`.

    Args:
        ctx: Definitions.
        scope: The asker's rights.
        model_id: The model to read.
        columns: What is needed of it, for any use.
        alias: Name of the subquery.
        depth: How many doors are around this one.
        shown: What is only shown: of these alone a masked column may be read, masked.

    Raises:
        DeniedError: The model or one of the columns does not exist for the asker, or is
            masked and would be compared, joined or computed with.
        CompilationError: Predicates refer to each other endlessly.
    """
    if depth > _MAX_DEPTH:
        raise CompilationError("RIGHTS_TOO_DEEP", f"the rules of {model_id} refer to themselves")
    names = sorted(set(columns))
    refuse_masked(scope, model_id, names)
    names = sorted({*names, *shown})
    refuse_hidden(scope, model_id, names)
    select = scan(ctx, scope, model_id, names, depth)
    return exp.Subquery(
        this=select, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
    )


def refuse_hidden(scope: Scope, model_id: str, names: list[str]) -> None:
    """Refuse a model or columns that do not exist for the asker.

    Raises:
        DeniedError: With the name of what is denied.
    """
    if model_id in scope.denied:
        raise DeniedError(
            "DENIED",
            f"You may not see {model_id}.",
            hint="Ask your administrator for access.",
        )
    hidden = _folded(scope.hidden.get(model_id, ()), names)
    if hidden:
        raise DeniedError(
            "COLUMN_DENIED",
            f"You may not see {', '.join(sorted(hidden))} of {model_id}.",
            hint="Ask without it, or ask your administrator for access.",
        )


def refuse_masked(scope: Scope, model_id: str, names: Iterable[str]) -> None:
    """Refuse a use of masked columns other than showing them.

    Raises:
        DeniedError: With the names.
    """
    found = sorted(_folded(scope.masks.get(model_id, ()), names))
    if found:
        raise DeniedError(
            "COLUMN_MASKED",
            f"{', '.join(found)} of {model_id} is masked for you and can only be listed.",
            hint="Ask without it, or ask your administrator for access.",
        )


def _folded(ruled: Iterable[str], names: Iterable[str]) -> set[str]:
    """Return the names under a rule: engines know no upper and lower case in names."""
    folded = {name.casefold() for name in ruled}
    return {name for name in names if name.casefold() in folded} if folded else set()


def shown_as(scope: Scope, model_id: str, name: str) -> exp.Expr:
    """Return what the asker sees of a column of the scan: itself or its mask."""
    masks = scope.masks.get(model_id, {})
    kind = next((k for c, k in masks.items() if c.casefold() == name.casefold()), None)
    column = quoted(name, SCAN)
    return masked(column, kind) if kind else column


def scan(ctx: Context, scope: Scope, model_id: str, names: list[str], depth: int) -> exp.Select:
    """Return the bare SELECT of a door."""
    model = ctx.model(model_id)
    projection = [
        exp.alias_(shown_as(scope, model_id, n), n, quoted=True, copy=False) for n in names
    ]
    if not projection:
        projection = [exp.alias_(exp.Literal.number(1), "one", quoted=True, copy=False)]
    select = exp.Select(expressions=projection).from_(
        _origin(ctx, scope, model_id, names, depth), copy=False
    )
    fragments = [model.filter] if model.filter else []
    fragments += scope.rows.get(model_id, ())
    conditions = [predicate(ctx, scope, model_id, text, depth) for text in fragments]
    where = and_all(_once(conditions))
    return select.where(where, copy=False) if where is not None else select


def _once(conditions: list[exp.Expr]) -> list[exp.Expr]:
    """Leave out conditions that are there already: each costs an engine a join."""
    return list({c.sql(): c for c in conditions}.values()) if len(conditions) > 1 else conditions


def _said(select: exp.Select) -> frozenset[str]:
    """Return the conditions of a bare SELECT, as text."""
    where = select.args.get("where")
    if where is None:
        return frozenset()
    parts = where.this.flatten() if isinstance(where.this, exp.And) else (where.this,)
    return frozenset(part.sql() for part in parts)


def _origin(
    ctx: Context, scope: Scope, model_id: str, names: Iterable[str], depth: int
) -> exp.Expr:
    model = ctx.model(model_id)
    alias = exp.TableAlias(this=exp.to_identifier(SCAN, quoted=True))
    if model.source is not None:
        table = exp.Table(this=exp.to_identifier(model.source, quoted=True), alias=alias)
        table.meta[MODEL_MARK] = model_id
        return table
    inner = exp.Subquery(this=_computed(ctx, scope, model, names, depth), alias=alias)
    inner.meta[MODEL_MARK] = model_id
    return inner


def _computed(
    ctx: Context, scope: Scope, model: Model, names: Iterable[str], depth: int
) -> exp.Query:
    """Return the rows of a model that has no table of its own."""
    if model.credit is None:
        return _governed(ctx, scope, model, depth)
    from semantic_layer.compile.credited import credited_rows  # it reads other models by doors

    return credited_rows(ctx, scope, model.credit, names)


def _governed(ctx: Context, scope: Scope, model: Model, depth: int) -> exp.Query:
    """Return a model's `query` with each table replaced by that model's door."""
    tree = parse_select(model.query or "")
    models = ctx.definitions.models
    sources = {m.source for m in models.values() if m.source}
    ctes = _cte_names(tree, frozenset(models) | sources)
    for select in list(tree.find_all(exp.Select)):
        _govern_select(ctx, scope, select, ctes, depth)
    return tree


def _cte_names(tree: exp.Query, known: frozenset[str]) -> frozenset[str]:
    names = frozenset(cte.alias for cte in tree.find_all(exp.CTE))
    folded = {name.casefold() for name in known}
    shadowed = {name for name in names if name.casefold() in folded}
    if shadowed:
        raise CompilationError(
            "RIGHTS_NOT_PROVEN", f"a query hides {', '.join(sorted(shadowed))} behind its own name"
        )
    return names


def _govern_select(
    ctx: Context, scope: Scope, select: exp.Select, ctes: frozenset[str], depth: int
) -> None:
    sources = [select.args.get("from_"), *(select.args.get("joins") or [])]
    for clause in sources:
        table = clause.this if clause is not None else None
        if not isinstance(table, exp.Table) or table.name in ctes:
            continue
        alias = table.alias_or_name
        used = {c.name for c in select.find_all(exp.Column) if c.table == alias}
        table.replace(open_model(ctx, scope, table.name, used, alias, depth + 1))


def predicate(ctx: Context, scope: Scope, model_id: str, text: str, depth: int = 0) -> exp.Expr:
    """Turn a predicate fragment into a condition on the door's own scan.

    A condition on a joined model (`accounts.region = 'x'`) becomes a semi-join through
    that model's own door.
    """
    return _own(ctx, scope, model_id, parse_fragment(text), depth)


def _own(ctx: Context, scope: Scope, model_id: str, tree: exp.Expr, depth: int) -> exp.Expr:
    if isinstance(tree, exp.And | exp.Or):
        left = _own(ctx, scope, model_id, tree.this, depth)
        right = _own(ctx, scope, model_id, tree.expression, depth)
        return type(tree)(this=left, expression=right)
    if isinstance(tree, exp.Paren | exp.Not):
        return type(tree)(this=_own(ctx, scope, model_id, tree.this, depth))
    return _atom(ctx, scope, model_id, tree, depth)


def _atom(ctx: Context, scope: Scope, model_id: str, tree: exp.Expr, depth: int) -> exp.Expr:
    paths = {column_path(c)[0] for c in columns_in(tree)}
    if len(paths) > 1:
        raise QueryError("RULE_TOO_COMPLEX", f"{tree.sql('duckdb')} mixes several models")
    path = paths.pop() if paths else ()
    if not path:
        return _expand(ctx, model_id, tree)
    join = ctx.model(model_id).joins[path[0]]
    if join.model in scope.denied:
        raise DeniedError(
            "DENIED",
            f"You may not see {model_id}: its rule reads {join.model}, which is closed to you.",
            hint="Ask your administrator for access.",
        )
    key = ctx.model(join.model).key
    holder = exp.Paren(this=tree)
    for column in list(columns_in(holder)):
        rest, name = column_path(column)
        column.replace(_dotted((*rest[1:], name)))
    inner = scan(ctx, scope, join.model, list(key), depth + 1)
    added = _own(ctx, scope, join.model, holder.this, depth + 1)
    if added.sql() not in _said(inner):  # often the joined model's own rule is the same
        inner.where(added, copy=False)
    left = [quoted(c, SCAN) for c in join.by]
    return exp.In(
        this=left[0] if len(left) == 1 else exp.Tuple(expressions=left),
        query=inner.subquery(copy=False),
    )


def _dotted(parts: tuple[str, ...]) -> exp.Column:
    names = ("this", "table", "db", "catalog")
    ids = [exp.to_identifier(p) for p in reversed(parts)]
    return exp.Column(**dict(zip(names, ids, strict=False)))


def _expand(ctx: Context, model_id: str, tree: exp.Expr) -> exp.Expr:
    """Qualify own columns with the scan's alias, expanding computed columns."""
    computed = ctx.model(model_id).columns
    holder = exp.Paren(this=tree)
    for column in list(columns_in(holder)):
        name = column.name
        if name in computed:
            column.replace(exp.Paren(this=_expand(ctx, model_id, parse_fragment(computed[name]))))
        else:
            column.replace(quoted(name, SCAN))
    inner: exp.Expr = holder.this
    return inner
