"""A query in words that the lexicon reads back as the same query, where there are such words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from assistant.plan import Plan, ToolCall
from semantic_layer import Query, SemanticLayer
from semantic_layer.query import TimeRange
from semantic_layer.timegrain import Calendar

if TYPE_CHECKING:
    from assistant.planner.planner import LexiconPlanner

_GRAINS = {"day": ("每天", "by day"), "week": ("每周", "by week"), "month": ("每月", "by month"), "quarter": ("每季度", "by quarter"), "year": ("每年", "by year")}  # fmt: skip
_COMPARES = {"previous_period": ("环比", "vs previous period"), "previous_year": ("同比", "year over year")}  # fmt: skip


def worded(call: ToolCall, planner: LexiconPlanner, lang: str) -> str | None:
    """Return a question that the lexicon plans as just this call; None where it knows none.

    With it a follow-up to a model's answer is the same edit as to any other answer.
    """
    if call.tool != "query_metrics":
        return None
    query = Query.model_validate(call.args)
    text = _said(query, planner.layer, lang)
    planned = planner.plan(text)
    if not isinstance(planned, Plan) or len(planned.calls) != 1:
        return None
    back = planned.calls[0]
    if back.tool != call.tool:
        return None
    calendar = planner.layer.context.calendar
    same = _plain(Query.model_validate(back.args), calendar) == _plain(query, calendar)
    return text if same else None


def _plain(query: Query, calendar: Calendar) -> Query:
    """A query without the hint that a running period is one: what is before it is the same."""
    if query.time is None or _whole(query.time, calendar):
        return query
    return query.model_copy(update={"time": query.time.model_copy(update={"grain": None})})


def _whole(time: TimeRange, calendar: Calendar) -> bool:
    """Whether a period is said to be a month, say, and is a whole one."""
    span = time.span
    return (
        span is not None
        and time.grain is not None
        and calendar.period(span.start, time.grain) == span
    )


def _period(time: TimeRange, calendar: Calendar, *, zh: bool) -> str:
    span = time.span
    if span is None:
        return ""
    year, month, quarter = span.start.year, span.start.month, (span.start.month + 2) // 3
    if _whole(time, calendar) and time.grain is not None:
        match time.grain.value:
            case "month":
                return f"{year}年{month}月" if zh else f"{span.start:%B} {year}"
            case "quarter":
                return f"{year}年第{quarter}季度" if zh else f"Q{quarter} {year}"
            case "year":
                return f"{year}年" if zh else f"{year}"
    last = span.end - timedelta(days=1)
    return f"{span.start}至{last}" if zh else f"{span.start} to {last}"


def _said(query: Query, layer: SemanticLayer, lang: str) -> str:
    defs, zh = layer.definitions, lang == "zh"
    calendar = layer.context.calendar
    parts = [_period(query.time, calendar, zh=zh)] if query.time else []
    parts += [str(v) for f in query.filters if f.op == "in" for v in f.values]
    labels = [defs.dimensions[d].label.get(lang) for d in query.dimensions]
    metrics = [defs.metrics[m].label.get(lang) for m in query.metrics]
    by = [f"各{label}" for label in labels] if zh else [f"by {label}" for label in labels]
    parts += [*by, "和".join(metrics)] if zh else [" and ".join(metrics), *by]
    if query.grain is not None and query.grain.value in _GRAINS:
        parts.append(_GRAINS[query.grain.value][not zh])
    if query.compare is not None and query.compare.kind in _COMPARES:
        parts.append(_COMPARES[query.compare.kind][not zh])
    return " ".join(parts)
