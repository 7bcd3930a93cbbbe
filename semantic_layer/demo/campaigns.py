"""Campaigns, their calendar and their daily cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np

from semantic_layer.demo import truths
from semantic_layer.demo.core import (
    DAYS,
    Bools,
    Draws,
    Ints,
    Shard,
    day_of,
    flag,
    ident,
    ints,
    label,
    local_day,
    money,
    rows,
    text,
    write,
)
from semantic_layer.demo.names import CHANNELS, REGIONS, TOPICS, TYPES

# Segments: where a lead or touch comes from = (campaign type or -1, channel or -1, leads per mille)
SEGMENTS: Final = (
    (7, 0, 160), (7, 3, 55), (8, 1, 70), (8, 2, 50), (8, 4, 35), (0, 10, 110), (1, 9, 85),
    (2, 9, 50), (3, 9, 0), (4, 5, 60), (4, 6, 40), (5, 10, 60), (6, 8, 65), (9, 6, 15),
    (-1, 5, 60), (-1, 7, 25), (-1, 6, 15), (-1, 11, 25), (-1, -1, 8),
)  # fmt: skip
SEG_TYPE: Final[Ints] = ints([s[0] for s in SEGMENTS])
SEG_CHANNEL: Final[Ints] = ints([s[1] for s in SEGMENTS])
SEG_LEADS: Final[Ints] = ints([s[2] for s in SEGMENTS])
BAIDU, GOOGLE, TOUTIAO, TENCENT, LINKEDIN, WEBINAR_SEG, EXPO, SALON, ACADEMIC = range(9)
PAPER_SITE, PAPER_WECHAT, LIVE, EDM, BRAND, SITE, WECOM, WECHAT, REFERRAL, UNKNOWN = range(9, 19)
EVENT_SEGS: Final[Ints] = ints((WEBINAR_SEG, EXPO, SALON, ACADEMIC, LIVE))
Q3_FIRST: Final = day_of(truths.EAST_EVENTS.first)
Q3_LAST: Final = day_of(truths.EAST_EVENTS.last)
# Campaigns per segment at scale 1, days they run, budget in thousands.
_COUNTS = (16, 14, 10, 10, 10, 69, 40, 50, 20, 24, 16, 40, 60, 19)
_RUNS = (90, 90, 60, 60, 60, 1, 3, 1, 2, 60, 60, 1, 10, 30)
_BUDGETS = (0, 0, 0, 0, 0, 20, 280, 45, 60, 35, 20, 18, 12, 150)
_COST_TYPES = ("场地搭建", "讲师费用", "物料制作", "执行人力")


@dataclass(frozen=True)
class Campaigns:
    """Campaigns by row, and the one a segment shows in a region on a day.

    Attributes:
        lookup: [segment, region (7 = national), local day] → campaign row or -1.
        webinar: Row of the planted webinar, or -1.
        brand: Row of the planted brand campaign, or -1.
        east: Rows of the planted 华东 events.
    """

    seg: Ints
    region: Ints
    topic: Ints
    start: Ints
    end: Ints
    budget: Ints
    lookup: Ints
    webinar: int
    brand: int
    east: Ints

    def find(self, seg: Ints, region: Ints, day: Ints) -> Ints:
        """The campaign of each segment, region and day."""
        place = np.where(region < 0, 7, region)
        return self.lookup[seg, place, np.clip(day, 0, DAYS - 1)]


def make_campaigns(shard: Shard) -> Campaigns:
    """Draws the campaign calendar of a shard."""
    draws = shard.draws("campaigns")
    first = shard.number == 0
    planted_seg, planted_start, planted_region = [], [], []
    for k in range(truths.EAST_EVENTS.campaigns):
        planted_seg.append(int(EVENT_SEGS[k % 5]))
        planted_start.append(Q3_FIRST + 1 + k * 5 if k >= 5 else Q3_FIRST)
        planted_region.append(0)
    if first:
        planted_seg += [WEBINAR_SEG, BRAND]
        planted_start += [day_of(truths.WEBINAR.start_on), day_of(truths.BRAND_LIFT.start_on)]
        planted_region += [-1, -1]
    random_seg, random_start, random_region = _random_calendar(shard, draws)
    seg = np.concatenate([ints(planted_seg), random_seg])
    start = np.concatenate([ints(planted_start), random_start])
    region = np.concatenate([ints(planted_region), random_region])
    n = len(seg)
    end = np.minimum(start + ints(_RUNS)[seg] - 1, DAYS + 60)
    budget = ints(_BUDGETS)[seg] * (700 + draws.below(600, n))
    topic = draws.below(len(TOPICS), n)
    east = rows(truths.EAST_EVENTS.campaigns)
    webinar, brand = (len(east), len(east) + 1) if first else (-1, -1)
    lookup = _lookup(seg, region, start, np.isin(rows(n), [webinar, brand]))
    return Campaigns(seg, region, topic, start, end, budget, lookup, webinar, brand, east)


def _random_calendar(shard: Shard, draws: Draws) -> tuple[Ints, Ints, Ints]:
    seg_parts, start_parts, region_parts = [], [], []
    for seg, count in enumerate(_COUNTS):
        n = shard.n(count, 3)
        # Evenly spaced with some jitter; the first is national and starts with history.
        start = rows(n) * DAYS // n + draws.below(max(1, DAYS // (2 * n)), n)
        start[0] = 0
        region = draws.pick((20, 16, 15, 12, 12, 9, 9, 40), n)
        region = np.where(region == 7, -1, region)
        region[0] = -1
        if seg not in EVENT_SEGS:
            region[:] = -1
        else:
            # No other 华东 event may register or run inside the planted quarter.
            near = (start >= Q3_FIRST - 12) & (start <= Q3_LAST + 12) & (region == 0)
            region[near] = 1 + draws.below(6, int(near.sum()))
        seg_parts.append(np.full(n, seg, dtype=np.int64))
        start_parts.append(start)
        region_parts.append(region)
    return np.concatenate(seg_parts), np.concatenate(start_parts), np.concatenate(region_parts)


def _lookup(seg: Ints, region: Ints, start: Ints, hidden: Bools) -> Ints:
    table = np.full((len(SEGMENTS), 8, DAYS), -1, dtype=np.int64)
    order = np.argsort(start, kind="stable")
    # National campaigns fill every region first, so regional ones override for their season.
    for row in order[(region[order] < 0) & ~hidden[order]]:
        table[seg[row], :, start[row] :] = row
    for row in order[(region[order] >= 0) & ~hidden[order]]:
        table[seg[row], region[row], start[row] : start[row] + 60] = row
    return table


def campaign_names(shard: Shard, campaigns: Campaigns) -> list[str]:
    """Display names, distinct within the world."""
    names = []
    for i, seg in enumerate(campaigns.seg):
        region = campaigns.region[i]
        place = REGIONS[int(region)] if region >= 0 else "全国"
        kind = TYPES[int(SEG_TYPE[seg])]
        topic = TOPICS[int(campaigns.topic[i])]
        if SEG_TYPE[seg] in (7, 8):
            place = CHANNELS[int(SEG_CHANNEL[seg])]
        names.append(f"{topic}{place}{kind}第{i + 1}期{shard.suffix()}")
    if campaigns.webinar >= 0:
        names[campaigns.webinar] = truths.WEBINAR.name
        names[campaigns.brand] = truths.BRAND_LIFT.name
    return names


def write_campaigns(con: duckdb.DuckDBPyConnection, shard: Shard, campaigns: Campaigns) -> int:
    """Writes the campaigns."""
    n = len(campaigns.seg)
    kinds = SEG_TYPE[campaigns.seg]
    return write(
        con,
        "campaigns",
        [
            ident("campaign_id", rows(n), "CMP", shard.first("campaigns"), 4),
            text("name", campaign_names(shard, campaigns)),
            label("campaign_type", kinds, TYPES),
            label("channel", SEG_CHANNEL[campaigns.seg], CHANNELS),
            label("region", campaigns.region, REGIONS),
            label("topic", campaigns.topic, TOPICS),
            local_day("start_on", campaigns.start),
            local_day("end_on", campaigns.end),
            money("budget", np.maximum(campaigns.budget, 60_000) * 100),
            flag("is_brand", kinds == 9),
        ],
    )


def write_costs(con: duckdb.DuckDBPyConnection, shard: Shard, campaigns: Campaigns) -> int:
    """Writes the daily cost of every campaign that is not an ad campaign."""
    draws = shard.draws("costs")
    offline = np.flatnonzero(campaigns.budget > 0)
    lead_days = 4  # preparation is paid before the start
    span = campaigns.end[offline] - campaigns.start[offline] + 1 + lead_days
    camp = np.repeat(offline, span)
    offset = rows(len(camp)) - np.repeat(np.cumsum(span) - span, span)
    day = campaigns.start[camp] - lead_days + offset
    parts = np.repeat(span, span)
    amount = campaigns.budget[camp] * (70 + draws.below(50, len(camp))) // parts
    kind = draws.below(len(_COST_TYPES), len(camp))
    keep = (day >= 0) & (day < DAYS)
    return write(
        con,
        "campaign_costs",
        [
            ident("campaign_id", camp[keep], "CMP", shard.first("campaigns"), 4),
            local_day("cost_on", day[keep]),
            label("cost_type", kind[keep], _COST_TYPES),
            money("amount", amount[keep]),
        ],
    )
