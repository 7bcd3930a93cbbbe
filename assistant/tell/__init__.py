"""Results of tools -> words, tables and charts, one template per kind of result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from assistant.answer import Table, TimeBasis
from assistant.conditions import joined_text
from assistant.plan import ToolCall
from assistant.tell.asked_next import asked_next
from assistant.tell.attribution import tell_attribution
from assistant.tell.catalogue import CATALOGUE
from assistant.tell.customer_value import tell_cross_sell, tell_value
from assistant.tell.customers import tell_account, tell_dormant, tell_health, tell_likely
from assistant.tell.funnel import tell_funnel
from assistant.tell.impact import tell_impact
from assistant.tell.journey import tell_journey
from assistant.tell.leads import tell_judged, tell_ranked, tell_scored, tell_summary
from assistant.tell.told import Names, Told, window_text
from semantic_layer.loader import Definitions
from semantic_layer.query import TimeRange
from tools import Result
from tools.attribution.contract import AttributionResult
from tools.attribution.impact_contract import ImpactResult
from tools.customers.account import AccountSummary
from tools.customers.cross_sell import CrossSells
from tools.customers.dormant import DormantCustomers
from tools.customers.health import HealthList
from tools.customers.propensity import LikelyCustomers
from tools.customers.value.contract import CustomerValues
from tools.funnel.model import FunnelResult
from tools.journey.model import JourneyResult
from tools.leads.facts import LeadSummary
from tools.leads.judge import JudgementKept
from tools.leads.rank import RankedLeads
from tools.leads.score import ScoredLeads

TEMPLATES: dict[type[Result], Callable[[Any, str, Names], Told]] = {
    AccountSummary: tell_account,
    AttributionResult: tell_attribution,
    CrossSells: tell_cross_sell,
    CustomerValues: tell_value,
    DormantCustomers: tell_dormant,
    FunnelResult: tell_funnel,
    HealthList: tell_health,
    ImpactResult: tell_impact,
    JourneyResult: tell_journey,
    JudgementKept: tell_judged,
    LeadSummary: tell_summary,
    LikelyCustomers: tell_likely,
    RankedLeads: tell_ranked,
    ScoredLeads: tell_scored,
}
_UNDATED = frozenset({"campaign_impact"})
"""Tools whose results do not say of which period they are."""


def tell(
    result: Result, lang: str, definitions: Definitions | None = None, currency: str = ""
) -> Told:
    """Return a result in words; columns that are dimensions are called by their labels.

    Raises:
        KeyError: There is no template for this kind of result.
    """
    if type(result) in CATALOGUE:
        return CATALOGUE[type(result)](result, lang)
    told = TEMPLATES[type(result)](result, lang, Names(definitions, lang, currency))
    told = replace(told, followups=told.followups or asked_next(result, lang))
    if definitions is None:
        return told
    return replace(told, tables=tuple(_labelled(t, definitions, lang) for t in told.tables))


def limited(told: Told, call: ToolCall, conditions: Sequence[Mapping[str, Any]], lang: str) -> Told:
    """Put before the headline what was computed of, where the tool's own words do not say it.

    Args:
        told: A result in words.
        call: The tool and what it was asked.
        conditions: The arguments that limit it, as the receipt holds them.
        lang: Language of the reader.
    """
    parts = [joined_text(conditions, lang)] if conditions else []
    if told.time is None and call.tool in _UNDATED:
        time = TimeRange.model_validate(call.args.get("time") or {})
        start, end = time.start, time.end
        parts.append(window_text(start, end - timedelta(days=1) if end else None, lang))
        basis = TimeBasis(
            start=start.isoformat() if start else None, end=end.isoformat() if end else None
        )
        told = replace(told, time=basis)
    if not parts:
        return told
    return replace(told, headline=" · ".join((*parts, told.headline)))


def _labelled(table: Table, definitions: Definitions, lang: str) -> Table:
    columns = []
    for column in table.columns:
        known = definitions.dimensions.get(column.name)
        own_word = known and column.label not in {column.name, known.label.get(lang)}
        if column.kind == "dimension" and known is not None and not own_word:
            values = known.values.items()
            labels = {v: s.label.get(lang) for v, s in values if s.label is not None}
            named = {"label": known.label.get(lang), "labels": labels}
            column = column.model_copy(update=named)
        columns.append(column)
    return table.model_copy(update={"columns": tuple(columns)})


__all__ = ["CATALOGUE", "TEMPLATES", "Told", "limited", "tell"]
