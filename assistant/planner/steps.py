"""By which periods a trend is told, if the question does not say."""

from __future__ import annotations

from assistant.planner.draft import Draft
from semantic_layer.timegrain import TimeGrain

_STEPS = (
    (45, TimeGrain.DAY),
    (120, TimeGrain.WEEK),
    (1200, TimeGrain.MONTH),
    (3000, TimeGrain.QUARTER),
)
"""Longest window in days, and the periods it is cut into."""


def trend_grain(draft: Draft) -> TimeGrain:
    """Return periods that fit the length of a draft's window: months, if it has no end."""
    span = draft.time.span if draft.time else None
    if span is None:
        return TimeGrain.MONTH
    return next((grain for days, grain in _STEPS if span.days <= days), TimeGrain.YEAR)
