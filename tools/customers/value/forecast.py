"""Purchases and money to expect, by several methods, and how each did on the past. Pure.

Every method is trained up to a day T and held against what happened in the time after it. The
one with the least Poisson deviance over customers is used, and two naive ones take part:
everybody's own rate so far, and one rate for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from tools.customers.value import age_curve, bgnbd, gamma_gamma
from tools.customers.value.history import WEEK, Histories, Order, histories, spent_between

if TYPE_CHECKING:
    import numpy as np

Method = Literal["bg_nbd", "age_curve", "own_rate", "pooled_rate"]
NAIVE: frozenset[Method] = frozenset({"own_rate", "pooled_rate"})
LEAST_REPEATERS = 30
"""Customers with more than one purchase needed to learn from."""
_GROUPS = 10
_FLOOR = 1e-3
Z80 = 1.2816
"""Half width of an 80 % interval in standard deviations."""
_DRAWS, _SEED = 2_000, 20_260_101


@dataclass(frozen=True)
class Forecast:
    """What to expect of each customer of `known`, in the same order.

    Attributes:
        counts: Expected purchases.
        worth: Expected value of one purchase.
        noise: Squared coefficient of variation of one purchase's value.
    """

    known: Histories
    counts: np.ndarray
    worth: np.ndarray
    noise: float

    @property
    def value(self) -> np.ndarray:
        """Return the expected money."""
        found: np.ndarray = self.counts * self.worth
        return found

    @property
    def chance_sd(self) -> float:
        """Return the standard deviation of the total if the model were exactly right."""
        return float((self.counts * self.worth**2 * (1 + self.noise)).sum() ** 0.5)


def predict(method: Method, orders: Sequence[Order], end: date, days: int) -> Forecast:
    """Return what to expect in the `days` after `end` from the orders up to it."""
    known, weeks = histories(orders, end), days / WEEK
    counts = _COUNTS[method](known, orders, end, weeks)
    if method in NAIVE:
        return Forecast(known, counts, known.mean, 0.0)
    step, n = later_step(known), known.repeats + 1
    mean = (known.first + (known.total - known.first) / step) / n
    values = gamma_gamma.fit(n, mean)
    return Forecast(known, counts, step * values.expected(n, mean), 1 / values.p)


def later_step(known: Histories) -> float:
    """Return what a later purchase is worth, as a multiple of the same customer's first.

    All that is still to come are later purchases. The ratio of the sums over customers who
    came back is drawn towards 1 on the logarithmic scale while they are few.
    """
    import numpy as np

    back = (known.repeats > 0) & (known.first > 0) & (known.total > known.first)
    if not back.any():
        return 1.0
    later = (known.total[back] - known.first[back]) / known.repeats[back]
    ratio = float(later.sum() / known.first[back].sum())
    weight = back.sum() / (back.sum() + LEAST_REPEATERS)
    return float(np.exp(weight * np.log(ratio)))


def _bg_nbd(known: Histories, orders: Sequence[Order], end: date, weeks: float) -> np.ndarray:
    del orders, end
    return bgnbd.expected(bgnbd.fit(known), weeks, known.repeats, known.recency, known.age)


def _age_curve(known: Histories, orders: Sequence[Order], end: date, weeks: float) -> np.ndarray:
    return age_curve.fit(orders, end).expected(weeks, known.age)


def _own_rate(known: Histories, orders: Sequence[Order], end: date, weeks: float) -> np.ndarray:
    import numpy as np

    del orders, end
    found: np.ndarray = known.repeats / np.maximum(known.age, 1.0) * weeks
    return found


def _pooled_rate(known: Histories, orders: Sequence[Order], end: date, weeks: float) -> np.ndarray:
    import numpy as np

    del orders, end
    rate = float(known.repeats.sum()) / max(float(known.age.sum()), 1.0)
    return np.full(len(known.accounts), rate * weeks)


_COUNTS: dict[Method, Callable[[Histories, Sequence[Order], date, float], np.ndarray]] = {
    "bg_nbd": _bg_nbd,
    "age_curve": _age_curve,
    "own_rate": _own_rate,
    "pooled_rate": _pooled_rate,
}


@dataclass(frozen=True, slots=True)
class Tried:
    """How a method did in the backtest."""

    method: Method
    predicted_orders: float
    predicted_value: float
    deviance: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """What happened in the time held back, and what each method had said, the best first."""

    start: date
    end: date
    customers: int
    orders: int
    value: float
    tried: tuple[Tried, ...]


def backtest(orders: Sequence[Order], end: date, days: int) -> Backtest:
    """Train every method up to `days` before `end` and compare with what came."""
    import numpy as np

    start = end - timedelta(days=days)
    happened = spent_between(orders, start, end)
    known = histories(orders, start)
    counts = np.array([happened.get(a, (0, 0.0))[0] for a in known.accounts], dtype=np.float64)
    value = sum(happened.get(a, (0, 0.0))[1] for a in known.accounts)
    tried = [_tried(method, orders, start, days, counts) for method in _COUNTS]
    tried.sort(key=lambda t: t.deviance)
    return Backtest(start, end, len(known.accounts), int(counts.sum()), value, tuple(tried))


def _tried(
    method: Method, orders: Sequence[Order], start: date, days: int, happened: np.ndarray
) -> Tried:
    said = predict(method, orders, start, days)
    low, high = interval(said, method, orders, start, days)
    deviance = poisson_deviance(happened, said.counts)
    total = float(said.value.sum())
    return Tried(method, float(said.counts.sum()), total, deviance, low, high)


def poisson_deviance(happened: np.ndarray, expected: np.ndarray) -> float:
    """Return the mean Poisson deviance, 2 (y ln(y / mu) - y + mu); mu is at least 0.001."""
    import numpy as np
    from scipy.special import xlogy

    mu = np.maximum(expected, _FLOOR)
    return float((2 * (xlogy(happened, happened / mu) - happened + mu)).mean())


def interval(
    said: Forecast, method: Method, orders: Sequence[Order], end: date, days: int
) -> tuple[float, float]:
    """Return the 80 % interval of the total: chance, and what was learnt (jackknife by group)."""
    total = float(said.value.sum())
    sd = (said.chance_sd**2 + _learnt_variance(method, orders, end, days)) ** 0.5
    return max(0.0, total - Z80 * sd), total + Z80 * sd


def _learnt_variance(method: Method, orders: Sequence[Order], end: date, days: int) -> float:
    """Return the jackknife variance of the total over ten groups of customers (Tukey 1958)."""
    import numpy as np

    names = sorted({o.account for o in orders if o.day <= end})
    group = {name: i % _GROUPS for i, name in enumerate(names)}
    parts: list[float] = []
    for g in range(min(_GROUPS, len(names))):
        left = [o for o in orders if o.day <= end and group[o.account] != g]
        if not left:
            return 0.0
        said = predict(method, left, end, days)
        parts.append(float(said.value.mean()) * len(names))
    n = len(parts)
    return float((n - 1) / n * ((np.array(parts) - np.mean(parts)) ** 2).sum()) if n > 1 else 0.0


def spread_of(said: Forecast, places: Sequence[int]) -> list[tuple[float, float]]:
    """Return the 80 % interval of single customers: Poisson purchases of gamma value, drawn."""
    import numpy as np

    rng = np.random.default_rng(_SEED)
    shape = 1 / said.noise if said.noise > 0 else 0.0
    out: list[tuple[float, float]] = []
    for i in places:
        bought = rng.poisson(float(said.counts[i]), _DRAWS)
        worth = float(said.worth[i])
        drawn = rng.gamma(shape * bought, worth / shape) if shape else bought * worth
        low, high = np.quantile(drawn, (0.1, 0.9))
        out.append((float(low), float(high)))
    return out
