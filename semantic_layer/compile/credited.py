"""The rows of a `credit` model: conversions, their touches, and what each touch is given.

One pass: conversions are joined to the touches of their journey (the closed interval from
`lookback_days` before the end to the end), windows give positions, and the weights of
`credit.weights` become whole cents, so the rows of a conversion add up to its amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlglot import exp

from semantic_layer.compile.context import Context
from semantic_layer.compile.journey_keys import Journey, Side, milestone_of, owner_of
from semantic_layer.compile.relation import Field, relation
from semantic_layer.compile.rows import cast
from semantic_layer.credit.models import Model
from semantic_layer.credit.nodes import (
    col,
    days_between,
    is_null,
    named,
    number,
    over,
    rounded,
    select_from,
    subquery,
    when,
)
from semantic_layer.credit.spec import MEASURES, RULES, TOUCH_ID, Credit
from semantic_layer.credit.weights import (
    Position,
    decayed,
    ratio_cents,
    ratio_weight,
    whole_number,
)
from semantic_layer.errors import QueryError
from semantic_layer.scope import Scope

_OWN = "x_"
"""Marks columns that are passed through, so that none hides one of the computation."""
_ORDER = (col("ts"), col(TOUCH_ID))


@dataclass(frozen=True)
class _Wanted:
    """The computed columns that are read: name -> (measure, model)."""

    columns: Mapping[str, tuple[str, Model]] = field(default_factory=dict)

    @property
    def models(self) -> tuple[Model, ...]:
        return tuple({m.id: m for _, m in self.columns.values()}.values())

    @property
    def milestones(self) -> tuple[str, ...]:
        return tuple(sorted(frozenset().union(*(m.milestones for m in self.models))))

    @property
    def decays(self) -> tuple[Model, ...]:
        return tuple(m for m in self.models if m.raw is not None)

    @property
    def with_amount(self) -> bool:
        return any(measure == "credit" for measure, _ in self.columns.values())

    @property
    def with_direct(self) -> bool:
        return any("last_non_direct" in m.shares for m in self.models)


def credited_rows(ctx: Context, scope: Scope, credit: Credit, names: Iterable[str]) -> exp.Select:
    """Return the SELECT of a credit model: its own columns, and those of `names` it computes.

    Args:
        ctx: Definitions, and the attribution model and lookback in force.
        scope: The asker's rights; conversions and touches are read through their doors.
        credit: Which stage is credited and what is read beside it.
        names: The columns that are needed.

    Raises:
        DeniedError: Conversions or touches do not exist for the asker.
        QueryError: A model needs what the company does not declare.
    """
    journey = Journey.of(ctx, credit.conversion)
    wanted = _wanted(ctx, names)
    conversions = _conversions(ctx, scope, credit, journey, wanted)
    touches = _touches(ctx, scope, credit, journey, wanted)
    paths = _paths(conversions, touches, wanted, ctx)
    own = [named(col(f"{_OWN}{n}"), n) for n in (*credit.take, *credit.touch)]
    computed = [named(_value(*item), name) for name, item in wanted.columns.items()]
    return select_from(subquery(paths, "p"), [*own, named(col(TOUCH_ID), TOUCH_ID), *computed])


def _wanted(ctx: Context, names: Iterable[str]) -> _Wanted:
    found: dict[str, tuple[str, Model]] = {}
    for name in sorted(set(names)):
        for measure in MEASURES:
            if name == measure:
                found[name] = (measure, RULES[ctx.credit.model])
            elif name.removeprefix(f"{measure}_") in RULES and name.startswith(measure):
                found[name] = (measure, RULES[name.removeprefix(f"{measure}_")])
    return _Wanted(found)


def _conversions(
    ctx: Context, scope: Scope, credit: Credit, journey: Journey, wanted: _Wanted
) -> exp.Select:
    """Conversions that are not void: `id*`, `key`, `start_at`, `end_at`, milestones, `cents`."""
    stage = journey.stage
    side = Side(
        {
            **{f"id{n}": Field(name) for n, name in enumerate(journey.key)},
            **{f"{_OWN}{name}": Field(text) for name, text in credit.take.items()},
            "at": Field(stage.at),
            "end_at": Field(journey.end, "instant_end"),
            "start_at": Field(journey.end, "instant", -ctx.credit.lookback_days),
        }
    )
    if wanted.with_amount:
        side.fields["amount"] = Field(_amount_of(journey))
    if stage.void:
        side.fields["void"] = Field(stage.void)
    read = partial(_read, ctx, scope)
    owner_of(journey, side, read)
    for kind in wanted.milestones:
        milestone_of(journey, kind, side, read)
    rows = read(stage.model, side.fields, [stage.filter] if stage.filter else [])
    own = [n for n in side.fields if n.startswith((_OWN, "id"))]
    columns = [named(col(n, "c"), n) for n in (*own, "start_at", "end_at")]
    columns += [named(value, name) for name, value in side.columns.items()]
    if wanted.with_amount:
        columns.append(named(rounded(cast(col("amount", "c"), "DOUBLE") * 100), "cents"))
    select = select_from(subquery(rows, "c"), columns)
    for source, on in side.joins:
        select.join(source, on=on, join_type="left", copy=False)
    kept: list[exp.Expr] = [exp.Not(this=is_null(col("at", "c")))]
    return select.where(*kept, *([is_null(col("void", "c"))] if stage.void else []), copy=False)


def _amount_of(journey: Journey) -> str:
    if journey.stage.amount is None:
        raise QueryError(
            "NO_AMOUNT",
            f"`{journey.stage.id}` has no amount to credit.",
            hint="Credit its count, or a stage with an amount.",
            params={"stage": journey.stage.id},
        )
    return journey.stage.amount


def _touches(
    ctx: Context, scope: Scope, credit: Credit, journey: Journey, wanted: _Wanted
) -> exp.Select:
    role = journey.touch
    fields = {
        "key": Field(journey.touch_key),
        TOUCH_ID: Field(role.id),
        "ts": Field(role.at, "instant"),
        **{f"{_OWN}{name}": Field(text) for name, text in credit.touch.items()},
    }
    if wanted.with_direct:
        fields["direct"] = Field(_direct_of(journey))
    return _read(ctx, scope, role.model, fields, [role.marketing] if role.marketing else [])


def _direct_of(journey: Journey) -> str:
    if journey.touch.direct is None:
        raise QueryError(
            "NO_DIRECT",
            "This company does not say which touches are direct.",
            hint="Declare `direct` in `roles.touchpoint`, or use last_touch.",
            candidates=("last_touch",),
        )
    return journey.touch.direct


def _read(
    ctx: Context, scope: Scope, model: str, fields: Mapping[str, Field], where: Sequence[str]
) -> exp.Select:
    """Rows whose columns are compared and grouped by, so a masked one is refused."""
    return relation(ctx, scope, model, fields, where=where, compared=True)


def _paths(
    conversions: exp.Select, touches: exp.Select, wanted: _Wanted, ctx: Context
) -> exp.Select:
    """Every conversion with each touch of its journey, or with none, and its position."""
    on = exp.and_(
        exp.EQ(this=col("key", "c"), expression=col("key", "t")),
        exp.LTE(this=col("ts", "t"), expression=col("end_at", "c")),
        exp.GTE(this=col("ts", "t"), expression=col("start_at", "c")),
    )
    ids = [n for s in conversions.selects if (n := s.alias_or_name).startswith(("id", _OWN))]
    kept = [s.alias_or_name for s in conversions.selects if s.alias_or_name != "key"]
    touched = [s.alias_or_name for s in touches.selects if s.alias_or_name != "key"]
    columns = [named(col(n, "c"), n) for n in kept] + [named(col(n, "t"), n) for n in touched]
    age = days_between(col("ts", "t"), col("end_at", "c"))
    raw = decayed(age, ctx.credit.half_life_days)
    columns += [named(whole_number(raw), f"raw_{m.id}") for m in wanted.decays]
    pairs = select_from(subquery(conversions, "c"), columns)
    pairs.join(subquery(touches, "t"), on=on, join_type="left", copy=False)
    mine = [col(n) for n in ids]  # all that is fixed per conversion: filters on it come first
    numbered = select_from(subquery(pairs, "p"), [exp.Star(), *_windows(mine, wanted)])
    if not wanted.with_direct:
        return numbered
    sourced = exp.Not(this=exp.func("COALESCE", col("direct"), exp.false()))
    last = over(exp.Max(this=when(sourced, col("pos"))), mine)
    found = exp.func("COALESCE", last, col("n"))
    return select_from(subquery(numbered, "p"), [exp.Star(), named(found, "lnd_pos")])


def _windows(mine: Sequence[exp.Expr], wanted: _Wanted) -> list[exp.Expr]:
    counted = exp.Count(this=col(TOUCH_ID), big_int=True)
    out = [named(over(exp.RowNumber(), mine, _ORDER), "pos"), named(over(counted, mine), "n")]
    for kind in wanted.milestones:
        reached = exp.LTE(this=col("ts"), expression=col(f"{kind}_at"))
        found = over(exp.Count(this=when(reached, number(1)), big_int=True), mine)
        out.append(named(exp.Nullif(this=found, expression=number(0)), f"{kind}_pos"))
    for m in wanted.decays:
        total = exp.Sum(this=col(f"raw_{m.id}"))
        out.append(named(over(total, mine), f"total_{m.id}"))
        out.append(named(over(total.copy(), mine, _ORDER, running=True), f"run_{m.id}"))
    return out


def _value(measure: str, model: Model) -> exp.Expr:
    """What a row is given: without a touch, all of the conversion."""
    rest = is_null(col(TOUCH_ID))
    if measure == "share":
        weight = Position(model).weight() if model.raw is None else ratio_weight(model)
        return when(rest, number(1.0), weight)
    cents = Position(model).cents() if model.raw is None else ratio_cents(model)
    whole = exp.Cast(this=when(rest, col("cents"), cents), to=exp.DataType.build("DECIMAL(18, 2)"))
    return exp.Cast(
        this=exp.Div(this=whole, expression=number(100)), to=exp.DataType.build("DECIMAL(18, 2)")
    )
