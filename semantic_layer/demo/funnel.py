"""How far each lead gets and when: chances, and exact quotas where a truth needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from semantic_layer.demo import campaigns as c
from semantic_layer.demo import truths
from semantic_layer.demo.core import DAY, END, NULL, Bools, Draws, Ints, Shard, ints
from semantic_layer.demo.plan import EAST, PERIODS, Plan

_MQL: Final = ints((34, 38, 25, 28, 37, 39, 37, 43, 0, 37, 34, 32, 30, 34, 39, 44, 36, 51, 25)) * 10
_SQL: Final = 480
_OPP: Final = ints((58, 60, 18, 40, 60, 62, 66, 70, 0, 45, 45, 55, 58, 55, 60, 66, 55, 72, 40)) * 10
_MQL_DAYS: Final = ints((0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 9, 11, 14))


@dataclass(frozen=True)
class Funnel:
    """Stage reached and instants (NULL when not reached) of each lead."""

    level: Ints
    mql: Ints
    sql: Ints
    opp_day: Ints


def make_funnel(shard: Shard, plan: Plan) -> Funnel:
    """Decides the funnel of every planned lead."""
    draws = shard.draws("funnel")
    n = len(plan.seg)
    created = plan.day * DAY + plan.second
    brisk = plan.group == EAST
    short = 1 + draws.below(5, n)
    mql_days = np.where(brisk, short, _MQL_DAYS[draws.below(len(_MQL_DAYS), n)])
    mql = created + mql_days * DAY + 1800 + draws.below(DAY - 7200, n)
    sql_days = np.where(brisk, short, 1 + draws.below(18, n))
    sql = mql + sql_days * DAY + draws.below(DAY, n)
    opp_days = np.where(brisk, short, 1 + draws.below(24, n))
    opp_day = sql // DAY + opp_days
    is_mql = _choose_mql(shard, draws, plan, mql)
    is_sql = _choose_sql(shard, draws, plan, is_mql, mql, sql)
    is_opp = is_sql & draws.chance(_OPP[plan.seg], n) & (opp_day * DAY < END)
    is_opp &= ~(_east_event(plan) & (opp_day >= c.Q3_FIRST) & (opp_day <= c.Q3_LAST))
    forced = plan.force >= 0
    is_opp = np.where(forced, plan.force >= 3, is_opp)
    level = is_mql.astype(np.int64) + is_sql + is_opp
    level = np.where(plan.force == 4, 4, level)
    return Funnel(
        level,
        np.where(level >= 1, mql, NULL),
        np.where(level >= 2, sql, NULL),
        np.where(level >= 3, opp_day, NULL),
    )


def _east_event(plan: Plan) -> Bools:
    """Free leads that would blur truth 9 if they moved inside its quarter."""
    east: Bools = np.isin(plan.seg, c.EVENT_SEGS) & (plan.region == 0)
    return east & (plan.force < 0)


def _in_quarter(instant: Ints) -> Bools:
    return (instant >= c.Q3_FIRST * DAY) & (instant < (c.Q3_LAST + 1) * DAY)


def _cells(plan: Plan, mql: Ints) -> list[tuple[int, int, Bools]]:
    """(quarter 0/1, region, leads whose MQL instant would fall there)."""
    cells = []
    for quarter, (first, last) in enumerate((PERIODS[6], PERIODS[7])):
        window = (mql >= first * DAY) & (mql < (last + 1) * DAY)
        cells += [(quarter, r, window & (plan.region == r)) for r in range(len(truths.REGIONS))]
    return cells


def _choose_mql(shard: Shard, draws: Draws, plan: Plan, mql: Ints) -> Bools:
    n = len(plan.seg)
    luck = draws.below(1 << 40, n) // np.maximum(_MQL[plan.seg], 1)
    free = plan.force < 0
    chosen = free & (luck < (1 << 40) // 1000) & (mql < END)
    window = (mql >= PERIODS[6][0] * DAY) & (mql < (PERIODS[7][1] + 1) * DAY)
    chosen &= ~window
    allowed = free & ~(_east_event(plan) & _in_quarter(mql))
    quotas = (truths.SIMPSON.q2_mql, truths.SIMPSON.q3_mql)
    for quarter, region, cell in _cells(plan, mql):
        need = shard.n(quotas[quarter][region]) - int((cell & (plan.force >= 1)).sum())
        _take(chosen, cell & allowed, luck, need)
    return np.where(free, chosen, plan.force >= 1)


def _choose_sql(
    shard: Shard, draws: Draws, plan: Plan, is_mql: Bools, mql: Ints, sql: Ints
) -> Bools:
    n = len(plan.seg)
    luck = draws.below(1 << 40, n)
    free = plan.force < 0
    window = (mql >= PERIODS[6][0] * DAY) & (mql < (PERIODS[7][1] + 1) * DAY)
    allowed = free & is_mql & (sql < END) & ~(_east_event(plan) & _in_quarter(sql))
    chosen = allowed & (luck < (1 << 40) // 1000 * _SQL) & ~window
    quotas = (truths.SIMPSON.q2_sql, truths.SIMPSON.q3_sql)
    for quarter, region, cell in _cells(plan, mql):
        need = shard.n(quotas[quarter][region]) - int((cell & (plan.force >= 2)).sum())
        _take(chosen, cell & allowed, luck, need)
    return np.where(free, chosen, plan.force >= 2)


def _take(chosen: Bools, candidates: Bools, luck: Ints, need: int) -> None:
    pool = np.flatnonzero(candidates)
    order = np.argsort(luck[pool], kind="stable")
    chosen[pool[order[: max(0, need)]]] = True
