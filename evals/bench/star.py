"""Star data of known shape, its definitions, and questions each with hand-written SQL.

The traps of real data are in it: spend without leads, leads without spend, empty channels on
both sides, several orders and touches to a lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from semantic_layer.query import Filter, Query, TimeRange
from semantic_layer.timegrain import TimeGrain

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEADS = 200_000
AS_OF = date(2025, 12, 31)

DEFINITIONS = """\
version: 1
dimensions:
  channel: {label: {zh: 渠道, en: Channel}}
  region: {label: {zh: 大区, en: Region}}
models:
  leads:
    source: leads
    key: [lead_id]
    time: created_at
    dims: {channel: channel, region: region}
  ad_spend:
    source: ad_spend
    time: spend_on
    dims: {channel: channel, region: region}
  orders:
    source: orders
    key: [order_id]
    time: won_at
    dims: {channel: channel, region: region}
  touches:
    source: touches
    key: [touch_id]
    time: touched_at
    dims: {channel: channel}
metrics:
  leads: {model: leads, agg: count, label: {zh: 线索量, en: Leads}}
  spend: {model: ad_spend, agg: sum, expr: amount, label: {zh: 花费, en: Spend}}
  revenue: {model: orders, agg: sum, expr: amount, label: {zh: 营收, en: Revenue}}
  cpl: {type: ratio, numerator: spend, denominator: leads, label: {zh: 线索成本, en: CPL}}
  leads_so_far: {type: cumulative, of: leads, label: {zh: 累计线索量, en: Leads so far}}
  leads_yoy: {type: compare, of: leads, offset: 1 year, label: {zh: 线索同比, en: Leads YoY}}
  influenced:
    model: orders
    agg: sum
    expr: amount
    label: {zh: 影响营收, en: Influenced revenue}
    exists: {model: touches, by: {lead_id: lead_id}, before: won_at, within: 90 days}
"""

CATALOG: Mapping[str, Mapping[str, str]] = {
    "leads": {
        "lead_id": "BIGINT",
        "created_at": "TIMESTAMP",
        "channel": "VARCHAR",
        "region": "VARCHAR",
    },
    "ad_spend": {
        "spend_on": "DATE",
        "channel": "VARCHAR",
        "region": "VARCHAR",
        "amount": "DECIMAL(12,2)",
    },
    "orders": {
        "order_id": "BIGINT",
        "lead_id": "BIGINT",
        "won_at": "TIMESTAMP",
        "channel": "VARCHAR",
        "region": "VARCHAR",
        "amount": "DECIMAL(12,2)",
    },
    "touches": {
        "touch_id": "BIGINT",
        "lead_id": "BIGINT",
        "touched_at": "TIMESTAMP",
        "channel": "VARCHAR",
    },
}

_CHANNELS = "['Search', 'Social', 'Event', 'Email', 'Partner', 'Referral', 'Organic', NULL]"
_PAID = "['Search', 'Social', 'Event', 'Email', 'Podcast', NULL]"
_REGIONS = "['East', 'North', 'South', 'West']"


def _pick(items: str, seed: str, count: int) -> str:
    return f"({items})[1 + (hash({seed}) % {count})::INT]"


def build(con: DuckDBPyConnection, leads: int = LEADS) -> None:
    """Create the four tables; the other three grow with the number of leads."""
    con.execute(f"""CREATE TABLE leads AS SELECT i AS lead_id,
        TIMESTAMP '2024-01-01' + to_seconds((hash(i, 1) % 63158400)::BIGINT) AS created_at,
        {_pick(_CHANNELS, "i, 2", 8)} AS channel, {_pick(_REGIONS, "i, 3", 4)} AS region
        FROM range({leads}) r(i)""")  # noqa: S608 - numbers and lists of this module
    con.execute(f"""CREATE TABLE ad_spend AS SELECT (DATE '2024-01-01' + d::INT) AS spend_on, channel,
        region, ((hash(d, channel, region) % 90000) / 100)::DECIMAL(12,2) AS amount
        FROM range(731) r(d), unnest({_PAID}) c(channel), unnest({_REGIONS}) g(region)
        WHERE hash(d, channel, region, 4) % 1000 < 850 * least({leads} / {LEADS}, 1)""")  # noqa: S608 - as above
    con.execute(f"""CREATE TABLE orders AS SELECT i AS order_id, l.lead_id,
        l.created_at + to_hours((240 + hash(i, 5) % 2400)::INT) AS won_at, l.channel, l.region,
        ((hash(i, 6) % 9000000) / 100)::DECIMAL(12,2) AS amount
        FROM range({leads * 13 // 100}) r(i) JOIN leads l ON l.lead_id = hash(i, 7) % {leads}""")  # noqa: S608 - as above
    con.execute(f"""CREATE TABLE touches AS SELECT i AS touch_id, l.lead_id,
        l.created_at + to_hours((hash(i, 8) % 2000)::INT - 400) AS touched_at,
        {_pick(_CHANNELS, "i, 9", 8)} AS channel
        FROM range({leads * 7 // 4}) r(i) JOIN leads l ON l.lead_id = hash(i, 10) % {leads}""")  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Question:
    """A query and the SQL that a careful analyst would write for the same rows."""

    name: str
    query: Query
    hand: str


_YEAR = TimeRange(start=date(2025, 1, 1), end=date(2026, 1, 1), grain=TimeGrain.YEAR)
_BOTH = TimeRange(start=date(2024, 1, 1), end=date(2026, 1, 1))

RATIO = Query(
    metrics=("cpl",),
    dimensions=("channel",),
    grain=TimeGrain.MONTH,
    time=_BOTH,
    filters=(Filter(dimension="region", values=("East",)),),
)

QUESTIONS = (
    Question(
        "cross-fact CPL by channel by month",
        RATIO,
        """
        WITH l AS (
          SELECT channel, date_trunc('month', created_at)::DATE AS month, count(*) AS n FROM leads
          WHERE region = 'East' AND created_at >= '2024-01-01' AND created_at < '2026-01-01'
          GROUP BY ALL),
        s AS (
          SELECT channel, date_trunc('month', spend_on)::DATE AS month, sum(amount) AS amount
          FROM ad_spend
          WHERE region = 'East' AND spend_on >= '2024-01-01' AND spend_on < '2026-01-01'
          GROUP BY ALL)
        SELECT coalesce(l.channel, s.channel), coalesce(l.month, s.month) AS month,
               s.amount::DOUBLE / nullif(l.n, 0)
        FROM l FULL JOIN s ON l.month = s.month AND l.channel IS NOT DISTINCT FROM s.channel
        ORDER BY month, 1""",
    ),
    Question(
        "cumulative leads by month",
        Query(metrics=("leads_so_far",), grain=TimeGrain.MONTH, time=_YEAR),
        """
        WITH m AS (
          SELECT date_trunc('month', created_at)::DATE AS month, count(*) AS n FROM leads
          WHERE created_at < '2026-01-01' GROUP BY ALL),
        c AS (SELECT month, sum(n) OVER (ORDER BY month) AS n FROM m)
        SELECT month, n FROM c WHERE month >= '2025-01-01' ORDER BY month""",
    ),
    Question(
        "year over year by month",
        Query(metrics=("leads", "leads_yoy"), grain=TimeGrain.MONTH, time=_YEAR),
        """
        WITH m AS (
          SELECT date_trunc('month', created_at)::DATE AS month, count(*) AS n FROM leads
          WHERE created_at >= '2024-01-01' AND created_at < '2026-01-01' GROUP BY ALL)
        SELECT a.month, a.n, (a.n - b.n)::DOUBLE / nullif(b.n, 0)
        FROM m a LEFT JOIN m b ON b.month = a.month - INTERVAL 1 YEAR
        WHERE a.month >= '2025-01-01' ORDER BY a.month""",
    ),
    Question(
        "three facts by channel",
        Query(metrics=("revenue", "leads", "spend"), dimensions=("channel",)),
        """
        WITH o AS (SELECT channel, sum(amount) AS amount FROM orders
                   WHERE won_at IS NOT NULL GROUP BY ALL),
        l AS (SELECT channel, count(*) AS n FROM leads WHERE created_at IS NOT NULL GROUP BY ALL),
        s AS (SELECT channel, sum(amount) AS amount FROM ad_spend
              WHERE spend_on IS NOT NULL GROUP BY ALL),
        k AS (SELECT channel FROM o UNION SELECT channel FROM l UNION SELECT channel FROM s)
        SELECT k.channel, o.amount, coalesce(l.n, 0), s.amount FROM k
        LEFT JOIN o ON o.channel IS NOT DISTINCT FROM k.channel
        LEFT JOIN l ON l.channel IS NOT DISTINCT FROM k.channel
        LEFT JOIN s ON s.channel IS NOT DISTINCT FROM k.channel
        ORDER BY o.amount DESC NULLS LAST, k.channel""",
    ),
    Question(
        "influenced revenue by channel",
        Query(metrics=("influenced",), dimensions=("channel",)),
        """
        SELECT channel, sum(amount) AS amount FROM orders o
        WHERE won_at IS NOT NULL AND EXISTS (
          SELECT 1 FROM touches t WHERE t.lead_id = o.lead_id
          AND t.touched_at <= o.won_at AND t.touched_at >= o.won_at - INTERVAL 90 DAY)
        GROUP BY ALL ORDER BY amount DESC, channel""",
    ),
)
