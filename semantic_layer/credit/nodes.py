"""Short names for the syntax-tree nodes that attribution is built of."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.compile.door import quoted

CONVERSIONS, TOUCHES, PATHS, CREDITS = (
    f"_askmql_{name}" for name in ("conversions", "touches", "paths", "credits")
)
"""Names of the CTEs: a company's table of the same name would be hidden behind them."""
ORDINAL = "conversion_no"
"""The number of a conversion within one statement: narrower than its id, and as unique."""

col = quoted


def named(value: exp.Expr, name: str) -> exp.Expr:
    """Return `value AS "name"`."""
    return exp.alias_(value, name, quoted=True, copy=False)


def number(value: float) -> exp.Expr:
    """Return a numeric literal."""
    return exp.convert(value)


def when(test: exp.Expr, then: exp.Expr, otherwise: exp.Expr | None = None) -> exp.Case:
    """Return CASE WHEN test THEN then [ELSE otherwise] END."""
    case = exp.Case(ifs=[exp.If(this=test, true=then)])
    if otherwise is not None:
        case.set("default", otherwise)
    return case


def is_null(value: exp.Expr) -> exp.Is:
    """Return value IS NULL."""
    return exp.Is(this=value, expression=exp.null())


def rounded(value: exp.Expr) -> exp.Round:
    """Return ROUND(value): halves away from zero."""
    return exp.Round(this=value)


def count_all() -> exp.Count:
    """Return COUNT(*)."""
    return exp.Count(this=exp.Star(), big_int=True)


def over(
    function: exp.Expr,
    partition: Sequence[exp.Expr],
    order: Sequence[exp.Expr] = (),
    *,
    running: bool = False,
) -> exp.Window:
    """Return `function OVER (PARTITION BY ... ORDER BY ...)`, running over rows if asked."""
    window = exp.Window(this=function, partition_by=[p.copy() for p in partition])
    if order:
        terms = [exp.Ordered(this=o.copy(), desc=False, nulls_first=False) for o in order]
        window.set("order", exp.Order(expressions=terms))
    if running:
        frame = {"kind": "ROWS", "start": "UNBOUNDED", "start_side": "PRECEDING"}
        window.set("spec", exp.WindowSpec(**frame, end="CURRENT ROW"))
    return window


def days_between(earlier: exp.Expr, later: exp.Expr) -> exp.Expr:
    """Return the days from one instant to another, fractions included."""
    micros = exp.TimestampDiff(this=later, expression=earlier, unit=exp.var("MICROSECOND"))
    return exp.Div(this=micros, expression=number(86_400_000_000.0))


def table(name: str, alias: str) -> exp.Table:
    """Return a reference to a CTE."""
    return exp.Table(
        this=exp.to_identifier(name, quoted=True),
        alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
    )


def subquery(select: exp.Query, alias: str) -> exp.Subquery:
    """Return `(select) AS "alias"`."""
    name = exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
    return exp.Subquery(this=select, alias=name)


def select_from(source: exp.Expr, columns: Sequence[exp.Expr]) -> exp.Select:
    """Return SELECT columns FROM source."""
    return exp.Select(expressions=list(columns)).from_(source, copy=False)


def with_ctes(select: exp.Select, ctes: Sequence[tuple[str, exp.Query]]) -> exp.Select:
    """Put named queries before a SELECT, in order."""
    for name, body in ctes:
        select.with_(exp.to_identifier(name, quoted=True), as_=body, copy=False)
    return select
