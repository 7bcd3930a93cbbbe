"""Arguments and result of `customer_value`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer.query import Filter
from tools.base import Result
from tools.customers.value.forecast import Method
from tools.leads.facts import Fact

View = Literal["historic", "predicted"]
_MOST = 200


class CustomerValueArgs(BaseModel):
    """Value to date, or expected in the time to come; of one customer, or a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    view: View = Field(default="historic", description="To date, or expected from here.")
    account: str = Field(default="", description="Account id or name; empty: the most valuable.")
    filters: tuple[Filter, ...] = Field(
        default=(), description="Conditions on the account's dimensions, such as region or owner."
    )
    days: int = Field(default=365, ge=28, le=1825, description="How far to look ahead.")
    limit: int = Field(default=10, ge=1, le=_MOST)


class CustomerValue(Fact):
    """What a customer has brought, and what to expect.

    Attributes:
        expected_orders: Days with an order in the time to come.
        low: Lower end of the 80 % interval of `expected`; `high` the upper one.
    """

    account: str
    name: str | None = None
    owner: str | None = None
    customer_since: date
    last_order: date
    orders: int
    value: float
    expected_orders: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None


class Cohort(Result):
    """Customers by the quarter of their first order.

    Attributes:
        first_year: Value per customer in the 365 days from the first order; None while some
            of the cohort have not had as long.
    """

    start: date
    customers: int
    repeaters: int
    value: float
    per_customer: float
    first_year: float | None


class MethodError(Result):
    """What a method had said in the backtest, against what came."""

    method: Method
    is_naive: bool
    predicted_orders: float
    predicted: float
    error: float
    """(predicted - actual) / actual."""
    deviance: float
    low: float
    high: float


class BacktestResult(Result):
    """The time held back, what came, and every method's say, the best first."""

    start: date
    end: date
    customers: int
    orders: int
    value: float
    methods: tuple[MethodError, ...]


class CustomerValues(Result):
    """Customers by value.

    Attributes:
        total: Customers that fit the conditions.
        value: Their value to date; `expected` in the time to come, with its 80 % interval.
        beats_naive: Whether a real model did better than the naive ones.
    """

    as_of: date
    view: View
    rows: tuple[CustomerValue, ...]
    total: int
    value: float
    repeaters: int
    is_margin: bool
    cohorts: tuple[Cohort, ...] = ()
    days: int | None = None
    method: Method | None = None
    beats_naive: bool | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    backtest: BacktestResult | None = None
    is_one: bool = False
    partly: str = ""
