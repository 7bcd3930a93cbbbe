"""Groups of fewer than k people are not shown: their number would be about somebody.

Beside each aggregate over a protected model, the number of its rows is counted. A group in
which that number is between 1 and k - 1 keeps its key and loses its values. Where only one
group would lose them, the next smallest does too, or it could be had by subtraction.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.compile.leaves import MERGED, Leaf
from semantic_layer.compile.plan import Output, Plan, StreamPlan
from semantic_layer.result import Cell, ResultSet
from semantic_layer.scope import Scope

LEAST = "__least"
"""Column with the smallest count of people behind a row's values; empty when there is none."""
NOTE = "SMALL_GROUPS"


def guarded(plan: Plan, scope: Scope) -> Plan:
    """Return a plan that counts the rows behind each protected aggregate."""
    if not any(s.leaves[0].model in scope.small_groups for s in plan.streams):
        return plan
    streams = tuple(_counted(s, scope) for s in plan.streams)
    counts = [leaf for s in streams for leaf in s.leaves if leaf.name.endswith(LEAST)]
    limits = [scope.small_groups[leaf.model] for leaf in counts]
    flag = exp.or_(*(_few(leaf, k) for leaf, k in zip(counts, limits, strict=True)))
    value = exp.Case(
        ifs=[exp.If(this=flag, true=exp.Literal.number(1))], default=exp.Literal.number(0)
    )
    output = Output(LEAST, "", "small", value)
    return replace(plan, streams=streams, outputs=(*plan.outputs, output))


def _counted(stream: StreamPlan, scope: Scope) -> StreamPlan:
    if stream.leaves[0].model not in scope.small_groups:
        return stream
    counts = tuple(
        replace(leaf, name=leaf.name + LEAST, agg="count", expr=None, percentile=None)
        for leaf in stream.leaves
    )
    return replace(stream, leaves=(*stream.leaves, *counts))


def _few(leaf: Leaf, k: int) -> exp.Expr:
    low, high = exp.Literal.number(1), exp.Literal.number(k - 1)
    return exp.Between(this=quoted(leaf.name, MERGED), low=low, high=high)


def suppressed(result: ResultSet, flags: tuple[Cell, ...]) -> ResultSet:
    """Empty the values of flagged rows, and of one more when only one is flagged."""
    small = {i for i, flag in enumerate(flags) if flag}
    if not small:
        return result
    values = [i for i, c in enumerate(result.columns) if c.kind not in {"dimension", "time"}]
    if len(small) == 1 and len(result.rows) > 1:
        others = [i for i in range(len(result.rows)) if i not in small]
        small.add(min(others, key=lambda i: _size(result.rows[i], values)))
    rows = tuple(
        tuple(None if i in small and j in values else v for j, v in enumerate(row))
        for i, row in enumerate(result.rows)
    )
    return replace(result, rows=rows, notes=(*result.notes, NOTE), suppressed=len(small))


def _size(row: tuple[Cell, ...], values: list[int]) -> float:
    first = row[values[0]]
    return float(first) if isinstance(first, int | float) else float("inf")
