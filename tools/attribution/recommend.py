"""Which model fits the company's own cycle, and weights that follow its data.

The rule model is chosen by the length of the cycle: a short one is decided by the last touch, a
long one with several touches by both ends (U) or by all alike (linear). The weights of first,
middle and last touch are those whose shares come nearest, in total variation, to the shares of
the exact Markov chain; they are fitted again on each quarter to see whether they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.credit.models import MODELS
from semantic_layer.credit.nodes import (
    CONVERSIONS,
    PATHS,
    col,
    count_all,
    days_between,
    named,
    number,
    select_from,
    subquery,
    table,
    when,
    with_ctes,
)
from semantic_layer.query import TimeRange
from semantic_layer.timegrain import TimeGrain
from tools.attribution.compute import Attribution
from tools.attribution.contract import QuarterFit, Recommendation
from tools.attribution.credits import Method, paths
from tools.attribution.driven import learn
from tools.attribution.journeys import Journeys
from tools.attribution.markov import Group

SHORT_DAYS = 14
"""A cycle shorter than this is decided by its last touch."""
LEAST_PATHS = 30
"""A quarter with fewer conversions of three touches or more is not fitted."""
STEP = 5
"""Weights are fitted in steps of so many percent."""
SAME = 0.02
"""Fits this close are equally good; the most even weights among them are taken."""
STABLE = 0.15
"""Quarters further apart than this are not the same pattern."""
_ENDS = ("first", "middle", "last")


@dataclass
class _Ends:
    """Credit of each group's first, middle and last touches over conversions of 3 touches or more."""

    paths: int = 0
    shares: dict[str, dict[Group, float]] = field(
        default_factory=lambda: {end: {} for end in _ENDS}
    )

    def mix(self, weights: Mapping[str, float]) -> dict[Group, float]:
        """Return the shares of groups under weights."""
        groups = dict.fromkeys(g for part in self.shares.values() for g in part)
        return {
            g: sum(w * self.shares[end].get(g, 0.0) for end, w in weights.items()) for g in groups
        }


def recommend(done: Attribution) -> Recommendation:
    """Return the model that fits, the fitted weights and how stable they are."""
    journeys = replace(done.journeys, milestones=frozenset(), with_direct=False, only=None)
    cycle, touches, several = _cycle(journeys)
    whole = _ends(journeys)
    target = _target(journeys)
    weights, distance = _fit(whole, target) if whole.paths >= LEAST_PATHS else ({}, None)
    quarters = tuple(_quarters(journeys, whole, weights)) if weights else ()
    model, reason = _choose(cycle, several, weights)
    return Recommendation(
        model=model,
        reason=reason,
        median_cycle_days=cycle,
        median_touches=touches,
        several_touches_share=several,
        weights=weights,
        fit_distance=distance,
        quarters=quarters,
        is_stable=_is_stable(quarters),
    )


def _is_stable(quarters: tuple[QuarterFit, ...]) -> bool | None:
    if len(quarters) < 2:
        return None
    return all(q.total_variation <= STABLE for q in quarters)


def _choose(
    cycle: float | None, several: float | None, weights: Mapping[str, float]
) -> tuple[str, str]:
    if cycle is None or several is None:
        return "u_shaped", "no journeys to judge by"
    if cycle < SHORT_DAYS or several < 0.5:
        return (
            "last_touch",
            f"short cycle: median {cycle:.0f} days, {several:.0%} with several touches",
        )
    if weights.get("middle", 0) > 0.5:
        return (
            "linear",
            f"long cycle (median {cycle:.0f} days) carried by the touches between the ends",
        )
    return "u_shaped", f"long cycle (median {cycle:.0f} days) with {several:.0%} of several touches"


def _tree(journeys: Journeys, select: exp.Select) -> exp.Select:
    body = paths(journeys, Method(models=()), has_amount=False)
    return with_ctes(select, [*journeys.ctes(), (PATHS, body)])


def _cycle(journeys: Journeys) -> tuple[float | None, float | None, float | None]:
    """Return median days from first touch to the end, median touches, share with several."""
    first = exp.EQ(this=col("pos", "p"), expression=number(1))
    days = named(days_between(col("ts", "p"), col("end_at", "p")), "days")
    each = select_from(table(PATHS, "p"), [days, col("n", "p")]).where(first, copy=False)
    many = exp.GT(this=col("n"), expression=number(1))
    columns = [
        named(exp.Median(this=col("days")), "days"),
        named(exp.Median(this=col("n")), "n"),
        named(exp.Avg(this=when(many, number(1.0), number(0.0))), "several"),
    ]
    tree = _tree(journeys, select_from(subquery(each, "e"), columns))
    row = journeys.context.layer.run_tree(tree, journeys.context.scope).rows[0]
    cycle, touches, several = (None if v is None else float(str(v)) for v in row)
    return cycle, touches, several


def _ends(journeys: Journeys) -> _Ends:
    here, n = col("pos", "p"), col("n", "p")
    is_first = exp.EQ(this=here, expression=number(1))
    is_last = exp.EQ(this=here.copy(), expression=n)
    one, zero = number(1.0), number(0.0)
    spread = exp.Div(
        this=one, expression=exp.Paren(this=exp.Sub(this=n.copy(), expression=number(2)))
    )
    between = when(exp.or_(is_first, is_last), zero, spread)
    columns = [
        named(exp.cast(col("grp", "p"), "VARCHAR"), "grp"),
        named(exp.Sum(this=when(is_first.copy(), one.copy(), zero.copy())), "first"),
        named(exp.Sum(this=between), "middle"),
        named(exp.Sum(this=when(is_last.copy(), one.copy(), zero.copy())), "last"),
    ]
    select = select_from(table(PATHS, "p"), columns)
    select.where(exp.GT(this=n.copy(), expression=number(2)), copy=False)
    select.group_by(col("grp", "p"), copy=False)
    result = journeys.context.layer.run_tree(_tree(journeys, select), journeys.context.scope)
    out = _Ends(round(sum(float(str(r[1])) for r in result.rows)))
    for row in result.rows:
        group = None if row[0] is None else str(row[0])
        for end, value in zip(_ENDS, row[1:], strict=True):
            out.shares[end][group] = float(str(value)) / max(out.paths, 1)
    return out


def _target(journeys: Journeys) -> dict[Group, float]:
    try:
        return learn(journeys, [MODELS["markov"]], has_amount=False).counts["markov"]
    except QueryError:
        return {}


def _fit(ends: _Ends, target: Mapping[Group, float]) -> tuple[dict[str, float], float | None]:
    """Return the most even weights among those that come nearest to the target."""
    if not target:
        return {}, None
    tried = [(_distance(ends.mix(w), target), w) for w in _grid()]
    nearest = min(distance for distance, _ in tried)
    good = [(d, w) for d, w in tried if d <= nearest + SAME]
    distance, weights = min(good, key=lambda item: sum(v * v for v in item[1].values()))
    return weights, distance


def _grid() -> Iterator[dict[str, float]]:
    for first in range(0, 101, STEP):
        for last in range(0, 101 - first, STEP):
            middle = 100 - first - last
            yield {"first": first / 100, "middle": middle / 100, "last": last / 100}


def _distance(a: Mapping[Group, float], b: Mapping[Group, float]) -> float:
    return sum(abs(a.get(g, 0.0) - b.get(g, 0.0)) for g in dict.fromkeys([*a, *b])) / 2


def _quarters(
    journeys: Journeys, whole: _Ends, weights: Mapping[str, float]
) -> Iterator[QuarterFit]:
    """Fit each full quarter of the conversions by itself."""
    for start, end, count in _spans(journeys):
        args = journeys.binding.args.model_copy(update={"time": TimeRange(start=start, end=end)})
        mine = replace(journeys, binding=replace(journeys.binding, args=args))
        ends = _ends(mine)
        if ends.paths < LEAST_PATHS:
            continue
        fitted, _ = _fit(ends, _target(mine))
        yield QuarterFit(
            start=start,
            conversions=count,
            weights=fitted,
            total_variation=_distance(ends.mix(weights), whole.mix(weights)),
        )


def _spans(journeys: Journeys) -> Iterator[tuple[date, date, int]]:
    context = journeys.context
    day = exp.TimestampTrunc(this=col("on_day", "c"), unit=exp.var("QUARTER"))
    quarter = exp.cast(day, "DATE")
    select = select_from(
        table(CONVERSIONS, "c"), [named(quarter, "start"), named(count_all(), "n")]
    )
    select.group_by(exp.Literal.number(1), copy=False).order_by(exp.Literal.number(1), copy=False)
    tree = with_ctes(select, journeys.ctes())
    calendar, data_end = context.layer.context.calendar, context.layer.context.data_end
    for start, count in context.layer.run_tree(tree, context.scope).rows:
        if isinstance(start, date):
            end = calendar.add(start, 1, TimeGrain.QUARTER)
            if end <= data_end:
                yield start, end, int(str(count))
