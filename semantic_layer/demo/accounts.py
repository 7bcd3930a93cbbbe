"""Companies: who exists, where, and which ones are reserved for a planted truth."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from semantic_layer.demo import truths
from semantic_layer.demo.core import (
    NULL,
    Bools,
    Draws,
    Ints,
    Shard,
    flag,
    ident,
    ints,
    label,
    local_day,
    rows,
    text,
    write,
)
from semantic_layer.demo.names import (
    INDUSTRIES,
    INDUSTRY_WEIGHTS,
    PROVINCE_RANGE,
    PROVINCES,
    REGIONS,
    SIZES,
    UNITS,
    company_name,
)
from semantic_layer.demo.org import REP_IDS, REP_REGION, REP_UNIT, REPS

_REGION_WEIGHTS = (290, 180, 165, 110, 105, 65, 65, 20)  # the last is NULL
_START = ints([p[0] for p in PROVINCE_RANGE])
_COUNT = ints([p[1] for p in PROVINCE_RANGE])


@dataclass(frozen=True)
class Accounts:
    """Companies by row; the first rows are reserved and never drawn at random.

    Attributes:
        webinar: Number of leading rows kept for truth 1.
        silent: Number of rows after them whose orders have no touch at all.
        pairs: Number of matched pairs after those, for truth 10; attended rows come first.
    """

    region: Ints
    industry: Ints
    province: Ints
    size: Ints
    target: Bools
    owner: Ints
    created: Ints
    webinar: int
    silent: int
    pairs: int

    @property
    def free(self) -> int:
        """First row open to random draws."""
        return self.webinar + self.silent + 2 * self.pairs


def make_accounts(shard: Shard) -> Accounts:
    """Draws the companies of a shard."""
    draws = shard.draws("accounts")
    n = shard.n(truths.ACCOUNTS_TOTAL, 450)
    first = shard.number == 0
    webinar = truths.WEBINAR.accounts if first else 0
    silent = shard.n(truths.TRAPS.orders_without_touch)
    pairs = shard.n(truths.BRAND_LIFT.attended) if first else 0
    region = _blank(draws.pick(_REGION_WEIGHTS, n), 7)
    industry = _blank(draws.pick(INDUSTRY_WEIGHTS, n), 8)
    size = draws.pick((38, 34, 19, 9), n)
    reserved = webinar + silent + 2 * pairs
    # Reserved accounts stay out of truths 2 and 9: no 高端装备, and no 华东 for the webinar.
    industry[:reserved] = 1 + draws.below(7, reserved)
    region[:webinar] = 1
    start = webinar + silent
    for column in (region, industry, size):
        column[start + pairs : start + 2 * pairs] = column[start : start + pairs]
    province = np.where(region < 0, -1, _START[region] + draws.upto(_COUNT[region]))
    owner = _owners(draws, region)
    created = draws.below(600, n) - 700
    target = draws.chance(120, n)
    return Accounts(
        region, industry, province, size, target, owner, created, webinar, silent, pairs
    )


def _blank(codes: Ints, missing: int) -> Ints:
    return np.where(codes == missing, -1, codes)


def _owners(draws: Draws, region: Ints) -> Ints:
    owner = draws.below(REPS, len(region))
    for code in range(len(REGIONS)):
        here = np.flatnonzero(region == code)
        reps = np.flatnonzero(code == REP_REGION)
        owner[here] = reps[draws.below(len(reps), len(here))]
    return owner


def write_accounts(
    con: duckdb.DuckDBPyConnection, shard: Shard, accounts: Accounts, first_order: Ints
) -> int:
    """Writes the companies; the first log-in follows the first order."""
    n = len(accounts.region)
    base = shard.first("accounts")
    names = [
        company_name(base + i, int(p), int(f))
        for i, (p, f) in enumerate(zip(accounts.province, accounts.industry, strict=True))
    ]
    login = np.where(first_order > NULL, np.minimum(first_order + 7, 725), NULL)
    return write(
        con,
        "accounts",
        [
            ident("account_id", rows(n), "A", base),
            text("name", names),
            label("industry", accounts.industry, INDUSTRIES),
            label("province", accounts.province, PROVINCES),
            label("region", accounts.region, REGIONS),
            label("size_band", accounts.size, SIZES),
            flag("is_target", accounts.target),
            label("business_unit", REP_UNIT[accounts.owner], UNITS),
            label("owner_id", accounts.owner, REP_IDS),
            local_day("created_on", accounts.created),
            local_day("first_login_on", login),
        ],
    )
