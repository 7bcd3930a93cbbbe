"""What is asked next after a list of leads or customers: about one of its first."""

from __future__ import annotations

from typing import Any

from tools import Result
from tools.customers.dormant import DormantCustomers
from tools.customers.health import HealthList
from tools.customers.propensity import LikelyCustomers
from tools.leads.rank import RankedLeads
from tools.leads.score import ScoredLeads

_FIRST = 3
_ASKS = {
    "lead": {"zh": "介绍一下线索 {}", "en": "Summarize lead {}"},
    "account": {"zh": "介绍一下客户 {}", "en": "Summarize account {}"},
}
_LISTS: dict[type[Result], str] = {
    DormantCustomers: "account",
    HealthList: "account",
    LikelyCustomers: "account",
    RankedLeads: "lead",
    ScoredLeads: "lead",
}
"""Kind of list -> the attribute of a row that names whom it is about."""


def asked_next(result: Result, lang: str) -> tuple[str, ...]:
    """Return questions about the first of a list; none where the list is about one alone."""
    kind = _LISTS.get(type(result))
    rows: tuple[Any, ...] = getattr(result, "rows", ())
    if kind is None or len(rows) < 2:
        return ()
    template = _ASKS[kind]["zh" if lang == "zh" else "en"]
    return tuple(template.format(getattr(row, kind)) for row in rows[:_FIRST])
