"""Journeys as syntax trees: conversions, touches, and the touches of each conversion.

Conversions have `conversion_no, id, key, on_day, start_at, end_at`, milestones and `cents`; touches
have `key, touch_id, ts, grp` and what the models need. All times are UTC instants; a journey is the closed
interval from `start_at` to `end_at`, ordered by (ts, touch_id).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.conditions import condition
from semantic_layer.compile.journey_keys import Journey, Side, milestone_of, owner_of
from semantic_layer.compile.relation import Field, Window
from semantic_layer.compile.rows import cast, interval, literal_date
from semantic_layer.credit.nodes import (
    CONVERSIONS,
    ORDINAL,
    TOUCHES,
    col,
    is_null,
    named,
    over,
    rounded,
    select_from,
    subquery,
    table,
)
from semantic_layer.model import StageRole
from tools.attribution.bindings import Binding, check_filters, touch_fragment
from tools.base import ToolContext

Milestone = Literal["lead", "opportunity"]


@dataclass(frozen=True)
class Journeys:
    """What the trees of one request share.

    Attributes:
        by: Touch dimension that is credited.
        milestones: Those whose dates the models need.
        with_direct: Whether touches say if they are direct.
        extra: Further touch dimensions to read, for evidence.
        only: One conversion id, for evidence.
        with_source: Whether conversions say what `by` they came from themselves.
    """

    binding: Binding
    context: ToolContext
    by: str
    milestones: frozenset[str] = frozenset()
    with_direct: bool = False
    extra: tuple[str, ...] = ()
    only: str | None = None
    with_source: bool = False

    @property
    def source(self) -> str | None:
        """The fragment of the conversion's own value of `by`, if its model has one."""
        dims = self.context.layer.definitions.models[self.binding.stage.model].dims
        return dims.get(self.by) if self.with_source else None

    @property
    def anchor(self) -> str:
        """Where journeys end: close, lead or opportunity."""
        return self.binding.args.anchor

    @property
    def all_milestones(self) -> tuple[str, ...]:
        """Milestones to read: those of the models, and the anchor."""
        wanted = self.milestones | ({self.anchor} - {"close"})
        return tuple(sorted(wanted))

    def ctes(self) -> list[tuple[str, exp.Query]]:
        """Return the first two CTEs of every tree."""
        return [(CONVERSIONS, conversions(self)), (TOUCHES, touches(self))]


def conversions(journeys: Journeys) -> exp.Select:
    """Return the SELECT of all conversions, those that are void left out.

    Raises:
        QueryError: The request does not fit the stage.
    """
    binding, stage = journeys.binding, journeys.binding.stage
    back = -binding.lookback_days
    parts = Side(
        {
            **_id_fields(journeys, stage),
            "on_day": Field(stage.at, "day"),
            "end_at": Field(binding.end, "instant_end"),
            "start_at": Field(binding.end, "instant", back),
        }
    )
    for name in ("amount", "void", "currency"):
        if getattr(stage, name):
            parts.fields[name] = Field(getattr(stage, name))
    if stage.currency:
        parts.columns["currency"] = col("currency", "c")
    if journeys.source is not None:
        parts.fields["source"] = Field(journeys.source)
        parts.columns["source"] = col("source", "c")
    _add_links(journeys, parts)
    return _select_conversions(journeys, parts)


def _add_links(journeys: Journeys, parts: Side) -> None:
    """Add whose journey it is, and the milestones."""
    layer, binding = journeys.context.layer, journeys.binding
    key = layer.definitions.models[binding.stage.model].key
    stages = layer.definitions.roles.stages
    journey = Journey(binding.stage, binding.touch, key, binding.whose, stages)

    def read(model: str, fields: Mapping[str, Field], where: Sequence[str]) -> exp.Select:
        return layer.relation(model, fields, journeys.context.scope, where=where)

    owner_of(journey, parts, read)
    for milestone in journeys.all_milestones:
        milestone_of(journey, milestone, parts, read)


def _id_fields(journeys: Journeys, stage: StageRole) -> dict[str, Field]:
    key = journeys.context.layer.definitions.models[stage.model].key
    return {f"id{n}": Field(name) for n, name in enumerate(key)}


def _select_conversions(journeys: Journeys, parts: Side) -> exp.Select:
    binding, stage = journeys.binding, journeys.binding.stage
    check_filters(binding, journeys.context, [f.dimension for f in binding.args.filters])
    rows = journeys.context.layer.relation(
        stage.model,
        parts.fields,
        journeys.context.scope,
        where=[stage.filter] if stage.filter else [],
        filters=binding.args.filters,
        window=_window(journeys),
    )
    ends = _ends(journeys, parts)
    shown = {ORDINAL: over(exp.RowNumber(), ()), "id": _id(parts)}
    shown |= {"on_day": col("on_day", "c"), **parts.columns, **ends}
    if stage.amount:
        shown["cents"] = rounded(cast(col("amount", "c"), "DOUBLE") * 100)
        shown["amount"] = cast(col("amount", "c"), "DOUBLE")
    select = select_from(subquery(rows, "c"), [named(v, k) for k, v in shown.items()])
    for source, on in parts.joins:
        select.join(source, on=on, join_type="left", copy=False)
    kept: list[exp.Expr] = [exp.Not(this=is_null(col("on_day", "c")))]
    if stage.void:
        kept.append(is_null(col("void", "c")))
    if journeys.only is not None:
        kept.append(exp.EQ(this=_text(_id(parts)), expression=exp.Literal.string(journeys.only)))
    return select.where(*kept, copy=False)


def _window(journeys: Journeys) -> Window | None:
    binding = journeys.binding
    time = binding.args.time
    if time is None or journeys.only is not None:
        return None
    end = time.end if binding.args.basis == "close" else None
    return Window(binding.stage.at, time.start, end)


def _text(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType.build("VARCHAR"))


def _id(parts: Side) -> exp.Expr:
    """The conversion's id as it is stored; keys of several columns are joined by a bar."""
    keys: list[exp.Expr] = [col(name, "c") for name in parts.fields if name.startswith("id")]
    if len(keys) == 1:
        return keys[0]
    out = _text(keys[0])
    for key in keys[1:]:
        bar = exp.DPipe(this=out, expression=exp.Literal.string("|"))
        out = exp.DPipe(this=bar, expression=_text(key))
    return out


def _ends(journeys: Journeys, parts: Side) -> dict[str, exp.Expr]:
    """Start and end of the journey: at the conversion, or at the milestone it is anchored to."""
    if journeys.anchor == "close":
        return {"start_at": col("start_at", "c"), "end_at": col("end_at", "c")}
    end = parts.columns[f"{journeys.anchor}_at"].copy()
    back = interval(journeys.binding.lookback_days * 24, "hour")
    return {"start_at": exp.Sub(this=end, expression=back), "end_at": end.copy()}


def touches(journeys: Journeys) -> exp.Select:
    """Return the SELECT of all eligible touches.

    Raises:
        QueryError: A dimension is not one of touches, or `direct` is not declared.
    """
    binding, role = journeys.binding, journeys.binding.touch
    key = role.account if binding.whose == "account" else role.person
    fields = {
        "key": Field(key or ""),
        "touch_id": Field(role.id),
        "ts": Field(role.at, "instant"),
        "grp": Field(touch_fragment(binding, journeys.context, journeys.by)),
    }
    if journeys.with_direct:
        if not role.direct:
            raise QueryError(
                "NO_DIRECT",
                "This company does not say which touches are direct.",
                hint="Declare `direct` in `roles.touchpoint`, or use last_touch.",
                candidates=("last_touch",),
            )
        fields["direct"] = Field(role.direct)
    for n, name in enumerate(journeys.extra):
        fields[f"extra{n}"] = Field(touch_fragment(binding, journeys.context, name))
    is_cohort = binding.args.basis == "cohort" and binding.args.time is not None
    if is_cohort:
        fields["day"] = Field(role.at, "day")
    return _select_touches(journeys, fields)


def _select_touches(journeys: Journeys, fields: dict[str, Field]) -> exp.Select:
    binding, role = journeys.binding, journeys.binding.touch
    wanted = {f"f{n}": f for n, f in enumerate(binding.args.touch_filters)}
    tested = {
        name: Field(touch_fragment(binding, journeys.context, item.dimension))
        for name, item in wanted.items()
    }
    use_flag = binding.args.marketing_only and role.marketing
    rows = journeys.context.layer.relation(
        role.model,
        {**fields, **tested},
        journeys.context.scope,
        where=[role.marketing] if use_flag and role.marketing else [],
    )
    if not wanted:
        return rows
    select = select_from(subquery(rows, "t"), [col(name, "t") for name in fields])
    return select.where(*(condition(col(n, "t"), f) for n, f in wanted.items()), copy=False)


def pairs(columns: Sequence[exp.Expr]) -> exp.Select:
    """Return a SELECT of conversions `c` with each of their touches `t`."""
    on = exp.and_(
        exp.EQ(this=col("key", "c"), expression=col("key", "t")),
        exp.LTE(this=col("ts", "t"), expression=col("end_at", "c")),
        exp.GTE(this=col("ts", "t"), expression=col("start_at", "c")),
    )
    select = select_from(table(CONVERSIONS, "c"), columns)
    return select.join(table(TOUCHES, "t"), on=on, join_type="inner", copy=False)


def in_cohort(journeys: Journeys) -> exp.Expr | None:
    """Return the test that a touch was made in the period, when that is the basis."""
    time = journeys.binding.args.time
    if journeys.binding.args.basis != "cohort" or time is None:
        return None
    tests: list[exp.Expr] = []
    if time.start:
        tests.append(exp.GTE(this=col("day"), expression=literal_date(time.start)))
    if time.end:
        tests.append(exp.LT(this=col("day"), expression=literal_date(time.end)))
    return exp.and_(*tests) if tests else None
