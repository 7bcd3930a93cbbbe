"""What is said of customers, as typed facts. Each says which rows it comes from."""

from __future__ import annotations

from datetime import date
from typing import Literal

from semantic_layer.customer_roles import PartName
from semantic_layer.model import Text
from semantic_layer.result import Cell
from tools.leads.facts import Fact

ReasonKind = Literal[
    "used_last", "usage_fell", "usage_rose", "usage_same", "never_used", "rated", "tickets_open",
    "tickets_late", "overdue", "paid", "ends", "ended", "touched", "silent", "never_touched",
]  # fmt: skip
MissingWhy = Literal["undeclared", "denied", "no_data"]


class HealthReason(Fact):
    """One observation behind a part, with its date and numbers.

    Attributes:
        costs: Whether it takes points.
        value: What is measured: an amount of use, a mean rating, money.
        was: The same before; for money the sum it is part of.
    """

    kind: ReasonKind
    costs: bool
    on: date | None = None
    days: int | None = None
    count: int | None = None
    value: float | None = None
    was: float | None = None


class HealthPart(Fact):
    """One part of the score. `weight` is its share of the parts that could be judged."""

    name: PartName
    score: float
    weight: float
    reasons: tuple[HealthReason, ...]


class MissingPart(Fact):
    """A part that was not judged, and why."""

    name: PartName
    why: MissingWhy


Band = Literal["good", "watch", "poor"]


class Known(Fact):
    """One attribute of an account that has a value."""

    id: str
    label: Text
    value: Cell


class CustomerHealth(Fact):
    """How well a customer is, 0 to 100, and why.

    Attributes:
        previous: The score `trend_days` earlier by the same rules; None when it was no customer.
        missing: Parts that could not be judged: their weight went to the others.
    """

    account: str
    name: str | None = None
    owner: str | None = None
    known: tuple[Known, ...] = ()
    score: float
    band: Band
    previous: float | None = None
    trend_days: int
    parts: tuple[HealthPart, ...]
    missing: tuple[MissingPart, ...] = ()
    contract_end: date | None = None
    days_left: int | None = None
    """Days until the contract ends; negative after its end."""
    revenue: float
    customer_since: date

    @property
    def worst(self) -> HealthReason | None:
        """The observation that costs most."""
        for part in sorted(self.parts, key=lambda p: (p.weight * (p.score - 100), p.name)):
            for reason in part.reasons:
                if reason.costs:
                    return reason
        return None
