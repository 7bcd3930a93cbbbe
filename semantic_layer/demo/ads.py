"""Daily ad statistics by platform, plan and keyword."""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np

from semantic_layer.demo import campaigns as c
from semantic_layer.demo import truths
from semantic_layer.demo.core import (
    DAYS,
    WEIGHTS,
    Ints,
    Shard,
    full,
    ident,
    ints,
    label,
    local_day,
    money,
    number,
    rows,
    write,
)
from semantic_layer.demo.names import CHANNELS
from semantic_layer.demo.plan import BAIDU_FROM, PERIODS, baidu_daily

_WORDS = (
    "智能工厂", "MES系统", "数字孪生", "设备预测性维护", "工业物联网", "视觉质检", "柔性产线",
    "车间数字化", "生产排程", "设备联网", "能耗管理", "工业软件",
)  # fmt: skip
_ENDINGS = ("方案", "厂家", "价格", "哪家好", "案例")
KEYWORDS: Final = tuple(word + ending for ending in _ENDINGS for word in _WORDS)
BAIDU_KEYWORDS: Final = 36  # the rest belong to Google
_PLATFORMS: Final = (c.BAIDU, c.GOOGLE, c.TOUTIAO, c.TENCENT, c.LINKEDIN)
_PLAN_NAMES = ("品牌词计划", "产品词计划", "行业词计划", "竞品词计划", "通用计划")
PLANS: Final = tuple(
    f"{CHANNELS[int(c.SEG_CHANNEL[seg])]}-{name}" for seg in _PLATFORMS for name in _PLAN_NAMES
)
PLAN_COUNT: Final = len(_PLAN_NAMES)
_CLICKS_PER_LEAD = (25, 28, 30, 34, 50)
_CPC = (800, 1200, 1000, 850, 2200)  # cents


def keyword_rows(platform: int) -> Ints:
    """The keywords of a platform number; a feed platform has none but its plans."""
    if platform == 0:
        return rows(BAIDU_KEYWORDS)
    if platform == 1:
        return rows(len(KEYWORDS) - BAIDU_KEYWORDS) + BAIDU_KEYWORDS
    return full(PLAN_COUNT, -1)


def keyword_weights(platform: int) -> Ints:
    """Uneven shares: a few rows carry most of a platform."""
    n = len(keyword_rows(platform))
    return 100 + 1500 // (1 + rows(n))


def write_ads(con: duckdb.DuckDBPyConnection, shard: Shard, campaigns: c.Campaigns) -> int:
    """Writes one row a day for each keyword, and each plan of the feed platforms."""
    draws = shard.draws("ads")
    count = 0
    for platform, seg in enumerate(_PLATFORMS):
        words, weights = keyword_rows(platform), keyword_weights(platform)
        clicks = _spread(_daily_clicks(shard, platform), weights).ravel()
        n = len(clicks)
        day = np.repeat(rows(DAYS), len(words))
        line = np.tile(rows(len(words)), DAYS)
        noise = 92 + draws.below(17, n)
        cost = clicks * _CPC[platform] * noise // 100
        if seg == c.TOUTIAO:
            cost = _toutiao_cost(shard, day, cost)
        impressions = clicks * 40 + (draws.below(9, n) - 4) * (clicks > 3)
        channel = int(c.SEG_CHANNEL[seg])
        campaign = campaigns.find(full(n, seg), full(n, -1), day)
        accounts = [CHANNELS[channel] + "-" + k + shard.suffix() for k in ("主账户", "增长账户")]
        count += write(
            con,
            "ad_stats",
            [
                local_day("stat_on", day),
                label("platform", full(n, channel), CHANNELS),
                label("ad_account", line % 2, accounts),
                label("ad_plan", platform * PLAN_COUNT + line % PLAN_COUNT, PLANS),
                label("keyword", words[line], KEYWORDS),
                ident("campaign_id", campaign, "CMP", shard.first("campaigns"), 4),
                number("impressions", impressions),
                number("clicks", clicks),
                money("cost", cost),
            ],
        )
    return count


def _daily_clicks(shard: Shard, platform: int) -> Ints:
    seg = _PLATFORMS[platform]
    yearly = truths.LEADS_TOTAL * shard.per_mille * int(c.SEG_LEADS[seg]) // 1_000_000
    per_lead = _CLICKS_PER_LEAD[platform]
    clicks = WEIGHTS * yearly * per_lead // int(WEIGHTS.sum())
    if seg == c.BAIDU:
        per_click = round(1 / truths.BAIDU_DROP.trailing_conversion)
        clicks[BAIDU_FROM:] = baidu_daily(shard) * per_click
        clicks[-3:] = ints(truths.BAIDU_DROP.clicks) * shard.per_mille // 1000
    return clicks


def _spread(total: Ints, weights: Ints) -> Ints:
    """Splits each total over the weights so that parts add up exactly."""
    edges = np.concatenate([ints([0]), np.cumsum(weights)])
    parts: Ints = np.diff(total[:, None] * edges[None, :] // edges[-1], axis=1)
    return parts


def _toutiao_cost(shard: Shard, day: Ints, cost: Ints) -> Ints:
    truth = truths.AD_PLATFORM
    cost = cost.copy()
    for period, yuan in ((PERIODS[6], truth.q2_cost), (PERIODS[7], truth.q3_cost)):
        inside = np.flatnonzero((day >= period[0]) & (day <= period[1]))
        total = yuan * 100 * shard.per_mille // 1000
        cost[inside] = _spread(ints([total]), np.maximum(cost[inside], 1))[0]
    return cost
