"""`suggest_cross_sell`: what to offer to a customer, or to whom to offer a product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from datetime import date

from pydantic import BaseModel, ConfigDict, Field, model_validator

from semantic_layer import DeniedError, QueryError
from semantic_layer.compile.relation import Field as Column
from semantic_layer.credit.nodes import col, named
from semantic_layer.errors import suggest
from semantic_layer.query import Filter
from tools.base import Result, ToolContext, ToolDef
from tools.customers.alike import Candidate, Market, Owned
from tools.customers.find import Card, cards, find_account
from tools.customers.health import not_a_customer
from tools.customers.roles import account_role, customer_role
from tools.customers.spine import (
    ACCOUNT,
    AT,
    ROWS,
    SPINE,
    Wanted,
    customers_at,
    measured,
    orders_source,
    run,
    stands,
    total,
)
from tools.leads.facts import Fact
from tools.leads.rows import Read, read

_MOST = 200
_PER_ACCOUNT = 3


class CrossSellArgs(BaseModel):
    """One account, or one product, or the best chances of all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str = Field(default="", description="Account id or name: what to offer to it.")
    product: str = Field(default="", description="Product: to whom to offer it.")
    filters: tuple[Filter, ...] = Field(
        default=(), description="Conditions on the account's dimensions, such as region or owner."
    )
    limit: int = Field(default=10, ge=1, le=_MOST)

    @model_validator(mode="after")
    def _one(self) -> CrossSellArgs:
        if self.account and self.product:
            msg = "give an account or a product, not both"
            raise ValueError(msg)
        return self


class CrossSell(Fact):
    """A product for a customer that does not have it, and who of those alike has it.

    Attributes:
        segment: What makes the similar customers alike, value by dimension; empty when every
            segment counts.
        usual: Share of all customers with some other product that have this one too.
        is_clear: Similar customers have it more often than that, beyond chance (95 %).
    """

    account: str
    name: str | None = None
    owner: str | None = None
    product: str
    owned: tuple[str, ...]
    segment: tuple[str, ...]
    peers: int
    having: int
    share: float
    low: float
    usual: float
    lift: float | None
    cosine: float
    is_clear: bool
    revenue: float


class CrossSells(Result):
    """Chances, the likeliest first."""

    as_of: date
    rows: tuple[CrossSell, ...]
    total: int
    accounts: int
    customers: int
    product: str = ""
    alike: tuple[str, ...]
    least: int
    too_few: int
    """Customers with fewer similar ones than needed: nothing is said of them."""
    clear: int
    is_one: bool = False
    partly: str = ""


class _Shelf:
    """Who has what, as the asker may see it."""

    def __init__(self, context: ToolContext) -> None:
        role, as_of = customer_role(context), context.layer.context.as_of
        if role.orders.product is None:
            raise QueryError(
                "NO_PRODUCT",
                "The orders do not say which product was bought.",
                hint="Declare `product` in `roles.customer.orders`.",
            )
        owned: defaultdict[str, set[str]] = defaultdict(set)
        self.revenue: defaultdict[str, float] = defaultdict(float)
        source = orders_source(role.orders)
        spine = customers_at(context, role.orders, (as_of,), Wanted())
        tree = measured(
            context, spine, source, {"revenue": total(col("amount", ROWS))}, stands(source, col(AT, SPINE))
        )  # fmt: skip
        product = col("product", ROWS)
        tree = tree.select(named(product, "product"), copy=False).group_by(
            product.copy(), copy=False
        )
        for row in run(context, tree):
            account = str(row[ACCOUNT])
            self.revenue[account] += float(str(row["revenue"]))
            if row["product"] is not None:
                owned[account].add(str(row["product"]))
        self.segments = _segments(context, role.cross_sell.alike)
        sets: dict[str, Owned] = {a: frozenset(p) for a, p in owned.items()}
        self.market = Market(sets, self.segments, role.cross_sell.least)


def _segments(context: ToolContext, alike: tuple[str, ...]) -> dict[str, Hashable]:
    """Return what makes each account alike; nothing when the asker may not see it."""
    role = account_role(context)
    if not alike or role.model in context.scope.denied:
        return {}
    dims = context.layer.definitions.models[role.model].dims
    fields = {"account": Column(role.id)} | {name: Column(dims[name]) for name in alike}
    try:
        rows = read(context, Read(role.model, fields, {}))
    except DeniedError:
        return {}
    return {str(r["account"]): tuple(r[name] for name in alike) for r in rows}


def _suggest(args: CrossSellArgs, context: ToolContext) -> CrossSells:
    role, shelf = customer_role(context), _Shelf(context)
    market = shelf.market
    found = find_account(context, args.account) if args.account else None
    if found and found.account not in market.owned:
        raise not_a_customer(found.account)
    product = _product(args.product, market) if args.product else ""
    if found:
        asked = {found.account}
        if market.peers(found.account) < market.least:
            raise _too_few(market.peers(found.account), market.least)
    else:
        asked = _wanted(context, args.filters, market)
    chances = [
        (account, c)
        for account in asked
        for c in market.candidates(account)[: None if product or found else _PER_ACCOUNT]
        if product in {"", c.product}
    ]
    chances.sort(key=lambda x: (-x[1].low, -x[1].share, -shelf.revenue[x[0]], x[0], x[1].product))
    shown = chances[: args.limit]
    known = cards(context, {account for account, _ in shown})
    too_few = sum(not market.candidates(a) and market.peers(a) < market.least for a in asked)
    return CrossSells(
        as_of=context.layer.context.as_of, total=len(chances), accounts=len({a for a, _ in chances}),
        rows=tuple(_row(a, c, shelf, known.get(a, Card())) for a, c in shown),
        customers=len(asked), product=product, alike=role.cross_sell.alike, least=market.least,
        too_few=too_few, clear=sum(c.is_clear for _, c in chances), is_one=found is not None,
        partly=found.partly if found else "",
    )  # fmt: skip


def _wanted(context: ToolContext, filters: tuple[Filter, ...], market: Market) -> set[str]:
    if not filters:
        return set(market.owned)
    role, as_of = customer_role(context), context.layer.context.as_of
    spine = customers_at(context, role.orders, (as_of,), Wanted((), filters))
    return {str(r[ACCOUNT]) for r in run(context, spine)} & set(market.owned)


def _product(asked: str, market: Market) -> str:
    exact = [p for p in market.owners if p.casefold() == asked.casefold()]
    if exact:
        return exact[0]
    near = suggest(asked, market.owners)
    raise QueryError("UNKNOWN_PRODUCT", f"Nobody has bought `{asked}`.", candidates=near)


def _too_few(have: int, needed: int) -> QueryError:
    return QueryError(
        "TOO_FEW_ALIKE",
        f"Only {have} customers share a product with this one; {needed} are needed.",
        hint="Lower `cross_sell.least` in the definitions if so few are enough.",
        params={"have": str(have), "needed": str(needed)},
    )


def _row(account: str, c: Candidate, shelf: _Shelf, card: Card) -> CrossSell:
    segment = shelf.segments.get(account)
    words = segment if isinstance(segment, tuple) and not c.widened else ()
    return CrossSell(
        account=account, name=card.name, owner=card.owner, product=c.product,
        owned=tuple(sorted(shelf.market.owned[account])),
        segment=tuple("" if w is None else str(w) for w in words),
        peers=c.peers, having=c.having, share=round(c.share, 4), low=round(c.low, 4),
        usual=round(c.usual, 4), lift=None if c.lift is None else round(c.lift, 2),
        cosine=round(c.cosine, 4), is_clear=c.is_clear, revenue=round(shelf.revenue[account], 2),
        sources=(f"account:{account}",),
    )  # fmt: skip


SUGGEST_CROSS_SELL = ToolDef(
    name="suggest_cross_sell",
    summary="Say what to offer to a customer, or to whom to offer a product, by similar customers.",
    args=CrossSellArgs,
    function=_suggest,
)
