"""Position models and custom weights against the shares of a Markov chain, in plain numbers.

Any such model needs only how many conversions had a group's touch as their only, first, last or
inner one: so weights are tried without another reading of the journeys.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from semantic_layer.credit.models import MODELS
from tools.attribution.markov import Group

STEP = 5
"""Weights are fitted in steps of so many percent."""
Weights = Mapping[str, float]
NAMED: Mapping[str, Weights] = {
    name: {
        "first": MODELS[name].shares.get("first", 0) / 100,
        "middle": MODELS[name].middle / 100,
        "last": MODELS[name].shares.get("last", 0) / 100,
    }
    for name in ("u_shaped", "first_touch", "last_touch", "j_shaped", "inverse_j")
}
EVEN = "linear"
PARTS = ("only", "first_of_2", "last_of_2", "first", "middle", "last", "even")


@dataclass
class Ends:
    """Conversions of one span by what their groups' touches were: the only, first, last ... one."""

    long_paths: int = 0
    total: float = 0
    parts: dict[str, dict[Group, float]] = field(
        default_factory=lambda: {part: {} for part in PARTS}
    )

    def shares(self, weights: Weights) -> dict[Group, float]:
        """Return each group's share under weights, by the rules of a position model."""
        first, last = weights["first"], weights["last"]
        ends = first + last
        of_two = (first / ends, last / ends) if ends else (0.5, 0.5)
        factors = {"only": 1.0, "first_of_2": of_two[0], "last_of_2": of_two[1], **weights}
        return self._sum(factors)

    def even(self) -> dict[Group, float]:
        """Return each group's share when every touch takes the same."""
        return self._sum({"even": 1.0})

    def _sum(self, factors: Mapping[str, float]) -> dict[Group, float]:
        out: dict[Group, float] = {}
        for part, factor in factors.items():
            for group, count in self.parts[part].items():
                out[group] = out.get(group, 0.0) + factor * count / (self.total or 1)
        return out

    def __add__(self, other: Ends) -> Ends:
        added = Ends(self.long_paths + other.long_paths, self.total + other.total)
        for part in PARTS:
            mine, theirs = self.parts[part], other.parts[part]
            groups = dict.fromkeys([*mine, *theirs])
            added.parts[part] = {g: mine.get(g, 0.0) + theirs.get(g, 0.0) for g in groups}
        return added


def fit(pairs: Sequence[tuple[Ends, Mapping[Group, float]]]) -> Weights:
    """Return the weights with the least mean distance; the most even among equals."""

    def score(weights: Weights) -> tuple[float, float]:
        distance = fmean(distance_of(ends.shares(weights), target) for ends, target in pairs)
        return round(distance, 12), sum(v * v for v in weights.values())

    return min(_grid(), key=score)


def _grid() -> Iterator[dict[str, float]]:
    for first in range(0, 101, STEP):
        for last in range(0, 101 - first, STEP):
            middle = 100 - first - last
            yield {"first": first / 100, "middle": middle / 100, "last": last / 100}


def distance_of(a: Mapping[Group, float], b: Mapping[Group, float]) -> float:
    """Return the total variation between two sets of shares."""
    return sum(abs(a.get(g, 0.0) - b.get(g, 0.0)) for g in dict.fromkeys([*a, *b])) / 2
