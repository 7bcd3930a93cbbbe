"""Whether two proportions differ: two-proportion z test, Fisher's exact test.

Sources: pooled two-proportion z test, Fleiss, Levin and Paik, *Statistical Methods for Rates
and Proportions*, 3rd ed., section 3.1 (without continuity correction); exact test, Fisher
(1935), two-sided by summing every table that is no more probable than the observed one.
"""

from __future__ import annotations

from math import erfc, exp, lgamma, sqrt
from typing import NamedTuple

LEAST_EXPECTED = 5.0  # Cochran's rule: below it the normal approximation is not trusted
_TIE = 1 + 1e-7  # tables equally probable but for rounding count as equally probable


class Verdict(NamedTuple):
    """A test and its two-sided p value."""

    test: str
    p_value: float


def compare(x: int, n: int, y: int, m: int) -> Verdict:
    """Return the test of x of n against y of m, exact when a cell expects fewer than five.

    Args:
        x: Successes of the first sample.
        n: Size of the first sample, at least 1.
        y: Successes of the second sample.
        m: Size of the second sample, at least 1.
    """
    successes, total = x + y, n + m
    rarer = min(successes, total - successes)
    if min(n, m) * rarer / total < LEAST_EXPECTED:
        return Verdict("Fisher exact", fisher(x, n, y, m))
    return Verdict("two-proportion z", z_test(x, n, y, m))


def z_test(x: int, n: int, y: int, m: int) -> float:
    """Return the two-sided p value of the pooled z test; 1 when nothing varies."""
    pooled = (x + y) / (n + m)
    variance = pooled * (1 - pooled) * (1 / n + 1 / m)
    if variance <= 0:
        return 1.0
    z = abs(x / n - y / m) / sqrt(variance)
    return erfc(z / sqrt(2))


def fisher(x: int, n: int, y: int, m: int) -> float:
    """Return the two-sided p value of Fisher's exact test."""
    successes = x + y
    low, high = max(0, successes - m), min(n, successes)
    whole = _log_choose(n + m, successes)
    logs = [_log_choose(n, k) + _log_choose(m, successes - k) - whole for k in range(low, high + 1)]
    observed = exp(logs[x - low]) * _TIE
    return min(1.0, sum(p for p in map(exp, logs) if p <= observed))


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
