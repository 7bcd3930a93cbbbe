"""The semantic query as a tool."""

from __future__ import annotations

from semantic_layer import Query, ResultSet
from tools.base import Result, ToolContext, ToolDef


class MetricsResult(Result):
    """Rows of a governed query, with the query that made them."""

    query: Query
    data: ResultSet


def _run(args: Query, context: ToolContext) -> MetricsResult:
    return MetricsResult(query=args, data=context.layer.run(args, context.scope))


QUERY_METRICS = ToolDef(
    name="query_metrics",
    summary="Compute governed metrics by dimensions, time, filters and comparisons.",
    args=Query,
    function=_run,
)
