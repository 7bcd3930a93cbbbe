"""The plan of leads: how many come from where and when, before anything else is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np

from semantic_layer.demo import campaigns as c
from semantic_layer.demo import truths
from semantic_layer.demo.core import (
    DAYS,
    WEIGHTS,
    Draws,
    Ints,
    Shard,
    day_of,
    draw_days,
    draw_seconds,
    full,
    ints,
    rows,
)

FREE, WEBINAR, ACADEMIC, EAST, CONTENT, EDGE = range(6)
PERIODS: Final = tuple(
    (day_of(first), min(day_of(last), DAYS) - 1)
    for first, last in zip(
        [date(2024, 11, 1), *[date(2025 + q // 4, q % 4 * 3 + 1, 1) for q in range(8)]],
        [*[date(2025 + q // 4, q % 4 * 3 + 1, 1) for q in range(8)], date(2027, 1, 1)],
        strict=True,
    )
)
BAIDU_FROM: Final = DAYS - 3 - truths.BAIDU_DROP.trailing_days
_TOUTIAO_Q2, _TOUTIAO_Q3 = 6, 7
_NORMAL = (300, 180, 165, 110, 100, 62, 63, 20)
_WEST = (240, 125, 125, 125, 165, 100, 100, 20)  # the mix shift of truth 13
_WEST_FROM, _WEST_TO = day_of(date(2026, 6, 25)), day_of(date(2026, 9, 28))


@dataclass(frozen=True)
class Plan:
    """One row a lead.

    Attributes:
        force: -1 free, else the stage it reaches: 0 lead, 1 MQL, 2 SQL, 3 opportunity, 4 won.
        region: Code, -1 NULL.
    """

    seg: Ints
    day: Ints
    second: Ints
    region: Ints
    force: Ints
    group: Ints


def make_plan(shard: Shard) -> Plan:
    """Plans all leads of a shard; the total is exact."""
    draws = shard.draws("plan")
    planted = [_academic(shard, draws), _east(shard, draws), _content(shard, draws)]
    planted.append(_edges(shard))
    if shard.number == 0:
        planted.append(_webinar(draws))
    total = shard.n(truths.LEADS_TOTAL)
    done = sum(len(part.seg) for part in planted)
    seg, day = _cells(shard, draws, total - done)
    free = Plan(
        seg, day, draw_seconds(draws, len(seg)), _regions(draws, seg, day),
        full(len(seg), -1), full(len(seg), FREE),
    )  # fmt: skip
    parts = [*planted, free]
    return Plan(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("seg", "day", "second", "region", "force", "group")
        )
    )


def baidu_daily(shard: Shard) -> Ints:
    """Planted 百度 leads of each of the last 31 days."""
    drop = truths.BAIDU_DROP
    days = rows(drop.trailing_days) + BAIDU_FROM
    workday = (days + truths.HISTORY_START.weekday()) % 7 < 5
    trailing = np.where(workday, drop.trailing_workday_leads, drop.trailing_weekend_leads)
    return np.concatenate([trailing, ints(drop.leads)]) * shard.per_mille // 1000


def _cells(shard: Shard, draws: Draws, total: int) -> tuple[Ints, Ints]:
    segs: list[Ints] = []
    days: list[Ints] = []
    scaled = shard.per_mille * truths.LEADS_TOTAL
    whole = int(WEIGHTS.sum())
    for seg in range(len(c.SEGMENTS)):
        for period, (first, last) in enumerate(PERIODS):
            if seg == c.BAIDU:
                last = min(last, BAIDU_FROM - 1)
            share = int(WEIGHTS[first : last + 1].sum()) if last >= first else 0
            count = scaled * int(c.SEG_LEADS[seg]) // 1_000_000 * share // whole
            if seg == c.TOUTIAO and period == _TOUTIAO_Q2:
                count = shard.n(truths.AD_PLATFORM.q2_leads)
            if seg == c.TOUTIAO and period == _TOUTIAO_Q3:
                count = shard.n(truths.AD_PLATFORM.q3_leads)
            if count:
                segs.append(full(count, seg))
                days.append(draw_days(draws, first, last, count))
    planted = baidu_daily(shard)
    segs.append(full(int(planted.sum()), c.BAIDU))
    days.append(np.repeat(rows(len(planted)) + BAIDU_FROM, planted))
    return _fill(draws, np.concatenate(segs), np.concatenate(days), total)


def _fill(draws: Draws, seg: Ints, day: Ints, total: int) -> tuple[Ints, Ints]:
    """What rounding and the planted groups leave over comes to the site directly."""
    rest = total - len(seg)
    if rest < 0:
        extra = np.flatnonzero(seg == c.SITE)[:-rest]
        return np.delete(seg, extra), np.delete(day, extra)
    more = draw_days(draws, 0, DAYS - 1, rest)
    return np.concatenate([seg, full(rest, c.SITE)]), np.concatenate([day, more])


def _regions(draws: Draws, seg: Ints, day: Ints) -> Ints:
    n = len(seg)
    west = (day >= _WEST_FROM) & (day <= _WEST_TO)
    region = np.where(west, draws.pick(_WEST, n), draws.pick(_NORMAL, n))
    # 华东 events of the planted quarter are planted in full.
    east = np.isin(seg, c.EVENT_SEGS) & (day >= c.Q3_FIRST) & (day <= c.Q3_LAST)
    elsewhere = 1 + draws.below(6, n)
    region = np.where(east & (region == 0), elsewhere, region)
    return np.where(region == 7, -1, region)


def _ladder(counts: tuple[int, ...]) -> Ints:
    """Stages 0.. repeated by count."""
    return np.repeat(rows(len(counts)), ints(counts))


def _academic(shard: Shard, draws: Draws) -> Plan:
    truth, east = truths.ACADEMIC, truths.EAST_EVENTS
    in_east = shard.n(east.leads_by_type[3])
    n = shard.n(truth.leads) - in_east
    won = shard.n(truth.won_leads)
    lost = n - won
    force = _ladder((lost - lost // 3 - lost // 4, lost // 3, 0, lost // 4, won))
    day = draw_days(draws, 0, PERIODS[6][1], n)
    # Won ones need time to close; recent 华东 ones would sign inside truth 9's quarter.
    late = (force == 4) & (day > day_of(date(2026, 5, 31)))
    day = np.where(late, day - 90, day)
    region = draws.pick(_NORMAL[:7], n)
    recent = day >= day_of(date(2025, 11, 1))
    region = np.where(recent & (region == 0), 1 + draws.below(6, n), region)
    return Plan(full(n, c.ACADEMIC), day, draw_seconds(draws, n), region, force, full(n, ACADEMIC))


def _east(shard: Shard, draws: Draws) -> Plan:
    t = truths.EAST_EVENTS
    by_type = [shard.n(count) for count in t.leads_by_type]
    seg = np.repeat(c.EVENT_SEGS, ints(by_type))
    n = len(seg)
    steps = [n, *(shard.n(k) for k in (t.mqls, t.sqls, t.opportunities, t.orders)), 0]
    ladder = _ladder(tuple(a - b for a, b in pairwise(steps)))
    force = np.zeros(n, dtype=np.int64)
    open_rows = draws.sample(np.flatnonzero(seg != c.ACADEMIC), n - by_type[3])
    top = ladder[::-1][: len(open_rows)]
    force[open_rows[: len(top)]] = top
    first, july, august, last = c.Q3_FIRST, c.Q3_FIRST + 20, c.Q3_FIRST + 55, c.Q3_LAST
    until = np.where(force == 4, july, np.where(force > 0, august, last))
    day = first + draws.upto(until - first + 1)
    return Plan(seg, day, draw_seconds(draws, n), full(n, 0), force, full(n, EAST))


def _content(shard: Shard, draws: Draws) -> Plan:
    n = shard.n(truths.WHITEPAPER.leads)
    deals = shard.n(truths.WHITEPAPER.leads_with_opportunity)
    rest = n - deals
    # 3 = an opportunity that is not won here; a third of them win.
    force = _ladder((rest - rest // 3, rest // 3, 0, deals - deals // 3, deals // 3))
    day = draw_days(draws, PERIODS[1][0], PERIODS[6][1] - 40, n)
    region = draws.pick(_NORMAL[:7], n)
    return Plan(full(n, c.PAPER_SITE), day, draw_seconds(draws, n), region, force, full(n, CONTENT))


def _edges(shard: Shard) -> Plan:
    t = truths.TRAPS
    counts = (t.leads_at_local_midnight, t.leads_after_local_midnight)
    n = sum(counts) + t.leads_before_local_midnight if shard.number == 0 else 0
    day = full(n, c.Q3_FIRST)
    second = full(n, 0)
    second[counts[0] :] = 1800
    day[sum(counts) :] -= 1
    second[sum(counts) :] = 86_399
    return Plan(full(n, c.SITE), day, second, rows(n) % 7, full(n, 0), full(n, EDGE))


def _webinar(draws: Draws) -> Plan:
    n = truths.WEBINAR.leads
    day = day_of(truths.WEBINAR.start_on) + draws.below(3, n)
    force = np.where(rows(n) < truths.WEBINAR.direct_opportunities, 2, rows(n) % 4 == 0)
    second = 15 * 3600 + draws.below(7 * 3600, n)
    return Plan(
        full(n, c.WEBINAR_SEG), day, second, full(n, 1), force.astype(np.int64), full(n, WEBINAR)
    )
