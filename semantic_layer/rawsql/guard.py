"""The guard: text in, a governed tree out, or a refusal that tells nothing it should not.

The text of the caller is never run. It is parsed, every node must be on the allow-list, tables
are the models that the asker may see, columns are looked up in what the asker may see of them
(hidden ones do not exist), each table becomes its door, and the result is verified like any
compiled query. What is denied is refused in the same words as what does not exist.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope as Region
from sqlglot.optimizer.scope import traverse_scope

from semantic_layer.compile.context import Context
from semantic_layer.compile.dialects import to_sql
from semantic_layer.compile.door import SCAN, open_model
from semantic_layer.compile.masks import KEY_MARK
from semantic_layer.compile.verify import verify
from semantic_layer.errors import DeniedError, QueryError, suggest
from semantic_layer.expressions import DIALECT
from semantic_layer.rawsql.allow import (
    JOIN_WORDS,
    MAX_DEPTH,
    MAX_NODES,
    MAX_TABLES,
    MAX_TEXT,
    NODES,
    TYPES,
    UNITS,
)
from semantic_layer.rawsql.columns import Shown, masked_columns, shown_models
from semantic_layer.scope import Scope

_MARKS = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_BLANKS = frozenset(" \t\n\r")
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
    tree = _qualified(_allowed(_parsed(text)), shown)
    models, masked = _open(ctx, scope, tree, shown)
    tree = _limited(tree, limit)
    verify(ctx, scope, tree)
    tables = frozenset(t.name.lower() for t in tree.find_all(exp.Table))
    return Guarded(to_sql(tree), models, tables, masked)


def _refuse(why: str, *, hint: str = "", candidates: tuple[str, ...] = ()) -> NoReturn:
    raise QueryError("SQL_NOT_ALLOWED", why, hint=hint, candidates=candidates)


# --- the text ---------------------------------------------------------------------------


def _parsed(text: str) -> exp.Expr:
    if len(text) > MAX_TEXT:
        _refuse(f"The statement is longer than {MAX_TEXT} characters.")
    for char in text:
        kind = unicodedata.category(char)
        if char not in _BLANKS and (kind in _MARKS or kind == "Zs"):
            _refuse("The statement has invisible characters.", hint="Type it anew.")
    if KEY_MARK in text:
        _refuse("The statement has a reserved word.")
    if text.count("(") + text.count("[") > MAX_NODES or _nesting(text) > MAX_DEPTH:
        _refuse("The statement is nested too deeply.")
    try:
        trees = [t for t in sqlglot.parse(text, dialect=DIALECT) if t is not None]
    except (SqlglotError, RecursionError, ValueError):
        trees = []
        problem = True
    else:
        problem = False
    if problem:
        _refuse("The statement is not valid SQL.")
    if len(trees) != 1 or not isinstance(trees[0], exp.Select | exp.SetOperation):
        _refuse("Only one SELECT can be run.")
    return trees[0]


def _nesting(text: str) -> int:
    depth = deepest = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return deepest


# --- what it is made of -----------------------------------------------------------------


def _allowed(tree: exp.Expr) -> exp.Expr:
    tables = 0
    for count, node in enumerate(tree.walk()):
        node.comments = None
        if type(node) not in NODES:
            _refuse(f"{_said(node)} is not allowed.", hint="Use a plain SELECT.")
        check = _CHECKS.get(type(node))
        if check is not None:
            check(node)
        tables += isinstance(node, exp.Table)
        if count > MAX_NODES or tables > MAX_TABLES or node.depth > MAX_DEPTH * 3:
            _refuse("The statement is too large.")
    return tree


def _said(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"The function {node.name.lower()[:40]}"
    return f"{type(node).__name__}"


def _plain_table(node: exp.Expr) -> None:
    extra = [k for k, v in node.args.items() if v and k not in {"this", "alias", "joins"}]
    if not isinstance(node.this, exp.Identifier) or extra or not node.name:
        _refuse("A table is named by its model id alone.")
    _no_column_alias(node)


def _no_column_alias(node: exp.Expr) -> None:
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
        _refuse("Renaming columns in an alias is not allowed.")
    if node.alias.casefold() == SCAN:
        _refuse(f"The alias `{SCAN}` is taken.", hint="Use another alias.")


def _plain_join(node: exp.Expr) -> None:
    words = {str(node.args.get(k) or "").upper() for k in ("method", "side", "kind")}
    if words - JOIN_WORDS or node.args.get("global_") or node.args.get("match_condition"):
        _refuse("This kind of join is not allowed.")


def _plain_with(node: exp.Expr) -> None:
    if node.args.get("recursive"):
        _refuse("WITH RECURSIVE is not allowed.")


def _plain_star(node: exp.Expr) -> None:
    if any(node.args.get(k) for k in ("replace", "rename", "ilike")):
        _refuse("A star may not be changed.", hint="Name the columns.")


def _plain_type(node: exp.Expr) -> None:
    if node.this.value not in TYPES:
        _refuse("This type is not allowed.")


def _plain_word(node: exp.Expr) -> None:
    if node.name.upper() not in UNITS:
        _refuse("This word is not allowed here.")


def _plain_limit(node: exp.Expr) -> None:
    value = node.args.get("expression")
    if not isinstance(value, exp.Literal) or not value.is_int:
        _refuse("LIMIT and OFFSET take a number.")


def _plain_select(node: exp.Expr) -> None:
    odd = ("kind", "into", "laterals", "pivots", "match", "sample", "windows", "connect", "hint",
           "cluster", "sort", "distribute", "locks", "settings", "format", "options", "prewhere",
           "operation_modifiers")  # fmt: skip
    if any(node.args.get(key) for key in odd):
        _refuse("This clause is not allowed.")


_CHECKS: dict[type[exp.Expr], Callable[[exp.Expr], None]] = {
    exp.Table: _plain_table,
    exp.Subquery: _no_column_alias,
    exp.CTE: _no_column_alias,
    exp.Join: _plain_join,
    exp.With: _plain_with,
    exp.Star: _plain_star,
    exp.DataType: _plain_type,
    exp.Var: _plain_word,
    exp.Limit: _plain_limit,
    exp.Offset: _plain_limit,
    exp.Select: _plain_select,
}


# --- names ------------------------------------------------------------------------------


def _qualified(tree: exp.Expr, shown: dict[str, Shown]) -> exp.Query:
    """Name every column's table and open every star, within what the asker may see."""
    for cte in tree.find_all(exp.CTE):
        if cte.alias.casefold() in shown or not cte.alias:
            _refuse(f"The name `{cte.alias}` is taken by a model.", hint="Use another name.")
    names = [cte.alias.casefold() for cte in tree.find_all(exp.CTE)]
    if len(set(names)) != len(names):
        _refuse("Two parts of WITH have the same name.")
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
        _refuse("Only one SELECT can be run.")
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
            _refuse("A star could not be opened.", hint="Name the columns.")
        if type(node) not in NODES:
            _refuse(f"{_said(node)} is not allowed.")
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
    for region in traverse_scope(tree):
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
        return open_model(ctx, scope, model, used, alias, shown=listed)
    except DeniedError as error:
        refused = error
    if refused.code == "COLUMN_MASKED" and used:
        raise refused
    raise QueryError("UNKNOWN_TABLE", f"There is no table `{model}`.")


def _uses(region: Region, alias: str, found: Shown, scope: Scope) -> tuple[set[str], set[str]]:
    """Return (columns in use, masked columns that are only listed)."""
    masks = {c.casefold() for c in scope.masks.get(found.model, ())}
    used: set[str] = set()
    listed: set[str] = set()
    for column in region.columns:
        if column.table != alias:
            continue
        name = found.columns[column.name.casefold()]
        if name.casefold() in masks and _is_listed(column):
            listed.add(name)
        else:
            used.add(name)
    return used, listed


def _is_listed(column: exp.Column) -> bool:
    """Whether a column is an output as it is: not compared, grouped, sorted or computed with."""
    holder = column.parent
    holder = holder.parent if isinstance(holder, exp.Alias) else holder
    if not isinstance(holder, exp.Select) or holder.args.get("distinct"):
        return False
    return not isinstance(holder.parent, exp.SetOperation) and holder.args.get("group") is None


def _limited(tree: exp.Query, limit: int) -> exp.Query:
    """Cap the rows of the outermost query; one more tells that there are more."""
    clause = tree.args.get("limit")
    asked = int(clause.expression.name) if isinstance(clause, exp.Limit) else limit + 1
    return tree.limit(min(asked, limit + 1), copy=False)
