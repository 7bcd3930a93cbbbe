"""Customers: health, churn, lifetime value, cross-selling, dormancy, summaries."""

from typing import Any

from tools.base import ToolDef
from tools.customers.cross_sell import SUGGEST_CROSS_SELL
from tools.customers.dormant import FIND_DORMANT_CUSTOMERS
from tools.customers.health import ACCOUNT_HEALTH
from tools.customers.propensity import PREDICT_CUSTOMERS
from tools.customers.summary import SUMMARIZE_ACCOUNT
from tools.customers.value.tool import CUSTOMER_VALUE

CUSTOMER_TOOLS: tuple[ToolDef[Any], ...] = (
    ACCOUNT_HEALTH,
    SUMMARIZE_ACCOUNT,
    PREDICT_CUSTOMERS,
    CUSTOMER_VALUE,
    SUGGEST_CROSS_SELL,
    FIND_DORMANT_CUSTOMERS,
)

__all__ = ["CUSTOMER_TOOLS"]
