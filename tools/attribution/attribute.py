"""attribute_revenue: which touches earned what, under any number of models side by side."""

from __future__ import annotations

from typing import Literal

from tools.attribution.compute import Attribution, compute
from tools.attribution.contract import AttributeArgs, AttributionResult, ModelInfo, Totals
from tools.attribution.costs import Costs, read_costs
from tools.attribution.evidence import explain
from tools.attribution.recommend import recommend
from tools.attribution.remarks import remarks
from tools.attribution.tables import build_rows, distances
from tools.base import ToolContext, ToolDef


def attribute_revenue(args: AttributeArgs, context: ToolContext) -> AttributionResult:
    """Credit conversions to touches.

    Raises:
        QueryError: The company declares no touchpoints, a milestone or amount is missing, ...
        DeniedError: The asker may not see what was asked for.
    """
    done = compute(args, context)
    binding = done.journeys.binding
    measure: Literal["amount", "count"] = args.measure or ("amount" if done.has_amount else "count")
    costs = _costs(args, done, context)
    rows, rest = build_rows(done.credited, done.method.models, args, measure, costs)
    totals = _totals(done, costs, measure)
    definitions = context.layer.definitions
    result = AttributionResult(
        by=args.by,
        by_label=definitions.dimensions[args.by].label,
        conversion=binding.stage.id,
        conversion_label=binding.stage.label,
        measure=measure,
        currency=context.layer.project.config.currency,
        models=tuple(ModelInfo(id=m.id, label=m.label, meaning=m.meaning) for m in done.method.models),
        rows=rows,
        unattributed=rest,
        totals=totals,
        distances=distances(done.credited, done.method.models, measure),
        total_groups=len(done.credited.groups),
        span=(args.time.start, args.time.end) if args.time else (None, None),
        notes=tuple(remarks(args, done, totals, costs, context)),
        sql=(done.sql,),
    )
    return _with_extras(result, args, done)


def _costs(args: AttributeArgs, done: Attribution, context: ToolContext) -> Costs:
    if not done.has_amount:
        return Costs(None)
    return read_costs(context, args.by, args.time, args.filters)


def _totals(done: Attribution, costs: Costs, measure: str) -> Totals:
    whole = done.credited
    amount = whole.cents / 100 if done.has_amount else None
    given = (whole.cents - whole.rest_cents) / 100 if done.has_amount else None
    counted = whole.conversions - whole.rest
    if measure == "amount" and amount and given is not None:
        coverage: float | None = given / amount
    else:
        coverage = counted / whole.conversions if whole.conversions else None
    cost = sum(costs.by_group.values()) if costs.by_group else None
    return Totals(
        conversions=whole.conversions,
        attributed_conversions=counted,
        amount=amount,
        attributed_amount=given,
        coverage=coverage,
        cost=cost,
    )


def _with_extras(
    result: AttributionResult, args: AttributeArgs, done: Attribution
) -> AttributionResult:
    changes: dict[str, object] = {}
    if args.explain is not None:
        changes["evidence"] = explain(done, args.explain)
    if args.recommend:
        changes["recommendation"] = recommend(done)
    return result.model_copy(update=changes) if changes else result


ATTRIBUTE_REVENUE = ToolDef(
    name="attribute_revenue",
    summary="Credit revenue (or any stage) to channels, campaigns or other touch dimensions, "
    "under one or several attribution models, with cost, ROI and what is unattributed.",
    args=AttributeArgs,
    function=attribute_revenue,
)
