"""Which earlier dates a period is compared with: like for like while it is running."""

from __future__ import annotations

from datetime import date, timedelta

from semantic_layer.compile.context import Context
from semantic_layer.errors import QueryError
from semantic_layer.query import Comparison, Query
from semantic_layer.timegrain import DateRange, TimeGrain, add_months


def previous_range(ctx: Context, query: Query) -> DateRange | None:
    """Return the range that the query compares with; None without a comparison.

    A running period is compared like for like: the same number of days from the start of
    the earlier period.
    """
    if query.compare is None:
        return None
    span = query.time.span if query.time else None
    if span is None:
        raise QueryError(
            "COMPARE_NEEDS_PERIOD",
            "A comparison needs a period to compare.",
            hint="Name one, for example this month or last quarter.",
        )
    if query.compare.range is not None:
        other = query.compare.range.span
        if other is None:
            raise QueryError("COMPARE_NEEDS_PERIOD", "The period to compare with has no end.")
        return other
    return earlier(ctx, span, query.time.grain if query.time else None, query.compare)


def earlier(
    ctx: Context, span: DateRange, grain: TimeGrain | None, compare: Comparison
) -> DateRange:
    """Return the comparable earlier range of `span`."""
    if span.start < ctx.data_end < span.end:
        span = DateRange(span.start, ctx.data_end)
    if grain is None and span.end == ctx.data_end and span.start.day == 1 and span.days <= 31:
        grain = TimeGrain.MONTH  # dates given by hand: the running month
    whole = _whole(ctx, span, grain)
    if compare.kind == "previous_year":
        return _year_before(ctx, span, whole, grain)
    if whole is None or grain is None:
        if whole_months(span):
            return DateRange(add_months(span.start, -whole_months(span)), span.start)
        return DateRange(span.start - timedelta(days=span.days), span.start)
    before = ctx.calendar.period(whole.start, grain, -1)
    cut = span.end if span.end < whole.end else whole.end
    if cut == whole.end:
        return before
    end = min(before.start + (cut - whole.start), before.end)
    return DateRange(before.start, end)


def _whole(ctx: Context, span: DateRange, grain: TimeGrain | None) -> DateRange | None:
    """The calendar period that the span is (or is the beginning of)."""
    if grain is None or grain is TimeGrain.DAY:
        return None
    period = ctx.calendar.period(span.start, grain)
    return period if period.start == span.start and span.end <= period.end else None


def whole_months(span: DateRange) -> int:
    """Number of whole calendar months the span covers, else 0."""
    if span.start.day != 1 or span.end.day != 1:
        return 0
    return (span.end.year - span.start.year) * 12 + span.end.month - span.start.month


def _year_before(
    ctx: Context, span: DateRange, whole: DateRange | None, grain: TimeGrain | None
) -> DateRange:
    if grain is TimeGrain.WEEK and whole is not None:
        back = timedelta(weeks=52)
        return DateRange(span.start - back, span.end - back)
    return DateRange(add_months(span.start, -12), _end_year_before(span))


def _end_year_before(span: DateRange) -> date:
    """A year before the last day, plus one: 29 February ends on the 28th."""
    if span.end.day == 1:
        return add_months(span.end, -12)
    return add_months(span.end - timedelta(days=1), -12) + timedelta(days=1)
