"""How far an earlier series lies behind, and which facts are behind it."""

from __future__ import annotations

from datetime import date, timedelta

from semantic_layer.compile.comparison import whole_months
from semantic_layer.compile.context import Context
from semantic_layer.errors import QueryError
from semantic_layer.model import Span
from semantic_layer.query import Query
from semantic_layer.timegrain import GRAIN_DAYS, GRAIN_MONTHS, DateRange, TimeGrain

_OPEN = {date.min, date.max}


def not_aligned() -> QueryError:
    """Return the refusal of two series that cannot be laid over each other."""
    return QueryError(
        "COMPARE_NOT_ALIGNED",
        "The two periods do not line up period by period.",
        hint="Compare their totals (without a time breakdown).",
    )


def aligned(offset: Span, grain: TimeGrain | None) -> Span:
    """Return an offset in whole periods of the grain.

    A year by week is 52 weeks, so that weekdays match.

    Raises:
        QueryError: The offset is no whole number of periods.
    """
    if grain is None or grain is TimeGrain.DAY or offset.grain is grain:
        return offset
    if grain is TimeGrain.WEEK:
        if offset.grain is TimeGrain.YEAR:
            return Span(count=52 * offset.count, grain=TimeGrain.WEEK)
        if offset.grain is TimeGrain.DAY and offset.count % 7 == 0:
            return Span(count=offset.count // 7, grain=TimeGrain.WEEK)
        raise not_aligned()
    if offset.grain in GRAIN_DAYS:
        raise not_aligned()
    if offset.count * GRAIN_MONTHS[offset.grain] % GRAIN_MONTHS[grain]:
        raise not_aligned()
    return offset


def query_offset(query: Query, previous: DateRange) -> Span:
    """Return the offset of a query's comparison, series against series.

    Raises:
        QueryError: The two ranges do not line up period by period.
    """
    grain, compare = query.grain, query.compare
    span = query.time.span if query.time else None
    if grain is None or compare is None or span is None:
        raise not_aligned()
    if compare.kind == "previous_period":
        return Span(count=1, grain=grain)
    if compare.kind == "previous_year":
        return aligned(Span(count=1, grain=TimeGrain.YEAR), grain)
    months = whole_months(DateRange(previous.start, span.start))
    if months > 0 and grain is not TimeGrain.WEEK:
        return aligned(Span(count=months, grain=TimeGrain.MONTH), grain)
    days = (span.start - previous.start).days
    if days <= 0:
        raise not_aligned()
    return aligned(Span(count=days, grain=TimeGrain.DAY), grain)


def back(ctx: Context, day: date, offset: Span) -> date:
    """Return the first day of a range, moved back."""
    return day if day in _OPEN else ctx.calendar.add(day, -offset.count, offset.grain)


def back_end(ctx: Context, day: date, offset: Span) -> date:
    """Return the day after the last of a range, moved back: the last day is what moves.

    1-30 March a month earlier ends with the last day of February.
    """
    if day in _OPEN:
        return day
    if day.day == 1 or offset.grain in GRAIN_DAYS:
        return back(ctx, day, offset)
    return back(ctx, day - timedelta(days=1), offset) + timedelta(days=1)


def back_range(ctx: Context, span: DateRange, offset: Span) -> DateRange:
    """Return a range moved back."""
    return DateRange(back(ctx, span.start, offset), back_end(ctx, span.end, offset))


def moved(ctx: Context, span: DateRange, offset: Span, grain: TimeGrain | None) -> DateRange:
    """Return the facts behind a shifted series: cut like for like while a period is running."""
    end = min(span.end, ctx.data_end) if span.start < ctx.data_end else span.end
    if grain is not None and end == ctx.data_end:
        period = ctx.calendar.period(end - timedelta(days=1), grain)
        before = back(ctx, period.start, offset)
        whole = ctx.calendar.add(before, 1, grain)
        cut = whole if end == period.end else min(before + (end - period.start), whole)
        return DateRange(back(ctx, span.start, offset), cut)
    return back_range(ctx, DateRange(span.start, end), offset)


def period_pairs(
    ctx: Context, query: Query, span: DateRange, previous: DateRange, periods: tuple[DateRange, ...]
) -> tuple[tuple[DateRange, DateRange], ...]:
    """Return of each period of a compared series the days counted now and those before.

    Args:
        ctx: Calendar and end of the data.
        query: It compares and has a grain.
        span: The asked range.
        previous: The range compared with.
        periods: The asked periods, whole; what lies outside the range is cut off.

    Raises:
        QueryError: The two ranges do not line up period by period.
    """
    offset = query_offset(query, previous)
    facts = moved(ctx, span, offset, query.grain)
    last = min(span.end, ctx.data_end) if span.start < ctx.data_end else span.end
    return tuple(
        (
            _cut(period, DateRange(span.start, last)),
            _cut(DateRange(back(ctx, period.start, offset), back(ctx, period.end, offset)), facts),
        )
        for period in periods
    )


def _cut(period: DateRange, within: DateRange) -> DateRange:
    start = max(period.start, within.start)
    return DateRange(start, max(start, min(period.end, within.end)))
