"""The role `customer`: what an account bought, uses, reports, owes, and how long it is bound.

Every text is a fragment over the role's model, as elsewhere in the roles. Only `orders` is
needed; what is left out is named as missing wherever it would have counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from semantic_layer.spec import Id, NonEmpty, Span, SpanField, Spec
from semantic_layer.timegrain import TimeGrain

PartName = Literal["usage", "tickets", "payments", "contract", "engagement"]
Signal = Literal["usage", "order", "touch"]
Weight = Annotated[float, Field(gt=0, le=1000)]


_WEIGHTS: Mapping[PartName, float] = {
    "usage": 30, "tickets": 15, "payments": 20, "contract": 20, "engagement": 15,
}  # fmt: skip


def _days(count: int) -> Span:
    return Span(count=count, grain=TimeGrain.DAY)


class OrdersRole(Spec):
    """Signed orders: who, when, how much, of what."""

    model: Id
    id: NonEmpty
    account: NonEmpty
    at: NonEmpty
    amount: NonEmpty
    margin: NonEmpty | None = None
    """Gross margin of the order; lifetime value is of margin where it is given."""
    product: NonEmpty | None = None
    void: NonEmpty | None = None
    """When the order was cancelled; empty while it stands."""
    filter: NonEmpty | None = None


class ContractRole(Spec):
    """From when until when an account is bound: a column `end`, or a `term` after `start`."""

    model: Id
    account: NonEmpty
    start: NonEmpty
    end: NonEmpty | None = None
    term: SpanField | None = None
    void: NonEmpty | None = None
    filter: NonEmpty | None = None

    @model_validator(mode="after")
    def _one_end(self) -> ContractRole:
        if (self.end is None) == (self.term is None):
            msg = "give exactly one of `end` (a column) and `term` (a length of time)"
            raise ValueError(msg)
        return self


class UsageRole(Spec):
    """Use of what was bought, by day; `amount` (such as logins) defaults to one per row."""

    model: Id
    account: NonEmpty
    at: NonEmpty
    amount: NonEmpty | None = None
    filter: NonEmpty | None = None


class TicketsRole(Spec):
    """Service requests with the rating given, from `worst` to `best`."""

    model: Id
    account: NonEmpty
    opened: NonEmpty
    closed: NonEmpty
    rating: NonEmpty | None = None
    worst: float = 1
    best: float = 5
    filter: NonEmpty | None = None

    @model_validator(mode="after")
    def _scale(self) -> TicketsRole:
        if self.best <= self.worst:
            msg = "`best` must be above `worst`"
            raise ValueError(msg)
        return self


class PaidRole(Spec):
    """Money received: `of` is the id of what it pays for."""

    model: Id
    of: NonEmpty
    at: NonEmpty
    amount: NonEmpty
    filter: NonEmpty | None = None


class ReceivableRole(Spec):
    """Money owed: due on a column `due`, or `due_after` so long from `at`."""

    model: Id
    id: NonEmpty
    account: NonEmpty
    amount: NonEmpty
    at: NonEmpty
    due: NonEmpty | None = None
    due_after: SpanField | None = None
    void: NonEmpty | None = None
    filter: NonEmpty | None = None
    paid: PaidRole

    @model_validator(mode="after")
    def _one_due(self) -> ReceivableRole:
        if (self.due is None) == (self.due_after is None):
            msg = "give exactly one of `due` (a column) and `due_after` (a length of time)"
            raise ValueError(msg)
        return self


class HealthSpec(Spec):
    """Weights and thresholds of the health score, 0 (lost) to 100 (well)."""

    weights: dict[PartName, Weight] = Field(default_factory=lambda: dict(_WEIGHTS))
    good: Annotated[float, Field(gt=0, lt=100)] = 70
    """From here a customer is well."""
    poor: Annotated[float, Field(gt=0, lt=100)] = 45
    """Below this a customer is at risk."""
    used_fresh: SpanField = _days(7)
    used_lost: SpanField = _days(90)
    """Last use up to `used_fresh` ago scores full, from `used_lost` on nothing."""
    touched_fresh: SpanField = _days(14)
    touched_lost: SpanField = _days(120)
    safe: SpanField = _days(180)
    """A contract that runs this much longer scores full; one that has ended nothing."""
    unpaid_limit: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of what was due that, when overdue, leaves nothing of the part."""
    tickets_within: SpanField = _days(180)
    ticket_late: SpanField = _days(7)
    """An open ticket older than this costs `late_cost` points, a younger one half of it."""
    late_cost: Annotated[float, Field(ge=0, le=100)] = 20
    trend: SpanField = _days(30)

    @model_validator(mode="after")
    def _ordered(self) -> HealthSpec:
        if self.poor >= self.good:
            msg = "`poor` must be below `good`"
            raise ValueError(msg)
        if not self.weights:
            msg = "`weights` names no part"
            raise ValueError(msg)
        return self


class ChurnSpec(Spec):
    """Churn: a contract ended and nothing was signed until `grace` after its end."""

    ahead: SpanField = _days(60)
    """How long before the end it is predicted."""
    grace: SpanField = _days(35)


class RepurchaseSpec(Spec):
    """Repurchase: another order is signed `within` this time."""

    within: SpanField = _days(90)


class DormantSpec(Spec):
    """Dormant: no `signals` for `after`, and for `times` the customer's own usual gap."""

    after: SpanField = _days(90)
    times: Annotated[float, Field(ge=1, le=100)] = 3
    signals: tuple[Signal, ...] = ("usage", "order", "touch")


class CrossSellSpec(Spec):
    """What makes customers alike: the same values of `alike`, and a product in common."""

    alike: tuple[Id, ...] = ()
    """Dimensions of the account's model."""
    least: Annotated[int, Field(ge=2)] = 10
    """Similar customers needed before anything is said."""


class AskedBy(Spec):
    """Metrics whose names also mean these lists: of each customer, or of the time to come."""

    value: tuple[Id, ...] = ()
    dormant: tuple[Id, ...] = ()


class CustomerRole(Spec):
    """An account as a customer. Its name and id are those of the role `account`."""

    orders: OrdersRole
    contract: ContractRole | None = None
    usage: UsageRole | None = None
    tickets: TicketsRole | None = None
    receivable: ReceivableRole | None = None
    owner: NonEmpty | None = None
    """Who is responsible: a fragment over the account's model."""
    attributes: dict[Id, NonEmpty] = Field(default_factory=dict)
    """What is known of an account: fragments over its model."""
    health: HealthSpec = HealthSpec()
    churn: ChurnSpec = ChurnSpec()
    repurchase: RepurchaseSpec = RepurchaseSpec()
    dormant: DormantSpec = DormantSpec()
    cross_sell: CrossSellSpec = CrossSellSpec()
    asked_by: AskedBy = AskedBy()
    late: tuple[Id, ...] = ()
    """Attributes known to be filled in after an outcome: never learnt from."""
    fairness: tuple[Id, ...] = ()
    """Attributes whose groups are compared in a model's report."""
