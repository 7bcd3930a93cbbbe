"""`Q3 leads by channel this year`: a year said apart from the shorter periods that it is of."""

from __future__ import annotations

from dataclasses import replace

from assistant.planner.periods import moved
from assistant.planner.read.state import ReadState
from assistant.timeparse import Period
from semantic_layer.timegrain import TimeGrain

_NO_YEAR = "no year given"
"""What the note of a period says whose year was taken from the day of asking."""


def settle_year(state: ReadState) -> None:
    """Give the year to the other periods, if it is said apart from them and they have none.

    A year listed beside them (`Q1、Q3和今年`), or held against one of them (`this year vs
    Q3`), is a period of its own.
    """
    slots, joined = state.slots, [*state.joined_periods, False]
    if len(joined) != len(slots.periods) + 1:
        return
    apart = [
        i
        for i, p in enumerate(slots.periods)
        if p.grain is TimeGrain.YEAR and p.range and not joined[i] and not joined[i + 1]
    ]
    rest = [i for i in range(len(slots.periods)) if i not in apart]
    if len(apart) != 1 or not rest or (len(rest) == 1 and slots.linked_periods):
        return
    year = slots.periods[apart[0]]
    periods = [_within(slots.periods[i], year) for i in rest]
    others = [_within(s.period, year) for s in slots.shifts if s.period is not None]
    if any(p is None for p in (*periods, *others)):
        return
    slots.periods = [p for p in periods if p is not None]
    slots.period_texts = [slots.period_texts[i] for i in rest]
    left = iter(others)
    slots.shifts = [replace(s, period=next(left)) if s.period else s for s in slots.shifts]


def _within(period: Period, year: Period) -> Period | None:
    """Return a period of the same name in a year; None where its own year was said."""
    if period.start is None or period.end is None or year.start is None:
        return None
    if not period.note_en.startswith(_NO_YEAR) or period.year_before is not None:
        return None
    found = moved(period, year.start.year - period.start.year)
    return replace(found, note_zh="", note_en="")
