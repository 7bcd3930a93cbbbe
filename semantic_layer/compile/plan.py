"""Query -> `Plan`: names checked, leaves resolved, streams with their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.compile.asof import Spine
from semantic_layer.compile.comparison import previous_range, whole_months
from semantic_layer.compile.context import Context
from semantic_layer.compile.facts import is_additive, shared_dimensions
from semantic_layer.compile.leaves import Leaf, Resolver, Variant, change
from semantic_layer.compile.streams import Keys
from semantic_layer.errors import QueryError, suggest
from semantic_layer.model import (
    Span,
)
from semantic_layer.query import Query, Value
from semantic_layer.timegrain import DateRange, TimeGrain

MAX_PERIODS = 3700


@dataclass(frozen=True)
class Output:
    """One value column of the answer."""

    name: str
    metric: str
    kind: str
    value: exp.Expr


@dataclass(frozen=True)
class StreamPlan:
    """One CTE: its leaves, the range of facts, and how its periods move."""

    name: str
    leaves: tuple[Leaf, ...]
    span: DateRange | None
    spine: Spine | None
    offset: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A query ready to become SQL."""

    query: Query
    keys: Keys
    streams: tuple[StreamPlan, ...]
    outputs: tuple[Output, ...]
    periods: tuple[DateRange, ...] = ()
    dense: bool = False
    trim: bool = False
    previous: DateRange | None = None


def make_plan(
    ctx: Context, query: Query, keep: Mapping[str, tuple[Value, ...]] | None = None
) -> Plan:
    """Resolve a query.

    Raises:
        QueryError: A name is unknown, a dimension or filter is not shared by every model
            involved, or the combination has no defined meaning.
    """
    check_names(ctx, query)
    keys = Keys(query.dimensions, query.grain, query.filters, dict(keep or {}))
    definitions = ctx.definitions
    resolver = Resolver(
        dict(definitions.metrics),
        lambda model: definitions.models[model].time,
        partition=query.dimensions,
        has_grain=query.grain is not None,
    )
    previous = previous_range(ctx, query)
    variant = _comparison_variant(query, previous)
    outputs = _outputs(ctx, query, resolver, variant)
    leaves = list(resolver.leaves)
    for leaf in leaves:
        _check_shared(ctx, query, leaf)
    periods = _periods(ctx, query)
    streams = _streams(ctx, query, leaves, periods)
    history = any(leaf.variant.history for leaf in leaves)
    windowed = history or any(leaf.window for leaf in leaves)
    fill = query.fill if query.fill is not None else (not query.dimensions or windowed)
    dense = bool(periods) and fill
    return Plan(query, keys, streams, outputs, periods, dense, history, previous)


def check_names(ctx: Context, query: Query) -> None:
    """Refuse unknown metrics and dimensions, with the nearest names."""
    metrics, dimensions = ctx.definitions.metrics, ctx.definitions.dimensions
    for name in (*query.metrics, *(h.metric for h in query.having)):
        if name not in metrics:
            raise QueryError(
                "UNKNOWN_METRIC",
                f"There is no metric `{name}`.",
                hint="`askmql metrics list` shows all.",
                candidates=suggest(name, metrics),
            )
    for name in (*query.dimensions, *(f.dimension for f in query.filters)):
        if name not in dimensions:
            raise QueryError(
                "UNKNOWN_DIMENSION",
                f"There is no dimension `{name}`.",
                candidates=suggest(name, dimensions),
            )


def _check_shared(ctx: Context, query: Query, leaf: Leaf) -> None:
    bound = ctx.model(leaf.model).dims
    for dim in (*query.dimensions, *(f.dimension for f in query.filters)):
        if dim in bound:
            continue
        metric = leaf.name.split("__")[0]
        shared = shared_dimensions(ctx, query.metrics)
        raise QueryError(
            "DIMENSION_NOT_SHARED",
            f"`{metric}` comes from {leaf.model}, which has no `{dim}`.",
            hint="Ask by " + (", ".join(shared) if shared else "no dimension") + " instead.",
            candidates=shared,
            params={"metric": metric, "dimension": dim, "model": leaf.model},
        )


def _comparison_variant(query: Query, previous: DateRange | None) -> Variant | None:
    if query.compare is None or previous is None:
        return None
    if query.grain is None:
        return Variant(range=previous)
    return Variant(offset=(_offset(query, previous),))


def _offset(query: Query, previous: DateRange) -> Span:
    """How far the earlier series lies behind, in whole periods of the grain."""
    grain = query.grain
    if grain is None or query.compare is None:
        raise AssertionError
    if query.compare.kind == "previous_period":
        return Span(count=1, grain=grain)
    if query.compare.kind == "previous_year":
        return Span(count=52, grain=grain) if grain is TimeGrain.WEEK else _YEAR
    span = query.time.span if query.time else None
    months = whole_months(DateRange(previous.start, span.start)) if span else 0
    if months <= 0 or grain is TimeGrain.WEEK:
        raise QueryError(
            "COMPARE_NOT_ALIGNED",
            "The two periods do not line up period by period.",
            hint="Compare their totals (without a time breakdown).",
        )
    return Span(count=months, grain=TimeGrain.MONTH)


_YEAR = Span(count=1, grain=TimeGrain.YEAR)


def _outputs(
    ctx: Context, query: Query, resolver: Resolver, variant: Variant | None
) -> tuple[Output, ...]:
    outputs: list[Output] = []
    for metric in dict.fromkeys((*query.metrics, *(h.metric for h in query.having))):
        now = resolver.shown(metric)
        outputs.append(Output(metric, metric, "value", now))
        if variant is not None:
            before = resolver.shown(metric, variant)
            outputs.append(Output(f"{metric}__prev", metric, "prev", before))
            outputs.append(
                Output(f"{metric}__delta", metric, "delta", change(now, before, "delta"))
            )
            outputs.append(Output(f"{metric}__pct", metric, "pct", change(now, before, "pct")))
        if query.share:
            _check_share(ctx, query, metric)
            outputs.append(Output(f"{metric}__share", metric, "share", now.copy()))
    return tuple(outputs)


def _check_share(ctx: Context, query: Query, metric_id: str) -> None:
    if not is_additive(ctx, metric_id, query.dimensions):
        raise QueryError(
            "SHARE_NOT_ADDITIVE",
            f"The parts of `{metric_id}` do not add up to a total, so a share has no meaning.",
            hint="Ask for the share of a count or an amount.",
            params={"metric": metric_id},
        )


# --- streams --------------------------------------------------------------------------


def _periods(ctx: Context, query: Query) -> tuple[DateRange, ...]:
    span = query.time.span if query.time else None
    if query.grain is None or span is None:
        return ()
    last = min(span.end, max(ctx.data_end, span.start + timedelta(days=1)))
    periods = ctx.calendar.periods(DateRange(span.start, last), query.grain)
    if len(periods) > MAX_PERIODS:
        raise QueryError(
            "TOO_MANY_PERIODS",
            f"{len(periods)} periods of one {query.grain.value} are too many.",
            hint="Use a shorter range or a coarser grain.",
        )
    return tuple(periods)


def _streams(
    ctx: Context, query: Query, leaves: list[Leaf], periods: tuple[DateRange, ...]
) -> tuple[StreamPlan, ...]:
    groups: dict[tuple[object, ...], list[Leaf]] = {}
    for leaf in leaves:
        groups.setdefault(leaf.stream, []).append(leaf)
    return tuple(
        _stream(ctx, query, group, periods, f"s{i}") for i, group in enumerate(groups.values())
    )


def _stream(
    ctx: Context, query: Query, leaves: list[Leaf], periods: tuple[DateRange, ...], name: str
) -> StreamPlan:
    variant = leaves[0].variant
    span = variant.range or _range(query)
    for offset in variant.offset:
        span = _moved(ctx, span, offset, query) if span else None
    spine = None
    if leaves[0].window is not None:
        spine = Spine(tuple(_spine_rows(ctx, query, variant, periods)))
    return StreamPlan(name, tuple(leaves), span, spine, variant.offset if query.grain else ())


def _range(query: Query) -> DateRange | None:
    """The asked range; an open end becomes the end of the calendar."""
    time = query.time
    if time is None or (time.start is None and time.end is None):
        return None
    return DateRange(time.start or date.min, time.end or date.max)


def _back(ctx: Context, day: date, offset: Span) -> date:
    if day in {date.min, date.max}:
        return day
    if offset.grain is TimeGrain.YEAR and day.month == 3 and day.day == 1:
        return day.replace(year=day.year - offset.count)
    return ctx.calendar.add(day, -offset.count, offset.grain)


def _moved(ctx: Context, span: DateRange, offset: Span, query: Query) -> DateRange:
    """The facts behind a shifted series: cut like for like while the period is running."""
    end = min(span.end, ctx.data_end) if span.start < ctx.data_end else span.end
    grain = query.grain
    if grain is not None and end == ctx.data_end:
        period = ctx.calendar.period(end - timedelta(days=1), grain)
        before = _back(ctx, period.start, offset)
        whole = ctx.calendar.add(before, 1, grain)
        cut = whole if end == period.end else min(before + (end - period.start), whole)
        return DateRange(_back(ctx, span.start, offset), cut)
    return DateRange(_back(ctx, span.start, offset), _back(ctx, end, offset))


def _spine_rows(
    ctx: Context, query: Query, variant: Variant, periods: tuple[DateRange, ...]
) -> list[tuple[date, DateRange]]:
    """(shown period, range in force at its end) for as-of leaves."""
    if query.grain is None:
        span = variant.range or _range(query) or DateRange(date(1970, 1, 1), ctx.data_end)
        for offset in variant.offset:
            span = DateRange(_back(ctx, span.start, offset), _back(ctx, span.end, offset))
        limit = span.end if variant.range or variant.offset else min(span.end, ctx.data_end)
        return [(span.start, DateRange(span.start, max(limit, span.start + timedelta(days=1))))]
    if not periods:
        raise QueryError(
            "SNAPSHOT_NEEDS_PERIOD",
            "A stock over time needs a period with a start and an end.",
            hint="Name one, for example the last 12 months.",
        )
    rows: list[tuple[date, DateRange]] = []
    for period in periods:
        span = DateRange(period.start, min(period.end, ctx.data_end))
        for offset in variant.offset:
            span = DateRange(_back(ctx, span.start, offset), _back(ctx, span.end, offset))
        shown = _back_all(ctx, period.start, variant.offset)
        rows.append((shown, span))
    return rows


def _back_all(ctx: Context, day: date, offsets: tuple[Span, ...]) -> date:
    for offset in offsets:
        day = _back(ctx, day, offset)
    return day
