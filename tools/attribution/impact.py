"""campaign_impact: what one campaign (or other touch dimension) brought about, beside its peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from semantic_layer.model import StageRole
from tools.attribution.bindings import bind, resolve_value, touch_fragment
from tools.attribution.compute import compute
from tools.attribution.contract import AttributeArgs
from tools.attribution.costs import Costs, read_costs
from tools.attribution.impact_contract import (
    ChainStep,
    ImpactArgs,
    ImpactResult,
    Peer,
    StageImpact,
    ValueImpact,
)
from tools.attribution.impact_sql import (
    Influence,
    chain_counts,
    influence,
    lead_ages,
    peers_of,
    stage_lags,
    together,
)
from tools.attribution.journeys import Journeys
from tools.attribution.maturity import maturity
from tools.attribution.tables import Credited, returns
from tools.base import ToolContext, ToolDef
from tools.notes import Note, note

_LAGGING = frozenset({"opportunity", "order", "payment"})


@dataclass(frozen=True)
class _Facts:
    """Everything read from the data, by value."""

    influence: Mapping[str, Mapping[str, Influence]]
    """Stage -> value -> what it influenced."""
    chain: Mapping[str, Mapping[str, int]]
    credited: Credited
    models: tuple[str, ...]
    costs: Costs
    maturity: Mapping[str, Mapping[str, float]]
    """Value -> stage -> share of what its leads will bring that has happened."""

    def cost(self, value: str) -> float | None:
        return (self.costs.by_group or {}).get(value)

    def attributed(self, value: str) -> dict[str, float]:
        return {m: self.credited.value(value, m, "amount") / 100 for m in self.models}


def campaign_impact(args: ImpactArgs, context: ToolContext) -> ImpactResult:
    """Say what campaigns influenced, earned and cost, and how far their leads have come.

    Raises:
        QueryError: A value is unknown or ambiguous, or the company declares no touchpoints.
        DeniedError: The asker may not see what was asked for.
    """
    binding = bind(args, context)
    touch_fragment(binding, context, args.dimension)
    values = tuple(resolve_value(value, args.dimension, context) for value in args.campaign)
    peers = peers_of(context, binding, args.dimension, values)
    everyone = tuple(dict.fromkeys([*values, *(p for group in peers.values() for p in group)]))
    stages = _shown_stages(args, context)
    facts = _facts(args, context, everyone, values, stages)
    roles = context.layer.definitions.roles
    others = [_peer(p, facts, stages) for p in everyone if p not in values]
    others.sort(key=lambda p: (-(p.attributed or 0), p.value))
    return ImpactResult(
        dimension=args.dimension,
        dimension_label=context.layer.definitions.dimensions[args.dimension].label,
        currency=context.layer.project.config.currency,
        values=tuple(_value(v, facts, stages, roles.stages) for v in values),
        together=together(args, context, stages, values) if len(values) > 1 else {},
        peer_of={v: group.parent for v, group in peers.items()} if peers else {},
        peers=tuple(others[: args.limit]),
        peer_count=len(others),
        peer_medians=_medians(others),
        notes=tuple(_notes(args, context, facts, values)),
    )


def _money_stages(context: ToolContext) -> tuple[StageRole, ...]:
    """The stages whose influence is shown: those with an amount, else the last."""
    stages = context.layer.definitions.roles.stages
    return tuple(s for s in stages if s.amount is not None) or stages[-1:]


def _shown_stages(args: ImpactArgs, context: ToolContext) -> tuple[StageRole, ...]:
    """The stages that are asked for: one, or all with money; returns are always those of orders."""
    if args.conversion is None:
        return _money_stages(context)
    return tuple(s for s in context.layer.definitions.roles.stages if s.id == args.conversion)


def _facts(
    args: ImpactArgs,
    context: ToolContext,
    everyone: Sequence[str],
    values: Sequence[str],
    stages: Sequence[StageRole],
) -> _Facts:
    bindings = [bind(args.model_copy(update={"conversion": s.id}), context) for s in stages]
    journeys = [Journeys(b, context, args.dimension, with_source=True) for b in bindings]
    credit = _credit_args(args, _money_stages(context))
    done = compute(credit, context)
    lags = stage_lags(context)
    ages = lead_ages(context, args.dimension, values)
    mature = {v: maturity(ages.get(v, {}), lags) for v in values}
    return _Facts(
        influence=influence(journeys, everyone),
        chain=chain_counts(context, args.dimension, everyone, args.time),
        credited=done.credited,
        models=tuple(m.id for m in done.method.models),
        costs=read_costs(context, args.dimension, args.time),
        maturity=mature,
    )


def _credit_args(args: ImpactArgs, stages: Sequence[StageRole]) -> AttributeArgs:
    orders = [s.id for s in stages if s.kind == "order"] or [stages[-1].id]
    same = args.model_dump(exclude={"campaign", "dimension", "limit", "models"})
    return AttributeArgs(
        **{**same, "by": args.dimension, "models": args.models, "conversion": orders[-1]}
    )


def _value(
    value: str, facts: _Facts, stages: Sequence[StageRole], funnel: Sequence[StageRole]
) -> ValueImpact:
    cost, attributed = facts.cost(value), facts.attributed(value)
    both = {m: returns(a, cost) for m, a in attributed.items()}
    return ValueImpact(
        value=value,
        stages=tuple(_stage(s, facts.influence[s.id].get(value, Influence())) for s in stages),
        chain=_chain(value, facts, funnel),
        cost=cost,
        attributed=attributed,
        roi={m: r[0] for m, r in both.items()},
        roas={m: r[1] for m, r in both.items()},
    )


def _stage(stage: StageRole, found: Influence) -> StageImpact:
    return StageImpact(
        stage=stage.id,
        label=stage.label,
        influenced=found.count,
        direct=found.direct,
        indirect=found.count - found.direct,
        amount=found.cents / 100,
        direct_amount=found.direct_cents / 100,
        indirect_amount=(found.cents - found.direct_cents) / 100,
    )


def _chain(value: str, facts: _Facts, funnel: Sequence[StageRole]) -> tuple[ChainStep, ...]:
    steps: list[ChainStep] = []
    for stage in funnel:
        if stage.id not in facts.chain:
            continue
        count = facts.chain[stage.id].get(value, 0)
        before = steps[-1].leads if steps else None
        base = steps[0].leads if steps else count
        steps.append(
            ChainStep(
                stage=stage.id,
                label=stage.label,
                kind="lagging" if stage.kind in _LAGGING else "leading",
                leads=count,
                rate=count / base if base else None,
                step_rate=count / before if before else None,
                maturity=facts.maturity.get(value, {}).get(stage.id),
            )
        )
    return tuple(steps)


def _peer(value: str, facts: _Facts, stages: Sequence[StageRole]) -> Peer:
    cost, attributed = facts.cost(value), facts.attributed(value)
    first = next(iter(attributed.values()), None)
    found = {s.id: facts.influence[s.id].get(value, Influence()) for s in stages}
    return Peer(
        value=value,
        leads={stage: counts.get(value, 0) for stage, counts in facts.chain.items()},
        influenced={stage: i.count for stage, i in found.items()},
        amounts={stage: i.cents / 100 for stage, i in found.items()},
        attributed=first,
        cost=cost,
        roi=returns(first, cost)[0],
    )


def _medians(peers: Sequence[Peer]) -> dict[str, float]:
    """Return the median of each figure over the peers, those without it left out."""
    figures: dict[str, list[float]] = {}
    for peer in peers:
        parts: dict[str, float | None] = {
            **{f"leads.{k}": float(v) for k, v in peer.leads.items()},
            **{f"influenced.{k}": float(v) for k, v in peer.influenced.items()},
            **{f"amounts.{k}": v for k, v in peer.amounts.items()},
            "attributed": peer.attributed,
            "cost": peer.cost,
            "roi": peer.roi,
        }
        for name, value in parts.items():
            if value is not None:
                figures.setdefault(name, []).append(value)
    return {name: median(values) for name, values in figures.items()}


def _notes(
    args: ImpactArgs, context: ToolContext, facts: _Facts, values: Sequence[str]
) -> list[Note]:
    definitions = context.layer.definitions
    label = definitions.dimensions[args.dimension].label
    out = [note("OVERLAP"), note("DIRECT", dimension=label)]
    if args.time is None:
        out.append(note("ALL_TIME"))
    out += facts.costs.notes
    stages = {s.id: s.label for s in definitions.roles.stages}
    for value in values:
        for stage, share in facts.maturity.get(value, {}).items():
            if share < 0.95 and stage in facts.chain:
                out.append(note("MATURING", stage=stages[stage], share=f"{share:.0%}"))
    return out


CAMPAIGN_IMPACT = ToolDef(
    name="campaign_impact",
    summary="What a campaign influenced directly and indirectly (opportunities, pipeline, orders, "
    "cash), its cost and ROI, how far its leads have come, and its peers beside it.",
    args=ImpactArgs,
    function=campaign_impact,
)
