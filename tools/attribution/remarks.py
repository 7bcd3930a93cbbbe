"""The notes of an attribution: assumptions, treatment of awkward rows, warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from semantic_layer.model import Text
from semantic_layer.query import Filter
from semantic_layer.timegrain import TimeGrain
from tools.attribution.bindings import Binding, is_dated_only
from tools.attribution.compute import Attribution
from tools.attribution.contract import AttributeArgs, Totals
from tools.attribution.costs import Costs
from tools.attribution.counts import counts
from tools.attribution.driven import LEAST_CONVERSIONS, LEAST_GROUP
from tools.attribution.tables import NONE
from tools.base import ToolContext
from tools.notes import Note, note


def remarks(
    args: AttributeArgs,
    done: Attribution,
    totals: Totals,
    costs: Costs,
    context: ToolContext,
) -> Iterator[Note]:
    """Yield everything that must be said beside the numbers."""
    binding = done.journeys.binding
    yield _assumptions(done, totals, context)
    for model in done.method.models:
        label, meaning = model.label, model.meaning
        yield note("MODEL", label=label, meaning=meaning)
    if any(m.raw == "time_decay" for m in done.method.models):
        yield note("HALF_LIFE", days=f"{done.method.half_life_days:g}")
    yield from _period(args, context)
    yield from _rows(args, binding, context)
    yield from _gaps(done, context)
    yield from done.learned.notes
    yield from _volume(done, context)
    yield from costs.notes
    yield from _money(done, costs, context)
    shown = len(args.groups) if args.groups else len(done.credited.groups)
    if args.limit and shown > args.limit:
        yield note("CUT", count=shown - args.limit)


def _assumptions(done: Attribution, totals: Totals, context: ToolContext) -> Note:
    binding, whole = done.journeys.binding, done.credited
    part = f"{totals.coverage:.1%}" if totals.coverage is not None else "-"
    return note(
        "ASSUMPTIONS",
        models=tuple(m.label for m in done.method.models),
        conversion=binding.stage.label,
        scope=binding.whose,
        anchor=binding.args.anchor,
        lookback=binding.lookback_days,
        basis=binding.args.basis,
        n=whole.conversions,
        coverage=part,
    )


def _period(args: AttributeArgs, context: ToolContext) -> Iterator[Note]:
    time = args.time
    if time is None:
        yield note("ALL_TIME")
        return
    layer = context.layer.context
    last = layer.calendar.add(time.end, -1, TimeGrain.DAY) if time.end else layer.as_of
    start = time.start.isoformat() if time.start else "-"
    yield note("PERIOD", start=start, end=last.isoformat())
    if time.end is None or time.end > layer.data_end:
        yield note("PARTIAL", as_of=layer.as_of.isoformat())
    if args.basis == "cohort":
        yield note("COHORT")


def _rows(args: AttributeArgs, binding: Binding, context: ToolContext) -> Iterator[Note]:
    if args.filters:
        yield note("FILTERS", filters=said(args.filters, context))
    if args.touch_filters:
        yield note("TOUCHES_ONLY", filters=said(args.touch_filters, context))
    if not args.marketing_only and binding.touch.marketing:
        yield note("ALL_TOUCHES")
    if is_dated_only(binding, context):
        yield note("WHOLE_DAYS")
    if binding.stage.journey_end:
        stage, end = binding.stage.label, binding.stage.journey_end
        yield note("JOURNEY_END", stage=stage, field=end)
    if binding.touch.model in context.scope.rows:
        yield note("SPLIT_VIEW")


def said(filters: Sequence[Filter], context: ToolContext) -> tuple[Text, ...]:
    """Return filters with their dimensions' names."""
    dims = context.layer.definitions.dimensions
    found = []
    for f in filters:
        label = dims[f.dimension].label
        rest = f"{f.op} {', '.join(map(str, f.values))}"
        found.append(Text(zh=f"{label.get('zh')} {rest}", en=f"{label.get('en')} {rest}"))
    return tuple(found)


def _gaps(done: Attribution, context: ToolContext) -> Iterator[Note]:
    binding = done.journeys.binding
    found = counts(done.journeys, has_amount=done.has_amount)
    if binding.stage.void:
        stage = binding.stage.label
        yield note("VOID", field=binding.stage.void, stage=stage, count=found.void)
    for milestone, missing in found.missing.items():
        if missing and milestone == binding.args.anchor:
            yield note("NO_ANCHOR", count=missing, milestone=milestone)
        elif missing:
            yield note("MILESTONE_GAPS", count=missing, milestone=milestone)
    if found.reused:
        yield note("REUSED", count=found.reused)
    if found.is_rounded:
        yield note("ROUNDED")


def _volume(done: Attribution, context: ToolContext) -> Iterator[Note]:
    if not any(m.data_driven for m in done.method.models):
        return
    count = done.credited.conversions - done.credited.rest
    if count < LEAST_CONVERSIONS:
        yield note("SMALL", count=count, least=LEAST_CONVERSIONS)
    few = [g for g, c in done.credited.groups.items() if c.touched < LEAST_GROUP]
    if few:
        names = sorted(NONE if g is None else g for g in few)
        shown = ", ".join(names[:10]) + (f" … ({len(names)})" if len(names) > 10 else "")
        yield note("SMALL_GROUPS", groups=shown, least=LEAST_GROUP)


def _money(done: Attribution, costs: Costs, context: ToolContext) -> Iterator[Note]:
    if costs.by_group is None:
        return
    yield note("COST_PERIOD")
    free = [g for g in done.credited.groups if not costs.by_group.get(g)]
    if free:
        yield note("COST_ZERO", count=len(free))
