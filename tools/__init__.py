"""What can be computed: typed tools over the semantic layer."""

from typing import Any

from semantic_layer import QueryError
from semantic_layer.errors import suggest
from tools.attribution.attribute import ATTRIBUTE_REVENUE
from tools.attribution.impact import CAMPAIGN_IMPACT
from tools.base import Result, ToolContext, ToolDef
from tools.catalog import DESCRIBE_DATA, DESCRIBE_METRIC, LIST_METRICS, LIST_VALUES
from tools.customers import CUSTOMER_TOOLS
from tools.funnel import ANALYZE_FUNNEL
from tools.journey import CUSTOMER_JOURNEY
from tools.leads.judge import JUDGE_LEAD
from tools.leads.rank import RANK_LEADS
from tools.leads.score import SCORE_LEADS
from tools.leads.summary import SUMMARIZE_LEAD
from tools.methods import DESCRIBE_METHOD
from tools.query_metrics import QUERY_METRICS
from tools.run_sql import RUN_SQL

TOOLS: tuple[ToolDef[Any], ...] = (
    QUERY_METRICS,
    LIST_METRICS,
    DESCRIBE_METRIC,
    DESCRIBE_METHOD,
    LIST_VALUES,
    DESCRIBE_DATA,
    ATTRIBUTE_REVENUE,
    CAMPAIGN_IMPACT,
    ANALYZE_FUNNEL,
    CUSTOMER_JOURNEY,
    RUN_SQL,
    SUMMARIZE_LEAD,
    SCORE_LEADS,
    RANK_LEADS,
    JUDGE_LEAD,
    *CUSTOMER_TOOLS,
)


def get_tool(name: str) -> ToolDef[Any]:
    """Return a tool by name (hyphens are accepted).

    Raises:
        QueryError: There is none of that name.
    """
    wanted = name.replace("-", "_")
    for tool in TOOLS:
        if tool.name == wanted:
            return tool
    near = suggest(wanted, [t.name for t in TOOLS])
    raise QueryError("UNKNOWN_TOOL", f"There is no tool `{name}`.", candidates=near)


__all__ = ["TOOLS", "Result", "ToolContext", "ToolDef", "get_tool"]
