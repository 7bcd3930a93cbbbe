"""Arguments and result of `summarize_account`."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.base import Result
from tools.customers.facts import CustomerHealth, HealthReason, Known
from tools.leads.facts import Colleague, Deal, Fact, Habits, Hours, Topic

StepKind = Literal[
    "collect", "resolve", "renew", "win_back", "reactivate", "unblock_deal", "close_deal", "meet",
    "first_order", "keep",
]  # fmt: skip
CaveatKind = Literal["no_customer", "no_touches", "touches_cut", "hidden", "matched_by_part"]


class SummarizeAccountArgs(BaseModel):
    """Which account to summarise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str = Field(min_length=1, description="Account id or name, or a part of the name.")


class AccountWho(Fact):
    """Who the account is. None is unknown, or not open to the asker."""

    account: str
    name: str | None = None
    owner: str | None = None
    known: tuple[Known, ...] = ()


class Held(Fact):
    """A product the account has bought."""

    product: str
    orders: int
    amount: float
    last_on: date


class AccountRisk(Fact):
    """Why this customer may be lost: an observation of its health, or a stalled deal."""

    reason: HealthReason | None = None
    deal: Deal | None = None


class AccountStep(Fact):
    """What to do next."""

    kind: StepKind
    on: date | None = None
    days: int | None = None
    value: float | None = None
    text: str | None = None
    hours: Hours | None = None


class AccountCaveat(Fact):
    """What the reader must know about this summary."""

    kind: CaveatKind
    count: int | None = None
    text: str | None = None


class AccountSummary(Result):
    """Everything a salesperson needs before calling on a customer."""

    as_of: date
    who: AccountWho
    health: CustomerHealth | None = None
    products: tuple[Held, ...] = ()
    deals: tuple[Deal, ...] = ()
    topics: tuple[Topic, ...] = ()
    habits: Habits | None = None
    colleagues: tuple[Colleague, ...] = ()
    risks: tuple[AccountRisk, ...] = ()
    step: AccountStep
    caveats: tuple[AccountCaveat, ...] = ()
