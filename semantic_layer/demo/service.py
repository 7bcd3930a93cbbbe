"""After the lead and after the sale: follow-up notes, product usage and tickets."""

from __future__ import annotations

import duckdb
import numpy as np

from semantic_layer.demo.accounts import Accounts
from semantic_layer.demo.core import (
    DAY,
    DAYS,
    END,
    NULL,
    Ints,
    Shard,
    full,
    ident,
    instant,
    label,
    local_day,
    number,
    rows,
    write,
)
from semantic_layer.demo.leads import Leads
from semantic_layer.demo.names import PRODUCTS
from semantic_layer.demo.notes import ALL_NOTES, INJECTED_NOTES, NOTES
from semantic_layer.demo.org import REP_IDS

_METHODS = ("电话", "企微", "上门拜访", "邮件")
_TICKETS = ("系统故障", "使用咨询", "需求建议", "售后回访")
_DORMANT = 90


def write_followups(
    con: duckdb.DuckDBPyConnection, shard: Shard, leads: Leads, accounts: Accounts
) -> int:
    """Writes salespeople's notes on leads that qualified."""
    draws = shard.draws("followups")
    good = np.flatnonzero(leads.funnel.level >= 1)
    lead = np.repeat(good, 1 + draws.below(4, len(good)))
    time = leads.funnel.mql[lead] + draws.below(45, len(lead)) * DAY + draws.below(7200, len(lead))
    lead, time = lead[time < END], time[time < END]
    order = np.argsort(time, kind="stable")
    lead, time = lead[order], time[order]
    n, account = len(lead), leads.account[lead]
    injected = len(NOTES) + draws.below(len(INJECTED_NOTES), n)
    note = np.where(draws.chance(3, n), injected, draws.below(len(NOTES), n))
    return write(
        con,
        "followups",
        [
            ident("followup_id", rows(n), "FU", shard.first("followups")),
            ident("lead_id", lead, "L", shard.first("leads")),
            ident("account_id", account, "A", shard.first("accounts")),
            label("owner_id", accounts.owner[account], REP_IDS),
            instant("followed_at", time),
            label("method", draws.pick((45, 35, 10, 10), n), _METHODS),
            label("note", note, ALL_NOTES),
        ],
    )


def write_usage(con: duckdb.DuckDBPyConnection, shard: Shard, first_order: Ints) -> int:
    """Writes usage of customers: most stay active, some fall asleep for over 90 days."""
    draws = shard.draws("usage")
    customer = np.flatnonzero((first_order > NULL) & (first_order < DAYS - 10))
    n = len(customer)
    start = first_order[customer] + 7
    asleep = draws.chance(220, n) & (start < DAYS - _DORMANT - 40)
    stop = np.where(asleep, DAYS - _DORMANT - 5 - draws.below(60, n), DAYS)
    stop = np.maximum(stop, start + 1)
    count = np.maximum((stop - start) // 4, 1)
    who = np.repeat(rows(n), count)
    step = rows(len(who)) - np.repeat(np.cumsum(count) - count, count)
    day = start[who] + step * 4 + draws.below(4, len(who))
    keep = (day < stop[who]) & draws.chance(880, len(who))
    who, day = who[keep], day[keep]
    order = np.argsort(day, kind="stable")
    who, day = who[order], day[order]
    logins = 1 + draws.below(30, len(who))
    return write(
        con,
        "product_usage",
        [
            ident("account_id", customer[who], "A", shard.first("accounts")),
            local_day("used_on", day),
            label("product", customer[who] % len(PRODUCTS), PRODUCTS),
            number("logins", logins),
            number("minutes", logins * (4 + draws.below(25, len(who)))),
        ],
    )


def write_tickets(con: duckdb.DuckDBPyConnection, shard: Shard, first_order: Ints) -> int:
    """Writes service tickets of customers, some rated."""
    draws = shard.draws("tickets")
    customer = np.flatnonzero((first_order > NULL) & (first_order < DAYS - 2))
    n = shard.n(4_500)
    account = customer[draws.below(len(customer), n)]
    day = first_order[account] + 1 + draws.upto(DAYS - first_order[account] - 1)
    opened = day * DAY + 8 * 3600 + draws.below(11 * 3600, n)
    order = np.argsort(opened, kind="stable")
    account, opened = account[order], opened[order]
    closed = opened + 1800 + draws.below(4 * DAY, n)
    closed = np.where(closed < END, closed, NULL)
    done = closed > NULL
    rating = 1 + draws.pick((4, 7, 17, 38, 34), n)
    nps = draws.pick((2, 1, 1, 2, 3, 6, 8, 15, 24, 22, 16), n)
    return write(
        con,
        "tickets",
        [
            ident("ticket_id", rows(n), "T", shard.first("tickets")),
            ident("account_id", account, "A", shard.first("accounts")),
            instant("opened_at", opened),
            instant("closed_at", closed),
            label("kind", draws.below(len(_TICKETS), n), _TICKETS),
            number("rating", np.where(done & draws.chance(620, n), rating, full(n, NULL))),
            number("nps", np.where(done & draws.chance(300, n), nps, full(n, NULL))),
        ],
    )
