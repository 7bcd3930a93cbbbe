"""Stocks (open pipeline, customers on a day): at which day a question means them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from assistant.plan import Note
from assistant.planner.draft import Draft
from assistant.timeparse import Period
from semantic_layer import SemanticLayer, TimeRange
from semantic_layer.timegrain import TimeGrain

_START = re.compile(r"[年月季度周期]初|(?:start|beginning) of")


def only_stocks(layer: SemanticLayer, metrics: Sequence[str]) -> bool:
    """Whether every metric is a stock: its value at the end of a period, not a sum over it."""
    known = layer.definitions.metrics
    return bool(metrics) and all(known[m].type == "snapshot" for m in metrics)


def first_day(
    layer: SemanticLayer, draft: Draft, period: Period, texts: Sequence[str]
) -> TimeRange | None:
    """Return the first day of a period for `年初的在途商机金额`; None where no stock is meant.

    Args:
        layer: Which metrics are stocks.
        draft: Its metrics are asked for; a note is added.
        period: As it was read: January, for 年初.
        texts: The periods as typed.
    """
    said = any(_START.search(t) for t in texts) and len(texts) == 1
    if period.start is None or not said or not only_stocks(layer, draft.metrics):
        return None
    note = Note(
        zh=f"存量指标，期初按 {period.start} 当天结束时计",
        en=f"a stock: the start is taken as the end of {period.start}",
    )
    draft.notes.append(note)
    return one_day(period.start)


def one_day(day: date) -> TimeRange:
    """Return a day as a range."""
    return TimeRange(start=day, end=day + timedelta(days=1), grain=TimeGrain.DAY)
