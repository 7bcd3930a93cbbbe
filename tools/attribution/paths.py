"""Every touch of every conversion with its place among them: one join, and at most one sort.

A window function over wide or textual rows is what costs most here. So conversions are known by
a number, milestones are reduced to marks before the sort, and `counts`, one sum of the marks,
holds the number of touches and the position of each milestone's touch in digits of 31 bits.

Without money even the sort can go: a weight depends on whether a touch has a role, and the least
and greatest order key of a conversion say which touch that is. See `unsorted`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.credit.models import Model
from semantic_layer.credit.nodes import (
    ORDINAL,
    col,
    count_all,
    days_between,
    named,
    number,
    over,
    select_from,
    subquery,
    when,
)
from semantic_layer.credit.weights import decayed, whole_number
from tools.attribution.journeys import Journeys, pairs

_ORDER = (col("ts"), col("touch_id"))
_MINE = (col(ORDINAL),)
_DIGIT = 31
"""Bits of a count: no journey has two thousand million touches, and two milestones leave 63 bits."""


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


def paths(journeys: Journeys, method: Method, *, has_amount: bool) -> exp.Query:
    """Return the SELECT of every touch of every conversion, with its position among them.

    Positions, milestones and running sums share one partition and order, hence one sort.
    """
    binding = journeys.binding
    columns: list[exp.Expr] = [col("id", "c"), col(ORDINAL, "c"), col("touch_id", "t")]
    columns += [col("ts", "t"), col("grp", "t"), col("end_at", "c")]
    columns += [col("cents", "c")] if has_amount else []
    columns += [named(marks(method), "marks")] if method.milestones else []
    columns += [col("direct", "t")] if method.with_direct else []
    is_cohort = binding.args.basis == "cohort" and binding.args.time is not None
    columns += [col("day", "t")] if is_cohort else []
    columns += [col(f"extra{n}", "t") for n in range(len(journeys.extra))]
    inner = pairs(columns)
    inner = with_raw(inner, method, has_amount=has_amount) if method.ratios else inner
    windows = [*_positions(method), *_sums(method, has_amount=has_amount)]
    numbered = select_from(subquery(inner, "p"), [exp.Star(), *windows])
    placed = with_digits(numbered, method)
    return _with_last_non_direct(placed) if method.with_direct else placed


def marks(method: Method) -> exp.Expr:
    """One in the digit of each milestone that the touch came before, and one above them."""
    milestones = sorted(method.milestones)
    out = _digit(len(milestones))
    for place, milestone in enumerate(milestones):
        reached = exp.LTE(this=col("ts", "t"), expression=col(f"{milestone}_at", "c"))
        out = exp.Add(this=out, expression=when(reached, _digit(place), _bigint(number(0))))
    return out


def is_marked(milestone: str, method: Method) -> exp.Expr:
    """Return the test that a touch came before a milestone, by its marks."""
    place = sorted(method.milestones).index(milestone)
    digit = exp.BitwiseAnd(this=col("marks"), expression=exp.Literal.number(2 ** (_DIGIT * place)))
    return exp.NEQ(this=exp.Paren(this=digit), expression=number(0))


def _digit(place: int) -> exp.Expr:
    return _bigint(exp.Literal.number(2 ** (_DIGIT * place)))


def _bigint(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType.build("BIGINT"))


def _positions(method: Method) -> list[exp.Expr]:
    counted = exp.Sum(this=col("marks")) if method.milestones else count_all()
    return [
        named(over(exp.RowNumber(), _MINE, _ORDER), "pos"),
        named(over(counted, _MINE), counts_name(method)),
    ]


def with_digits(counted: exp.Query, method: Method) -> exp.Query:
    """Read `counts`: `n`, and the position of each milestone's touch (NULL if it has none)."""
    milestones = sorted(method.milestones)
    if not milestones:
        return counted
    columns = [named(_bigint(_shifted(len(milestones))), "n")]
    for place, milestone in enumerate(milestones):
        low = exp.BitwiseAnd(this=_shifted(place), expression=number(2**_DIGIT - 1))
        position = exp.Nullif(this=_bigint(low), expression=number(0))
        columns.append(named(position, f"{milestone}_pos"))
    return select_from(subquery(counted, "p"), [exp.Star(), *columns])


def _shifted(places: int) -> exp.Expr:
    shift = exp.BitwiseRightShift(this=col("counts"), expression=number(_DIGIT * places))
    return exp.Paren(this=shift) if places else col("counts")


def _sums(method: Method, *, has_amount: bool) -> list[exp.Expr]:
    """Totals of raw weights, and their running sums where money is split."""
    out: list[exp.Expr] = []
    for m in method.ratios:
        total = exp.Sum(this=col(f"raw_{m.id}"))
        out.append(named(over(total, _MINE), f"total_{m.id}"))
        if has_amount:
            out.append(named(over(total.copy(), _MINE, _ORDER, running=True), f"run_{m.id}"))
    return out


def _with_last_non_direct(numbered: exp.Query) -> exp.Select:
    has_source = exp.Not(this=exp.func("COALESCE", col("direct"), exp.false()))
    last = over(exp.Max(this=when(has_source, col("pos"))), _MINE)
    found = exp.func("COALESCE", last, col("n"))
    return select_from(subquery(numbered, "p"), [exp.Star(), named(found, "lnd_pos")])


def with_raw(inner: exp.Select, method: Method, *, has_amount: bool = False) -> exp.Select:
    """Add raw weights; where money is split as whole numbers, whose sums are exact in any order."""
    raws = []
    for m in method.ratios:
        raw = _raw(m, method)
        raw = whole_number(raw, "INT128") if has_amount else raw  # cheaper to add than a decimal
        raws.append(named(raw, f"raw_{m.id}"))
    every = exp.Column(this=exp.Star(), table=exp.to_identifier("p", quoted=True))
    select = select_from(subquery(inner, "p"), [every, *raws])
    if method.effects:
        same = exp.NullSafeEQ(this=col("grp", "p"), expression=col("grp", "effects"))
        select.join(_effects(method), on=same, join_type="left", copy=False)
    return select


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
            return decayed(age, method.half_life_days)
        case "shapley":
            same = over(count_all(), [col(ORDINAL, "p"), col("grp", "p")])
            return exp.Div(this=number(1.0), expression=same)
        case _:
            floor = number(1e-12)  # a journey of groups without any effect is still shared evenly
            effect = exp.func("COALESCE", col("effect", "effects"), number(0.0))
            return exp.Greatest(this=effect, expressions=[floor])


def place_keys(method: Method) -> Sequence[str]:
    """Return the columns of a path that fix the weights of all position models."""
    if not method.positions:
        return ["pos"]
    return ["pos", counts_name(method), *(["lnd_pos"] if method.with_direct else [])]


def counts_name(method: Method) -> str:
    """Return the column that says how long a journey is, and where its milestones are."""
    return "counts" if method.milestones else "n"
