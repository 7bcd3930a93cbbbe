"""The shape of a statement: one SELECT, of permitted parts, read from harmless text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.compile.door import SCAN
from semantic_layer.compile.masks import KEY_MARK
from semantic_layer.errors import QueryError
from semantic_layer.expressions import DIALECT
from semantic_layer.rawsql.allow import (
    JOIN_WORDS,
    MAX_DEPTH,
    MAX_NODES,
    MAX_PATTERN,
    MAX_TABLES,
    MAX_TEXT,
    NODES,
    TYPES,
    UNITS,
)

_MARKS = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
_BLANKS = frozenset(" \t\n\r")


def refuse(why: str, *, hint: str = "", candidates: tuple[str, ...] = ()) -> NoReturn:
    """Refuse a statement; `why` never quotes data or names of what is denied."""
    raise QueryError("SQL_NOT_ALLOWED", why, hint=hint, candidates=candidates)


# --- the text ---------------------------------------------------------------------------


def parsed(text: str) -> exp.Expr:
    """Return the one SELECT of a text.

    Raises:
        QueryError: It is anything else.
    """
    if len(text) > MAX_TEXT:
        refuse(f"The statement is longer than {MAX_TEXT} characters.")
    for char in text:
        kind = unicodedata.category(char)
        if char not in _BLANKS and (kind in _MARKS or kind == "Zs"):
            refuse("The statement has invisible characters.", hint="Type it anew.")
    if KEY_MARK in unicodedata.normalize("NFKC", text).casefold():
        refuse("The statement has a reserved word.")
    if text.count("(") + text.count("[") > MAX_NODES or _nesting(text) > MAX_DEPTH:
        refuse("The statement is nested too deeply.")
    try:
        trees = [t for t in sqlglot.parse(text, dialect=DIALECT) if t is not None]
    except (SqlglotError, RecursionError, ValueError):
        trees = []
        problem = True
    else:
        problem = False
    if problem:
        refuse("The statement is not valid SQL.")
    if len(trees) != 1 or not isinstance(trees[0], exp.Select | exp.SetOperation):
        refuse("Only one SELECT can be run.")
    return trees[0].transform(_extracted, copy=False)


def _extracted(node: exp.Expr) -> exp.Expr:
    """Read `date_part('week', x)` as `EXTRACT(week FROM x)`, which is on the list."""
    parts = node.expressions if isinstance(node, exp.Anonymous) else []
    named = node.name.casefold() in {"date_part", "datepart"}
    if named and len(parts) == 2 and parts[0].is_string:
        return exp.Extract(this=exp.var(parts[0].name.upper()), expression=parts[1])
    return node


def _nesting(text: str) -> int:
    depth = deepest = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return deepest


# --- what it is made of -----------------------------------------------------------------


def allowed(tree: exp.Expr) -> exp.Expr:
    """Return a tree of which every node is on the list, without its comments.

    Raises:
        QueryError: A node is not.
    """
    tables = 0
    for count, node in enumerate(tree.walk()):
        node.comments = None
        if type(node) not in NODES:
            refuse(f"{said(node)} is not allowed.", hint="Use a plain SELECT.")
        check = _CHECKS.get(type(node))
        if check is not None:
            check(node)
        tables += isinstance(node, exp.Table)
        if count > MAX_NODES or tables > MAX_TABLES or node.depth > MAX_DEPTH * 3:
            refuse("The statement is too large.")
    return tree


def said(node: exp.Expr) -> str:
    """Name a node for a refusal."""
    if isinstance(node, exp.Anonymous):
        return f"The function {node.name.lower()[:40]}"
    return f"{type(node).__name__}"


def _plain_table(node: exp.Expr) -> None:
    extra = [k for k, v in node.args.items() if v and k not in {"this", "alias"}]
    if not isinstance(node.this, exp.Identifier) or extra or not node.name:
        hint = "Write joins without parentheses around them." if "joins" in extra else ""
        refuse("A table is named by its model id alone.", hint=hint)
    _no_column_alias(node)


def _plain_subquery(node: exp.Expr) -> None:
    """A door takes the place of a table: joins that hang on the table would be lost with it."""
    if node.args.get("joins") or not isinstance(node.this, exp.Query):
        refuse("Joins in parentheses are not allowed.", hint="Write them one after another.")
    _no_column_alias(node)


def _no_column_alias(node: exp.Expr) -> None:
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
        refuse("Renaming columns in an alias is not allowed.")
    if node.alias.casefold() == SCAN:
        refuse(f"The alias `{SCAN}` is taken.", hint="Use another alias.")


def _plain_join(node: exp.Expr) -> None:
    words = {str(node.args.get(k) or "").upper() for k in ("method", "side", "kind")}
    if words - JOIN_WORDS or node.args.get("global_") or node.args.get("match_condition"):
        refuse("This kind of join is not allowed.")


def _plain_with(node: exp.Expr) -> None:
    if node.args.get("recursive"):
        refuse("WITH RECURSIVE is not allowed.")


def _plain_star(node: exp.Expr) -> None:
    if any(node.args.get(k) for k in ("replace", "rename", "ilike")):
        refuse("A star may not be changed.", hint="Name the columns.")


def _plain_type(node: exp.Expr) -> None:
    if node.this.value not in TYPES:
        refuse("This type is not allowed.")


def _plain_word(node: exp.Expr) -> None:
    if node.name.upper() not in UNITS:
        refuse("This word is not allowed here.")


def _plain_limit(node: exp.Expr) -> None:
    value = node.args.get("expression")
    if not isinstance(value, exp.Literal) or not value.is_int:
        refuse("LIMIT and OFFSET take a number.")


def _plain_select(node: exp.Expr) -> None:
    odd = ("kind", "into", "laterals", "pivots", "match", "sample", "windows", "connect", "hint",
           "cluster", "sort", "distribute", "locks", "settings", "format", "options", "prewhere",
           "operation_modifiers")  # fmt: skip
    if any(node.args.get(key) for key in odd):
        refuse("This clause is not allowed.")
    own = (c for c in node.find_all(exp.Column) if c.find_ancestor(exp.Select) is node)
    if node.args.get("from_") is None and next(own, None) is not None:
        refuse("A SELECT of columns needs a FROM.")  # they are those of the query around it
    if node.args.get("with_") is not None and node.parent is not None:
        refuse("WITH belongs before the outermost SELECT.")


def _short_texts(*names: str) -> Callable[[exp.Expr], None]:
    """Return a check that arguments are short constants: a pattern from the data has no bound."""

    def check(node: exp.Expr) -> None:
        given = [node.args[name] for name in names if node.args.get(name) is not None]
        if any(not isinstance(g, exp.Literal) or len(g.name) > MAX_PATTERN for g in given):
            refuse(f"{said(node)} takes short constants.", hint="Write the pattern out.")

    return check


_REPEATED_GROUP = re.compile(r"\)[*+?{]")


def _plain_pattern(node: exp.Expr) -> None:
    """Allow a short pattern that repeats no group: such a pattern has no bound worth the name."""
    _short_texts("expression", "flag", "group", "parameters")(node)
    if _REPEATED_GROUP.search(node.expression.name):
        refuse("A pattern may not repeat a group.", hint="Use a simpler pattern.")


_CHECKS: dict[type[exp.Expr], Callable[[exp.Expr], None]] = {
    exp.Table: _plain_table,
    exp.Subquery: _plain_subquery,
    exp.CTE: _no_column_alias,
    exp.Join: _plain_join,
    exp.With: _plain_with,
    exp.Star: _plain_star,
    exp.DataType: _plain_type,
    exp.Var: _plain_word,
    exp.Limit: _plain_limit,
    exp.Offset: _plain_limit,
    exp.Select: _plain_select,
    exp.RegexpLike: _plain_pattern,
    exp.RegexpExtract: _plain_pattern,
    exp.Replace: _short_texts("expression", "replacement"),
}
