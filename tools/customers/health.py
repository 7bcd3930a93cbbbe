"""`account_health`: how well customers are, why, and whose contract ends soon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer import QueryError
from semantic_layer.customer_roles import CustomerRole, PartName
from semantic_layer.query import Filter
from semantic_layer.scoring import days_of
from tools.base import Result, ToolContext, ToolDef
from tools.customers.facts import Band, CustomerHealth, MissingPart
from tools.customers.find import cards, find_account
from tools.customers.judge import band, judge
from tools.customers.roles import customer_role
from tools.customers.snapshot import Snapshot, Snapshots, read_snapshots
from tools.customers.spine import Wanted, customers_at

_MOST = 200
BANDS: tuple[Band, ...] = ("good", "watch", "poor")


class AccountHealthArgs(BaseModel):
    """One account, or a list of the worst (or best)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str = Field(default="", description="Account id or name; empty: a list.")
    filters: tuple[Filter, ...] = Field(
        default=(), description="Conditions on the account's dimensions, such as region or owner."
    )
    order: Literal["worst", "best"] = Field(default="worst", description="Which end of the list.")
    expiring_days: int | None = Field(
        default=None, ge=1, le=3650, description="Only contracts that end within so many days."
    )
    band: Band | None = Field(default=None, description="Only customers of this band.")
    limit: int = Field(default=10, ge=1, le=_MOST)
    explain: bool = Field(default=False, description="Tell every part of every listed account.")


class BandCount(Result):
    """How many customers are in a band."""

    band: Band
    customers: int


class WeightUsed(Result):
    """The declared weight of a part, as a share of all that could be looked at."""

    name: PartName
    weight: float


class HealthList(Result):
    """Customers by health.

    Attributes:
        total: Customers that fit the conditions, `rows` being the first of them.
        bands: Over the customers that fit.
        missing: Parts that nobody's score has.
        partly: The part of a name by which the one account was found.
    """

    as_of: date
    rows: tuple[CustomerHealth, ...]
    total: int
    bands: tuple[BandCount, ...]
    weights: tuple[WeightUsed, ...]
    missing: tuple[MissingPart, ...]
    good: float
    poor: float
    order: Literal["worst", "best"]
    expiring_days: int | None = None
    band: Band | None = None
    is_one: bool = False
    explain: bool = False
    partly: str = ""


@dataclass(frozen=True)
class Assessed:
    """Health of the customers wanted, and the parts that could not be looked at."""

    rows: tuple[CustomerHealth, ...]
    snapshots: Snapshots
    missing: tuple[MissingPart, ...]


def assess(context: ToolContext, wanted: Wanted) -> Assessed:
    """Return the health of customers today and before, without names.

    Raises:
        QueryError: The definitions say nothing that health could be told by.
        DeniedError: The orders do not exist for the asker.
    """
    role, as_of = customer_role(context), context.layer.context.as_of
    trend = days_of(role.health.trend)
    earlier = as_of - timedelta(days=trend)
    spine = customers_at(context, role.orders, (as_of, earlier), wanted)
    found = read_snapshots(context, spine, wanted.accounts)
    absent = tuple(
        MissingPart(name=name, why=found.missing[name])
        for name in role.health.weights
        if name in found.missing
    )
    if len(absent) == len(role.health.weights):
        raise QueryError(
            "NO_HEALTH_PARTS",
            "Nothing is declared that health could be told by.",
            hint="Declare usage, tickets, receivable or contract of `roles.customer`.",
        )
    out: list[CustomerHealth] = []
    for (account, at), now in found.rows.items():
        if at == as_of:
            one = _health(now, found.rows.get((account, earlier)), role, absent, trend)
            if one is not None:
                out.append(one)
    return Assessed(tuple(out), found, absent)


def _health(
    now: Snapshot,
    before: Snapshot | None,
    role: CustomerRole,
    absent: Sequence[MissingPart],
    trend: int,
) -> CustomerHealth | None:
    gone = [part.name for part in absent]
    judged = judge(now, role, gone)
    if judged.score is None:
        return None
    earlier = judge(before, role, gone).score if before is not None else None
    left = -now.since(now.contract_end) if now.contract_end else None
    return CustomerHealth(
        account=now.account, score=round(judged.score, 1), band=band(judged.score, role.health),
        previous=None if earlier is None else round(earlier, 1), trend_days=trend,
        parts=judged.parts, missing=judged.missing, contract_end=now.contract_end, days_left=left,
        revenue=round(now.revenue, 2), customer_since=now.first_order,
        sources=(f"account:{now.account}",),
    )  # fmt: skip


def named(context: ToolContext, rows: Sequence[CustomerHealth]) -> tuple[CustomerHealth, ...]:
    """Return the rows with what their accounts are called."""
    known = cards(context, {row.account for row in rows})
    out: list[CustomerHealth] = []
    for row in rows:
        card = known.get(row.account)
        if card is not None:
            row = row.model_copy(
                update={"name": card.name, "owner": card.owner, "known": card.known}
            )
        out.append(row)
    return tuple(out)


def _account_health(args: AccountHealthArgs, context: ToolContext) -> HealthList:
    customer_role(context)
    found = find_account(context, args.account) if args.account else None
    wanted = Wanted((found.account,) if found else (), args.filters)
    assessed = assess(context, wanted)
    if found and not assessed.rows:
        raise not_a_customer(found.account)
    fitting = [row for row in assessed.rows if _fits(row, args)]
    fitting.sort(key=_urgency if args.expiring_days else _rank(args.order))
    role = customer_role(context)
    return HealthList(
        as_of=context.layer.context.as_of, rows=named(context, fitting[: args.limit]),
        total=len(fitting), bands=_bands(fitting), weights=_weights(role, assessed.missing),
        missing=assessed.missing, good=role.health.good, poor=role.health.poor, order=args.order,
        expiring_days=args.expiring_days, band=args.band, is_one=found is not None,
        explain=args.explain or found is not None, partly=found.partly if found else "",
    )  # fmt: skip


def not_a_customer(account: str) -> QueryError:
    """Return the error for an account that has signed nothing."""
    return QueryError(
        "NOT_A_CUSTOMER",
        f"`{account}` has no valid order in your view, so there is nothing to judge.",
        hint="Ask for its leads or its journey instead.",
        params={"asked": account},
    )


def _fits(row: CustomerHealth, args: AccountHealthArgs) -> bool:
    if args.band is not None and row.band != args.band:
        return False
    if args.expiring_days is None:
        return True
    return row.days_left is not None and 0 <= row.days_left <= args.expiring_days


def _urgency(row: CustomerHealth) -> tuple[float, float, str]:
    return (row.days_left or 0, row.score, row.account)


def _rank(order: str) -> Callable[[CustomerHealth], tuple[float, float, str]]:
    sign = 1 if order == "worst" else -1
    return lambda row: (sign * row.score, -row.revenue, row.account)


def _bands(rows: Sequence[CustomerHealth]) -> tuple[BandCount, ...]:
    counts = {name: sum(row.band == name for row in rows) for name in BANDS}
    return tuple(BandCount(band=name, customers=n) for name, n in counts.items())


def _weights(role: CustomerRole, missing: Sequence[MissingPart]) -> tuple[WeightUsed, ...]:
    gone = {part.name for part in missing}
    kept = {n: w for n, w in role.health.weights.items() if n not in gone}
    whole = sum(kept.values())
    return tuple(WeightUsed(name=n, weight=round(w / whole, 4)) for n, w in kept.items())


ACCOUNT_HEALTH = ToolDef(
    name="account_health",
    summary="Say how well customers are (0-100) and why; list the worst, or contracts ending soon.",
    args=AccountHealthArgs,
    function=_account_health,
)
