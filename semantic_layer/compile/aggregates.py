"""Aggregate calls of leaves, and unions of SELECTs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.compile.leaves import Leaf
from semantic_layer.compile.rows import cast


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


def literal_rows(columns: Mapping[str, str], rows: Iterable[Sequence[str]]) -> exp.Select:
    """Return a SELECT of literal rows, one cast to a column: short for engine and reader."""
    values = [exp.Tuple(expressions=[exp.Literal.string(v) for v in row]) for row in rows]
    names = [exp.to_identifier(name, quoted=True) for name in columns]
    alias = exp.TableAlias(this=exp.to_identifier("v", quoted=True), columns=names)
    items = [
        exp.alias_(cast(quoted(name, "v"), kind), name, quoted=True, copy=False)
        for name, kind in columns.items()
    ]
    return exp.Select(expressions=items).from_(
        exp.Values(expressions=values, alias=alias), copy=False
    )


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
