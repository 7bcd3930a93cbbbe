"""`analyze_funnel`: who came how far, how fast, and where it sticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from semantic_layer import QueryError
from semantic_layer.compile.dialects import to_sql
from semantic_layer.compile.relation import Field
from semantic_layer.model import StageRole
from semantic_layer.timegrain import DateRange
from tools.base import ToolContext, ToolDef
from tools.funnel.bottleneck import Finding, Mix, find_bottleneck, find_mixes
from tools.funnel.chain import BEGINNING, Chain, check_dimensions, resolve_chain, resolve_periods
from tools.funnel.counts import Counts, Series, funnel_rows, read_counts
from tools.funnel.model import FunnelArgs, FunnelResult, FunnelRow, StageName
from tools.funnel.remarks import funnel_notes, hidden_amounts
from tools.funnel.sql import Funnel, cohort_tree, event_tree
from tools.visible import visible_fields


def analyze(args: FunnelArgs, context: ToolContext) -> FunnelResult:
    """Return the funnel of one asker.

    Raises:
        QueryError: No stages are declared, or they cannot be asked so.
        DeniedError: The asker may not see a stage, a dimension or a column of them.
    """
    layer = context.layer
    declared = resolve_chain(layer.definitions.roles.stages, args.stages)
    chain = Chain(tuple(_seen(stage, context) for stage in declared.stages), declared.links)
    check_dimensions(layer.context, context.scope, chain, args)
    periods = resolve_periods(layer.context, args)
    if args.view == "event" and args.compare == "none":
        periods = periods[:1]  # its history would not be used
    funnel = Funnel(layer, context.scope, chain, periods, args)
    tree = event_tree(funnel) if args.view == "event" else cohort_tree(funnel)
    raw = layer.run_tree(tree, context.scope)
    if raw.truncated:
        raise QueryError(
            "TOO_MANY_GROUPS",
            f"`{args.by}` has too many values for a funnel.",
            hint="Filter, or use a coarser dimension.",
            params={"dimension": args.by or ""},
        )
    counts = read_counts(raw.rows, grouped=args.by is not None)
    hidden = [a for a, b in zip(declared.stages, chain.stages, strict=True) if a != b]
    return _result(funnel, counts, to_sql(tree), hidden)


def _seen(stage: StageRole, context: ToolContext) -> StageRole:
    """Return the stage without its amount if that is hidden from the asker."""
    amount = {"amount": Field(stage.amount)} if stage.amount is not None else {}
    if visible_fields(context.layer, context.scope, stage.model, amount) == amount:
        return stage
    return stage.model_copy(update={"amount": None})


def _result(funnel: Funnel, counts: Counts, sql: str, hidden: Sequence[StageRole]) -> FunnelResult:
    args, stages, periods = funnel.args, funnel.chain.stages, funnel.periods
    compared = args.compare != "none" and len(periods) > 1
    total = funnel_rows(None, counts.total, stages, args.view, compared=compared)
    shown = counts.by_size()[: args.limit]
    rows: tuple[FunnelRow, ...] = tuple(
        row
        for group in shown
        for row in funnel_rows(group, counts.groups[group], stages, args.view, compared=compared)
    )
    mixes, finding = _bottleneck(funnel, counts)
    return FunnelResult(
        view=args.view,
        stages=tuple(StageName(id=s.id, label=s.label, metric=s.metric) for s in stages),
        by=args.by,
        period=None if periods[0].start == BEGINNING else _range(funnel, 0),
        compared=_range(funnel, 1) if compared else None,
        followed_until=(periods[0].cut - timedelta(days=1)).isoformat(),
        total=total,
        rows=rows if args.by is not None else total,
        groups=len(counts.by_size()),
        bottleneck=finding.bottleneck,
        bottleneck_reason=finding.reason,
        notes=(*funnel_notes(funnel, counts, total, len(shown), mixes), *hidden_amounts(hidden)),
        sql=(sql,),
    )


def _range(funnel: Funnel, index: int) -> DateRange:
    return DateRange(funnel.periods[index].start, funnel.periods[index].end)


def _bottleneck(funnel: Funnel, counts: Counts) -> tuple[tuple[Mix, ...], Finding]:
    if funnel.args.view == "event":
        reason = "the event view compares different items; ask for the cohort view"
        return (), Finding(None, reason)
    count = len(funnel.periods)
    mixes = find_mixes(counts, len(funnel.chain.stages) - 1, count)
    return mixes, find_bottleneck(counts, funnel.chain.stages, count, mixes, _whole(funnel))


def _whole(funnel: Funnel) -> Series | None:
    """Return the counts without the one condition that picks a part: the part and its peers."""
    args = funnel.args
    picked = [f for f in args.filters if f.op == "in"]
    if args.by is not None or len(picked) != 1:
        return None
    rest = tuple(f for f in args.filters if f is not picked[0])
    unlimited = replace(funnel, args=args.model_copy(update={"filters": rest}))
    raw = funnel.layer.run_tree(cohort_tree(unlimited), funnel.scope)
    return read_counts(raw.rows, grouped=False).total


ANALYZE_FUNNEL = ToolDef(
    name="analyze_funnel",
    summary="Follow items through the funnel's stages: conversion, days per step, stalled items, "
    "and the bottleneck against history or peers.",
    args=FunnelArgs,
    function=analyze,
)
