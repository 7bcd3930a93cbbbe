"""Opportunities around a lead: its own first, then its company's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field
from semantic_layer.convert import cell
from semantic_layer.lead_roles import DealRole
from semantic_layer.scoring import days_of
from tools.base import ToolContext
from tools.leads.facts import Deal
from tools.leads.gather import readable
from tools.leads.rows import (
    Part,
    Read,
    Row,
    as_text,
    fields,
    grouped_by_all,
    part_of,
    run_parts,
    subquery,
)

_MOST, _MOST_READ = 5, 50


def deals_part(context: ToolContext, lead: str, account: object) -> Part | None:
    """Return the read of the newest deals of the lead or its account, with the stage's first day."""
    role = context.layer.definitions.roles.deal
    if role is None or not readable(context, role.model):
        return None
    texts = fields(
        {"deal": role.id, "account": role.account, "lead": role.lead, "name": role.name,
         "amount": role.amount, "stage": role.stage, "won": role.won}
    )  # fmt: skip
    texts["created_on"] = Field(role.at, "day")
    if role.closed is not None:
        texts["closed_on"] = Field(role.closed, "day")
    link = ("account", account) if role.account and account is not None else ("lead", lead)
    if link[0] not in texts:
        return None
    what = Read(role.model, texts, {link[0]: (link[1],)}, "created_on", _MOST_READ)
    deals = part_of(context, what)
    history = _history(context, role)
    return deals if deals is None or history is None else _dated(deals, history)


def _history(context: ToolContext, role: DealRole) -> Part | None:
    history = role.history
    if history is None or not readable(context, history.model):
        return None
    texts = {"deal": Field(history.deal), "entered_on": Field(history.at, "day")}
    return part_of(context, Read(history.model, texts, {}, needs=tuple(texts)))


def _dated(deals: Part, history: Part) -> Part:
    """Join to each deal the last day on which it entered a stage."""
    entered = exp.alias_(exp.Max(this=quoted("entered_on", "h")), "entered_on", quoted=True)
    every = exp.Column(this=exp.Star(), table=exp.to_identifier("d", quoted=True))
    same = exp.EQ(this=as_text("deal", "d"), expression=as_text("deal", "h"))
    tree = exp.select(every, entered).from_(subquery(deals.tree, "d"))
    tree = tree.join(subquery(history.tree, "h"), on=same, join_type="left", copy=False)
    return Part(grouped_by_all(tree), (*deals.names, "entered_on"), deals.shown, deals.order)


def deals_of(context: ToolContext, rows: Sequence[Row], lead: str, as_of: date) -> tuple[Deal, ...]:
    """Return deals of the lead and of its account: own and open ones first, then newest."""
    role = context.layer.definitions.roles.deal
    if role is None:
        return ()
    deals = [_deal(r, role, lead, as_of) for r in rows]
    ranked = sorted(
        deals, key=lambda d: (not d.is_own, not d.is_open, -d.created_on.toordinal(), d.deal)
    )
    return tuple(ranked[:_MOST])


def read_deals(context: ToolContext, lead: str, account: object, as_of: date) -> tuple[Deal, ...]:
    """Return deals of the lead and of its account, read by themselves."""
    rows = run_parts(context, {"deals": deals_part(context, lead, account)})["deals"]
    return deals_of(context, rows, lead, as_of)


def _deal(row: Row, role: DealRole, lead: str, as_of: date) -> Deal:
    closed, created = row.get("closed_on"), row["created_on"]
    is_open = closed is None and not row.get("won")
    day = created if isinstance(created, date) else as_of
    entered = row.get("entered_on")
    since = entered if isinstance(entered, date) else None
    stage_days = (as_of - since).days if since is not None else None
    amount = cell(row.get("amount"))
    stalled = as_of - timedelta(days=days_of(role.stalled_after))
    return Deal(
        deal=str(row["deal"]),
        name=str(row["name"]) if row.get("name") is not None else None,
        amount=float(amount) if isinstance(amount, int | float) else None,
        stage=str(row["stage"]) if row.get("stage") is not None else None,
        is_open=is_open,
        is_own=str(row.get("lead")) == lead,
        created_on=day,
        stage_days=stage_days if is_open else None,
        is_stalled=is_open and since is not None and since <= stalled,
        sources=(f"deal:{row['deal']}",),
    )
