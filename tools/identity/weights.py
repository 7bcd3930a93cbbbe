"""Fellegi–Sunter weights by expectation maximisation over agreement patterns.

Own code and not a library: the patterns are few, so the whole estimation is a loop over a
small table; the one well-kept library would add an Arrow runtime to the installation and
would keep its tables in a connection of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_ROUNDS = 50
_FLOOR = 0.01
_SAME_NAME, _ALIKE_NAME = 0.95, 0.05
"""How often records of one human carry the very same name, or one that only sounds alike."""
_SAME_COMPANY = 0.9


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a kind of candidate pair agrees: 2 the same, 1 not known, 0 different."""

    name: int
    company: int
    title: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Weight:
    """Evidence of one pattern.

    Attributes:
        name: Probability of this agreement on the name among true pairs.
        company: Probability of the same company among true pairs.
        title: Bits for or against, from the title.
        prior: Bits before any evidence.
    """

    pattern: Pattern
    name: float
    company: float
    title: float
    prior: float


def estimate(
    patterns: Sequence[Pattern], same_by_chance: float, records: int
) -> tuple[Weight, ...]:
    """Return the weight of each pattern.

    Args:
        patterns: Counts of candidate pairs by agreement.
        same_by_chance: How often two random records that have a title have the same one.
        records: Number of records; a random pair is one human with odds of about 1 : records.
    """
    u = min(max(same_by_chance, _FLOOR), 1 - _FLOOR)
    m, share = 0.8, 0.5
    for _ in range(_ROUNDS):
        agreed = differed = both = total = 0.0
        for p in patterns:
            true = share * _title(p.title, m)
            chance = (1 - share) * _title(p.title, u)
            expected = p.pairs * true / (true + chance)
            both += expected
            total += p.pairs
            agreed += expected if p.title == 2 else 0
            differed += expected if p.title == 0 else 0
        m = _kept(agreed / (agreed + differed)) if agreed + differed else m
        share = _kept(both / total) if total else share
    prior = -math.log2(max(records, 2))
    return tuple(_weight(p, m, u, prior) for p in patterns)


def _title(level: int, same: float) -> float:
    return {2: same, 1: 1.0, 0: 1 - same}[level]


def _kept(value: float) -> float:
    return min(max(value, _FLOOR), 1 - _FLOOR)


def _weight(p: Pattern, m: float, u: float, prior: float) -> Weight:
    bits = math.log2(_title(p.title, m) / _title(p.title, u))
    name = _SAME_NAME if p.name == 2 else _ALIKE_NAME
    return Weight(p, name, _SAME_COMPANY, bits, prior)
