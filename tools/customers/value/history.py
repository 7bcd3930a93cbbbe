"""Orders of customers as histories: how many, since when, how much. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

WEEK = 7.0
"""Days to the model's unit of time."""


@dataclass(frozen=True, slots=True)
class Order:
    """One standing order; `value` is its margin where declared, else its amount."""

    account: str
    day: date
    value: float


@dataclass(frozen=True)
class Histories:
    """Customers in one order, as arrays of the same length.

    Attributes:
        repeats: Days with an order after the first one (x).
        recency: Weeks from the first order to the last (t_x).
        age: Weeks from the first order to the end of observation (T).
        mean: Mean value of a day's orders.
        first: Value of the first day's orders.
        total: Value of all orders.
    """

    accounts: tuple[str, ...]
    repeats: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    mean: np.ndarray
    total: np.ndarray
    first: np.ndarray


def histories(orders: Iterable[Order], end: date) -> Histories:
    """Return the histories up to and including `end`; orders of one day are one purchase."""
    import numpy as np

    days: defaultdict[str, dict[date, float]] = defaultdict(dict)
    for order in orders:
        if order.day <= end:
            held = days[order.account]
            held[order.day] = held.get(order.day, 0.0) + order.value
    accounts = tuple(sorted(days))
    rows = [_row(days[a], end) for a in accounts]
    columns = np.array(rows, dtype=np.float64).reshape(len(rows), 6)
    return Histories(accounts, *(columns[:, i] for i in range(6)))


def _row(days: dict[date, float], end: date) -> tuple[float, ...]:
    first, last, total = min(days), max(days), sum(days.values())
    recency, age = (last - first).days / WEEK, (end - first).days / WEEK
    return len(days) - 1.0, recency, age, total / len(days), total, days[first]


def spent_between(orders: Sequence[Order], start: date, end: date) -> dict[str, tuple[int, float]]:
    """Return account -> (purchase days, value) after `start`, up to and including `end`."""
    days: defaultdict[str, set[date]] = defaultdict(set)
    value: defaultdict[str, float] = defaultdict(float)
    for order in orders:
        if start < order.day <= end:
            days[order.account].add(order.day)
            value[order.account] += order.value
    return {a: (len(d), value[a]) for a, d in days.items()}
