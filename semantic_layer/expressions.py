"""SQL fragments of the YAML: parsed once, checked, never concatenated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

DIALECT = "duckdb"
_FORBIDDEN = (
    exp.Query,
    exp.Table,
    exp.Star,
    exp.Command,
    exp.DDL,
    exp.Placeholder,
    exp.Parameter,
    exp.Alias,
)


class FragmentError(ValueError):
    """A fragment that does not parse or uses what a fragment may not use."""


@lru_cache(maxsize=16384)
def _parse(text: str) -> exp.Expr:
    try:
        tree = sqlglot.parse_one(text, dialect=DIALECT)
    except SqlglotError as error:
        first = str(error).splitlines()[0].split(". Line")[0]
        msg = f"cannot read the expression {text!r}: {first}"
        raise FragmentError(msg) from None
    for node in tree.walk():
        node._meta = None  # places in the text, which every copy would copy again
    return tree


@lru_cache(maxsize=16384)
def _checked(text: str) -> exp.Expr:
    tree = _parse(text)
    for node in tree.walk():
        if isinstance(node, _FORBIDDEN):
            msg = f"{text!r} may not contain a subquery, a star, a table, an alias or a placeholder"
            raise FragmentError(msg)
        if isinstance(node, exp.AggFunc | exp.Window):
            msg = f"{text!r} is evaluated per row: no aggregate or window function"
            raise FragmentError(msg)
    return tree


def parse_fragment(text: str) -> exp.Expr:
    """Return a fresh tree of a row-level fragment.

    Raises:
        FragmentError: It does not parse, or has subqueries, stars, aggregates or windows.
    """
    return _checked(text).copy()


def check_fragment(text: str) -> exp.Expr:
    """Return the shared (do not modify) tree of a checked fragment."""
    return _checked(text)


def parse_select(text: str) -> exp.Query:
    """Return a fresh tree of a model's `query`.

    Raises:
        FragmentError: It is not exactly one SELECT (or a set operation of SELECTs).
    """
    return check_select(text).copy()


def check_select(text: str) -> exp.Query:
    """Return the shared (do not modify) tree of a model's `query`.

    Raises:
        FragmentError: It is not exactly one SELECT (or a set operation of SELECTs).
    """
    tree = _parse(text)
    if not isinstance(tree, exp.Select | exp.SetOperation):
        msg = "a query must be one SELECT"
        raise FragmentError(msg)
    return tree


def column_path(column: exp.Column) -> tuple[tuple[str, ...], str]:
    """Split `a.b.c` into its join path `("a", "b")` and column name `"c"`."""
    parts = [part.name for part in column.parts]
    return tuple(parts[:-1]), parts[-1]


def columns_in(tree: exp.Expr) -> Iterator[exp.Column]:
    """Yield every column reference."""
    yield from tree.find_all(exp.Column)


def and_all(conditions: list[exp.Expr]) -> exp.Expr | None:
    """Return the conjunction, or None when there is none."""
    if not conditions:
        return None
    result = conditions[0]
    for condition in conditions[1:]:
        result = exp.And(this=_wrap(result), expression=_wrap(condition))
    return result


def _wrap(node: exp.Expr) -> exp.Expr:
    return exp.Paren(this=node) if isinstance(node, exp.Or) else node
