"""Several periods in one question: how they belong together, or that it is not clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

from assistant.plan import Note
from assistant.planner.draft import Ask, Draft
from assistant.planner.slots import Slots
from assistant.timeparse import Period, Reading
from semantic_layer.timegrain import Calendar, DateRange, TimeGrain

SHORT_OF_YEAR = 300
"""Days: a period up to here is a part of a year."""


def listed(slots: Slots, calendar: Calendar) -> list[Period]:
    """7月、8月、9月: three or more whole periods in a row are one range, period by period.

    Args:
        slots: What was said; the breakdown by time is set where there is such a row.
        calendar: Of the company.
    """
    periods = sorted(slots.periods, key=lambda p: p.start or date.min)
    grains = {p.grain for p in periods}
    grain = next(iter(grains)) if len(grains) == 1 else None
    if len(periods) < 3 or grain is None or slots.shifts or slots.grain:
        return slots.periods
    pairs = list(pairwise(periods))
    whole = all(p.start and p.range == calendar.period(p.start, grain) for p in periods)
    if not whole or any(a.end != b.start for a, b in pairs):
        return slots.periods
    slots.grain = grain
    both = replace(periods[0], end=periods[-1].end, reading=Reading.RANGE)
    return [replace(both, complete=all(p.complete for p in periods))]


def check_periods(slots: Slots, draft: Draft, periods: list[Period]) -> None:
    """Refuse what would mean dropping one of the periods.

    Args:
        slots: What was said.
        draft: The query so far.
        periods: The periods that are not compared with.

    Raises:
        Ask: There are too many, or it is open how they belong together.
    """
    count = len(periods) + sum(s.period is not None for s in slots.shifts)
    if len(periods) > 2 or count > 2 or len(slots.shifts) > 2:
        raise Ask(
            Note(
                zh="问题里有三个以上的时间段，请一次比较两个。",
                en="The question names three or more periods; please compare two at a time.",
            )
        )
    crowded = len(periods) + len(set(slots.shifts)) > 2
    if crowded or len({s.kind for s in slots.shifts if s.period is None}) > 1:
        raise Ask(
            Note(
                zh="环比和同比请分开问。",
                en="Please ask for one comparison at a time.",
            )
        )
    if len(periods) == 2 and not slots.linked_periods:
        raise Ask(
            Note(
                zh="问题里有两个时间段，是要比较它们，还是只看其中一个？",
                en="The question names two periods: compare them, or only one of them?",
            )
        )
    apart = len(slots.metrics) > 1 and "vs" not in slots.flags
    if len(periods) == 2 and (apart or slots.total):
        raise Ask(
            Note(
                zh="两个时间段怎么用？请分开问。",
                en="How do the two periods belong to it? Please ask for them one at a time.",
            )
        )
    several = len(draft.dimensions) and any(
        len(f.values) > 1 for f in draft.filters if f.dimension in draft.dimensions
    )
    if len(periods) == 2 and several and len(slots.values) == 2:
        raise Ask(
            Note(
                zh="两个对象和两个时间段怎么对应？请分开问。",
                en="Which period goes with which? Please ask for them one at a time.",
            )
        )


def check_comparison(slots: Slots, draft: Draft) -> None:
    """Refuse a comparison that would leave no trace in the query.

    Args:
        slots: What was said.
        draft: The query, with its period and its comparison.

    Raises:
        Ask: It was not said what is held against what.
    """
    groups = [v for v in slots.values if v.group and not v.negate]
    apart = len(groups) > 1 and len({s.id for v in groups for s in v.senses}) == 1
    pair = any(len(f.values) > 1 for f in draft.filters)
    lost = "vs" in slots.flags and draft.compare is None and not (draft.dimensions or pair)
    between = "delta" in slots.flags and "vs" in slots.flags and len(draft.metrics) > 1
    if apart or (lost and len(draft.metrics) < 2) or (between and not slots.shifts):
        raise Ask(
            Note(
                zh="请说明要和什么比较，例如和上个月比，或按某个维度比较。",
                en="Compare with what? For example with last month, or by a dimension.",
            )
        )


def shares_part(first: Period, second: Period) -> bool:
    """Whether a part may be meant of both years: `2025年和2026年前9个月`."""
    if first.start is None or second.start is None or second.range is None:
        return False
    whole = first.grain is TimeGrain.YEAR and first.start < second.start
    return whole and second.range.days <= SHORT_OF_YEAR and second.start.year > first.start.year


def nested(one: DateRange, other: DateRange) -> bool:
    """Whether one of two periods lies within the other."""
    within = other.start <= one.start and one.end <= other.end
    return within or (one.start <= other.start and other.end <= one.end)


def nested_periods() -> Ask:
    """A part held against its own whole: it is asked what is meant."""
    return Ask(
        Note(
            zh="要比较的两个时间段一个包含另一个，请说明和哪一段比，例如「同比」。",
            en="One of the two periods contains the other. Compare with which, for example the year before?",
        )
    )
