"""Writes opportunities and their stage history."""

from __future__ import annotations

import duckdb
import numpy as np

from semantic_layer.demo import campaigns as c
from semantic_layer.demo.accounts import Accounts
from semantic_layer.demo.core import (
    DAY,
    NULL,
    Shard,
    ident,
    instant,
    label,
    local_day,
    money,
    number,
    rows,
    text,
    tri,
    write,
)
from semantic_layer.demo.leads import Leads
from semantic_layer.demo.names import CHANNELS, INDUSTRIES, PRODUCTS, REGIONS, STAGES, TOPICS
from semantic_layer.demo.org import REP_IDS
from semantic_layer.demo.pipeline import Pipeline
from semantic_layer.demo.progress import LOST, OPEN, WON


def write_opportunities(
    con: duckdb.DuckDBPyConnection, shard: Shard, pipe: Pipeline, leads: Leads, accounts: Accounts
) -> int:
    """Writes the opportunities."""
    n, account = len(pipe.account), pipe.account
    stage = np.where(pipe.outcome == WON, 4, np.where(pipe.outcome == LOST, 5, pipe.steps - 1))
    seg = np.where(pipe.lead >= 0, leads.seg[pipe.lead], -1)
    names = [
        f"{PRODUCTS[int(p)]}-{TOPICS[i % len(TOPICS)]}项目" for i, p in enumerate(pipe.product)
    ]
    return write(
        con,
        "opportunities",
        [
            ident("opportunity_id", rows(n), "OPP", shard.first("opportunities")),
            ident("account_id", account, "A", shard.first("accounts")),
            ident("lead_id", pipe.lead, "L", shard.first("leads")),
            text("name", names),
            label("product", pipe.product, PRODUCTS),
            money("amount", pipe.amount * 100),
            label("stage", stage, STAGES),
            local_day("created_on", pipe.created),
            local_day("closed_on", pipe.closed),
            tri("is_won", np.where(pipe.outcome == OPEN, -1, pipe.outcome == WON)),
            label("owner_id", accounts.owner[account], REP_IDS),
            label("channel", np.where(seg >= 0, c.SEG_CHANNEL[seg], -1), CHANNELS),
            ident(
                "campaign_id",
                np.where(pipe.lead >= 0, leads.campaign[pipe.lead], -1),
                "CMP",
                shard.first("campaigns"),
                4,
            ),
            label("region", accounts.region[account], REGIONS),
            label("industry", accounts.industry[account], INDUSTRIES),
        ],
    )


def write_stages(con: duckdb.DuckDBPyConnection, shard: Shard, pipe: Pipeline) -> int:
    """Writes the stage history: evenly spread between creation and the last move."""
    steps = pipe.steps
    opp = np.repeat(rows(len(steps)), steps)
    k = rows(len(opp)) - np.repeat(np.cumsum(steps) - steps, steps)
    gap = np.maximum(steps[opp] - 1, 1)
    nine = 9 * 3600
    start, span = pipe.created * DAY + nine, (pipe.moved - pipe.created) * DAY
    entered = start[opp] + span[opp] * k // gap + k * 600
    last = k == steps[opp] - 1
    left = np.where(last, NULL, np.roll(entered, -1))
    end_stage = np.where(pipe.outcome == WON, 4, np.where(pipe.outcome == LOST, 5, -1))
    stage = np.where(last & (end_stage[opp] >= 0), end_stage[opp], k)
    return write(
        con,
        "opportunity_stages",
        [
            ident("opportunity_id", opp, "OPP", shard.first("opportunities")),
            label("stage", stage, STAGES),
            number("stage_order", k + 1),
            instant("entered_at", entered),
            instant("left_at", left),
        ],
    )
