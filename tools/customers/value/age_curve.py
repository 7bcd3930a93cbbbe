"""Mean cumulative function: purchases per customer by time since the first one. Pure.

M(t) = sum over purchases at age u <= t of 1 / customers observed to age u (Nelson 2003,
"Recurrent Events Data Analysis"). It assumes nothing about rhythm, so yearly renewals show as
a step after a year; it knows nothing of the single customer but the age.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tools.customers.value.history import WEEK, Order

if TYPE_CHECKING:
    import numpy as np

_YEAR = 365.25 / WEEK
_LEAST_AT_RISK = 10
"""Beyond the age that so many customers have reached, the last year is repeated."""


@dataclass(frozen=True)
class AgeCurve:
    """The curve as steps: at `ages` (weeks, ascending) it has reached `levels`, up to `limit`."""

    ages: np.ndarray
    levels: np.ndarray
    limit: float

    def at(self, age: np.ndarray) -> np.ndarray:
        """Return purchases per customer up to an age; beyond the limit the last year goes on."""
        import numpy as np

        span = min(_YEAR, self.limit)
        over = np.maximum(age - self.limit, 0.0)
        turns = np.ceil(over / span) if span > 0 else np.zeros_like(over)
        yearly = self._read(np.array([self.limit])) - self._read(np.array([self.limit - span]))
        found: np.ndarray = self._read(age - turns * span) + turns * yearly
        return found

    def expected(self, weeks: float, age: np.ndarray) -> np.ndarray:
        """Return the expected number of purchases in the next weeks by age."""
        found: np.ndarray = self.at(age + weeks) - self.at(age)
        return found

    def _read(self, age: np.ndarray) -> np.ndarray:
        import numpy as np

        place = np.searchsorted(self.ages, np.minimum(age, self.limit), side="right")
        found: np.ndarray = np.concatenate([[0.0], self.levels])[place]
        return found


def fit(orders: Iterable[Order], end: date) -> AgeCurve:
    """Return the curve of all orders up to and including `end`."""
    import numpy as np

    days: defaultdict[str, set[date]] = defaultdict(set)
    for order in orders:
        if order.day <= end:
            days[order.account].add(order.day)
    firsts = {a: min(d) for a, d in days.items()}
    reach = np.sort(np.array([(end - f).days / WEEK for f in firsts.values()]))
    limit = float(reach[-min(_LEAST_AT_RISK, len(reach))]) if len(reach) else 0.0
    again = sorted((d - firsts[a]).days / WEEK for a, ds in days.items() for d in ds)
    ages = np.array([u for u in again if 0 < u <= limit])
    at_risk = len(reach) - np.searchsorted(reach, ages, side="left")
    return AgeCurve(ages, np.cumsum(1 / at_risk) if len(ages) else ages, limit)
