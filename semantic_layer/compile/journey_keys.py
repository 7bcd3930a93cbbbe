"""Whose journey a conversion ends, and when its milestones were."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp

from semantic_layer.compile.context import Context
from semantic_layer.compile.relation import Field
from semantic_layer.credit.nodes import col, named, select_from, subquery
from semantic_layer.errors import QueryError
from semantic_layer.model import StageRole, TouchpointRole

Whose = Literal["account", "person", "lead"]
Read = Callable[[str, Mapping[str, Field], Sequence[str]], exp.Select]
"""Reads named columns of a model's rows, under conditions, through the model's door."""


@dataclass
class Side:
    """Fields read of the conversion's model, joins beside it, and columns made of both."""

    fields: dict[str, Field]
    joins: list[tuple[exp.Subquery, exp.Expr]] = field(default_factory=list)
    columns: dict[str, exp.Expr] = field(default_factory=dict)


@dataclass(frozen=True)
class Journey:
    """A stage with the touches before it, as the roles declare them.

    Attributes:
        key: Key columns of the conversion's model.
        whose: Whose touches make up the journey: the account's where both sides know one.
        stages: All stages, in order.
    """

    stage: StageRole
    touch: TouchpointRole
    key: tuple[str, ...]
    whose: Whose
    stages: tuple[StageRole, ...]

    @classmethod
    def of(cls, ctx: Context, stage_id: str) -> Journey:
        """Resolve the roles.

        Raises:
            QueryError: No touchpoints are declared, or they cannot be matched.
        """
        roles = ctx.definitions.roles
        if roles.touchpoint is None:
            raise QueryError(
                "NO_TOUCHPOINTS",
                "This company declares no touchpoints, so nothing can be credited.",
                hint="Declare `roles.touchpoint` in the definitions: model, id, at, account or person.",
            )
        stage = next(s for s in roles.stages if s.id == stage_id)
        journey = cls(stage, roles.touchpoint, ctx.model(stage.model).key, "account", roles.stages)
        return cls(stage, roles.touchpoint, journey.key, journey.matched(), roles.stages)

    @property
    def end(self) -> str:
        """The time fragment at which the journey ends."""
        return self.stage.journey_end or self.stage.at

    @property
    def lead(self) -> StageRole:
        """The stage that makes leads, else the first."""
        return next((s for s in self.stages if s.kind == "lead"), self.stages[0])

    @property
    def touch_key(self) -> str:
        """The touch's fragment that says whose it is."""
        return (self.touch.account if self.whose == "account" else self.touch.person) or ""

    def matched(self) -> Whose:
        """Return by what touches and conversions are matched: the widest that both know.

        Raises:
            QueryError: There is nothing.
        """
        stage, touch = self.stage, self.touch
        via_lead = bool(stage.lead and self.lead.lead and self.lead.person)
        if touch.account and stage.account:
            return "account"
        if touch.person and stage.person:
            return "person"
        if touch.person and via_lead:
            return "lead"
        raise QueryError(
            "NO_JOURNEY_KEY",
            f"Touches and `{stage.id}` cannot be matched by account or person.",
            hint="Declare `account` or `person` on the touchpoint and the stage.",
            params={"stage": stage.id},
        )


def owner_of(journey: Journey, side: Side, read: Read) -> None:
    """Add `key`: whose journey a conversion ends."""
    stage, lead = journey.stage, journey.lead
    own = {"account": stage.account, "person": stage.person}.get(journey.whose)
    if own is not None:
        side.fields["key"] = Field(own)
        side.columns["key"] = col("key", "c")
        return
    side.fields["lead"] = Field(stage.lead or "")
    fields = {"lead": Field(lead.lead or ""), "person": Field(lead.person or "")}
    rows = read(lead.model, fields, ())
    on = exp.EQ(this=col("lead", "c"), expression=col("lead", "who"))
    side.joins.append((subquery(rows, "who"), on))
    side.columns["key"] = col("person", "who")


def milestone_of(journey: Journey, kind: str, side: Side, read: Read) -> None:
    """Add `<kind>_at`: declared, the conversion's own time, or the earliest linked one.

    Raises:
        QueryError: The data does not know it.
    """
    stage, name = journey.stage, f"{kind}_at"
    declared = {str(k): v for k, v in stage.milestones.items()}
    if kind not in declared and kind == stage.kind:
        declared[kind] = stage.at
    if kind in declared:
        side.fields[name] = Field(declared[kind], "instant_end")
        side.columns[name] = col(name, "c")
        return
    source, here, there = _linked(journey, kind)
    side.fields[f"{kind}_link"] = Field(here)
    where = [source.filter] if source.filter else []
    fields = {"link": Field(there), "at": Field(source.at, "instant_end")}
    rows = read(source.model, fields, where)
    earliest = named(exp.Min(this=col("at", "m")), "at")
    firsts = select_from(subquery(rows, "m"), [col("link", "m"), earliest])
    firsts.group_by(col("link", "m"), copy=False)
    on = exp.EQ(this=col(f"{kind}_link", "c"), expression=col("link", kind))
    side.joins.append((subquery(firsts, kind), on))
    side.columns[name] = col("at", kind)


def _linked(journey: Journey, kind: str) -> tuple[StageRole, str, str]:
    """Return the stage of a milestone and the fragments, here and there, that link to it."""
    stage = journey.stage
    # By id: a caller may have changed the stage itself, such as what counts as void.
    earlier = journey.stages[: [s.id for s in journey.stages].index(stage.id)]
    is_kind: Callable[[StageRole], bool] = lambda s: s.kind == kind  # noqa: E731 - a name for the test
    source = journey.lead if kind == "lead" else next(filter(is_kind, earlier), None)
    if source is not None and source in earlier:
        if kind == "lead" and journey.whose == "account" and stage.account and source.account:
            return source, stage.account, source.account
        if stage.lead and source.lead:
            return source, stage.lead, source.lead
    raise QueryError(
        "NO_MILESTONE",
        f"The date of the {kind} is not known for `{stage.id}`, which this model needs.",
        hint="Use another model, or declare `milestones` (or `lead`) for the stage in the roles.",
        candidates=("u_shaped", "linear", "time_decay"),
        params={"stage": stage.id, "milestone": kind},
    )
