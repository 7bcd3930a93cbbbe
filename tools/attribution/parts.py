"""What a conversion's row is joined with: whose journey it ends, and when its milestones were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.relation import Field
from semantic_layer.credit.nodes import col, named, select_from, subquery
from semantic_layer.model import StageRole
from tools.attribution.bindings import Binding

if TYPE_CHECKING:
    from tools.attribution.journeys import Journeys


@dataclass
class Parts:
    """Fields of the conversion's relation and the joins beside it."""

    fields: dict[str, Field]
    joins: list[tuple[exp.Subquery, exp.Expr]] = field(default_factory=list)
    columns: dict[str, exp.Expr] = field(default_factory=dict)


def add_key(journeys: Journeys, parts: Parts) -> None:
    """Add whose journey a conversion ends."""
    binding, stage = journeys.binding, journeys.binding.stage
    own = stage.account if binding.whose == "account" else stage.person
    if binding.whose != "lead" and own:
        parts.fields["key"] = Field(own)
        parts.columns["key"] = col("key", "c")
        return
    lead = binding.lead_stage
    if lead is None or not lead.lead or not lead.person or not stage.lead:
        raise _no_milestone(stage.id, "lead")
    parts.fields["lead"] = Field(stage.lead)
    rows = journeys.context.layer.relation(
        lead.model,
        {"lead": Field(lead.lead), "person": Field(lead.person)},
        journeys.context.scope,
    )
    on = exp.EQ(this=col("lead", "c"), expression=col("lead", "who"))
    parts.joins.append((subquery(rows, "who"), on))
    parts.columns["key"] = col("person", "who")


def add_milestone(journeys: Journeys, parts: Parts, kind: str) -> None:
    """Add the instant of a milestone: declared, the conversion's own, or the earliest linked one."""
    binding, stage = journeys.binding, journeys.binding.stage
    name = f"{kind}_at"
    declared: Mapping[str, str] = {str(k): v for k, v in stage.milestones.items()}
    if kind not in declared and kind == stage.kind:
        declared = {kind: stage.at}
    if kind in declared:
        parts.fields[name] = Field(declared[kind], "instant_end")
        parts.columns[name] = col(name, "c")
        return
    order = [s.id for s in journeys.context.layer.definitions.roles.stages]
    source = binding.milestone_stage(kind)
    link = _link(binding, source, kind)
    if source is None or link is None or order.index(source.id) > order.index(stage.id):
        raise _no_milestone(stage.id, kind)
    here, there = link
    parts.fields[f"{kind}_link"] = Field(here)
    rows = journeys.context.layer.relation(
        source.model,
        {"link": Field(there), "at": Field(source.at, "instant_end")},
        journeys.context.scope,
        where=[source.filter] if source.filter else [],
    )
    earliest = exp.Min(this=col("at", "m"))
    firsts = select_from(subquery(rows, "m"), [col("link", "m"), named(earliest, "at")])
    firsts.group_by(col("link", "m"), copy=False)
    on = exp.EQ(this=col(f"{kind}_link", "c"), expression=col("link", kind))
    parts.joins.append((subquery(firsts, kind), on))
    parts.columns[name] = col("at", kind)


def _link(binding: Binding, source: StageRole | None, kind: str) -> tuple[str, str] | None:
    """Return the fragments by which a conversion finds its milestone: the lead's account, its lead."""
    if source is None:
        return None
    stage = binding.stage
    of_account = kind == "lead" and binding.whose == "account"
    if of_account and stage.account and source.account:
        return stage.account, source.account
    if stage.lead and source.lead:
        return stage.lead, source.lead
    return None


def _no_milestone(stage: str, kind: str) -> QueryError:
    return QueryError(
        "NO_MILESTONE",
        f"The date of the {kind} is not known for `{stage}`, which this model needs.",
        hint="Use another model, or declare `milestones` (or `lead`) for the stage in the roles.",
        candidates=("u_shaped", "linear", "time_decay"),
        params={"stage": stage, "milestone": kind},
    )
