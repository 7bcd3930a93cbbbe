"""Query -> `Plan`: names checked, leaves resolved, streams with their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.compile.asof import Spine, SpineRow, window_start
from semantic_layer.compile.comparison import previous_range
from semantic_layer.compile.context import Context
from semantic_layer.compile.facts import is_additive, shared_dimensions
from semantic_layer.compile.leaves import Leaf, Resolver, Variant, Window, change
from semantic_layer.compile.offsets import back, back_range, moved, query_offset
from semantic_layer.compile.streams import Keys, no_time
from semantic_layer.errors import QueryError, suggest
from semantic_layer.model import (
    Span,
)
from semantic_layer.query import Query, Value
from semantic_layer.timegrain import DateRange

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
    least: int = 0
    """Fewer people than this are few; 0 when the models are not protected."""


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
        grain=query.grain,
    )
    previous = previous_range(ctx, query)
    variant = _comparison_variant(query, previous)
    outputs = _outputs(ctx, query, resolver, variant)
    leaves = list(resolver.leaves)
    for leaf in leaves:
        _check_shared(ctx, query, leaf)
        if leaf.time is None and (query.time is not None or query.grain is not None):
            raise no_time(leaf.model)
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
            params={
                "metric": metric,
                "dimension": dim,
                "model": leaf.model,
                "asked": query.metrics[0],
            },
        )


def _comparison_variant(query: Query, previous: DateRange | None) -> Variant | None:
    if query.compare is None or previous is None:
        return None
    if query.grain is None:
        return Variant(range=previous)
    return Variant(offset=(query_offset(query, previous),))


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
        if query.share and metric in query.metrics:
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
        _stream(ctx, query, group, periods, f"_s{i}") for i, group in enumerate(groups.values())
    )


def _stream(
    ctx: Context, query: Query, leaves: list[Leaf], periods: tuple[DateRange, ...], name: str
) -> StreamPlan:
    variant, window = leaves[0].variant, leaves[0].window
    span = variant.range or _range(ctx, query)
    if variant.offset and span is None:
        raise QueryError(
            "COMPARE_NEEDS_PERIOD",
            "A comparison needs a period to compare.",
            hint="Name one, for example this month or last quarter.",
        )
    for offset in variant.offset:
        span = moved(ctx, span, offset, query.grain) if span else None
    spine = None
    if window is not None:
        spine = Spine(tuple(_spine_rows(ctx, query, variant, periods, window)))
    return StreamPlan(name, tuple(leaves), span, spine, variant.offset if query.grain else ())


def _range(ctx: Context, query: Query) -> DateRange | None:
    """The asked range, cut where complete data ends; open ends become the calendar's."""
    time = query.time
    if time is None or (time.start is None and time.end is None):
        return None
    start, end = time.start or date.min, time.end or date.max
    if time.end is not None and start < ctx.data_end < end:
        end = ctx.data_end
    return DateRange(start, end)


def _spine_rows(
    ctx: Context,
    query: Query,
    variant: Variant,
    periods: tuple[DateRange, ...],
    window: Window,
) -> list[SpineRow]:
    """What is in force at the end of each asked period, for as-of leaves."""
    if query.grain is None:
        span = variant.range or _range(ctx, query)
        span = span or DateRange(date(1970, 1, 1), ctx.data_end)
        for offset in variant.offset:
            span = back_range(ctx, span, offset)
        limit = span.end if variant.range or variant.offset else min(span.end, ctx.data_end)
        end = max(limit, span.start + timedelta(days=1))
        return [SpineRow(span.start, end, window_start(ctx, end, window))]
    if not periods:
        raise QueryError(
            "SNAPSHOT_NEEDS_PERIOD",
            "A stock over time needs a period with a start and an end.",
            hint="Name one, for example the last 12 months.",
        )
    rows: list[SpineRow] = []
    for period in periods:
        span = DateRange(period.start, min(period.end, ctx.data_end))
        shown = period.start
        for offset in variant.offset:
            span = back_range(ctx, span, offset)
            shown = back(ctx, shown, offset)
        rows.append(SpineRow(shown, span.end, window_start(ctx, span.end, window)))
    return rows
