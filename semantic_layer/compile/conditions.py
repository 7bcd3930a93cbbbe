"""Filters as SQL conditions, values as typed literals."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.query import Filter, Value


def value_literal(value: Value) -> exp.Expr:
    """Return a typed literal."""
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int | float):
        return exp.convert(value)
    return exp.Literal.string(value)


def condition(column: exp.Expr, item: Filter) -> exp.Expr:
    """Return a filter as SQL; rows with an empty value are kept by the negative operators."""
    values = [v for v in item.values if v is not None]
    literals = [value_literal(v) for v in values]
    empty = exp.Is(this=column.copy(), expression=exp.null())
    match item.op:
        case "is_null":
            return empty
        case "not_null":
            return exp.Not(this=empty)
        case "in":
            found = exp.In(this=column, expressions=literals) if literals else exp.false()
            return (
                exp.Paren(this=exp.Or(this=found, expression=empty))
                if None in item.values
                else found
            )
        case "not_in":
            absent = (
                exp.Not(this=exp.In(this=column, expressions=literals)) if literals else exp.true()
            )
            if None in item.values:
                return exp.And(this=exp.Not(this=empty), expression=absent)
            return exp.Paren(this=exp.Or(this=empty, expression=absent))
        case "contains" | "not_contains":
            return _contains(column, values, negate=item.op == "not_contains")
        case "between":
            low, high = literals
            return exp.Between(this=column, low=low, high=high)
        case "gt" | "gte" | "lt" | "lte":
            node = {"gt": exp.GT, "gte": exp.GTE, "lt": exp.LT, "lte": exp.LTE}[item.op]
            return node(this=column, expression=literals[0])


def _contains(column: exp.Expr, values: Sequence[Value], *, negate: bool) -> exp.Expr:
    likes = [
        exp.GT(
            this=exp.StrPosition(
                this=exp.Lower(this=column.copy()),
                substr=exp.Literal.string(str(v).lower()),
            ),
            expression=exp.Literal.number(0),
        )
        for v in values
    ]
    found = exp.Paren(this=exp.or_(*likes))
    if not negate:
        return found
    empty = exp.Is(this=column.copy(), expression=exp.null())
    return exp.Paren(this=exp.Or(this=empty, expression=exp.Not(this=found)))
