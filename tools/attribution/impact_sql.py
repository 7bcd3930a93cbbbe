"""What campaign_impact reads: influence, the chain of leads, lags and ages, peers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.compile.relation import Field, Window
from semantic_layer.compile.rows import literal_date
from semantic_layer.credit.nodes import (
    CONVERSIONS,
    col,
    count_all,
    is_null,
    named,
    number,
    select_from,
    subquery,
    table,
    when,
    with_ctes,
)
from semantic_layer.model import StageRole
from semantic_layer.query import TimeRange
from tools.attribution.bindings import Binding, bind, touch_fragment
from tools.attribution.impact_contract import Distinct, ImpactArgs
from tools.attribution.journeys import Journeys, pairs
from tools.base import ToolContext


@dataclass(frozen=True)
class Influence:
    """Conversions that a value had a part in; direct ones came from it themselves."""

    count: int = 0
    direct: int = 0
    cents: int = 0
    direct_cents: int = 0


@dataclass(frozen=True)
class Peers:
    """Other values with the same parent."""

    parent: str
    values: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)


def _among(column: exp.Expr, values: Sequence[str]) -> exp.In:
    return exp.In(this=column, expressions=[exp.Literal.string(v) for v in values])


def _touched(journeys: Journeys, values: Sequence[str]) -> exp.Select:
    """One row per conversion and value that touched it or is its source."""
    has_amount = journeys.binding.stage.amount is not None
    cents = col("cents", "c") if has_amount else number(0)
    seen = pairs(
        [col("id", "c"), col("grp", "t"), named(cents, "cents"), named(number(0), "direct")]
    ).where(_among(col("grp", "t"), values), copy=False)
    union: exp.Query = seen
    if journeys.source is not None:
        own = select_from(
            table(CONVERSIONS, "c"),
            [
                col("id", "c"),
                named(col("source", "c"), "grp"),
                named(cents.copy(), "cents"),
                named(number(1), "direct"),
            ],
        ).where(_among(col("source", "c"), values), copy=False)
        union = exp.Union(this=union, expression=own, distinct=False)
    return select_from(
        subquery(union, "u"),
        [
            col("id"),
            col("grp"),
            named(exp.Max(this=col("cents")), "cents"),
            named(exp.Max(this=col("direct")), "direct"),
        ],
    ).group_by(col("id"), col("grp"), copy=False)


def influence(
    journeys: Sequence[Journeys], values: Sequence[str]
) -> dict[str, dict[str, Influence]]:
    """Return stage -> value -> what it influenced there, in one statement."""
    parts = [_influence(j, values) for j in journeys]
    out: dict[str, dict[str, Influence]] = {j.binding.stage.id: {} for j in journeys}
    for stage, group, *rest in _run_all(journeys[0].context, parts):
        out[str(stage)][str(group)] = Influence(*(round(float(str(v))) for v in rest))
    return out


def _influence(journeys: Journeys, values: Sequence[str]) -> exp.Select:
    direct = exp.EQ(this=col("direct"), expression=number(1))
    columns = [
        named(exp.Literal.string(journeys.binding.stage.id), "stage"),
        col("grp"),
        named(count_all(), "n"),
        named(exp.Sum(this=col("direct")), "direct"),
        named(exp.Sum(this=col("cents")), "cents"),
        named(exp.Sum(this=when(direct, col("cents"), number(0))), "direct_cents"),
    ]
    select = select_from(subquery(_touched(journeys, values), "i"), columns)
    select.group_by(col("grp"), copy=False)
    return with_ctes(select, journeys.ctes())


def _run_all(context: ToolContext, parts: Sequence[exp.Select]) -> tuple[tuple[object, ...], ...]:
    """Run several SELECTs of the same columns as one statement: one check, one plan."""
    if not parts:
        return ()
    whole: exp.Query = select_from(subquery(parts[0], "u0"), [exp.Star()])
    for n, part in enumerate(parts[1:], start=1):
        each = select_from(subquery(part, f"u{n}"), [exp.Star()])
        whole = exp.Union(this=whole, expression=each, distinct=False)
    return context.layer.run_tree(whole, context.scope).rows


def together(
    args: ImpactArgs, context: ToolContext, stages: Sequence[StageRole], values: Sequence[str]
) -> dict[str, Distinct]:
    """Return, for each stage, conversions that any of the values influenced, each once."""
    out = {}
    for stage in stages:
        binding = bind(args.model_copy(update={"conversion": stage.id}), context)
        journeys = Journeys(binding, context, args.dimension, with_source=True)
        once = select_from(
            subquery(_touched(journeys, values), "i"),
            [col("id"), named(exp.Max(this=col("cents")), "cents")],
        ).group_by(col("id"), copy=False)
        total = exp.func("COALESCE", exp.Sum(this=col("cents")), number(0))
        select = select_from(subquery(once, "o"), [count_all(), named(total, "cents")])
        row = context.layer.run_tree(with_ctes(select, journeys.ctes()), context.scope).rows[0]
        out[stage.id] = Distinct(
            influenced=int(str(row[0])), amount=round(float(str(row[1]))) / 100
        )
    return out


def peers_of(
    context: ToolContext, binding: Binding, dimension: str, values: Sequence[str]
) -> dict[str, Peers]:
    """Return, for each value, the touched values with the same parent; empty without a parent."""
    parent = context.layer.definitions.dimensions[dimension].parent
    touch = context.layer.definitions.models[binding.touch.model].dims | dict(binding.touch.dims)
    if parent is None or parent not in touch:
        return {}
    rows = context.layer.relation(
        binding.touch.model,
        {
            "grp": Field(touch_fragment(binding, context, dimension)),
            "parent": Field(touch_fragment(binding, context, parent)),
        },
        context.scope,
    )
    tree = select_from(subquery(rows, "t"), [col("grp"), col("parent")]).distinct(copy=False)
    tree.where(exp.Not(this=is_null(col("grp"))), copy=False).order_by(col("grp"), copy=False)
    found = [(str(g), str(p)) for g, p in context.layer.run_tree(tree, context.scope).rows]
    mine = dict(found)
    return {
        v: Peers(mine[v], tuple(g for g, p in found if p == mine[v] and g != v))
        for v in values
        if v in mine
    }


def _lead_stage(context: ToolContext) -> StageRole | None:
    stages = context.layer.definitions.roles.stages
    return next((s for s in stages if s.lead is not None), None)


def _linked(context: ToolContext) -> tuple[StageRole, ...]:
    return tuple(s for s in context.layer.definitions.roles.stages if s.lead is not None)


def _stage_rows(context: ToolContext, stage: StageRole) -> exp.Select:
    """Leads that reached a stage, and the day."""
    fields = {"lead": Field(stage.lead or ""), "day": Field(stage.at, "day")}
    if stage.void:
        fields["void"] = Field(stage.void)
    rows = context.layer.relation(
        stage.model, fields, context.scope, where=[stage.filter] if stage.filter else []
    )
    kept: list[exp.Expr] = [exp.Not(this=is_null(col("day", "r")))]
    kept += [is_null(col("void", "r"))] if stage.void else []
    select = select_from(subquery(rows, "r"), [col("lead", "r"), col("day", "r")])
    return select.where(*kept, copy=False)


def _lead_rows(
    context: ToolContext, dimension: str, values: Sequence[str], time: TimeRange | None
) -> exp.Select | None:
    """Leads of the values with the day they were made; None when leads do not know the dimension."""
    lead = _lead_stage(context)
    dims = context.layer.definitions.models[lead.model].dims if lead else {}
    if lead is None or dimension not in dims:
        return None
    rows = context.layer.relation(
        lead.model,
        {
            "lead": Field(lead.lead or ""),
            "source": Field(dims[dimension]),
            "made": Field(lead.at, "day"),
        },
        context.scope,
        window=Window(lead.at, time.start, time.end) if time else None,
    )
    names = [col(n, "l") for n in ("lead", "source", "made")]
    return select_from(subquery(rows, "l"), names).where(
        _among(col("source", "l"), values), copy=False
    )


def chain_counts(
    context: ToolContext, dimension: str, values: Sequence[str], time: TimeRange | None
) -> dict[str, dict[str, int]]:
    """Return stage -> value -> distinct leads of the value (made in the period) that reached it."""
    stages = _linked(context)
    parts = []
    for stage in stages:
        leads = _lead_rows(context, dimension, values, time)
        if leads is None:
            return {}
        distinct = exp.Count(this=exp.Distinct(expressions=[col("lead", "l")]), big_int=True)
        name = named(exp.Literal.string(stage.id), "stage")
        select = select_from(subquery(leads, "l"), [name, col("source", "l"), named(distinct, "n")])
        on = exp.EQ(this=col("lead", "l"), expression=col("lead", "s"))
        reached = subquery(_stage_rows(context, stage), "s")
        select.join(reached, on=on, join_type="inner", copy=False)
        parts.append(select.group_by(col("source", "l"), copy=False))
    out: dict[str, dict[str, int]] = {stage.id: {} for stage in stages}
    for stage_id, value, count in _run_all(context, parts):
        out[str(stage_id)][str(value)] = int(str(count))
    return out


def stage_lags(context: ToolContext, settled_days: int = 365) -> dict[str, dict[int, int]]:
    """Return stage -> days from lead to stage -> leads, of leads old enough to have arrived.

    Without any lead that old, all leads count.
    """
    lead = _lead_stage(context)
    if lead is None:
        return {}
    limit = context.layer.context.as_of - timedelta(days=settled_days)
    later = [stage for stage in _linked(context) if stage.id != lead.id]
    every: dict[str, dict[int, int]] = {stage.id: {} for stage in later}
    settled: dict[str, dict[int, int]] = {stage.id: {} for stage in later}
    for stage_id, days, is_old, count in _run_all(
        context, [_lags(context, lead, stage, limit) for stage in later]
    ):
        kept = (every, settled) if is_old else (every,)
        for found in kept:
            of_stage = found[str(stage_id)]
            of_stage[int(str(days))] = of_stage.get(int(str(days)), 0) + int(str(count))
    return {stage: settled[stage] or every[stage] for stage in every}


def _lags(context: ToolContext, lead: StageRole, stage: StageRole, limit: date) -> exp.Select:
    days = exp.DateDiff(this=col("day", "s"), expression=col("day", "l"), unit=exp.var("DAY"))
    is_old = exp.Paren(this=exp.LTE(this=col("day", "l"), expression=literal_date(limit)))
    columns = [
        named(exp.Literal.string(stage.id), "stage"),
        named(days, "days"),
        named(is_old, "is_old"),
        named(count_all(), "n"),
    ]
    select = select_from(subquery(_stage_rows(context, lead), "l"), columns)
    on = exp.EQ(this=col("lead", "l"), expression=col("lead", "s"))
    select.join(subquery(_stage_rows(context, stage), "s"), on=on, join_type="inner", copy=False)
    return select.group_by(days.copy(), is_old.copy(), copy=False)


def lead_ages(
    context: ToolContext, dimension: str, values: Sequence[str]
) -> dict[str, dict[int, int]]:
    """Return value -> age in days at the end of the data -> leads."""
    leads = _lead_rows(context, dimension, values, None)
    if leads is None:
        return {}
    now = literal_date(context.layer.context.as_of)
    age = exp.DateDiff(this=now, expression=col("made", "l"), unit=exp.var("DAY"))
    select = select_from(
        subquery(leads, "l"), [col("source", "l"), named(age, "age"), named(count_all(), "n")]
    ).group_by(col("source", "l"), age.copy(), copy=False)
    out: dict[str, dict[int, int]] = {}
    for value, days, count in context.layer.run_tree(select, context.scope).rows:
        out.setdefault(str(value), {})[int(str(days))] = int(str(count))
    return out
