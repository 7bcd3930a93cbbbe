"""`summarize_account`: who a customer is, what it has, how well it is, what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlglot import exp

from semantic_layer.compile.relation import Field as Column
from semantic_layer.compile.relation import Window
from semantic_layer.credit.nodes import col, named
from semantic_layer.scoring import days_of
from tools.base import ToolContext, ToolDef
from tools.customers.account import (
    AccountCaveat,
    AccountRisk,
    AccountStep,
    AccountSummary,
    AccountWho,
    Held,
    StepKind,
    SummarizeAccountArgs,
)
from tools.customers.facts import CustomerHealth, HealthReason
from tools.customers.find import Card, cards, find_account
from tools.customers.health import assess
from tools.customers.roles import customer_role
from tools.customers.spine import (
    ACCOUNT,
    AT,
    DAY,
    ROWS,
    SPINE,
    Wanted,
    customers_at,
    last,
    measured,
    orders_source,
    stands,
    total,
)
from tools.leads.deals import deals_of, deals_part
from tools.leads.facts import Deal, Habits
from tools.leads.gather import (
    MAX_TOUCHES,
    TOUCH_DAYS,
    colleagues_of,
    colleagues_part,
    readable,
)
from tools.leads.habits import Touch, habits, topics
from tools.leads.rows import Part, Read, Row, fields, part_of, run_parts

_MOST_PRODUCTS = 5
_LOW = 50.0
"""Below this a part of the health is a risk."""


def _summarize(args: SummarizeAccountArgs, context: ToolContext) -> AccountSummary:
    found = find_account(context, args.account)
    account, as_of = found.account, context.layer.context.as_of
    health = next(iter(assess(context, Wanted((account,))).rows), None)
    card = cards(context, {account}).get(account, Card())
    around = run_parts(
        context,
        {
            "deals": deals_part(context, "", account),
            "colleagues": colleagues_part(context, account, (), as_of),
            "touches": _touches_part(context, account, as_of),
            "products": _products_part(context, account) if health else None,
        },
    )
    rows = around["touches"]
    touches, is_cut = tuple(_touch(r) for r in rows[:MAX_TOUCHES]), len(rows) > MAX_TOUCHES
    deals = tuple(d for d in deals_of(context, around["deals"], "", as_of) if d.is_open)
    state = _State(
        account, health, deals, habits(touches, as_of), days_of(customer_role(context).churn.ahead)
    )
    caveats = _caveats(
        state, len(touches), found.partly, is_hidden=card.name is None, is_cut=is_cut
    )
    return AccountSummary(
        as_of=as_of, who=AccountWho(account=account, name=card.name, owner=card.owner, known=card.known,
                                    sources=(f"account:{account}",)),
        health=health, products=_products(around["products"]), deals=deals,
        topics=topics(touches, as_of), habits=state.habits,
        colleagues=colleagues_of(around["colleagues"]),
        risks=risks(health, deals), step=next_step(state), caveats=caveats,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _State:
    """What the rules of the next step look at."""

    account: str
    health: CustomerHealth | None
    deals: tuple[Deal, ...]
    habits: Habits | None
    ahead: int

    @property
    def reasons(self) -> dict[str, HealthReason]:
        """Return the observations that cost points, by kind, of parts in a poor state."""
        parts = self.health.parts if self.health else ()
        return {r.kind: r for p in parts for r in p.reasons if r.costs and p.score < _LOW}


def _products_part(context: ToolContext, account: str) -> Part | None:
    """Return the read of standing orders by product."""
    role, as_of = customer_role(context), context.layer.context.as_of
    source = orders_source(role.orders)
    if "product" not in source.fields:
        return None
    spine = customers_at(context, role.orders, (as_of,), Wanted((account,)))
    measures = {"amount": total(col("amount", ROWS)), "last": last(DAY)}
    tree = measured(context, spine, source, measures, stands(source, col(AT, SPINE)), (account,))
    product = col("product", ROWS)
    tree = tree.select(
        named(product, "product"), named(exp.Count(this=exp.Star()), "orders"), copy=False
    )
    return Part(tree.group_by(product.copy(), copy=False), ())


def _products(rows: Sequence[Row]) -> tuple[Held, ...]:
    held = [_held(row) for row in rows if row["product"] is not None]
    return tuple(sorted(held, key=lambda h: (-h.amount, h.product))[:_MOST_PRODUCTS])


def _held(row: Row) -> Held:
    last_on = row["last"]
    if not isinstance(last_on, date):
        message = "an order without a day"
        raise TypeError(message)
    return Held(
        product=str(row["product"]), orders=int(str(row["orders"])), last_on=last_on,
        amount=round(float(str(row["amount"])), 2), sources=(f"account:{row[ACCOUNT]}",),
    )  # fmt: skip


def _touches_part(context: ToolContext, account: str, as_of: date) -> Part | None:
    """Return the read of the account's touches of the last year, newest first."""
    role = context.layer.definitions.roles.touchpoint
    if role is None or role.account is None or not readable(context, role.model):
        return None
    wanted = {
        "kind": "touch_kind",
        "channel": "channel",
        "content": "content",
        "topic": "content_topic",
    }
    texts = fields({"id": role.id, "account": role.account})
    texts |= fields({n: role.dims[d] for n, d in wanted.items() if d in role.dims})
    texts["at"] = Column(role.at, "wall")
    window = Window(role.at, as_of - timedelta(days=TOUCH_DAYS - 1), as_of + timedelta(days=1))
    what = Read(role.model, texts, {"account": (account,)}, "at", MAX_TOUCHES + 1, window)
    return part_of(context, what)


def _touch(row: Row) -> Touch:
    at = row["at"]
    if not isinstance(at, datetime):
        message = "a touchpoint's time is not a time"
        raise TypeError(message)
    return Touch(
        id=str(row["id"]), at=at, kind=_text(row.get("kind")), channel=_text(row.get("channel")),
        content=_text(row.get("content")), topic=_text(row.get("topic")),
    )  # fmt: skip


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def risks(health: CustomerHealth | None, deals: Sequence[Deal]) -> tuple[AccountRisk, ...]:
    """Return what costs most first: parts of the health in a poor state, then stalled deals."""
    parts = sorted(
        (p for p in (health.parts if health else ()) if p.score < _LOW),
        key=lambda p: (p.weight * (p.score - 100), p.name),
    )
    found = [
        AccountRisk(reason=r, sources=r.sources) for p in parts for r in p.reasons[:1] if r.costs
    ]
    found += [AccountRisk(deal=d, sources=d.sources) for d in deals if d.is_stalled][:1]
    return tuple(found)


def next_step(state: _State) -> AccountStep:
    """Return the one thing to do next: the first rule that applies."""
    for rule in _STEPS:
        step = rule(state)
        if step is not None:
            hours = state.habits.hours if state.habits else None
            return step.model_copy(update={"hours": hours})
    return AccountStep(kind="keep", sources=(f"account:{state.account}",))


def _no_order(state: _State) -> AccountStep | None:
    if state.health is not None or state.deals:
        return None
    return AccountStep(kind="first_order", sources=(f"account:{state.account}",))


def _contract(state: _State) -> AccountStep | None:
    health = state.health
    if health is None or health.days_left is None or health.days_left > state.ahead:
        return None
    kind: StepKind = "renew" if health.days_left >= 0 else "win_back"
    return AccountStep(
        kind=kind, on=health.contract_end, days=abs(health.days_left), sources=health.sources
    )


def _by_reason(kind: StepKind, *found: str) -> Callable[[_State], AccountStep | None]:
    def rule(state: _State) -> AccountStep | None:
        reason = next((state.reasons[f] for f in found if f in state.reasons), None)
        if reason is None:
            return None
        return AccountStep(
            kind=kind, on=reason.on, days=reason.days, value=reason.value, sources=reason.sources
        )

    return rule


def _deal(state: _State) -> AccountStep | None:
    if not state.deals:
        return None
    stalled = next((d for d in state.deals if d.is_stalled), None)
    deal = stalled or state.deals[0]
    kind: StepKind = "unblock_deal" if stalled else "close_deal"
    return AccountStep(
        kind=kind, days=deal.stage_days, text=deal.name or deal.deal, sources=deal.sources
    )


_STEPS: tuple[Callable[[_State], AccountStep | None], ...] = (
    _no_order,
    _by_reason("resolve", "tickets_late"),
    _contract,
    _by_reason("collect", "overdue"),
    _by_reason("reactivate", "never_used", "used_last", "usage_fell"),
    _deal,
    _by_reason("meet", "silent", "never_touched"),
)
"""In order of urgency."""


def _caveats(
    state: _State, touches: int, partly: str, *, is_hidden: bool, is_cut: bool
) -> tuple[AccountCaveat, ...]:
    rules: tuple[tuple[bool, AccountCaveat], ...] = (
        (state.health is None, AccountCaveat(kind="no_customer")),
        (touches == 0, AccountCaveat(kind="no_touches")),
        (is_cut, AccountCaveat(kind="touches_cut", count=touches)),
        (is_hidden, AccountCaveat(kind="hidden")),
        (bool(partly), AccountCaveat(kind="matched_by_part", text=partly)),
    )
    return tuple(caveat for holds, caveat in rules if holds)


SUMMARIZE_ACCOUNT = ToolDef(
    name="summarize_account",
    summary="Sum up one customer: contract, products, health, deals, people, risks, next step.",
    args=SummarizeAccountArgs,
    function=_summarize,
)
