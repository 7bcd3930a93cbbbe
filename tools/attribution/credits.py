"""One tree for any number of models: credits of each group, to the cent, in one pass.

Weights depend on a touch's place alone, so touches are first gathered by group and place; only
what depends on the conversion too (its cents, its raw weights) is computed touch by touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
    over,
    select_from,
    subquery,
    table,
    when,
    with_ctes,
)
from semantic_layer.credit.weights import Position, ratio_cents, ratio_weight
from tools.attribution.journeys import Journeys, in_cohort
from tools.attribution.paths import Method, paths, place_keys, with_digits

_OF_PAIRS = frozenset({"w_shapley"})
_IS_FIRST = exp.EQ(this=col("pos"), expression=number(1))


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


def group_tree(journeys: Journeys, method: Method, *, has_amount: bool) -> exp.Select:
    """Return the statement: one row per group, and one for all conversions.

    Columns: is_whole, grp, touched, conversions and cents (whole: all of them; group: those whose
    first touch is of the group, so that their sum is what can be attributed), then weight and
    cents of each model.
    """
    names = _names(method, has_amount=has_amount)
    cohort = in_cohort(journeys)
    per_touch = method if has_amount else replace(method, models=_not_shapley(method))
    groups = _groups(per_touch, has_amount=has_amount)
    columns = [
        named(number(0), "is_whole"),
        named(exp.cast(col("grp", "g"), "VARCHAR"), "grp"),
        named(exp.func("COALESCE", col("touched", "r"), number(0)), "touched"),
        *(col(name, "g") for name in ("conversions", "cents")),
        *(col(name, "r" if name in _OF_PAIRS and not has_amount else "g") for name in names),
    ]
    same = exp.NullSafeEQ(this=col("grp", "g"), expression=col("grp", "r"))
    rows = select_from(subquery(groups, "g"), columns)
    rows.join(subquery(_reached(cohort), "r"), on=same, join_type="left", copy=False)
    union = exp.Union(this=rows, expression=_whole(names, has_amount=has_amount), distinct=False)
    ctes = [
        *journeys.ctes(),
        (PATHS, paths(journeys, per_touch, has_amount=has_amount)),
        (CREDITS, _gathered(per_touch, cohort, has_amount=has_amount)),
    ]
    return with_ctes(select_from(subquery(union, "u"), [exp.Star()]), ctes)


def _not_shapley(method: Method) -> tuple[Model, ...]:
    """The models that need each touch; without money a Shapley value needs groups alone."""
    return tuple(m for m in method.models if m.raw != "shapley")


def _names(method: Method, *, has_amount: bool) -> list[str]:
    ids = [m.id for m in (*method.positions, *method.ratios)]
    return [f"w_{i}" for i in ids] + ([f"c_{i}" for i in ids] if has_amount else [])


def _gathered(method: Method, cohort: exp.Expr | None, *, has_amount: bool) -> exp.Select:
    """Touches by group and place: how many, their conversions' cents, their own sums."""
    keys = [col("grp"), *map(col, place_keys(method))]
    shown = [*keys, named(exp.true() if cohort is None else cohort.copy(), "kept")]
    sums: dict[str, exp.Expr] = {"cents": col("cents")} if has_amount else {}
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


def _groups(method: Method, *, has_amount: bool) -> exp.Select:
    """Credits of each group."""
    weights = {m.id: _weight(m, method) for m in method.positions}
    weights |= {m.id: col(f"w_{m.id}") for m in method.ratios}
    cents = {m.id: _cents(m, method) for m in method.models if m.per_touch} if has_amount else {}
    sums = {f"w_{model}": value for model, value in weights.items()}
    sums |= {f"c_{model}": value for model, value in cents.items()}
    money = col("cents") if has_amount else number(0.0)
    columns = [
        col("grp"),
        named(exp.Sum(this=when(_IS_FIRST.copy(), col("touches"), number(0))), "conversions"),
        named(exp.Sum(this=when(_IS_FIRST.copy(), money, number(0))), "cents"),
        *(named(exp.Sum(this=when(col("kept"), v)), name) for name, v in sums.items()),
    ]
    gathered = with_digits(select_from(table(CREDITS, "x"), [exp.Star()]), method)
    return select_from(subquery(gathered, "x"), columns).group_by(col("grp"), copy=False)


def _weight(model: Model, method: Method) -> exp.Expr:
    return exp.Paren(this=Position(model, method.middle).weight()) * col("touches")


def _cents(model: Model, method: Method) -> exp.Expr:
    position = Position(model, method.middle) if model.raw is None else None
    return position.cents() if position and position.sole else col(f"c_{model.id}")


def _reached(cohort: exp.Expr | None) -> exp.Select:
    """How many conversions each group touched, and its Shapley value in the sum game."""
    kept = count_all() if cohort is None else exp.Count(this=when(cohort.copy(), number(1)))
    pairs = select_from(
        table(PATHS, "p"),
        [col("grp"), col(ORDINAL), named(count_all(), "touches"), named(kept, "kept")],
    ).group_by(col("grp"), col(ORDINAL), copy=False)
    groups = named(over(count_all(), [col(ORDINAL)]), "groups")
    beside = select_from(subquery(pairs, "d"), [exp.Star(), groups])
    part = exp.Div(this=col("kept") * number(1.0), expression=col("touches"))
    touched = exp.Count(this=exp.Nullif(this=col("kept"), expression=number(0)), big_int=True)
    share = exp.Sum(this=exp.Div(this=part, expression=col("groups")))
    columns = [col("grp"), named(touched, "touched"), named(share, "w_shapley")]
    return select_from(subquery(beside, "d"), columns).group_by(col("grp"), copy=False)


def _whole(names: Sequence[str], *, has_amount: bool) -> exp.Select:
    """All conversions, with or without touches."""
    amount = exp.func("COALESCE", exp.Sum(this=col("cents", "c")), number(0.0))
    columns: list[exp.Expr] = [
        named(number(1), "is_whole"),
        named(exp.cast(exp.null(), "VARCHAR"), "grp"),
        named(count_all(), "touched"),
        named(count_all(), "conversions"),
        named(amount if has_amount else number(0.0), "cents"),
        *(named(number(0.0), name) for name in names),
    ]
    return select_from(table(CONVERSIONS, "c"), columns)


def evidence_tree(journeys: Journeys, method: Method, *, has_amount: bool) -> exp.Select:
    """Return the statement: every touch of the conversions, in order."""
    ctes = [
        *journeys.ctes(),
        (PATHS, paths(journeys, method, has_amount=has_amount)),
    ]
    select = credited(method, has_amount=has_amount)
    select.order_by(col("id"), col("pos"), copy=False)
    return with_ctes(select, ctes)


__all__ = ["Method", "evidence_tree", "group_tree", "paths"]
