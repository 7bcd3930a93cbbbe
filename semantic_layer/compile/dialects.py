"""AST -> SQL text of one dialect, with the few fix-ups that sqlglot leaves to us.

Each rule names the engine behaviour it works around. An untranslatable node is an error,
never a silent drop.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from semantic_layer.errors import QueryError

DIALECTS = ("duckdb", "clickhouse", "spark", "postgres", "trino", "bigquery", "snowflake")
_NO_EXACT_PERCENTILE = frozenset({"trino", "bigquery"})


def _percentile(node: exp.Expr, dialect: str) -> exp.Expr:
    """Percentiles stay exact: sqlglot would silently emit approximate forms."""
    if not isinstance(node, exp.PercentileCont) or dialect == "duckdb":
        return node
    if dialect in _NO_EXACT_PERCENTILE:
        raise QueryError(
            "NOT_ON_ENGINE",
            f"{dialect} has no exact percentile aggregate.",
            hint="Ask for an average, or run this metric on another engine.",
        )
    if dialect == "spark":
        return exp.Anonymous(this="PERCENTILE", expressions=[node.this, node.expression])
    if dialect == "clickhouse":
        return exp.Anonymous(
            this=f"quantileExactInclusive({node.expression.sql()})", expressions=[node.this]
        )
    ordered = exp.Order(expressions=[exp.Ordered(this=node.this, nulls_first=False)])
    inner = exp.PercentileCont(this=node.expression)
    return exp.WithinGroup(this=inner, expression=ordered)


def _iso_week(node: exp.Expr, dialect: str) -> exp.Expr:
    """BigQuery's WEEK begins on Sunday."""
    if dialect == "bigquery" and isinstance(node, exp.TimestampTrunc):
        unit = node.args["unit"].name.upper()
        node.set("unit", exp.var("ISOWEEK" if unit == "WEEK" else unit))
    return node


def _window_nulls(node: exp.Expr, dialect: str) -> exp.Expr:
    """Window keys are never NULL here; BigQuery refuses a NULL order in frames."""
    if isinstance(node, exp.Ordered) and isinstance(node.find_ancestor(exp.Window), exp.Window):
        plain = "nulls_are_last" if dialect in {"duckdb", "trino", "clickhouse"} else ""
        node.set("nulls_first", not plain and dialect in {"spark", "bigquery"})
    return node


def _typed_null(node: exp.Expr, dialect: str) -> exp.Expr:
    """PostgreSQL takes an untyped NULL in a nested union for text."""
    if dialect == "postgres" and isinstance(node, exp.Null) and "type" in node.meta:
        return exp.cast(exp.null(), str(node.meta["type"]))
    return node


_RULES: tuple[Callable[[exp.Expr, str], exp.Expr], ...] = (
    _percentile,
    _iso_week,
    _window_nulls,
    _typed_null,
)


def to_sql(tree: exp.Query, dialect: str = "duckdb", *, pretty: bool = False) -> str:
    """Return the SQL of `tree` in a dialect.

    Raises:
        QueryError: The dialect is unknown or cannot express the query exactly.
    """
    if dialect not in DIALECTS:
        raise QueryError(
            "UNKNOWN_DIALECT", f"There is no dialect `{dialect}`.", candidates=DIALECTS
        )
    if dialect != "duckdb":
        tree = tree.copy()
        for rule in _RULES:
            tree = _apply(tree, rule, dialect)
    try:
        return tree.sql(
            dialect=dialect, pretty=pretty, unsupported_level=ErrorLevel.RAISE, copy=False
        )
    except SqlglotError as error:
        raise QueryError(
            "NOT_ON_ENGINE", f"{dialect} cannot express this query: {str(error).splitlines()[0]}"
        ) from None


def _apply(tree: exp.Query, rule: Callable[[exp.Expr, str], exp.Expr], dialect: str) -> exp.Query:
    for node in list(tree.walk()):
        new = rule(node, dialect)
        if new is not node:
            node.replace(new)
    return tree
