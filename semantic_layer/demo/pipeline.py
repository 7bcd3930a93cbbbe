"""Opportunities and their history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from semantic_layer.demo import campaigns as c
from semantic_layer.demo import truths
from semantic_layer.demo.accounts import Accounts
from semantic_layer.demo.core import (
    DAYS,
    NULL,
    Bools,
    Draws,
    Ints,
    Shard,
    day_of,
    draw_amounts,
    draw_days,
    full,
    ints,
    rows,
)
from semantic_layer.demo.leads import Leads
from semantic_layer.demo.names import PRODUCTS
from semantic_layer.demo.plan import EAST
from semantic_layer.demo.progress import LOST, OPEN, WON, progress

_CYCLE: Final = ints((18, 25, 32, 38, 44, 50, 56, 62, 70, 80, 92, 110, 140, 180))


@dataclass(frozen=True)
class Pipeline:
    """Opportunities by row.

    Attributes:
        outcome: OPEN, WON or LOST.
        closed: Local day or NULL.
        moved: Local day the present stage was entered.
        steps: Number of stages in the history.
        fixed: 1 where a truth fixes the amount.
    """

    account: Ints
    lead: Ints
    created: Ints
    closed: Ints
    outcome: Ints
    amount: Ints
    fixed: Ints
    product: Ints
    moved: Ints
    steps: Ints


_Rows = tuple[Ints, Ints, Ints, Ints, Ints, Ints]  # account lead created closed outcome amount


def make_pipeline(shard: Shard, leads: Leads, accounts: Accounts) -> Pipeline:
    """Makes the opportunities: of leads, of sales, and the planted ones."""
    draws = shard.draws("opportunities")
    parts = [
        _from_leads(draws, leads),
        _from_sales(shard, draws, leads, accounts),
        _silent(draws, accounts),
        _brand(shard, draws, accounts),
    ]
    if shard.number == 0:
        parts.append(_webinar(leads))
    account, lead, created, closed, outcome, amount = (
        np.concatenate([part[k] for part in parts]) for k in range(6)
    )
    fixed = np.where(amount > 0, 1, 0)
    order = np.argsort(created, kind="stable")
    account, lead, created, closed = (x[order] for x in (account, lead, created, closed))
    outcome, amount, fixed = outcome[order], amount[order], fixed[order]
    n = len(account)
    seg = np.where(lead >= 0, leads.seg[lead], -1)
    drawn = draw_amounts(draws, n)
    amount = np.where(fixed == 1, amount, drawn)
    _set_average(
        amount,
        (outcome == WON) & np.isin(seg, (c.BAIDU, c.GOOGLE)),
        truths.DEAL_SIZE.most_leads_average,
    )
    _set_average(amount, (outcome == WON) & (seg == c.SALON), truths.DEAL_SIZE.larger_deals_average)
    moved, steps = progress(draws, created, closed, outcome, accounts.owner[account])
    product = draws.below(len(PRODUCTS), n)
    return Pipeline(account, lead, created, closed, outcome, amount, fixed, product, moved, steps)


def _set_average(amount: Ints, rows_in: Bools, mean: int) -> None:
    """Scales amounts so that their mean is exact to the yuan."""
    mine = np.flatnonzero(rows_in)
    if len(mine) == 0:
        return
    target = mean * len(mine)
    amount[mine] = amount[mine] * target // int(amount[mine].sum())
    amount[mine[: target - int(amount[mine].sum())]] += 1


def _from_leads(draws: Draws, leads: Leads) -> _Rows:
    lead = np.flatnonzero(leads.funnel.level >= 3)
    n, created = len(lead), leads.funnel.opp_day[lead]
    force, group = leads.plan.force[lead], leads.plan.group[lead]
    cycle = _CYCLE[draws.below(len(_CYCLE), n)] + draws.below(9, n)
    quick = np.where(group == EAST, 15 + draws.below(21, n), 18 + draws.below(25, n))
    closed = created + np.where(force == 4, quick, cycle)
    won = draws.chance(320, n)
    # No other 华东 event deal may be signed in the planted quarter.
    east = np.isin(leads.seg[lead], c.EVENT_SEGS) & (leads.plan.region[lead] == 0)
    won &= ~(east & (closed >= c.Q3_FIRST) & (closed <= c.Q3_LAST))
    won = np.where(force >= 0, force == 4, won)
    outcome = np.where(closed >= DAYS, OPEN, np.where(won, WON, LOST))
    closed = np.where(outcome == OPEN, NULL, closed)
    return leads.account[lead], lead, created, closed, outcome, full(n, 0)


def _from_sales(shard: Shard, draws: Draws, leads: Leads, accounts: Accounts) -> _Rows:
    n = shard.n(850)
    known = np.unique(leads.account)
    account = draws.sample(known[known >= accounts.free], n)
    created = draw_days(draws, 20, DAYS - 1, len(account))
    return _spontaneous(draws, account, created, 320)


def _spontaneous(draws: Draws, account: Ints, created: Ints, per_mille: int) -> _Rows:
    n = len(account)
    closed = created + _CYCLE[draws.below(len(_CYCLE), n)]
    won = draws.chance(per_mille, n)
    outcome = np.where(closed >= DAYS, OPEN, np.where(won, WON, LOST))
    closed = np.where(outcome == OPEN, NULL, closed)
    return account, full(n, -1), created, closed, outcome, full(n, 0)


def _silent(draws: Draws, accounts: Accounts) -> _Rows:
    n = accounts.silent
    created = 60 + draws.below(400, n)
    return (
        accounts.webinar + rows(n), full(n, -1), created, created + 40 + draws.below(60, n),
        full(n, WON), full(n, 0),
    )  # fmt: skip


def _brand(shard: Shard, draws: Draws, accounts: Accounts) -> _Rows:
    truth, pairs = truths.BRAND_LIFT, accounts.pairs
    first = accounts.webinar + accounts.silent
    yes = first + rows(shard.n(truth.attended_converted) if pairs else 0)
    no = first + pairs + rows(shard.n(truth.not_attended_converted) if pairs else 0)
    account = np.concatenate([yes, no])
    created = day_of(truth.start_on) + 5 + draws.below(truth.window_days - 10, len(account))
    return _spontaneous(draws, account, created, 400)


def _webinar(leads: Leads) -> _Rows:
    truth = truths.WEBINAR
    n = len(truth.opportunity_amounts)
    direct = truth.direct_opportunities
    lead = full(n, -1)
    for row in range(direct):
        lead[row] = int(np.flatnonzero(leads.account == row)[0])
    first = day_of(date(2026, 6, 15))
    created = first + ints((0, 9, 16, 30, 44))
    closed = ints((first + 50, NULL, first + 70, NULL, first + 90))
    outcome = ints((WON, OPEN, LOST, OPEN, LOST))
    return rows(n), lead, created, closed, outcome, ints(truth.opportunity_amounts)
