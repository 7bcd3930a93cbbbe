"""Gamma-Gamma: how much a purchase of a customer is worth. Pure, closed form.

Values of a customer's purchases are gamma with shape p around a mean that is itself inverse
gamma over customers (q, v). Likelihood and expectation are those of Fader and Hardie (2013),
"The Gamma-Gamma Model of Monetary Value", equations (1a) and (5); every purchase counts here,
the first included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_BOUNDS = ((-3.0, 6.0), (-3.0, 6.0), (-6.0, 12.0))
"""Of the logarithms of p, q - 1 (a mean exists only for q above 1) and v."""
_RIDGE = 1e-4


@dataclass(frozen=True, slots=True)
class Values:
    """Fitted parameters; `unit` is the money that one unit of `v` stands for."""

    p: float
    q: float
    v: float
    unit: float

    def expected(self, n: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Return the expected value of a purchase of customers with n purchases of that mean."""
        found: np.ndarray = (
            self.unit * self.p * (self.v + n * mean / self.unit) / (self.p * n + self.q - 1)
        )
        return found


def log_likelihood(p: float, q: float, v: float, n: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the logarithm of each customer's likelihood, equation (1a)."""
    import numpy as np
    from scipy.special import gammaln

    found: np.ndarray = (
        gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(v)
        + (p * n - 1) * np.log(mean) + p * n * np.log(n) - (p * n + q) * np.log(v + n * mean)
    )  # fmt: skip
    return found


def fit(n: np.ndarray, mean: np.ndarray) -> Values:
    """Return the parameters of highest likelihood; customers worth nothing are left out."""
    import numpy as np
    from scipy.optimize import minimize

    n, mean = n[mean > 0], mean[mean > 0]
    unit = float(np.median(mean)) if len(mean) else 1.0
    scaled = mean / unit

    def price(logs: np.ndarray) -> float:
        p, q, v = np.exp(logs)
        lost = -float(log_likelihood(p, q + 1, v, n, scaled).mean())
        return lost + _RIDGE * float((logs**2).sum())

    found = minimize(price, np.array([1.0, 1.0, 0.0]), method="L-BFGS-B", bounds=list(_BOUNDS))
    p, q, v = (float(x) for x in np.exp(found.x))
    return Values(p, q + 1, v, unit)
