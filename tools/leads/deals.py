"""Opportunities around a lead: its own first, then its company's."""

from __future__ import annotations

from datetime import date, timedelta

from semantic_layer.compile.relation import Field
from semantic_layer.convert import cell
from semantic_layer.lead_roles import DealRole
from semantic_layer.scoring import days_of
from tools.base import ToolContext
from tools.leads.facts import Deal
from tools.leads.gather import readable
from tools.leads.rows import Read, Row, fields, read

_MOST = 5


def read_deals(context: ToolContext, lead: str, account: object, as_of: date) -> tuple[Deal, ...]:
    """Return deals of the lead and of its account: own and open ones first, then newest."""
    role = context.layer.definitions.roles.deal
    if role is None or not readable(context, role.model):
        return ()
    texts = fields(
        {"deal": role.id, "account": role.account, "lead": role.lead, "name": role.name,
         "amount": role.amount, "stage": role.stage, "won": role.won}
    )  # fmt: skip
    texts["created_on"] = Field(role.at, "day")
    if role.closed is not None:
        texts["closed_on"] = Field(role.closed, "day")
    link = ("account", account) if role.account and account is not None else ("lead", lead)
    if link[0] not in texts:
        return ()
    rows = read(
        context, Read(role.model, texts, {link[0]: (link[1],)}, order="created_on", limit=50)
    )
    since = _since(context, role, [r["deal"] for r in rows])
    deals = [_deal(r, role, lead, as_of, since.get(str(r["deal"]))) for r in rows]
    ranked = sorted(
        deals, key=lambda d: (not d.is_own, not d.is_open, -d.created_on.toordinal(), d.deal)
    )
    return tuple(ranked[:_MOST])


def _since(context: ToolContext, role: DealRole, ids: list[object]) -> dict[str, date]:
    history = role.history
    if history is None or not ids or not readable(context, history.model):
        return {}
    texts = {"deal": Field(history.deal), "entered_on": Field(history.at, "day")}
    found: dict[str, date] = {}
    for row in read(context, Read(history.model, texts, {"deal": ids})):
        entered = row["entered_on"]
        if isinstance(entered, date):
            deal = str(row["deal"])
            found[deal] = max(entered, found.get(deal, entered))
    return found


def _deal(row: Row, role: DealRole, lead: str, as_of: date, since: date | None) -> Deal:
    closed, created = row.get("closed_on"), row["created_on"]
    is_open = closed is None and not row.get("won")
    day = created if isinstance(created, date) else as_of
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
