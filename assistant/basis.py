"""What an answer rests on: definitions, conditions, period, rights and SQL."""

from __future__ import annotations

from datetime import date
from typing import Any

from assistant.answer import Basis, TimeBasis
from assistant.compared import rows_of
from assistant.conditions import condition_text
from assistant.crediting import convention
from assistant.plan import Plan
from assistant.suggest import resolved
from assistant.thread import Asked
from semantic_layer import SemanticLayer
from semantic_layer.query import Filter, MetricFilter, Query
from semantic_layer.result import ResultSet
from tools.catalog import formula
from tools.query_metrics import MetricsResult


def basis_of(turn: Asked) -> Basis:
    """Say whose view it is, of what day, under which definitions."""
    layer = turn.layer
    return Basis(
        lane=turn.lane,
        timezone=layer.context.calendar.timezone,
        as_of=layer.context.as_of.isoformat(),
        scope=turn.scope.label.get(turn.lang),
        definitions_version=layer.version,
        usage=dict(turn.usage),
    )


def metrics_basis(turn: Asked, plan: Plan, result: MetricsResult) -> Basis:
    """Add what numbers rest on: definitions, conditions, period, rows and SQL."""
    data, query, layer = result.data, result.query, turn.layer
    conditions: tuple[Filter | MetricFilter, ...] = (*query.filters, *query.having)
    return basis_of(turn).model_copy(
        update={
            "metrics": tuple(_definition(layer, m, query, turn.lang) for m in query.metrics),
            "dimensions": query.dimensions,
            "filters": tuple(
                {
                    **item.model_dump(mode="json", exclude_none=isinstance(item, MetricFilter)),
                    "text": condition_text(layer.definitions, item, turn.lang),
                }
                for item in conditions
            ),
            "time": _period(layer, query, data),
            "assumptions": (
                *((resolved(layer, query, turn.lang),) if plan.follows else ()),
                *(n.get(turn.lang) for n in plan.assumptions),
            ),
            "rows": len(data.rows),
            "sql": data.sql,
        }
    )


def _definition(layer: SemanticLayer, metric_id: str, query: Query, lang: str) -> dict[str, Any]:
    metric = layer.definitions.metrics[metric_id]
    return {
        "id": metric_id,
        "label": metric.label.get(lang),
        "formula": formula(metric, layer.definitions, lang),
        "description": metric.description,
        "basis": convention(layer, metric_id, lang, query.parameters),
        "unit": metric.unit,
        "tier": metric.tier,
        "owner": metric.owner,
    }


def _period(layer: SemanticLayer, query: Query, data: ResultSet) -> TimeBasis:
    """The days that were counted; of a question without data, the days that were asked."""
    asked, span = query.time, data.span
    previous = rows_of(layer.context, query, data).compared or data.previous
    return TimeBasis(
        start=_iso(span.start if span else asked.start if asked else None),
        end=_iso(span.end if span else asked.end if asked else None),
        grain=query.grain.value if query.grain else None,
        complete=not data.partial,
        column=", ".join(dict.fromkeys(data.time_columns.values())) or None,
        compare_start=_iso(previous.start if previous else None),
        compare_end=_iso(previous.end if previous else None),
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
