"""A list of the best over time, or with the rest folded into one row: two statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from semantic_layer.compile.streams import OTHER
from semantic_layer.errors import QueryError
from semantic_layer.query import Order, Query, Value
from semantic_layer.result import ResultSet

RunOnce = Callable[[Query, Mapping[str, tuple[Value, ...]]], ResultSet]


def run_top(query: Query, run: RunOnce) -> ResultSet:
    """Find the best groups over the whole range first, then run the query for them alone.

    Args:
        query: With a limit, and a breakdown by time or the rest folded into one row.
        run: Runs a query as it is; `keep` folds every other value of a dimension.

    Raises:
        QueryError: It does not have exactly one dimension.
    """
    if len(query.dimensions) != 1:
        raise QueryError(
            "TOP_NEEDS_ONE_DIMENSION",
            "A top list over time, or with the rest folded, needs exactly one dimension.",
            hint="Leave out one of " + ", ".join(query.dimensions) + ".",
        )
    dim = query.dimensions[0]
    order = tuple(o for o in query.order if o.by not in {"time", "period"})
    order = order or (Order(by=query.metrics[0]),)
    plain: dict[str, object] = {"grain": None, "other": False, "order": order, "fill": None}
    top = run(query.model_copy(update=plain), {})
    if top.total_rows <= len(top.rows) and query.grain is None:
        return top
    kept: tuple[Value, ...] = top.column(dim)
    if not kept:
        whole = run(query.model_copy(update={"limit": None}), {})
        return replace(whole, rows=(), total_rows=0)
    again = query.model_copy(
        update={
            "limit": None,
            "having": (),
            "order": tuple(query.order) if not query.grain else (),
        }
    )
    result = run(again, {dim: kept})
    if query.other and query.grain is None:
        result = _other_last(result, dim, top)
    elif not query.other:
        result = _without_other(result, dim)
    return replace(result, sql=(*top.sql, *result.sql), total_rows=top.total_rows)


def _without_other(result: ResultSet, dim: str) -> ResultSet:
    """Leave out the rest, which was only there so that shares are of everything."""
    i = result.index(dim)
    return replace(result, rows=tuple(row for row in result.rows if row[i] != OTHER))


def _other_last(result: ResultSet, dim: str, top: ResultSet) -> ResultSet:
    """Order as in the top list, the folded rest last."""
    i = result.index(dim)
    rank = {value: n for n, value in enumerate(top.column(dim))}
    rows = sorted(result.rows, key=lambda row: (row[i] == OTHER, rank.get(row[i], len(rank))))
    return replace(result, rows=tuple(rows))
