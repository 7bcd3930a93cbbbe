"""One tree for any number of models: credits of each group, to the cent, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.credit.models import Model
from semantic_layer.credit.nodes import (
    CONVERSIONS,
    CREDITS,
    PATHS,
    col,
    count_all,
    days_between,
    named,
    number,
    over,
    rounded,
    select_from,
    subquery,
    table,
    when,
    with_ctes,
)
from semantic_layer.credit.weights import Position, ratio_cents, ratio_weight
from tools.attribution.journeys import Journeys, in_cohort, pairs

_ORDER = (col("ts"), col("touch_id"))
_SCALE = 2.0**80


@dataclass(frozen=True)
class Method:
    """Models with their settings, as the tree needs them.

    Attributes:
        effects: Removal effect of each group, for `markov_path`.
    """

    models: tuple[Model, ...]
    middle: str = "all"
    half_life_days: float = 7
    effects: dict[str | None, float] = field(default_factory=dict)

    @property
    def positions(self) -> tuple[Model, ...]:
        """Models with weights in closed form."""
        return tuple(m for m in self.models if m.per_touch and m.raw is None)

    @property
    def ratios(self) -> tuple[Model, ...]:
        """Models with raw weights."""
        return tuple(m for m in self.models if m.raw is not None)

    @property
    def milestones(self) -> frozenset[str]:
        """Milestones that any of the models needs."""
        return frozenset().union(*(m.milestones for m in self.models))

    @property
    def with_direct(self) -> bool:
        """Whether any model passes over direct touches."""
        return any("last_non_direct" in m.shares for m in self.models)


def paths(journeys: Journeys, method: Method, *, has_amount: bool) -> exp.Select:
    """Return the SELECT of every touch of every conversion, with its position among them.

    Positions, milestones and running sums share one partition and order, hence one sort.
    """
    binding = journeys.binding
    columns: list[exp.Expr] = [col("id", "c"), col("touch_id", "t"), col("ts", "t")]
    columns += [col("grp", "t"), col("end_at", "c")]
    columns += [col("cents", "c")] if has_amount else []
    columns += [col(f"{m}_at", "c") for m in sorted(method.milestones)]
    columns += [col("direct", "t")] if method.with_direct else []
    is_cohort = binding.args.basis == "cohort" and binding.args.time is not None
    columns += [col("day", "t")] if is_cohort else []
    columns += [col(f"extra{n}", "t") for n in range(len(journeys.extra))]
    inner = pairs(columns)
    inner = _with_raw(inner, method, has_amount=has_amount) if method.ratios else inner
    windows = [*_positions(method), *_sums(method, has_amount=has_amount)]
    numbered = select_from(subquery(inner, "p"), [exp.Star(), *windows])
    return _with_last_non_direct(numbered) if method.with_direct else numbered


def _positions(method: Method) -> list[exp.Expr]:
    mine = [col("id")]
    out = [
        named(over(exp.RowNumber(), mine, _ORDER), "pos"),
        named(over(count_all(), mine), "n"),
    ]
    for milestone in sorted(method.milestones):
        reached = exp.LTE(this=col("ts"), expression=col(f"{milestone}_at"))
        found = over(exp.Count(this=when(reached, number(1)), big_int=True), mine)
        position = exp.Nullif(this=found, expression=number(0))
        out.append(named(position, f"{milestone}_pos"))
    return out


def _sums(method: Method, *, has_amount: bool) -> list[exp.Expr]:
    """Totals of raw weights, and their running sums where money is split."""
    mine = [col("id")]
    out: list[exp.Expr] = []
    for m in method.ratios:
        total = exp.Sum(this=col(f"raw_{m.id}"))
        out.append(named(over(total, mine), f"total_{m.id}"))
        if has_amount:
            out.append(named(over(total.copy(), mine, _ORDER, running=True), f"run_{m.id}"))
    return out


def _with_last_non_direct(numbered: exp.Select) -> exp.Select:
    has_source = exp.Not(this=exp.func("COALESCE", col("direct"), exp.false()))
    last = over(exp.Max(this=when(has_source, col("pos"))), [col("id")])
    found = exp.func("COALESCE", last, col("n"))
    return select_from(subquery(numbered, "p"), [exp.Star(), named(found, "lnd_pos")])


def _with_raw(inner: exp.Select, method: Method, *, has_amount: bool) -> exp.Select:
    """Add raw weights; where money is split as whole numbers, whose sums are exact in any order."""
    form = _whole_number if has_amount else exp.Expression.copy
    raws = [named(form(_raw(m, method)), f"raw_{m.id}") for m in method.ratios]
    every = exp.Column(this=exp.Star(), table=exp.to_identifier("p", quoted=True))
    with_raw = select_from(subquery(inner, "p"), [every, *raws])
    if method.effects:
        same = exp.NullSafeEQ(this=col("grp", "p"), expression=col("grp", "effects"))
        with_raw.join(_effects(method), on=same, join_type="left", copy=False)
    return with_raw


def _whole_number(raw: exp.Expr) -> exp.Expr:
    """Scale a weight of at most 1 to a whole number: 24 digits, 1e-9 left after 50 half-lives."""
    scaled = rounded(exp.Paren(this=raw) * number(_SCALE))
    return exp.Cast(this=scaled, to=exp.DataType.build("DECIMAL(38, 0)"))


def _effects(method: Method) -> exp.Subquery:
    rows = [
        _literal_row(group, effect) for group, effect in sorted(method.effects.items(), key=str)
    ]
    union: exp.Query = rows[0]
    for row in rows[1:]:
        union = exp.Union(this=union, expression=row, distinct=False)
    return subquery(union, "effects")


def _literal_row(group: str | None, effect: float) -> exp.Select:
    name = exp.null() if group is None else exp.Literal.string(group)
    return exp.Select(expressions=[named(name, "grp"), named(number(effect), "effect")])


def _raw(model: Model, method: Method) -> exp.Expr:
    match model.raw:
        case "time_decay":
            age = days_between(col("ts", "p"), col("end_at", "p"))
            power = exp.Div(
                this=exp.Neg(this=exp.Paren(this=age)), expression=number(method.half_life_days)
            )
            return exp.Pow(this=number(2.0), expression=power)
        case "shapley":
            same = over(count_all(), [col("id", "p"), col("grp", "p")])
            return exp.Div(this=number(1.0), expression=same)
        case _:
            floor = number(1e-12)  # a journey of groups without any effect is still shared evenly
            effect = exp.func("COALESCE", col("effect", "effects"), number(0.0))
            return exp.Greatest(this=effect, expressions=[floor])


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
    models = (*method.positions, *method.ratios)
    names = [f"w_{m.id}" for m in models] + ([f"c_{m.id}" for m in models] if has_amount else [])
    cohort = in_cohort(journeys)
    is_first = exp.EQ(this=col("pos"), expression=number(1))
    money = col("cents") if has_amount else number(0.0)
    touched = exp.Count(this=exp.Distinct(expressions=[_kept(col("id"), cohort)]), big_int=True)
    groups = select_from(
        table(CREDITS, "x"),
        [
            named(number(0), "is_whole"),
            named(exp.cast(col("grp"), "VARCHAR"), "grp"),
            named(touched, "touched"),
            named(exp.Sum(this=when(is_first, number(1), number(0))), "conversions"),
            named(exp.Sum(this=when(is_first.copy(), money, number(0))), "cents"),
            *(named(exp.Sum(this=_kept(col(name), cohort)), name) for name in names),
        ],
    ).group_by(col("grp"), copy=False)
    union = exp.Union(this=groups, expression=_whole(names, has_amount=has_amount), distinct=False)
    ctes = [
        *journeys.ctes(),
        (PATHS, paths(journeys, method, has_amount=has_amount)),
        (CREDITS, credited(method, has_amount=has_amount)),
    ]
    return with_ctes(select_from(subquery(union, "u"), [exp.Star()]), ctes)


def _kept(value: exp.Expr, cohort: exp.Expr | None) -> exp.Expr:
    """The value, only of touches in the period when that is the basis."""
    return value if cohort is None else when(cohort.copy(), value)


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


__all__ = ["Method", "evidence_tree", "group_tree"]
