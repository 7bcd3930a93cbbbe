"""Quotes, orders, payments and refunds."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from semantic_layer.demo import campaigns as c
from semantic_layer.demo import truths
from semantic_layer.demo.accounts import Accounts
from semantic_layer.demo.core import (
    DAYS,
    NULL,
    Draws,
    Ints,
    Shard,
    full,
    ident,
    label,
    local_day,
    money,
    rows,
    write,
)
from semantic_layer.demo.leads import Leads
from semantic_layer.demo.names import CHANNELS, INDUSTRIES, ORDER_KINDS, PRODUCTS, REGIONS
from semantic_layer.demo.org import REP_IDS
from semantic_layer.demo.pipeline import Pipeline
from semantic_layer.demo.plan import EAST
from semantic_layer.demo.progress import WON

_NEW, _RENEWAL, _UPSELL, _CROSS = range(4)


@dataclass(frozen=True)
class Orders:
    """Orders by row, ascending by signing."""

    opportunity: Ints
    account: Ints
    lead: Ints
    kind: Ints
    product: Ints
    amount: Ints
    signed: Ints
    cancelled: Ints

    def first_signed(self, accounts: int) -> Ints:
        """First valid signing day of every account, or NULL."""
        first = full(accounts, NULL)
        valid = np.flatnonzero(self.cancelled == NULL)[::-1]
        first[self.account[valid]] = self.signed[valid]
        return first


def make_orders(shard: Shard, pipe: Pipeline, leads: Leads, accounts: Accounts) -> Orders:
    """One order for every won opportunity, and yearly renewals."""
    draws = shard.draws("orders")
    won = np.flatnonzero(pipe.outcome == WON)
    won = won[np.argsort(pipe.closed[won], kind="stable")]
    account, signed = pipe.account[won], pipe.closed[won]
    _, first = np.unique(account, return_index=True)
    is_first = np.zeros(len(won), dtype=np.bool_)
    is_first[first] = True
    later = np.where(draws.chance(550, len(won)), _UPSELL, _CROSS)
    kind = np.where(is_first, _NEW, later)
    again = np.flatnonzero(is_first & (signed + 390 < DAYS) & (account >= accounts.free))
    again = again[draws.chance(620, len(again))]
    renewed = signed[again] + 350 + draws.below(36, len(again))
    amount = pipe.amount[won[again]] * (550 + draws.below(500, len(again))) // 1000
    none = full(len(again), -1)
    parts = [
        np.concatenate(pair)
        for pair in (
            (won, none), (account, account[again]), (pipe.lead[won], none),
            (kind, full(len(again), _RENEWAL)),
            (pipe.product[won], pipe.product[won[again]]), (pipe.amount[won], amount),
            (signed, renewed),
        )
    ]  # fmt: skip
    order = np.argsort(parts[6], kind="stable")
    parts = [part[order] for part in parts]
    cancelled = _cancel(shard, draws, parts, leads, accounts)
    return Orders(*[*parts, cancelled])


def _cancel(
    shard: Shard, draws: Draws, parts: list[Ints], leads: Leads, accounts: Accounts
) -> Ints:
    account, lead, signed = parts[1], parts[2], parts[6]
    seg = np.where(lead >= 0, leads.seg[lead], -1)
    group = np.where(lead >= 0, leads.plan.group[lead], -1)
    planted = np.isin(seg, (c.BAIDU, c.GOOGLE, c.SALON, c.ACADEMIC)) | (group == EAST)
    pool = np.flatnonzero(~planted & (account >= accounts.free) & (signed < DAYS - 45))
    chosen = draws.sample(pool, shard.n(truths.TRAPS.cancelled_orders))
    cancelled = full(len(account), NULL)
    cancelled[chosen] = signed[chosen] + 3 + draws.below(40, len(chosen))
    return cancelled


def write_orders(
    con: duckdb.DuckDBPyConnection, shard: Shard, orders: Orders, leads: Leads, accounts: Accounts
) -> int:
    """Writes the orders."""
    n, account, lead = len(orders.account), orders.account, orders.lead
    channel = np.where(lead >= 0, c.SEG_CHANNEL[leads.seg[lead]], -1)
    campaign = np.where(lead >= 0, leads.campaign[lead], -1)
    return write(
        con,
        "orders",
        [
            ident("order_id", rows(n), "ORD", shard.first("orders")),
            ident("opportunity_id", orders.opportunity, "OPP", shard.first("opportunities")),
            ident("account_id", account, "A", shard.first("accounts")),
            ident("lead_id", lead, "L", shard.first("leads")),
            label("order_kind", orders.kind, ORDER_KINDS),
            label("product", orders.product, PRODUCTS),
            money("amount", orders.amount * 100),
            local_day("signed_on", orders.signed),
            local_day("cancelled_on", orders.cancelled),
            label("owner_id", accounts.owner[account], REP_IDS),
            label("channel", channel, CHANNELS),
            ident("campaign_id", campaign, "CMP", shard.first("campaigns"), 4),
            label("region", accounts.region[account], REGIONS),
            label("industry", accounts.industry[account], INDUSTRIES),
        ],
    )


def write_payments(con: duckdb.DuckDBPyConnection, shard: Shard, orders: Orders) -> int:
    """Writes instalments of valid orders and the planted refunds."""
    draws = shard.draws("payments")
    valid = np.flatnonzero(orders.cancelled == NULL)
    share = np.asarray((30, 50, 20), dtype=np.int64)
    order = np.repeat(valid, 3)
    step = np.tile(rows(3), len(valid))
    amount = orders.amount[order] * share[step]  # yuan x percent = cents
    paid = orders.signed[order] + 5 + step * 45 + draws.below(30, len(order))
    keep = (paid < DAYS) & ((step < 2) | draws.chance(850, len(order)))
    order, amount, paid = order[keep], amount[keep], paid[keep]
    pool = np.flatnonzero(paid < DAYS - 40)
    back = draws.sample(pool, shard.n(truths.TRAPS.refunds))
    refund = -(amount[back] * (100 + draws.below(600, len(back))) // 1000)
    order = np.concatenate([order, order[back]])
    paid = np.concatenate([paid, paid[back] + 5 + draws.below(30, len(back))])
    amount = np.concatenate([amount, refund])
    by_day = np.argsort(paid, kind="stable")
    order, paid, amount = order[by_day], paid[by_day], amount[by_day]
    return write(
        con,
        "payments",
        [
            ident("payment_id", rows(len(order)), "PAY", shard.first("payments")),
            ident("order_id", order, "ORD", shard.first("orders")),
            ident("account_id", orders.account[order], "A", shard.first("accounts")),
            local_day("paid_on", paid),
            money("amount", amount),
            label("kind", (amount < 0).astype(np.int64), ("回款", "退款")),
        ],
    )


def write_quotes(con: duckdb.DuckDBPyConnection, shard: Shard, pipe: Pipeline) -> int:
    """Writes one or two quotes of each opportunity that came that far."""
    draws = shard.draws("quotes")
    far = np.flatnonzero((pipe.steps >= 3) & (pipe.created + 10 < DAYS))
    opp = np.repeat(far, 1 + draws.below(2, len(far)))
    n = len(opp)
    span = np.maximum(pipe.moved[opp] - pipe.created[opp], 1)
    quoted = pipe.created[opp] + draws.upto(span)
    discount = draws.below(16, n)
    return write(
        con,
        "quotes",
        [
            ident("quote_id", rows(n), "Q", shard.first("quotes")),
            ident("opportunity_id", opp, "OPP", shard.first("opportunities")),
            local_day("quoted_on", quoted),
            money("amount", pipe.amount[opp] * (100 - discount)),
            money("discount", discount),
        ],
    )
