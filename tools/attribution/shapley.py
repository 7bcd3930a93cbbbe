"""Shapley values of groups, in two games.

The sum game values a set of groups by the conversions whose groups all lie in it. Its Shapley
value has a closed form (Zhao et al., 2018): each conversion is shared evenly by its distinct
groups; SQL does that. The conversion-rate game values a set by the rate at which journeys inside
it convert; it needs all sets, is not monotone, and may give negative values.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

MAX_GROUPS = 15
"""The conversion-rate game visits every set of groups: 2^15 of them."""


def rate_game(
    converted: Sequence[float], journeys: Sequence[float], groups: int
) -> tuple[float, ...]:
    """Return the Shapley value of each group in the conversion-rate game.

    Args:
        converted: Bit mask of a set of groups -> conversions (or money) of exactly that set.
        journeys: The same for all journeys.
        groups: Number of groups, at most MAX_GROUPS.
    """
    import numpy as np

    sets = np.arange(2**groups)
    inside = [np.array(values, dtype=float) for values in (converted, journeys)]
    for values in inside:
        for bit in range(groups):
            upper = sets[(sets >> bit) & 1 == 1]
            values[upper] += values[upper - (1 << bit)]
    won, all_of = inside
    value = np.divide(won, all_of, out=np.zeros_like(won), where=all_of > 0)
    sizes = np.array([bin(s).count("1") for s in range(2**groups)])
    whole = factorial(groups)
    weight = np.array(
        [factorial(k) * factorial(groups - k - 1) / whole if k < groups else 0.0 for k in sizes]
    )
    out = []
    for bit in range(groups):
        without = sets[(sets >> bit) & 1 == 0]
        gain = value[without + (1 << bit)] - value[without]
        out.append(float(np.sum(weight[without] * gain)))
    return tuple(out)
