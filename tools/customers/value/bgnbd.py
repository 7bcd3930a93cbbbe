"""BG/NBD: how many purchases to expect of a customer. Pure, closed form.

While alive a customer buys at a Poisson rate (rates are gamma over customers, r and alpha) and
leaves for good after any purchase with some chance (beta over customers, a and b). Likelihood,
chance to be alive and expectation are those of Fader, Hardie and Lee (2005), "Counting Your
Customers the Easy Way", Marketing Science 24(2): equations (6) and (10).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from tools.customers.value.history import Histories

_BOUNDS = (-6.0, 8.0)
"""Of the logarithm of every parameter: beyond it the data say nothing more."""
_STARTS = ((0.0, 3.0, 0.0, 1.0), (-1.0, 2.0, -0.5, 1.0), (0.5, 4.5, -1.0, 2.0))
_RIDGE = 1e-3
"""Price of extreme parameters, per customer: keeps a flat likelihood from running away."""
_NEAR_ONE = 1e-6


@dataclass(frozen=True, slots=True)
class Purchases:
    """Fitted parameters, in weeks.

    Attributes:
        log_likelihood: At the optimum, without the price of extreme parameters.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = 0.0


def log_likelihood(model: Purchases, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Return the logarithm of each customer's likelihood, equation (6)."""
    import numpy as np
    from scipy.special import gammaln

    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    first = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    second = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    stayed = -(r + x) * np.log(alpha + age)
    safe = np.maximum(x, 1)
    left = np.log(a) - np.log(b + safe - 1) - (r + x) * np.log(alpha + t_x)
    both = np.where(x > 0, np.logaddexp(stayed, left), stayed)
    found: np.ndarray = first + second + both
    return found


def alive(model: Purchases, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Return the chance that each customer has not left."""
    found: np.ndarray = 1 / _odds(model, x, t_x, age)
    return found


def _odds(model: Purchases, x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> np.ndarray:
    import numpy as np

    ratio = ((model.alpha + age) / (model.alpha + t_x)) ** (model.r + x)
    safe = np.maximum(x, 1)
    found: np.ndarray = 1 + np.where(x > 0, model.a / (model.b + safe - 1) * ratio, 0.0)
    return found


def expected(
    model: Purchases, weeks: float, x: np.ndarray, t_x: np.ndarray, age: np.ndarray
) -> np.ndarray:
    """Return the expected number of purchases in the next weeks, equation (10)."""
    import numpy as np
    from scipy.special import hyp2f1

    r, alpha, b = model.r, model.alpha, model.b
    a = model.a if abs(model.a - 1) > _NEAR_ONE else 1 + _NEAR_ONE
    z = weeks / (alpha + age + weeks)
    shrink = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
    top = (a + b + x - 1) / (a - 1) * (1 - shrink * hyp2f1(r + x, b + x, a + b + x - 1, z))
    found: np.ndarray = np.maximum(top / _odds(model, x, t_x, age), 0.0)
    return found


def fit(known: Histories) -> Purchases:
    """Return the parameters of highest likelihood over weekly groups of customers."""
    import numpy as np
    from scipy.optimize import minimize

    rows = np.stack([known.repeats, np.round(known.recency, 0), np.round(known.age, 0)], axis=1)
    rows[:, 1] = np.minimum(rows[:, 1], rows[:, 2])
    groups, counts = np.unique(rows, axis=0, return_counts=True)
    x, t_x, age = groups.T
    whole = counts.sum()

    def price(logs: np.ndarray) -> float:
        model = Purchases(*np.exp(np.clip(logs, *_BOUNDS)))
        lost = -(log_likelihood(model, x, t_x, age) * counts).sum() / whole
        return float(lost + _RIDGE * (np.asarray(logs) ** 2).sum())

    options = {"maxiter": 500}
    tried = [
        minimize(price, s, method="L-BFGS-B", bounds=[_BOUNDS] * 4, options=options)
        for s in _STARTS
    ]
    best = min(tried, key=lambda t: float(t.fun))
    model = Purchases(*(float(v) for v in np.exp(best.x)))
    likelihood = float((log_likelihood(model, x, t_x, age) * counts).sum())
    return Purchases(model.r, model.alpha, model.a, model.b, likelihood)
