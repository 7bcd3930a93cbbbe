"""Which products customers alike have that a customer has not. Pure.

Peers of a customer have the same segment and at least one product in common. For a product p:
share = peers with p / peers; usual = customers with p and another product / customers with a
product other than p; lift = share / usual; cosine = |both| / sqrt(|p| * |owned|), the largest
over the products owned (Sarwar et al. 2001, item-based collaborative filtering).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property

_Z = 1.96
"""Two-sided 95 %."""

Owned = frozenset[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that peers have.

    Attributes:
        peers: Customers alike; `having` of them have the product.
        low: Lower end of the Wilson 95 % interval of having / peers.
        usual: Share of all customers with some other product that have this one too.
        widened: The segment had too few peers: customers of every segment count.
    """

    product: str
    peers: int
    having: int
    low: float
    usual: float
    cosine: float
    widened: bool

    @property
    def share(self) -> float:
        """Return the share of peers that have the product."""
        return self.having / self.peers

    @property
    def lift(self) -> float | None:
        """Return the share against the usual; None when nobody usually has it."""
        return self.share / self.usual if self.usual else None

    @property
    def is_clear(self) -> bool:
        """Whether peers have it more often than customers usually do, beyond chance."""
        return self.low > self.usual


def wilson_low(hits: int, n: int, z: float = _Z) -> float:
    """Return the lower end of Wilson's score interval of hits / n (Wilson 1927)."""
    if n == 0:
        return 0.0
    p = hits / n
    middle = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (middle - spread) / (1 + z * z / n))


class Market:
    """Everybody's products and segments, with what is asked often worked out once.

    Args:
        owned: Account -> the products it has; none is empty.
        segments: Account -> what makes it alike; accounts without one share None.
        least: Peers needed before anything is said.
    """

    def __init__(
        self, owned: Mapping[str, Owned], segments: Mapping[str, Hashable], least: int
    ) -> None:
        self.owned, self.segments, self.least = owned, segments, least
        self._known: dict[tuple[Hashable, Owned], tuple[Candidate, ...]] = {}

    @cached_property
    def owners(self) -> Counter[str]:
        """Customers by product."""
        return Counter(p for products in self.owned.values() for p in products)

    @cached_property
    def together(self) -> Counter[tuple[str, str]]:
        """Customers by ordered pair of different products."""
        pairs: Counter[tuple[str, str]] = Counter()
        for products in self.owned.values():
            pairs.update((a, b) for a in products for b in products if a != b)
        return pairs

    @cached_property
    def _sets(self) -> dict[Hashable, Counter[Owned]]:
        """Segment -> how many customers have exactly which products."""
        found: defaultdict[Hashable, Counter[Owned]] = defaultdict(Counter)
        for account, products in self.owned.items():
            found[self.segments.get(account)][products] += 1
        return dict(found)

    @cached_property
    def _all(self) -> Counter[Owned]:
        whole: Counter[Owned] = Counter()
        for counted in self._sets.values():
            whole.update(counted)
        return whole

    def usual(self, product: str) -> float:
        """Return how many of the customers with some other product have this one too."""
        others = sum(n for s, n in self._all.items() if s - {product})
        both = sum(n for s, n in self._all.items() if product in s and s - {product})
        return both / others if others else 0.0

    def candidates(self, account: str) -> tuple[Candidate, ...]:
        """Return products that the account has not, the likeliest first; empty: too few peers."""
        mine = self.owned[account]
        key = (self.segments.get(account), mine)
        if key not in self._known:
            self._known[key] = self._work_out(*key)
        return self._known[key]

    def peers(self, account: str) -> int:
        """Return how many customers of any segment share a product with the account."""
        return sum(self._sharing(self._all, self.owned[account]).values())

    def _sharing(self, sets: Counter[Owned], mine: Owned) -> Counter[Owned]:
        """Return the sets that share a product, without the customer itself."""
        found = Counter({s: n for s, n in sets.items() if s & mine})
        found[mine] -= 1
        return +found

    def _work_out(self, segment: Hashable, mine: Owned) -> tuple[Candidate, ...]:
        peers = self._sharing(self._sets.get(segment, Counter()), mine)
        widened = sum(peers.values()) < self.least
        if widened:
            peers = self._sharing(self._all, mine)
        n = sum(peers.values())
        if n < self.least:
            return ()
        having: Counter[str] = Counter()
        for products, count in peers.items():
            for product in products - mine:
                having[product] += count
        found = [self._candidate(p, n, k, mine, widened=widened) for p, k in having.items()]
        return tuple(sorted(found, key=lambda c: (-c.low, -c.share, c.product)))

    def _candidate(
        self, product: str, peers: int, having: int, mine: Owned, *, widened: bool
    ) -> Candidate:
        cosines = [
            self.together[product, o] / math.sqrt(self.owners[product] * self.owners[o])
            for o in mine
        ]
        return Candidate(
            product, peers, having, wilson_low(having, peers), self.usual(product), max(cosines), widened
        )  # fmt: skip
