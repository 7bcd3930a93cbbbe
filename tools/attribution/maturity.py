"""How much of what a cohort of leads will bring has happened, by the company's own pace."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

Histogram = Mapping[int, int]
"""Whole days -> count."""


def maturity(ages: Histogram, lags: Mapping[str, Histogram]) -> dict[str, float]:
    """Return stage -> expected share of eventual conversions that has happened.

    The mean, over leads, of the share of past conversions that took no longer than the lead is old.

    Args:
        ages: Age of the cohort's leads.
        lags: Stage -> days that it took the leads which reached it.
    """
    leads = sum(ages.values())
    if not leads:
        return {}
    out = {}
    for stage, histogram in lags.items():
        days = sorted(histogram)
        total = sum(histogram.values())
        if not total:
            continue
        upto, running = [], 0
        for day in days:
            running += histogram[day]
            upto.append(running / total)
        happened = sum(
            count * (upto[place - 1] if (place := bisect_right(days, age)) else 0.0)
            for age, count in ages.items()
        )
        out[stage] = happened / leads
    return out
