"""Every touch of every conversion with its place among them: one join, and one sort.

Window functions over many small partitions, and over wide or textual rows, are what costs most
here. So conversions are known by a number, milestones are reduced to marks before the sort, and all
touches are sorted once and numbered as they pass by (see `passing`). One aggregate per conversion
gives its length, its least number and its totals; the place of a touch is its number less those before.

`counts`, one sum of the marks, holds the number of touches and the position of each milestone's touch
in digits of 31 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.credit.models import Model
from semantic_layer.credit.nodes import (
    ORDINAL,
    PATHS,
    col,
    count_all,
    days_between,
    named,
    number,
    over,
    select_from,
    subquery,
    table,
    when,
)
from semantic_layer.credit.weights import decayed, whole_number
from tools.attribution.journeys import Journeys, pairs
from tools.attribution.passing import DISORDER, ORDER, disorder, in_order

PASSING, ENDS = "_askmql_passing", "_askmql_ends"
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


def path_ctes(
    journeys: Journeys,
    method: Method,
    *,
    has_amount: bool,
    is_windowed: bool = False,
    shown: Sequence[str] = (),
) -> list[tuple[str, exp.Query]]:
    """Return the CTEs `PASSING` (touches in order), `ENDS` (conversions with a touch) and `PATHS`.

    Paths have the group, `pos`, `n`, the position of each milestone's touch, `disorder`, and what the
    method needs.

    Args:
        journeys: Which conversions and touches.
        method: Which models.
        has_amount: Whether conversions have money to split.
        is_windowed: Number touches in a window of its own order, not as they pass by.
        shown: Further columns of conversions and touches to keep.
    """
    kept = _kept(journeys, method, shown, has_amount=has_amount)
    matched = _matched(journeys, method, kept)
    if method.ratios:
        matched = _with_raw(matched, method, has_amount=has_amount)
    sums = [m.id for m in method.ratios] if has_amount else []
    return [
        (PASSING, _numbered(matched, kept, sums, is_windowed=is_windowed)),
        (ENDS, _ends(method, has_amount=has_amount)),
        (PATHS, _placed(method, has_amount=has_amount)),
    ]


def _matched(journeys: Journeys, method: Method, kept: Sequence[str]) -> exp.Select:
    """Touches of each conversion, in no order."""
    computed = {f"raw_{m.id}" for m in method.ratios}
    names = dict.fromkeys([*kept, "ts", "touch_id", *(["end_at"] if computed else [])])
    columns: list[exp.Expr] = [
        named(_marks(method), name)
        if name == "marks"
        else col(name, "c" if name in _OF_CONVERSIONS else "t")
        for name in names
        if name not in computed
    ]
    return pairs(columns)


def _kept(
    journeys: Journeys, method: Method, shown: Sequence[str], *, has_amount: bool
) -> list[str]:
    """Names of the columns that a touch keeps once it has its place."""
    binding = journeys.binding
    is_cohort = binding.args.basis == "cohort" and binding.args.time is not None
    wanted = {
        "cents": has_amount,
        "marks": bool(method.milestones),
        "direct": method.with_direct,
        "day": is_cohort,
    }
    raws = [f"raw_{m.id}" for m in method.ratios]
    return [ORDINAL, "grp", *(name for name, is_kept in wanted.items() if is_kept), *raws, *shown]


_OF_CONVERSIONS = frozenset({ORDINAL, "id", "end_at", "cents"})


def _numbered(
    matched: exp.Select, kept: Sequence[str], sums: Sequence[str], *, is_windowed: bool
) -> exp.Select:
    """Touches with their number over all conversions, and the sums of raw weights up to them."""
    order = ORDER if is_windowed else ()
    columns = [named(over(exp.RowNumber(), (), order), "place")]
    columns.append(named(number(0) if is_windowed else disorder(), DISORDER))
    for model in sums:
        upto = over(exp.Sum(this=col(f"raw_{model}")), (), order, running=True)
        columns.append(named(upto, f"upto_{model}"))
    rows = matched if is_windowed else in_order(subquery(matched, "m"))
    return select_from(subquery(rows, "p"), [*map(col, kept), *columns])


def _ends(method: Method, *, has_amount: bool) -> exp.Select:
    """Each conversion with touches: how many, where they begin, and their totals."""
    counted = exp.Sum(this=col("marks")) if method.milestones else count_all()
    columns = [col(ORDINAL), named(counted, counts_name(method))]
    columns += [named(_less(exp.Min(this=col("place")), number(1)), "before")]
    for m in method.ratios:
        raw = col(f"raw_{m.id}")
        columns.append(named(exp.Sum(this=raw), f"total_{m.id}"))
        if has_amount:  # raw weights are not negative: the least is what came before the first
            before = exp.Min(this=_less(col(f"upto_{m.id}"), raw.copy()))
            columns.append(named(before, f"before_{m.id}"))
    if method.with_direct:
        has_source = exp.Not(this=exp.func("COALESCE", col("direct"), exp.false()))
        columns.append(named(exp.Max(this=when(has_source, col("place"))), "last_source"))
    return select_from(table(PASSING, "p"), columns).group_by(col(ORDINAL), copy=False)


def _placed(method: Method, *, has_amount: bool) -> exp.Query:
    """Touches with their place in the conversion and what is known of it."""
    every = exp.Column(this=exp.Star(), table=exp.to_identifier("p", quoted=True))
    columns: list[exp.Expr] = [every, col(counts_name(method), "e")]
    columns += [named(_less(col("place", "p"), col("before", "e")), "pos")]
    for m in method.ratios:
        columns.append(col(f"total_{m.id}", "e"))
        if has_amount:
            run = _less(col(f"upto_{m.id}", "p"), col(f"before_{m.id}", "e"))
            columns.append(named(run, f"run_{m.id}"))
    if method.with_direct:
        columns.append(named(_less(col("last_source", "e"), col("before", "e")), "source_pos"))
    on = exp.EQ(this=col(ORDINAL, "p"), expression=col(ORDINAL, "e"))
    placed = select_from(table(PASSING, "p"), columns)
    placed.join(table(ENDS, "e"), on=on, join_type="inner", copy=False)
    digits = with_digits(placed, method)
    return _with_last_non_direct(digits) if method.with_direct else digits


def _less(value: exp.Expr, other: exp.Expr) -> exp.Sub:
    return exp.Sub(this=value, expression=other)


def _marks(method: Method) -> exp.Expr:
    """One in the digit of each milestone that the touch came before, and one above them."""
    milestones = sorted(method.milestones)
    out = _digit(len(milestones))
    for place, milestone in enumerate(milestones):
        reached = exp.LTE(this=col("ts", "t"), expression=col(f"{milestone}_at", "c"))
        out = exp.Add(this=out, expression=when(reached, _digit(place), _bigint(number(0))))
    return out


def _digit(place: int) -> exp.Expr:
    return _bigint(exp.Literal.number(2 ** (_DIGIT * place)))


def _bigint(value: exp.Expr) -> exp.Expr:
    return exp.Cast(this=value, to=exp.DataType.build("BIGINT"))


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


def _with_last_non_direct(placed: exp.Query) -> exp.Select:
    """The position of the last touch with a source; without one, the last."""
    found = exp.func("COALESCE", col("source_pos"), col("n"))
    return select_from(subquery(placed, "p"), [exp.Star(), named(found, "lnd_pos")])


def _with_raw(inner: exp.Select, method: Method, *, has_amount: bool) -> exp.Select:
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
