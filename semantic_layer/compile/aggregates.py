"""Aggregate calls of leaves, and unions of SELECTs."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compile.leaves import Leaf


def aggregate(leaf: Leaf, value: exp.Expr, *, filtered: bool) -> exp.Expr:
    """Return the aggregate call of a leaf."""
    match leaf.agg:
        case "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        case "sum":
            return exp.Sum(this=value)
        case "avg":
            return exp.Avg(this=value)
        case "min":
            return exp.Min(this=value)
        case "max":
            return exp.Max(this=value)
        case "median" | "percentile":
            fraction = 0.5 if leaf.agg == "median" else leaf.percentile
            return exp.PercentileCont(this=value, expression=exp.Literal.number(fraction or 0.5))
        case _:
            plain = not filtered and leaf.expr is None
            return exp.Count(this=exp.Star() if plain else value, big_int=True)


def union_all(selects: list[exp.Select]) -> exp.Query:
    """Return a UNION ALL of selects (balanced to stay shallow)."""
    queries: list[exp.Query] = list(selects)
    while len(queries) > 1:
        paired: list[exp.Query] = [
            exp.Union(this=a, expression=b, distinct=False)
            for a, b in zip(queries[::2], queries[1::2], strict=False)
        ]
        queries = paired + (queries[-1:] if len(queries) % 2 else [])
    return queries[0]
