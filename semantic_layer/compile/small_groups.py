"""Groups of fewer than k people are not shown: their number would be about somebody.

Beside each aggregate over a protected model, the number of its rows is counted. A group in
which that number is between 1 and k - 1 keeps its key and loses its values, and so do further
groups, the smallest first, until those withheld together are k people in two groups or more: or
the one could be had by subtracting the others from a total. This holds for the whole answer and
along each of its axes, of which the totals can be asked for too. Withheld groups stand last,
for a rank is a value as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.compile.leaves import MERGED, Leaf
from semantic_layer.compile.plan import Output, Plan, StreamPlan
from semantic_layer.errors import DeniedError
from semantic_layer.query import Query
from semantic_layer.result import Cell, ResultSet
from semantic_layer.scope import Scope

LEAST = "__least"
"""Column with the smallest count of people behind a row's values; `NOBODY` when there is none."""
NOBODY = 2_147_483_647
NOTE = "SMALL_GROUPS"
_FEW = 2  # groups: one alone can be had by subtraction


def guarded(plan: Plan, scope: Scope) -> Plan:
    """Return a plan that counts the rows behind each protected aggregate, and cuts nothing.

    Raises:
        DeniedError: What is asked differs by few people from row to row.
    """
    if not protects(plan, scope):
        return plan
    _check_rows(plan, scope)
    streams = tuple(_counted(s, scope) for s in plan.streams)
    counts = [leaf for s in streams for leaf in s.leaves if leaf.name.endswith(LEAST)]
    sizes = [_size(leaf) for leaf in counts]
    least = exp.Least(this=sizes[0], expressions=sizes[1:], ignore_nulls=True)
    output = Output(LEAST, "", "small", least if len(sizes) > 1 else sizes[0])
    whole = plan.query.model_copy(update={"limit": None})
    k = max(scope.small_groups[leaf.model] for leaf in counts)
    return replace(plan, query=whole, streams=streams, outputs=(*plan.outputs, output), least=k)


def protects(plan: Plan, scope: Scope) -> bool:
    """Whether a plan reads a model of which only groups may be seen."""
    return any(s.leaves[0].model in scope.small_groups for s in plan.streams)


def _check_rows(plan: Plan, scope: Scope) -> None:
    leaves = [x for s in plan.streams for x in s.leaves if x.model in scope.small_groups]
    running = any(leaf.variant.history or leaf.window is not None for leaf in leaves)
    if plan.query.per or (running and plan.query.grain is not None):
        raise DeniedError(
            "SMALL_GROUPS_ONLY",
            "Running totals, stocks over time and ranks within groups could tell of single people.",
            hint="Ask for the number of one period, or by one dimension.",
        )


def _counted(stream: StreamPlan, scope: Scope) -> StreamPlan:
    if stream.leaves[0].model not in scope.small_groups:
        return stream
    counts = tuple(
        replace(leaf, name=leaf.name + LEAST, agg="count", expr=None, percentile=None)
        for leaf in stream.leaves
    )
    return replace(stream, leaves=(*stream.leaves, *counts))


def _size(leaf: Leaf) -> exp.Expr:
    """Return a count, or `NOBODY` for none: an empty group tells of nobody."""
    zero = exp.Literal.number(0)
    some = exp.Nullif(this=quoted(leaf.name, MERGED), expression=zero)
    return exp.func("COALESCE", some, exp.Literal.number(NOBODY))


def suppressed(result: ResultSet, sizes: Sequence[Cell], plan: Plan, query: Query) -> ResultSet:
    """Empty the values of what must be withheld, put it last, and cut to the rows asked for.

    Args:
        result: Every group.
        sizes: The smallest count of people behind each row.
        plan: As guarded.
        query: As asked. What a condition asks for is left out if it must be withheld.
    """
    if not plan.least:
        return result
    counts = [int(s) if isinstance(s, int | float) and s < NOBODY else None for s in sizes]
    keys = key_places(result)
    out = withheld(counts, [tuple(row[i] for i in keys) for row in result.rows], plan.least)
    shown = [row for i, row in enumerate(result.rows) if i not in out]
    last = [blanked(result.rows[i], keys) for i in sorted(out)]
    if result.grain is not None:
        shown = [blanked(r, keys) if i in out else r for i, r in enumerate(result.rows)]
    elif not query.having:
        shown += sorted(last, key=lambda row: [str(row[j]) for j in keys])
    rows = tuple(shown[: query.limit])
    notes = (*result.notes, NOTE) if out else result.notes
    hidden = sum(row in last for row in rows) if out else 0
    return replace(result, rows=rows, total_rows=len(shown), notes=notes, suppressed=hidden)


def key_places(result: ResultSet) -> list[int]:
    """Return the places of the columns that say which group a row is."""
    return [i for i, c in enumerate(result.columns) if c.kind in {"dimension", "time"}]


def blanked(row: tuple[Cell, ...], keys: Sequence[int]) -> tuple[Cell, ...]:
    """Return a row without its values."""
    return tuple(v if j in keys else None for j, v in enumerate(row))


def withheld(counts: Sequence[int | None], keys: Sequence[tuple[Cell, ...]], k: int) -> set[int]:
    """Return the rows to withhold: small ones, and what they could be had from by subtraction.

    Args:
        counts: People of each row; None for nobody.
        keys: The group of each row.
        k: Fewer people than this are few.
    """
    out = {i for i, n in enumerate(counts) if n is not None and n < k}
    if not out:
        return out
    lines = list(_lines(keys))
    while True:
        more = {_next(line, out, counts, keys, k) for line in lines} - {None}
        if not more:
            return out
        out |= {i for i in more if i is not None}


def _lines(keys: Sequence[tuple[Cell, ...]]) -> Iterable[list[int]]:
    """Yield the rows of the whole answer, and of each line in which one part of the key varies."""
    yield list(range(len(keys)))
    width = len(keys[0]) if keys else 0
    for part in range(width if width > 1 else 0):
        found: dict[tuple[Cell, ...], list[int]] = {}
        for i, key in enumerate(keys):
            found.setdefault((*key[:part], *key[part + 1 :]), []).append(i)
        yield from found.values()


def _next(
    line: Sequence[int],
    out: set[int],
    counts: Sequence[int | None],
    keys: Sequence[tuple[Cell, ...]],
    k: int,
) -> int | None:
    """Return one more row of a line to withhold, if those withheld could be had by subtraction."""
    inside = [i for i in line if i in out]
    if not inside or (len(inside) >= _FEW and sum(counts[i] or 0 for i in inside) >= k):
        return None
    free = [(counts[i] or 0, str(keys[i]), i) for i in line if i not in out and counts[i]]
    return min(free)[2] if free else None
