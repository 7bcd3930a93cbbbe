"""The guard: text in, a governed tree out, or a refusal that tells nothing it should not.

The text of the caller is never run. It is parsed, every node must be on the allow-list, tables
are the models that the asker may see, columns are looked up in what the asker may see of them
(hidden ones do not exist), each table becomes its door, and the result is verified like any
compiled query. What is denied is refused in the same words as what does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope as Region
from sqlglot.optimizer.scope import traverse_scope

from semantic_layer.compile.context import Context
from semantic_layer.compile.dialects import to_sql
from semantic_layer.compile.door import open_model
from semantic_layer.compile.verify import verify
from semantic_layer.errors import DeniedError, QueryError, suggest
from semantic_layer.expressions import DIALECT
from semantic_layer.rawsql.allow import NODES
from semantic_layer.rawsql.columns import Shown, masked_columns, shown_models
from semantic_layer.rawsql.masked import MaskedNames, is_listed
from semantic_layer.rawsql.shape import allowed, parsed, refuse, said
from semantic_layer.scope import Scope

_HELD = "_askmql_held"
_ALL_ROWS = 2**62
_COLUMN_HINT = "See `askmql policy explain` for what you may see."


@dataclass(frozen=True, slots=True)
class Guarded:
    """SQL that may be run.

    Attributes:
        sql: The regenerated, governed statement.
        models: Models it reads.
        tables: Tables it reads.
        masked: `model.column` of what it shows masked.
    """

    sql: str
    models: tuple[str, ...]
    tables: frozenset[str]
    masked: tuple[str, ...]


def guard_sql(ctx: Context, scope: Scope, text: str, limit: int) -> Guarded:
    """Return the governed form of an analyst's SELECT.

    Args:
        ctx: Definitions and catalogue.
        scope: The asker's rights.
        text: One SELECT over model ids (or their tables).
        limit: Rows to return at most.

    Raises:
        DeniedError: SQL is not open to the asker.
        QueryError: The text is not one SELECT made of permitted parts.
        CompilationError: The result is not provably within the scope.
    """
    if not scope.may_use_sql:
        raise DeniedError(
            "SQL_DENIED",
            "You may not write SQL.",
            hint="Ask in words, or ask your administrator for access.",
        )
    scope = replace(scope, masks=masked_columns(ctx, scope))
    shown = shown_models(ctx, scope)
    tree = _qualified(allowed(parsed(text)), shown)
    models, masked = _open(ctx, scope, tree, shown)
    tree = _limited(tree, limit)
    verify(ctx, scope, tree)
    tables = frozenset(t.name.lower() for t in tree.find_all(exp.Table))
    return Guarded(to_sql(tree), models, tables, masked)


# --- names ------------------------------------------------------------------------------


def _qualified(tree: exp.Expr, shown: dict[str, Shown]) -> exp.Query:
    """Name every column's table and open every star, within what the asker may see."""
    for cte in tree.find_all(exp.CTE):
        if cte.alias.casefold() in shown or not cte.alias:
            refuse(f"The name `{cte.alias}` is taken by a model.", hint="Use another name.")
    names = [cte.alias.casefold() for cte in tree.find_all(exp.CTE)]
    if len(set(names)) != len(names):
        refuse("Two parts of WITH have the same name.")
    for table in tree.find_all(exp.Table):
        name = table.name.casefold()
        if name not in shown and name not in names:
            near = suggest(name, shown)
            raise QueryError("UNKNOWN_TABLE", f"There is no table `{table.name}`.", candidates=near)
    schema: dict[str, object] = {
        name: dict.fromkeys(model.columns, "UNKNOWN") for name, model in shown.items()
    }
    problem = ""
    try:
        out = qualify(tree, dialect=DIALECT, schema=schema, quote_identifiers=True)
    except (SqlglotError, RecursionError) as error:
        problem = _column_problem(str(error))
    if problem:
        raise QueryError("UNKNOWN_COLUMN", problem, hint=_COLUMN_HINT)
    if not isinstance(out, exp.Select | exp.SetOperation):
        refuse("Only one SELECT can be run.")
    _all_named(out)
    return out


def _column_problem(text: str) -> str:
    """Name the column of the asker's own text that was not found, and nothing else."""
    quoted = text.split("'")
    named = quoted[1] if text.startswith("Column ") and len(quoted) > 2 else ""
    return f"There is no column `{named[:60]}`." if named else "A column is not clear."


def _all_named(tree: exp.Query) -> None:
    """Every column belongs to a table or is an output name that ORDER BY repeats."""
    for node in tree.walk():
        if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            refuse("A star could not be opened.", hint="Name the columns.")
        if type(node) not in NODES:
            refuse(f"{said(node)} is not allowed.")
        if isinstance(node, exp.Column) and not node.table:
            select = node.find_ancestor(exp.Query)
            order = node.find_ancestor(exp.Order)
            outputs = select.named_selects if select is not None else []
            if order is None or node.name not in outputs:
                raise QueryError(
                    "UNKNOWN_COLUMN", f"There is no column `{node.name}`.", hint=_COLUMN_HINT
                )


# --- through the door -------------------------------------------------------------------


def _open(
    ctx: Context, scope: Scope, tree: exp.Query, shown: dict[str, Shown]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Replace each table by its door with the columns in use; return models and masked columns."""
    models: dict[str, None] = {}
    masked: dict[str, None] = {}
    names = MaskedNames(lambda table: _masks_of(shown[table.name.casefold()], scope))
    for region in traverse_scope(tree):
        names.check(region)
        for alias, source in list(region.sources.items()):
            if not isinstance(source, exp.Table):
                continue
            found = shown[source.name.casefold()]
            models[found.model] = None
            used, listed = _uses(region, alias, found, scope)
            masked.update((f"{found.model}.{c}", None) for c in sorted(listed))
            source.replace(_door(ctx, scope, found.model, used, alias, listed))
    return tuple(models), tuple(masked)


def _door(
    ctx: Context, scope: Scope, model: str, used: set[str], alias: str, listed: set[str]
) -> exp.Subquery:
    """Open a model; what is denied behind a governed query does not exist either."""
    refused: DeniedError | None = None
    try:
        return _held(open_model(ctx, scope, model, used, _HELD, shown=listed), alias)
    except DeniedError as error:
        refused = error
    if refused.code == "COLUMN_MASKED" and used:
        raise refused
    raise QueryError("UNKNOWN_TABLE", f"There is no table `{model}`.")


def _held(door: exp.Subquery, alias: str) -> exp.Subquery:
    """Let nothing of the caller's be computed before the rules have been applied.

    The engine may test a cheap condition of the caller before a costly rule. A condition that
    fails on a row (a cast of a title to a number) would then tell of rows that are not shown.
    A limit cannot be reordered, even one that is never reached.
    """
    rows = exp.select(exp.Star()).from_(door).limit(_ALL_ROWS)
    return exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def _uses(region: Region, alias: str, found: Shown, scope: Scope) -> tuple[set[str], set[str]]:
    """Return (columns in use, masked columns that are only listed)."""
    masks = _masks_of(found, scope)
    used: set[str] = set()
    listed: set[str] = set()
    for column in region.columns:
        if column.table != alias:
            continue
        name = found.columns[column.name.casefold()]
        if name.casefold() in masks and is_listed(column):
            listed.add(name)
        else:
            used.add(name)
    return used, listed


def _masks_of(found: Shown, scope: Scope) -> frozenset[str]:
    return frozenset(c.casefold() for c in scope.masks.get(found.model, ()))


def _limited(tree: exp.Query, limit: int) -> exp.Query:
    """Cap the rows of the outermost query; one more tells that there are more."""
    clause = tree.args.get("limit")
    asked = int(clause.expression.name) if isinstance(clause, exp.Limit) else limit + 1
    return tree.limit(min(asked, limit + 1), copy=False)
