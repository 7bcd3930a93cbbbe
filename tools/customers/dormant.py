"""`find_dormant_customers`: who has fallen silent, against their own rhythm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from pydantic import BaseModel, ConfigDict, Field
from sqlglot import exp

from semantic_layer import DeniedError
from semantic_layer.compile.relation import Field as Column
from semantic_layer.compile.relation import Window
from semantic_layer.credit.nodes import col, named, over, select_from, subquery
from semantic_layer.customer_roles import CustomerRole, Signal
from semantic_layer.query import Filter
from semantic_layer.scoring import days_of
from tools.base import Result, ToolContext, ToolDef
from tools.customers.find import cards, find_account
from tools.customers.roles import customer_role
from tools.customers.spine import (
    ACCOUNT,
    AT,
    DAY,
    ROWS,
    SPINE,
    Source,
    Wanted,
    conditions,
    customers_at,
    first,
    last,
    measured,
    orders_source,
    read_source,
    run,
    stands,
    total,
)
from tools.leads.facts import Fact
from tools.leads.rows import Row

_MOST = 200


class DormantArgs(BaseModel):
    """Which customers to look at, and how long a silence counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str = Field(default="", description="Account id or name; empty: everybody.")
    filters: tuple[Filter, ...] = Field(
        default=(), description="Conditions on the account's dimensions, such as region or owner."
    )
    days: int | None = Field(
        default=None, ge=1, le=3650, description="Days of silence; default: the definitions'."
    )
    limit: int = Field(default=10, ge=1, le=_MOST)


class Silence(Fact):
    """How long a customer has been silent.

    Attributes:
        last_on: Last sign of life; the first order if there was none since.
        usual_gap: Median days between days with a sign of life; None below two gaps.
    """

    account: str
    name: str | None = None
    owner: str | None = None
    last_on: date
    days: int
    usual_gap: float | None = None
    active_days: int
    revenue: float
    is_dormant: bool


class DormantCustomers(Result):
    """Dormant customers, the most valuable first; for one account, how it stands."""

    as_of: date
    rows: tuple[Silence, ...]
    total: int
    customers: int
    revenue: float
    """Revenue to date of all dormant customers that fit."""
    days: int
    times: float
    signals: tuple[Signal, ...]
    missing: tuple[Signal, ...]
    is_one: bool = False
    partly: str = ""


def _find_dormant(args: DormantArgs, context: ToolContext) -> DormantCustomers:
    role, as_of = customer_role(context), context.layer.context.as_of
    found = find_account(context, args.account) if args.account else None
    wanted = Wanted((found.account,) if found else (), args.filters)
    days = args.days or days_of(role.dormant.after)
    spine = customers_at(context, role.orders, (as_of,), wanted)
    sources, missing = _sources(context, role)
    seen = {str(r[ACCOUNT]): r for r in run(context, _rhythm(spine, sources))}
    base = run(context, _base(context, role, spine))
    silences = [_silence(r, seen.get(str(r[ACCOUNT]), {}), as_of, days, role) for r in base]
    kept = [s for s in silences if s.is_dormant or found]
    kept.sort(key=lambda s: (-s.revenue, s.account))
    known = cards(context, {s.account for s in kept[: args.limit]})
    rows = tuple(
        s.model_copy(update={"name": card.name, "owner": card.owner})
        if (card := known.get(s.account)) is not None
        else s
        for s in kept[: args.limit]
    )
    return DormantCustomers(
        as_of=as_of, rows=rows, total=len(kept), customers=len(silences),
        revenue=round(sum(s.revenue for s in kept), 2), days=days, times=role.dormant.times,
        signals=tuple(sources), missing=missing, is_one=found is not None,
        partly=found.partly if found else "",
    )  # fmt: skip


def _silence(order: Row, seen: Row, as_of: date, days: int, role: CustomerRole) -> Silence:
    days_seen = [d for d in (order["first"], seen.get("last")) if isinstance(d, date)]
    last_on = max(days_seen)
    silent = (as_of - last_on).days
    gap = float(str(seen["gap"])) if seen.get("gap") is not None else None
    active = int(str(seen.get("days") or 0))
    usual = gap if active > 2 else None
    is_dormant = silent >= days and (usual is None or silent >= role.dormant.times * usual)
    return Silence(
        account=str(order[ACCOUNT]), last_on=last_on, days=silent, usual_gap=usual,
        active_days=active, revenue=round(float(str(order["revenue"])), 2), is_dormant=is_dormant,
        sources=(f"account:{order[ACCOUNT]}",),
    )  # fmt: skip


def _base(context: ToolContext, role: CustomerRole, spine: exp.Select) -> exp.Select:
    source = orders_source(role.orders)
    measures = {"first": first(), "last": last(), "revenue": total(col("amount", ROWS))}
    return measured(context, spine, source, measures, stands(source, col(AT, SPINE)))


def _sources(
    context: ToolContext, role: CustomerRole
) -> tuple[dict[Signal, exp.Select], tuple[Signal, ...]]:
    """Return the readable signals of life as account and day, and the names of the others."""
    found: dict[Signal, exp.Select] = {}
    missing: list[Signal] = []
    for name in role.dormant.signals:
        source = _SIGNALS[name](context, role)
        try:
            rows = read_source(context, source) if source is not None else None
        except DeniedError:
            rows = None
        if rows is None:
            missing.append(name)
        else:
            found[name] = rows
    return found, tuple(missing)


def _order_days(context: ToolContext, role: CustomerRole) -> Source | None:
    o = role.orders
    return _days(context, o.model, o.account, o.at, o.filter)


def _usage_days(context: ToolContext, role: CustomerRole) -> Source | None:
    use = role.usage
    return _days(context, use.model, use.account, use.at, use.filter) if use else None


def _touch_days(context: ToolContext, role: CustomerRole) -> Source | None:
    del role
    touch = context.layer.definitions.roles.touchpoint
    if touch is None or touch.account is None:
        return None
    return _days(context, touch.model, touch.account, touch.at, None)


def _days(context: ToolContext, model: str, account: str, at: str, condition: str | None) -> Source:
    """Return the days of an account's rows up to the data's last day."""
    end = context.layer.context.as_of + timedelta(days=1)
    fields = {ACCOUNT: Column(account), DAY: Column(at, "day")}
    return Source(model, fields, conditions(condition), Window(at, None, end))


_SIGNALS: dict[Signal, Callable[[ToolContext, CustomerRole], Source | None]] = {
    "usage": _usage_days,
    "order": _order_days,
    "touch": _touch_days,
}


def _rhythm(spine: exp.Select, sources: dict[Signal, exp.Select]) -> exp.Select:
    """Return account, last day, number of days and median gap of its days with a sign of life."""
    accounts = select_from(subquery(spine.copy(), SPINE), [col(ACCOUNT, SPINE)])
    if not sources:
        empty = [col(ACCOUNT, SPINE), *(named(exp.null(), n) for n in ("last", "days", "gap"))]
        return select_from(subquery(accounts, SPINE), empty)
    pieces = list(sources.values())
    days: exp.Query = pieces[0].distinct()
    for piece in pieces[1:]:
        days = exp.union(days, piece, distinct=True, copy=False)
    lag = over(exp.Lag(this=col(DAY, "u")), [col(ACCOUNT, "u")], [col(DAY, "u")])
    gap = exp.DateDiff(this=col(DAY, "u"), expression=lag, unit=exp.var("DAY"))
    gaps = select_from(subquery(days, "u"), [col(ACCOUNT, "u"), col(DAY, "u"), named(gap, "gap")])
    columns = [
        col(ACCOUNT, "g"), named(exp.Max(this=col(DAY, "g")), "last"),
        named(exp.Count(this=exp.Star()), "days"), named(exp.Median(this=col("gap", "g")), "gap"),
    ]  # fmt: skip
    tree = select_from(subquery(gaps, "g"), columns)
    on = exp.EQ(this=col(ACCOUNT, SPINE), expression=col(ACCOUNT, "g"))
    tree = tree.join(subquery(accounts, SPINE), on=on, copy=False)
    return tree.group_by(col(ACCOUNT, "g"), copy=False)


FIND_DORMANT_CUSTOMERS = ToolDef(
    name="find_dormant_customers",
    summary="List customers that have fallen silent, against their own rhythm, most valuable first.",
    args=DormantArgs,
    function=_find_dormant,
)
