"""How an account stood on a day: one typed record from several sources, each optional."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sqlglot import exp

from semantic_layer import DeniedError
from semantic_layer.compile.relation import Field
from semantic_layer.compile.rows import shift_date
from semantic_layer.credit.nodes import col, is_null, when
from semantic_layer.customer_roles import CustomerRole, PartName
from semantic_layer.spec import Span
from tools.base import ToolContext
from tools.customers.owed import overdue_rows
from tools.customers.roles import customer_role
from tools.customers.spine import (
    ACCOUNT,
    AT,
    DAY,
    ROWS,
    SPINE,
    VOID,
    Key,
    Source,
    by_key,
    conditions,
    counted,
    first,
    last,
    measured,
    orders_source,
    run,
    stands,
    total,
    within,
)
from tools.leads.rows import Part, Row, run_parts

Why = Literal["undeclared", "denied"]
NOW_DAYS, BEFORE_DAYS = 30, 120
"""Use of the last 30 days is held against the 90 days before them."""
TOUCH_DAYS = 90
_NOTHING: Row = {}
_BASE = "base"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was known of a customer at the end of a local day. Amounts are in the company's currency.

    Attributes:
        used_now: Amount of use in the last 30 days.
        used_before: Amount of use in the 90 days before those.
        open_late: Open tickets older than the health rules allow; `open` counts all.
        due: Sum of everything that had fallen due; `overdue` of it is not paid.
        touches: Touches of marketing or sales in the last 90 days.
    """

    account: str
    at: date
    first_order: date
    last_order: date
    orders: int
    revenue: float
    contract_end: date | None = None
    last_used: date | None = None
    used_now: float = 0.0
    used_before: float = 0.0
    open: int = 0
    open_late: int = 0
    oldest_open: date | None = None
    rated: int = 0
    rating: float | None = None
    due: float = 0.0
    overdue: float = 0.0
    overdue_since: date | None = None
    last_touch: date | None = None
    touches: int = 0

    def since(self, day: date) -> int:
        """Return whole days from `day` to the day of the snapshot."""
        return (self.at - day).days


@dataclass(frozen=True)
class Snapshots:
    """Snapshots by account and day, and the parts that could not be looked at."""

    rows: Mapping[Key, Snapshot]
    missing: Mapping[PartName, Why] = field(default_factory=dict)


def read_snapshots(
    context: ToolContext, spine: exp.Select, accounts: tuple[str, ...] = ()
) -> Snapshots:
    """Return a snapshot of every row of a spine that has a valid order by its day.

    Raises:
        DeniedError: The orders do not exist for the asker.
    """
    role = customer_role(context)
    trees: dict[PartName | None, exp.Select] = {None: _orders(context, role, spine, accounts)}
    missing: dict[PartName, Why] = {}
    for name, build in _PARTS.items():
        try:
            tree = build(context, role, spine, accounts)
        except DeniedError:
            missing[name] = "denied"
            continue
        if tree is None:
            missing[name] = "undeclared"
        else:
            trees[name] = tree
    found = _run_all(context, trees, is_few=bool(accounts))
    parts = {name: by_key(rows) for name, rows in found.items() if name is not None}
    base = by_key(found[None])
    return Snapshots({key: _snapshot(key, row, parts) for key, row in base.items()}, missing)


def _run_all(
    context: ToolContext, trees: Mapping[PartName | None, exp.Select], *, is_few: bool
) -> dict[PartName | None, Sequence[Row]]:
    """Run every tree: those of few accounts as one statement, for each costs some milliseconds."""
    if not is_few:
        return {name: run(context, tree) for name, tree in trees.items()}
    named = {name or _BASE: Part(tree, ()) for name, tree in trees.items()}
    rows = run_parts(context, named)
    return {name: rows[name or _BASE] for name in trees}


def _snapshot(key: Key, order: Row, parts: Mapping[PartName, Mapping[Key, Row]]) -> Snapshot:
    """Return one snapshot from the rows of its sources."""
    empty: Mapping[Key, Row] = {}
    found = {name: parts.get(name, empty).get(key, _NOTHING) for name in _PARTS}
    use, help_, owed = found["usage"], found["tickets"], found["payments"]
    touch = found["engagement"]
    return Snapshot(
        account=key[0], at=key[1],
        first_order=_day(order["first"]) or key[1], last_order=_day(order["last"]) or key[1],
        orders=_count(order["orders"]), revenue=_number(order["revenue"]),
        contract_end=_day(found["contract"].get("end")),
        last_used=_day(use.get("last")), used_now=_number(use.get("now")),
        used_before=_number(use.get("before")),
        open=_count(help_.get("open")), open_late=_count(help_.get("late")),
        oldest_open=_day(help_.get("oldest")), rated=_count(help_.get("rated")),
        rating=_number(help_["rating"]) if help_.get("rating") is not None else None,
        due=_number(owed.get("due")), overdue=_number(owed.get("overdue")),
        overdue_since=_day(owed.get("since")),
        last_touch=_day(touch.get("last")), touches=_count(touch.get("touches")),
    )  # fmt: skip


def _orders(
    context: ToolContext, role: CustomerRole, spine: exp.Select, accounts: tuple[str, ...]
) -> exp.Select:
    source = orders_source(role.orders)
    measures = {
        "first": first(), "last": last(), "orders": exp.Count(this=exp.Star()),
        "revenue": total(col("amount", ROWS)),
    }  # fmt: skip
    tests = stands(source, col(AT, SPINE))
    return measured(context, spine, source, measures, tests, accounts)


def _contract(
    context: ToolContext, role: CustomerRole, spine: exp.Select, accounts: tuple[str, ...]
) -> exp.Select | None:
    source = contract_source(role)
    if source is None:
        return None
    ends = {"end": exp.Max(this=contract_end(role))}
    return measured(context, spine, source, ends, stands(source, col(AT, SPINE)), accounts)


def contract_source(role: CustomerRole) -> Source | None:
    """Return contracts with the day they begin and, if it is stored, the day they end."""
    contract = role.contract
    if contract is None:
        return None
    fields = {ACCOUNT: Field(contract.account), DAY: Field(contract.start, "day")}
    for name, text in (("end", contract.end), (VOID, contract.void)):
        if text is not None:
            fields[name] = Field(text, "day")
    return Source(contract.model, fields, conditions(contract.filter))


def contract_end(role: CustomerRole) -> exp.Expr:
    """Return the day on which a contract of `contract_source` ends."""
    term: Span | None = role.contract.term if role.contract else None
    if term is None:
        return col("end", ROWS)
    return shift_date(col(DAY, ROWS), term.count, term.grain.value)


def _usage(
    context: ToolContext, role: CustomerRole, spine: exp.Select, accounts: tuple[str, ...]
) -> exp.Select | None:
    use = role.usage
    if use is None:
        return None
    fields = {ACCOUNT: Field(use.account), DAY: Field(use.at, "day")}
    if use.amount is not None:
        fields["amount"] = Field(use.amount)
    amount: exp.Expr = col("amount", ROWS) if use.amount else exp.Literal.number(1)
    earlier = exp.and_(exp.Not(this=within(NOW_DAYS)), within(BEFORE_DAYS))
    measures = {
        "last": last(), "now": total(amount, within(NOW_DAYS)),
        "before": total(amount.copy(), earlier),
    }  # fmt: skip
    source = Source(use.model, fields, conditions(use.filter))
    return measured(context, spine, source, measures, (), accounts)


def _tickets(
    context: ToolContext, role: CustomerRole, spine: exp.Select, accounts: tuple[str, ...]
) -> exp.Select | None:
    tickets = role.tickets
    if tickets is None:
        return None
    fields = {
        ACCOUNT: Field(tickets.account),
        DAY: Field(tickets.opened, "day"),
        "closed": Field(tickets.closed, "day"),
    }
    closed, at = col("closed", ROWS), col(AT, SPINE)
    later = exp.GT(this=closed.copy(), expression=at.copy())
    is_open = exp.Paren(this=exp.Or(this=is_null(closed.copy()), expression=later))
    late = exp.and_(is_open.copy(), exp.Not(this=within(role.health.ticket_late)))
    measures: dict[str, exp.Expr] = {
        "open": counted(is_open), "late": counted(late), "oldest": first(DAY, is_open.copy()),
    }  # fmt: skip
    if tickets.rating is not None:
        fields["rating"] = Field(tickets.rating)
        known = exp.and_(
            exp.LTE(this=closed.copy(), expression=at.copy()),
            within(role.health.tickets_within, "closed"),
        )
        rating = when(known, col("rating", ROWS))
        measures |= {"rated": exp.Count(this=rating), "rating": exp.Avg(this=rating.copy())}
    source = Source(tickets.model, fields, conditions(tickets.filter))
    return measured(context, spine, source, measures, (), accounts)


def _engagement(
    context: ToolContext, role: CustomerRole, spine: exp.Select, accounts: tuple[str, ...]
) -> exp.Select | None:
    del role
    touch = context.layer.definitions.roles.touchpoint
    if touch is None or touch.account is None:
        return None
    fields = {ACCOUNT: Field(touch.account), DAY: Field(touch.at, "day")}
    source = Source(touch.model, fields)
    measures = {"last": last(), "touches": counted(within(TOUCH_DAYS))}
    return measured(context, spine, source, measures, (), accounts)


Build = Callable[[ToolContext, CustomerRole, exp.Select, tuple[str, ...]], exp.Select | None]
_PARTS: dict[PartName, Build] = {
    "usage": _usage,
    "tickets": _tickets,
    "payments": overdue_rows,
    "contract": _contract,
    "engagement": _engagement,
}


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _number(value: object) -> float:
    return float(str(value)) if value is not None else 0.0


def _count(value: object) -> int:
    return int(str(value)) if value is not None else 0
