"""One tree for any number of models: credits of each group, to the cent, in one pass.

Weights depend on a touch's place alone, so touches are first gathered by group and place; only
what depends on the conversion too (its cents, its raw weights) is computed touch by touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from semantic_layer.credit.models import Model
from semantic_layer.credit.nodes import (
    CONVERSIONS,
    CREDITS,
    ORDINAL,
    PATHS,
    col,
    count_all,
    named,
    number,
    select_from,
    subquery,
    table,
    when,
    with_ctes,
)
from semantic_layer.credit.weights import Position, ratio_cents, ratio_weight
from tools.attribution.journeys import Journeys, in_cohort, pairs
from tools.attribution.passing import DISORDER
from tools.attribution.paths import ENDS, PASSING, Method, path_ctes, place_keys, with_digits

_OF_ALL = ("conversions", "cents", "touched_cents", DISORDER)
_OF_SETS = frozenset({"w_shapley"})
_WORD_BITS = 6
"""A word has a bit for each of 2^6 conversions: as many as the widest whole number has."""
PAIRS, SETS, SIZES, REACHED = (f"_askmql_{n}" for n in ("pairs", "sets", "sizes", "reached"))


def credited(method: Method, *, has_amount: bool) -> exp.Select:
    """Return the SELECT of weights `w_*` and cents `c_*` of every touch."""
    columns: list[exp.Expr] = [exp.Star()]
    for m in method.positions:
        position = Position(m, method.middle)
        columns.append(named(position.weight(), f"w_{m.id}"))
        if has_amount:
            columns.append(named(position.cents(), f"c_{m.id}"))
    for m in method.ratios:
        columns.append(named(ratio_weight(m), f"w_{m.id}"))
        if has_amount:
            columns.append(named(ratio_cents(m), f"c_{m.id}"))
    return select_from(table(PATHS, "p"), columns)


@dataclass(frozen=True)
class _Plan:
    """How the statement is made: which of its forms, and where its parts are.

    Attributes:
        per_touch: The models that need each touch; a Shapley value without money needs groups alone.
        is_windowed: Touches are numbered in a window of its own order.
    """

    method: Method
    per_touch: Method
    has_amount: bool
    cohort: exp.Expr | None
    is_windowed: bool

    @property
    def rows(self) -> str:
        """The CTE that has every touch of every conversion once."""
        return PASSING if self.is_gathered else PAIRS

    @property
    def is_gathered(self) -> bool:
        """Whether anything needs each touch: a model, or the money of conversions with one."""
        return bool(self.per_touch.models) or self.has_amount

    @property
    def with_shapley(self) -> bool:
        """Whether a Shapley value comes from sets of groups."""
        return not self.has_amount and any(m.raw == "shapley" for m in self.method.models)

    @property
    def names(self) -> list[str]:
        """Columns of the models."""
        ids = [m.id for m in (*self.method.positions, *self.method.ratios)]
        return [f"w_{i}" for i in ids] + ([f"c_{i}" for i in ids] if self.has_amount else [])

    @property
    def keys(self) -> Sequence[str]:
        """Columns of a touch that fix its weights."""
        return place_keys(self.per_touch)


def _plan(journeys: Journeys, method: Method, *, has_amount: bool, is_windowed: bool) -> _Plan:
    def needs_touches(model: Model) -> bool:
        return model.per_touch and (has_amount or model.raw != "shapley")

    per_touch = replace(method, models=tuple(filter(needs_touches, method.models)))
    return _Plan(method, per_touch, has_amount, in_cohort(journeys), is_windowed)


def group_tree(
    journeys: Journeys, method: Method, *, has_amount: bool, is_windowed: bool = False
) -> exp.Select:
    """Return the statement: one row per group, and one for all conversions.

    Columns: is_whole, grp, touched (whole: conversions with a touch), conversions and cents (whole:
    all; else NULL), touched_cents (those of conversions with a touch), disorder (touches that did
    not come in order: not to be trusted unless it is 0), then weight and cents of each model.

    Args:
        journeys: Which conversions and touches.
        method: Which models.
        has_amount: Whether conversions have money to split.
        is_windowed: Number touches in a window of its own order, not as they pass by.
    """
    plan = _plan(journeys, method, has_amount=has_amount, is_windowed=is_windowed)
    first = subquery(_groups(plan), "g") if plan.is_gathered else table(REACHED, "r")
    head = "g" if plan.is_gathered else "r"
    columns = [
        named(number(0), "is_whole"),
        named(exp.cast(col("grp", head), "VARCHAR"), "grp"),
        named(exp.func("COALESCE", col("touched", "r"), number(0)), "touched"),
        *(named(exp.null(), name) for name in _OF_ALL),
        *(col(n, "r" if n in _OF_SETS and not has_amount else "g") for n in plan.names),
    ]
    rows = select_from(first, columns)
    if plan.is_gathered:
        same = exp.NullSafeEQ(this=col("grp", "g"), expression=col("grp", "r"))
        rows.join(table(REACHED, "r"), on=same, join_type="left", copy=False)
    union = exp.Union(this=rows, expression=_whole(plan), distinct=False)
    ctes = [*journeys.ctes(), *_parts(journeys, plan)]
    return with_ctes(select_from(subquery(union, "u"), [exp.Star()]), ctes)


def _parts(journeys: Journeys, plan: _Plan) -> list[tuple[str, exp.Query]]:
    """Touches with their places, gathered, and how far groups reach."""
    method, has_amount = plan.per_touch, plan.has_amount
    if plan.is_gathered:
        placed = path_ctes(journeys, method, has_amount=has_amount, is_windowed=plan.is_windowed)
        parts = [*placed, (CREDITS, _gathered(plan))]
    else:
        day = [col("day", "t")] if plan.cohort is not None else []
        parts = [(PAIRS, pairs([col(ORDINAL, "c"), col("grp", "t"), *day]))]
    if plan.with_shapley:
        parts += [(SETS, _sets(plan)), (SIZES, _sizes())]
    return [*parts, (REACHED, _shared(plan) if plan.with_shapley else _reached(plan))]


def _gathered(plan: _Plan) -> exp.Select:
    """Touches by group and place: how many, their conversions' cents, their own sums."""
    method, cohort, has_amount = plan.per_touch, plan.cohort, plan.has_amount
    keys = [col("grp"), *map(col, plan.keys)]
    shown = [*keys, named(exp.true() if cohort is None else cohort.copy(), "kept")]
    sums: dict[str, exp.Expr] = {DISORDER: col(DISORDER)}
    sums |= {"cents": col("cents")} if has_amount else {}
    for m in method.ratios:
        sums[f"w_{m.id}"] = ratio_weight(m)
        if has_amount:
            sums[f"c_{m.id}"] = ratio_cents(m)
    for m in method.positions if has_amount else ():
        position = Position(m, method.middle)
        if position.sole is None:
            sums[f"c_{m.id}"] = position.cents()
    totals = [named(exp.Sum(this=value), name) for name, value in sums.items()]
    gathered = select_from(table(PATHS, "p"), [*shown, named(count_all(), "touches"), *totals])
    by = keys if cohort is None else [*keys, cohort.copy()]
    return gathered.group_by(*by, copy=False)


def _groups(plan: _Plan) -> exp.Select:
    """Credits of each group."""
    method = plan.per_touch
    weights = {m.id: _weight(m, method) for m in method.positions}
    weights |= {m.id: col(f"w_{m.id}") for m in method.ratios}
    cents = {m.id: _cents(m, method) for m in method.models} if plan.has_amount else {}
    sums = {f"w_{model}": value for model, value in weights.items()}
    sums |= {f"c_{model}": value for model, value in cents.items()}
    kept = [named(exp.Sum(this=when(col("kept"), v)), name) for name, v in sums.items()]
    gathered = select_from(table(CREDITS, "x"), [exp.Star()])
    source = subquery(with_digits(gathered, method), "x")
    return select_from(source, [col("grp"), *kept]).group_by(col("grp"), copy=False)


def _weight(model: Model, method: Method) -> exp.Expr:
    return exp.Paren(this=Position(model, method.middle).weight()) * col("touches")


def _cents(model: Model, method: Method) -> exp.Expr:
    position = Position(model, method.middle) if model.raw is None else None
    return position.cents() if position and position.sole else col(f"c_{model.id}")


def _reached(plan: _Plan) -> exp.Select:
    """How many conversions each group touched: a bit for each, in words of 64 conversions.

    A hash table of every conversion and group would hold nearly as many rows as there are touches.
    """
    place = exp.BitwiseAnd(this=col(ORDINAL), expression=number(2**_WORD_BITS - 1))
    one, places = (
        exp.Cast(this=value, to=exp.DataType(this=exp.DType.UBIGINT))
        for value in (number(1), place)
    )
    bit = exp.BitwiseLeftShift(this=one, expression=places)
    mine = bit if plan.cohort is None else when(plan.cohort.copy(), bit)
    word = exp.BitwiseRightShift(this=col(ORDINAL), expression=number(_WORD_BITS))
    bits = [col("grp"), named(exp.BitwiseOrAgg(this=mine), "bits")]
    words = select_from(table(plan.rows, "p"), bits).group_by(col("grp"), word, copy=False)
    distinct = exp.Sum(this=exp.BitwiseCount(this=col("bits")))
    columns = [col("grp"), named(distinct, "touched")]
    return select_from(subquery(words, "w"), columns).group_by(col("grp"), copy=False)


def _sets(plan: _Plan) -> exp.Select:
    """The groups of each conversion, once each."""
    columns: list[exp.Expr] = [col("grp"), col(ORDINAL)]
    if plan.cohort is not None:
        kept = exp.Count(this=when(plan.cohort, number(1)))
        columns += [named(count_all(), "touches"), named(kept, "kept")]
    found = select_from(table(plan.rows, "p"), columns)
    return found.group_by(col("grp"), col(ORDINAL), copy=False)


def _sizes() -> exp.Select:
    columns = [col(ORDINAL), named(count_all(), "groups")]
    return select_from(table(SETS, "d"), columns).group_by(col(ORDINAL), copy=False)


def _shared(plan: _Plan) -> exp.Select:
    """How many conversions each group touched, and its Shapley value in the sum game."""
    share: exp.Expr = exp.Div(this=number(1.0), expression=col("groups", "s"))
    touched: exp.Expr = count_all()
    if plan.cohort is not None:
        kept = col("kept", "d")
        part = exp.Div(this=kept * number(1.0), expression=col("touches", "d"))
        share = exp.Mul(this=share, expression=part)
        touched = exp.Count(this=exp.Nullif(this=kept.copy(), expression=number(0)), big_int=True)
    columns = [col("grp", "d"), named(touched, "touched"), named(exp.Sum(this=share), "w_shapley")]
    on = exp.EQ(this=col(ORDINAL, "d"), expression=col(ORDINAL, "s"))
    beside = select_from(table(SETS, "d"), columns)
    beside.join(table(SIZES, "s"), on=on, join_type="inner", copy=False)
    return beside.group_by(col("grp", "d"), copy=False)


def _whole(plan: _Plan) -> exp.Select:
    """All conversions, with or without touches."""
    amount = exp.func("COALESCE", exp.Sum(this=col("cents", "c")), number(0.0))
    nothing = number(0.0)
    columns: list[exp.Expr] = [
        named(number(1), "is_whole"),
        named(exp.cast(exp.null(), "VARCHAR"), "grp"),
        named(exp.Subquery(this=_with_touches(plan)), "touched"),
        named(count_all(), "conversions"),
        named(amount if plan.has_amount else nothing, "cents"),
        named(
            exp.Subquery(this=_of_firsts("cents")) if plan.has_amount else nothing, "touched_cents"
        ),
        named(_disorder() if plan.is_gathered else number(0), DISORDER),
        *(named(nothing.copy(), name) for name in plan.names),
    ]
    return select_from(table(CONVERSIONS, "c"), columns)


def _with_touches(plan: _Plan) -> exp.Select:
    """How many conversions have a touch."""
    if not plan.is_gathered and not plan.with_shapley:
        distinct = exp.Count(this=exp.Distinct(expressions=[col(ORDINAL)]), big_int=True)
        return select_from(table(plan.rows, "p"), [distinct])
    return select_from(table(ENDS if plan.is_gathered else SIZES, "e"), [count_all()])


def _of_firsts(name: str) -> exp.Select:
    """A sum over the first touches: each conversion with a touch once."""
    is_first = exp.EQ(this=col("pos"), expression=number(1))
    return select_from(table(CREDITS, "x"), [exp.Sum(this=col(name))]).where(is_first, copy=False)


def _disorder() -> exp.Expr:
    total = exp.func("COALESCE", exp.Sum(this=col(DISORDER)), number(0))
    return exp.Subquery(this=select_from(table(CREDITS, "x"), [total]))


def evidence_tree(journeys: Journeys, method: Method, *, has_amount: bool) -> exp.Select:
    """Return the statement: every touch of the conversions, in order."""
    extra = [f"extra{n}" for n in range(len(journeys.extra))]
    shown = ["id", "touch_id", "ts", "end_at", *extra]
    paths = path_ctes(journeys, method, has_amount=has_amount, is_windowed=True, shown=shown)
    select = credited(method, has_amount=has_amount)
    select.order_by(col("id"), col("pos"), copy=False)
    return with_ctes(select, [*journeys.ctes(), *paths])
