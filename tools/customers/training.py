"""Training rows for churn and repurchase: how customers stood, and what came of it.

Churn: each contract is looked at `ahead` of its end, unless its account had already signed for
longer; the outcome is that nothing was signed until `grace` after the end. Repurchase: all
customers are looked at on days `within` apart, so that no outcome is counted twice; the outcome
is another order within that time. Only outcomes whose whole time is over are rows.
What is dated is taken as of the day of looking; attributes of the account are not dated, so
they are searched for leaks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.rows import shift_date
from semantic_layer.credit.nodes import col, named, select_from, subquery
from semantic_layer.customer_roles import CustomerRole, PartName
from semantic_layer.scoring import days_of
from tools.base import ToolContext
from tools.customers.find import Card, cards
from tools.customers.judge import judge
from tools.customers.roles import customer_role
from tools.customers.snapshot import (
    Snapshot,
    Snapshots,
    contract_end,
    contract_source,
    read_snapshots,
)
from tools.customers.spine import ACCOUNT, AT, DAY, ROWS, Wanted, customers_at, read_source
from tools.customers.value.tool import read_orders
from tools.propensity.spec import TrainingSpec

if TYPE_CHECKING:
    import pandas as pd

Goal = Literal["churn", "repurchase"]
OUTCOME, ID, ORDER, RULES = "outcome", "account", "looked_at", "rules"
_NOT_CONTRACT: tuple[PartName, ...] = ("contract",)
_SNAPSHOTS = 40
"""Days of looking back at most."""


@dataclass(frozen=True, slots=True)
class Case:
    """One customer on one day, with the outcome if it is known."""

    snapshot: Snapshot
    outcome: bool | None = None


def training_rows(context: ToolContext, goal: Goal) -> tuple[pd.DataFrame, TrainingSpec]:
    """Return one row per case whose outcome is known, and the specification to train on.

    Raises:
        QueryError: The definitions do not say what churn is.
    """
    cases, missing = _past(context, goal)
    role = customer_role(context)
    raw = frame(context, role, cases, missing)
    raw[OUTCOME] = ["1" if case.outcome else "0" for case in cases]
    raw[RULES] = [_rule(case.snapshot, role, goal) for case in cases]
    known = set(map(str, raw.columns))
    dated = [n for n in known if n not in {ID, ORDER, OUTCOME, RULES, *role.attributes}]
    spec = TrainingSpec(
        outcome=OUTCOME, id=ID, order=ORDER, rules_score=RULES, early=tuple(sorted(dated)),
        late=tuple(n for n in role.late if n in known),
        fairness=tuple(n for n in role.fairness if n in known),
    )  # fmt: skip
    return raw, spec


def present_cases(context: ToolContext, goal: Goal, wanted: Wanted) -> tuple[list[Case], Snapshots]:
    """Return the customers whose outcome is open today: of churn, those whose contract ends soon.

    Raises:
        QueryError: The definitions do not say what churn is.
    """
    role, as_of = customer_role(context), context.layer.context.as_of
    if goal == "churn":
        _needs_contract(role)
    spine = customers_at(context, role.orders, (as_of,), wanted)
    found = read_snapshots(context, spine, wanted.accounts)
    ahead = days_of(role.churn.ahead)
    cases = [Case(s) for s in found.rows.values() if goal == "repurchase" or _ends_soon(s, ahead)]
    return sorted(cases, key=lambda c: c.snapshot.account), found


def _ends_soon(s: Snapshot, ahead: int) -> bool:
    return s.contract_end is not None and 0 <= (s.contract_end - s.at).days <= ahead


def frame(
    context: ToolContext, role: CustomerRole, cases: Sequence[Case], missing: Collection[PartName]
) -> pd.DataFrame:
    """Return the features of cases as text columns, empty for what is not known."""
    import pandas as pd

    known = cards(context, {case.snapshot.account for case in cases})
    rows = [
        {ID: c.snapshot.account, ORDER: c.snapshot.at.isoformat()}
        | features(c.snapshot, missing)
        | _attributes(known.get(c.snapshot.account, Card()), role)
        for c in cases
    ]
    return pd.DataFrame(rows).map(lambda v: "" if v is None else str(v))


def features(s: Snapshot, missing: Collection[PartName]) -> dict[str, object]:
    """Return what was known of a customer on the day, by name."""
    out: dict[str, object] = {
        "tenure_days": s.since(s.first_order), "orders": s.orders, "revenue": s.revenue,
        "days_since_order": s.since(s.last_order),
    }  # fmt: skip
    parts: dict[PartName, dict[str, object]] = {
        "usage": {
            "days_since_use": s.since(s.last_used) if s.last_used else None,
            "used_30_days": s.used_now, "used_90_days_before": s.used_before,
        },
        "tickets": {"open_tickets": s.open, "ratings": s.rated, "mean_rating": s.rating},
        "payments": {"overdue_share": s.overdue / s.due if s.due else None},
        "engagement": {
            "days_since_touch": s.since(s.last_touch) if s.last_touch else None,
            "touches_90_days": s.touches,
        },
    }  # fmt: skip
    for name, values in parts.items():
        if name not in missing:
            out |= values
    return out


def _attributes(card: Card, role: CustomerRole) -> dict[str, object]:
    values = {item.id: item.value for item in card.known}
    return {name: values.get(name) for name in role.attributes}


def _rule(s: Snapshot, role: CustomerRole, goal: Goal) -> str:
    """Return the simple baseline: poor health for churn, orders so far for repurchase."""
    if goal == "churn":
        score = judge(s, role, _NOT_CONTRACT).score
        return str(100 - (score if score is not None else 50))
    return str(s.orders)


def _past(context: ToolContext, goal: Goal) -> tuple[list[Case], Collection[PartName]]:
    role, as_of = customer_role(context), context.layer.context.as_of
    spine = (_ends if goal == "churn" else _looks)(context, role, as_of)
    found = read_snapshots(context, spine)
    signed: dict[str, list[date]] = {}
    for order in read_orders(context):
        signed.setdefault(order.account, []).append(order.day)
    cases = [
        Case(s, outcome)
        for s in found.rows.values()
        if (outcome := _outcome(s, role, goal, signed.get(s.account, []))) is not None
    ]
    cases.sort(key=lambda c: (c.snapshot.at, c.snapshot.account))
    return cases, tuple(found.missing)


def _outcome(s: Snapshot, role: CustomerRole, goal: Goal, signed: Sequence[date]) -> bool | None:
    if goal == "repurchase":
        until = s.at + timedelta(days=days_of(role.repurchase.within))
        return any(s.at < day <= until for day in signed)
    ahead = timedelta(days=days_of(role.churn.ahead))
    if s.contract_end is None or s.contract_end != s.at + ahead:
        return None  # it had signed for longer by then
    until = s.contract_end + timedelta(days=days_of(role.churn.grace))
    return not any(s.at < day <= until for day in signed)


def _needs_contract(role: CustomerRole) -> None:
    if role.contract is None:
        raise QueryError(
            "NO_CHURN_DEFINITION",
            "Without contracts it is not defined when a customer has left.",
            hint="Declare `contract` in `roles.customer`.",
        )


def _ends(context: ToolContext, role: CustomerRole, as_of: date) -> exp.Select:
    """Return account and the day `ahead` of the end of each contract that is long decided."""
    _needs_contract(role)
    source = contract_source(role)
    if source is None:
        message = "a contract role without a source"
        raise ValueError(message)
    ahead, grace = days_of(role.churn.ahead), days_of(role.churn.grace)
    looked = shift_date(contract_end(role), -ahead, "day")
    tree = select_from(
        subquery(read_source(context, source), ROWS), [col(ACCOUNT, ROWS), named(looked, AT), col(DAY, ROWS)]
    )  # fmt: skip
    last = as_of - timedelta(days=ahead + grace)
    outer = select_from(subquery(tree, "c"), [col(ACCOUNT, "c"), col(AT, "c")]).distinct()
    decided = exp.LTE(
        this=col(AT, "c"), expression=exp.cast(exp.Literal.string(last.isoformat()), "DATE")
    )
    begun = exp.LTE(this=col(DAY, "c"), expression=col(AT, "c"))
    return outer.where(exp.and_(decided, begun), copy=False)


def _looks(context: ToolContext, role: CustomerRole, as_of: date) -> exp.Select:
    """Return all customers on days `within` apart, the last of them long enough ago."""
    step = timedelta(days=days_of(role.repurchase.within))
    orders = read_orders(context)
    first = min((o.day for o in orders), default=as_of)
    days = [as_of - step * i for i in range(1, _SNAPSHOTS + 1)]
    kept = [day for day in days if day > first] or [as_of - step]
    return customers_at(context, role.orders, kept, Wanted())
