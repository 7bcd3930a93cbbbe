"""Which model fits the company's own journeys, and custom weights that earn their place.

One score for all: the mean, over full quarters, of the total variation between a model's shares
of the groups and those of the exact Markov chain of that quarter's journeys. Named models have
nothing to fit; the company's own stays unless another beats it by `MARGIN`. Custom weights (first, middle, last) are fitted on the other quarters and scored
on the one left out, so that they cannot win by memory; they are recommended only when they beat
that model by `MARGIN` on the mean and in two quarters of three. With fewer than
`LEAST_QUARTERS` quarters nothing can be held out: the model then follows the length of the cycle
(a short one is decided by the last touch, a long one by both ends), and no weights are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import fmean

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
from tools.attribution.driven import learn
from tools.attribution.fitting import EVEN, NAMED, PARTS, Ends, Weights, distance_of, fit
from tools.attribution.journeys import Journeys
from tools.attribution.markov import Group
from tools.attribution.paths import Method, path_ctes

SHORT_DAYS = 14
"""A cycle shorter than this is decided by its last touch."""
LEAST_PATHS = 30
"""A quarter with fewer conversions of three touches or more is not scored."""
LEAST_QUARTERS = 3
"""Fewer cannot be held out."""
MARGIN = 0.02
"""By how much of total variation another model, or custom weights, must be nearer."""


@dataclass(frozen=True)
class _Quarter:
    """One full quarter: its paths and the shares of its Markov chain."""

    start: date
    conversions: int
    ends: Ends
    target: Mapping[Group, float]

    def distances(self) -> dict[str, float]:
        """Return how far each named model is from the chain."""
        found = {name: distance_of(self.ends.shares(w), self.target) for name, w in NAMED.items()}
        return {**found, EVEN: distance_of(self.ends.even(), self.target)}


def recommend(done: Attribution) -> Recommendation:
    """Return the model that fits best, and custom weights where they beat it."""
    journeys = replace(done.journeys, milestones=frozenset(), with_direct=False, only=None)
    cycle, touches, several = _cycle(journeys)
    quarters = tuple(_quarters(journeys))
    facts = {
        "median_cycle_days": cycle,
        "median_touches": touches,
        "several_touches_share": several,
    }
    current = journeys.context.layer.project.config.attribution.model
    if len(quarters) < LEAST_QUARTERS:
        model, reason = _by_cycle(cycle, several)
        none: dict[str, object] = {"weights": {}, "fit_distance": None, "quarters": ()}
        return Recommendation.model_validate(
            {"model": model, "reason": reason, "is_stable": None, **facts, **none}
        )
    return Recommendation.model_validate({**_scored(quarters, current), **facts})


def _scored(quarters: Sequence[_Quarter], current: str) -> dict[str, object]:
    """Score the named models and the held-out weights over the quarters."""
    each = [q.distances() for q in quarters]
    means = {name: fmean(d[name] for d in each) for name in (*NAMED, EVEN)}
    best = _preferred(means, current)
    held = [_held_out(quarters, i) for i in range(len(quarters))]
    weights = fit([(q.ends, q.target) for q in quarters])
    gain = means[best] - fmean(distance for distance, _ in held)
    wins = _most(d < e[best] for (d, _), e in zip(held, each, strict=True))
    fits = tuple(
        QuarterFit(
            start=q.start,
            conversions=q.conversions,
            weights=dict(fit([(q.ends, q.target)])),
            total_variation=distance_of(q.ends.shares(weights), _whole(quarters).shares(weights)),
            distances=distances,
            held_out=distance,
        )
        for q, distances, (distance, _) in zip(quarters, each, held, strict=True)
    )
    return {
        "model": best,
        "reason": "nearest to the Markov chain over the quarters",
        "weights": dict(weights),
        "fit_distance": fmean(distance for distance, _ in held),
        "distances": means,
        "gain": gain,
        "is_custom_better": gain >= MARGIN and wins,
        "quarters": fits,
        "is_stable": _most(d[best] <= min(d.values()) + MARGIN for d in each),
    }


def _preferred(means: Mapping[str, float], current: str) -> str:
    """Return the nearest model; the company's own when none is nearer by the margin."""
    best = min(means, key=lambda name: means[name])
    return current if means.get(current, 1.0) - means[best] < MARGIN else best


def _most(tests: Iterable[bool]) -> bool:
    """Whether something holds in two cases of three."""
    found = list(tests)
    return 3 * sum(found) >= 2 * len(found)


def _whole(quarters: Sequence[_Quarter]) -> Ends:
    return sum((q.ends for q in quarters), Ends())


def _held_out(quarters: Sequence[_Quarter], index: int) -> tuple[float, Weights]:
    """Fit on the other quarters, and return the distance on the one left out."""
    others = [(q.ends, q.target) for i, q in enumerate(quarters) if i != index]
    weights = fit(others)
    mine = quarters[index]
    return distance_of(mine.ends.shares(weights), mine.target), weights


def _by_cycle(cycle: float | None, several: float | None) -> tuple[str, str]:
    if cycle is None or several is None:
        return "u_shaped", "no journeys to judge by"
    if cycle < SHORT_DAYS or several < 0.5:
        return "last_touch", "too few quarters to score; the cycle is short"
    return "u_shaped", "too few quarters to score; the cycle is long"


def _tree(journeys: Journeys, select: exp.Select) -> exp.Select:
    method, shown = Method(models=()), ("ts", "end_at")
    parts = path_ctes(journeys, method, has_amount=False, is_windowed=True, shown=shown)
    return with_ctes(select, [*journeys.ctes(), *parts])


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


def _ends(journeys: Journeys) -> Ends:
    here, n = col("pos", "p"), col("n", "p")
    is_first = exp.EQ(this=here, expression=number(1))
    is_last = exp.EQ(this=here.copy(), expression=n)
    is_two = exp.EQ(this=n.copy(), expression=number(2))
    is_long = exp.GT(this=n.copy(), expression=number(2))
    is_inner = exp.and_(exp.Not(this=is_first.copy()), exp.Not(this=is_last.copy()))
    inner = exp.Paren(this=exp.Sub(this=n.copy(), expression=number(2)))
    tests: dict[str, tuple[exp.Expr, exp.Expr]] = {
        "only": (exp.EQ(this=n.copy(), expression=number(1)), number(1.0)),
        "first_of_2": (exp.and_(is_two, is_first.copy()), number(1.0)),
        "last_of_2": (exp.and_(is_two.copy(), is_last.copy()), number(1.0)),
        "first": (exp.and_(is_long, is_first.copy()), number(1.0)),
        "middle": (
            exp.and_(is_long.copy(), is_inner),
            exp.Div(this=number(1.0), expression=inner),
        ),
        "last": (exp.and_(is_long.copy(), is_last.copy()), number(1.0)),
    }
    columns: list[exp.Expr] = [named(exp.cast(col("grp", "p"), "VARCHAR"), "grp")]
    for part, (test, value) in tests.items():
        columns.append(named(exp.Sum(this=when(test, value, number(0.0))), part))
    every_touch = exp.Div(this=number(1.0), expression=n.copy())
    columns.append(named(exp.Sum(this=every_touch), "even"))
    select = select_from(table(PATHS, "p"), columns).group_by(col("grp", "p"), copy=False)
    out = Ends()
    for row in journeys.context.layer.run_tree(
        _tree(journeys, select), journeys.context.scope
    ).rows:
        group = None if row[0] is None else str(row[0])
        for part, count in zip(PARTS, row[1:], strict=True):
            out.parts[part][group] = float(str(count))
    out.long_paths = round(sum(out.parts["first"].values()))
    out.total = sum(out.parts["even"].values())
    return out


def _target(journeys: Journeys) -> dict[Group, float]:
    try:
        return learn(journeys, [MODELS["markov"]], has_amount=False).counts["markov"]
    except QueryError:
        return {}


def _quarters(journeys: Journeys) -> Iterator[_Quarter]:
    """Read each full quarter of the conversions that has enough of them."""
    for start, end, count in _spans(journeys):
        args = journeys.binding.args.model_copy(update={"time": TimeRange(start=start, end=end)})
        mine = replace(journeys, binding=replace(journeys.binding, args=args))
        ends = _ends(mine)
        target = _target(mine) if ends.long_paths >= LEAST_PATHS else {}
        if target:
            yield _Quarter(start, count, ends, target)


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
