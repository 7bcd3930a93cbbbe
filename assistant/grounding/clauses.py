"""Clauses of a text, and which rows, metrics and periods each word of them is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.grounding.discourse import Discourse
from assistant.grounding.tokens import Token
from semantic_layer.timegrain import DateRange


@dataclass
class Clause:
    """A run of tokens that makes its claims together.

    Attributes:
        before: What is carried into it.
        ahead: Periods of the next clause of the sentence.
    """

    tokens: list[Token]
    before: Discourse
    ahead: tuple[DateRange, ...] = ()

    def indexes(self, claim: str) -> Iterator[int]:
        """Yield the places of a claim."""
        return (i for i, t in enumerate(self.tokens) if claim in t.claims)

    def says(self, *claims: str) -> bool:
        """Whether any of the claims is made."""
        return any(c in t.claims for t in self.tokens for c in claims)

    def top(self) -> int:
        """Return the count of `the top five`, else 0."""
        tops = [t.number.value for t in self.tokens if t.number and t.number.unit == "top"]
        return int(tops[-1]) if tops else 0

    def groups(self) -> list[tuple[int, str]]:
        """Return the (place, id) of every row name."""
        return [(i, n.id) for i, t in enumerate(self.tokens) for n in t.names if n.kind == "key"]

    def metrics(self) -> list[tuple[int, str]]:
        """Return the (place, id) of every metric name."""
        return [(i, n.id) for i, t in enumerate(self.tokens) for n in t.names if n.kind == "metric"]

    def facets(self) -> list[tuple[int, str]]:
        """Return the (place, id) of every facet: of the models of one attribution, say."""
        return [(i, n.id) for i, t in enumerate(self.tokens) for n in t.names if n.kind == "facet"]

    def is_measure(self, place: int) -> bool:
        """Whether the period at a place is what is compared with: `比 2 月`, `环比 8 月`."""
        token = self.tokens[place]
        left = self.tokens[place - 1] if place else None
        after_than = left is not None and "than" in left.claims and left.period is None
        return token.shift is not None or "than" in token.claims or after_than

    def is_of_then(self, place: int) -> bool:
        """Whether a number is of another period: `slightly below 29.4% in Q1` bounds nothing."""
        behind = self.tokens[place + 1 : place + 3]
        dated = len(behind) == 2 and behind[0].text in {"in", "for"}
        other = dated and behind[1].period not in {None, *self.before.topic.periods}
        return other and self.tokens[place].number is not None and self.says("high", "low")

    def periods(self) -> list[tuple[int, DateRange]]:
        """Return the (place, range) of every period, also of `compared with ...`."""
        out = []
        for i, token in enumerate(self.tokens):
            found = token.period
            if token.shift is not None and token.shift.period is not None:
                found = token.shift.period.range
            if found is not None:
                out.append((i, found))
        return out
