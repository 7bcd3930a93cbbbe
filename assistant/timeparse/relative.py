"""Periods told from today: the previous month, the last 30 days, three weeks ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from semantic_layer.timegrain import FISCAL_GRAINS, DateRange, TimeGrain, add_months

from .model import Reading
from .nodes import ONE_DAY, Ctx, Level, Node, fixed
from .parts import UNIT_LEVEL, one_day

#: Longest run of units taken seriously; more is a figure, not a period.
MAX_UNITS = 4000


def period(ctx: Ctx, unit: TimeGrain, offset: int) -> Node:
    """Return the calendar period `offset` periods from the running one."""
    found = ctx.calendar.period(ctx.today, unit, offset)
    level = UNIT_LEVEL[unit]
    reading = Reading.FISCAL if unit in FISCAL_GRAINS else Reading.CALENDAR
    if unit is TimeGrain.DAY:
        reading = Reading.POINT
    return Node(level, fixed=found, reading=reading, grain=unit)


def half_year(ctx: Ctx, offset: int) -> Node:
    """Return the calendar half year `offset` halves from the running one."""
    start = add_months(ctx.today.replace(day=1), -((ctx.today.month - 1) % 6) + 6 * offset)
    return fixed(start, add_months(start, 6), Level.HALF)


def _run_end(ctx: Ctx) -> DateRange:
    """Return the last complete day, never later than yesterday."""
    last = min(ctx.as_of, ctx.today - ONE_DAY)
    return one_day(last)


def rolling(ctx: Ctx, count: int, unit: TimeGrain) -> Node | None:
    """Return the last `count` units ending with the last complete day."""
    if not 1 <= count <= MAX_UNITS:
        return None
    if unit in (TimeGrain.QUARTER, *FISCAL_GRAINS):  # nobody means 91 days by a quarter
        return whole(ctx, count, unit)
    end = _run_end(ctx).end
    start = ctx.calendar.add(end, -count, unit)
    note = (
        f"滚动窗口，截至 {end - ONE_DAY}，不含今天",
        f"rolling window ending {end - ONE_DAY}, today excluded",
    )
    return Node(
        UNIT_LEVEL[unit],
        fixed=DateRange(start, end),
        reading=Reading.ROLLING,
        grain=unit,
        note=note,
        clip=False,
    )


def whole(ctx: Ctx, count: int, unit: TimeGrain) -> Node | None:
    """Return the last `count` whole calendar periods."""
    if not 1 <= count <= MAX_UNITS:
        return None
    end = ctx.calendar.floor(ctx.as_of + ONE_DAY if unit is TimeGrain.DAY else ctx.today, unit)
    end = min(end, ctx.today)
    start = ctx.calendar.add(end, -count, unit)
    note = (
        f"最近 {count} 个完整周期，不含进行中的周期",
        f"the last {count} whole periods, the running one excluded",
    )
    level = UNIT_LEVEL[unit]
    return Node(level, fixed=DateRange(start, end), grain=unit, note=note, clip=False)


def upcoming(ctx: Ctx, count: int, unit: TimeGrain, *, aligned: bool = False) -> Node | None:
    """Return the next `count` units, from tomorrow or aligned to whole periods."""
    if not 1 <= count <= MAX_UNITS:
        return None
    start = ctx.calendar.period(ctx.today, unit).end if aligned else ctx.today + ONE_DAY
    end = ctx.calendar.add(start, count, unit)
    return Node(UNIT_LEVEL[unit], fixed=DateRange(start, end), grain=unit, clip=False)


def ago(ctx: Ctx, count: int, unit: TimeGrain) -> Node | None:
    """Return the period `count` units back: the day, or the week, month… it names."""
    if not 0 <= count <= MAX_UNITS:
        return None
    return period(ctx, unit, -count)


def to_date(ctx: Ctx, unit: TimeGrain) -> Node:
    """Return the running period as "to date" (YTD); it is cut at the data when finished."""
    reading = Reading.FISCAL if unit in FISCAL_GRAINS else Reading.TO_DATE
    return replace(period(ctx, unit, 0), reading=reading)


def days_back(ctx: Ctx, offset: int) -> Node:
    """Return one day, `offset` days from today."""
    day = ctx.today + timedelta(days=offset)
    return Node(Level.DAY, fixed=one_day(day), reading=Reading.POINT)
