"""The planted truths of the sample company, known before any query runs.

The generator plants *from* these constants; none is measured from its output. They hold exactly
at scale 1. Days and quarters are local to Asia/Shanghai.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

TODAY: Final = date(2026, 10, 28)
AS_OF: Final = date(2026, 10, 27)
HISTORY_START: Final = date(2024, 11, 1)
REGIONS: Final = ("华东", "华南", "华北", "华中", "西南", "西北", "东北")
EVENT_TYPES: Final = ("线上研讨会", "行业展会", "线下沙龙", "学术会议", "直播")
LEADS_TOTAL: Final = 40_000
ACCOUNTS_TOTAL: Final = 9_000


@dataclass(frozen=True)
class Webinar:
    """Truth 1.

    An opportunity is influenced when its account has a marketing touch of the
    campaign on a local day in [created_on - 365, created_on]; direct when its lead's campaign is
    this one. An order is influenced when its account has such a touch before signing.
    """

    name: str = "智能工厂升级线上研讨会"
    start_on: date = date(2026, 5, 20)
    opportunity_amounts: tuple[int, ...] = (114_000, 58_000, 62_000, 36_000, 48_000)
    direct_opportunities: int = 2
    influenced_opportunities: int = 5
    influenced_pipeline: int = 318_000
    influenced_orders: int = 1
    influenced_revenue: int = 114_000
    accounts: int = 60
    leads: int = 80
    registrations: int = 120
    attendees: int = 90
    touches_after_signing: int = 3
    tied_accounts: int = 30


@dataclass(frozen=True)
class UShaped:
    """Truth 2.

    Credit by opportunity count, 40/20/40, over the account's marketing touches on
    local days in [created_on - 365, created_on]; one touch takes 100 %, two take 50/50.
    """

    industry: str = "高端装备"
    campaign_types: tuple[str, str] = ("行业展会", "定向EDM")
    u_shaped_share_over: float = 0.60
    last_touch_share_under: float = 0.40


@dataclass(frozen=True)
class Academic:
    """Truth 3. Won = lead with a non-cancelled order (orders.lead_id); all time."""

    campaign_type: str = "学术会议"
    leads: int = 500
    won_leads: int = 200
    lead_to_won_rate: float = 0.40
    score_low: int = 15
    score_high: int = 45


@dataclass(frozen=True)
class BaiduDrop:
    """Truth 4. Conversion = leads of channel 百度 by local created day / clicks of 百度."""

    channel: str = "百度"
    days: tuple[date, date, date] = (date(2026, 10, 25), date(2026, 10, 26), date(2026, 10, 27))
    leads: tuple[int, int, int] = (3, 8, 8)
    clicks: tuple[int, int, int] = (150, 350, 350)
    trailing_days: int = 28
    trailing_workday_leads: int = 14
    trailing_weekend_leads: int = 6
    trailing_conversion: float = 0.04
    fall_at_least: float = 0.15
    ctr: float = 0.025
    ctr_tolerance: float = 0.001


@dataclass(frozen=True)
class DealSize:
    """Truth 5. Average of non-cancelled orders by the campaign type of orders.campaign_id."""

    most_leads_type: str = "搜索广告"
    larger_deals_type: str = "线下沙龙"
    most_leads_average: int = 180_000
    larger_deals_average: int = 255_600
    ratio: float = 1.42


@dataclass(frozen=True)
class Duplicates:
    """Truth 6, as shares of all leads.

    Raw: duplicate_of is set, i.e. the same human made an earlier lead at most 90 days before
    (a return after 180 days or more is a new inquiry, not a duplicate). After identity
    resolution: those whose contact `identities` gives another person_id than the original's
    contact, so OneID cannot fold them.
    """

    raw_leads: int = 6_000
    raw_rate: float = 0.15
    unresolved_leads: int = 1_200
    unresolved_rate: float = 0.03


@dataclass(frozen=True)
class Whitepaper:
    """Truth 7. Lead→opportunity rate of leads.content_id."""

    title: str = "高端装备数字化转型白皮书"
    leads: int = 260
    leads_with_opportunity: int = 117
    rate: float = 0.45
    others_under: float = 0.25


@dataclass(frozen=True)
class AdPlatform:
    """Truth 8.

    Cost of ad_stats, leads by channel and local created quarter, opportunities by
    channel and created_on.
    """

    platform: str = "头条"
    q2_leads: int = 420
    q3_leads: int = 400
    q2_cost: int = 126_000
    q3_cost: int = 340_000
    q2_cost_per_lead: int = 300
    q3_cost_per_lead: int = 850


@dataclass(frozen=True)
class EastEvents:
    """Truth 9.

    华东, 2026 Q3, campaigns of EVENT_TYPES. Lead region and campaign region agree and
    nothing older converts inside the quarter, so the cohort and the event view are equal.
    """

    region: str = "华东"
    first: date = date(2026, 7, 1)
    last: date = date(2026, 9, 30)
    campaigns: int = 12
    registrations: int = 860
    attendees: int = 512
    leads: int = 400
    mqls: int = 180
    sqls: int = 96
    opportunities: int = 40
    orders: int = 12
    leads_by_type: tuple[int, ...] = (120, 100, 60, 20, 100)


@dataclass(frozen=True)
class BrandLift:
    """Truth 10.

    Members of the campaign that attended against invited ones that did not, matched
    one to one on industry, size and region; converted = the account has an opportunity created in
    (start_on, start_on + 180 days].
    """

    name: str = "智造中国行品牌巡展"
    start_on: date = date(2026, 3, 10)
    window_days: int = 180
    attended: int = 400
    attended_converted: int = 60
    not_attended: int = 400
    not_attended_converted: int = 24
    lift_points: float = 0.09
    relative_lift: float = 1.5


@dataclass(frozen=True)
class Experiment:
    """Truth 11. Exposures and conversions of variant A and B."""

    name: str
    exposures: int
    converted_a: int
    converted_b: int
    significant: bool


@dataclass(frozen=True)
class StalledTeam:
    """Truth 12.

    Open opportunities whose present stage was entered 30 or more local days before
    AS_OF, over open opportunities, by the owner's team.
    """

    team_id: str = "south_2"
    team: str = "华南二队"
    stalled_days: int = 30
    planted_percent: int = 45
    others_percent: int = 15
    over: float = 0.40
    others_under: float = 0.25


@dataclass(frozen=True)
class Simpson:
    """Truth 13.

    By leads.region, in the order of REGIONS: MQLs by local mql_at quarter, and those
    of them with sql_at within 30 days (every SQL comes within 20). NULL regions have none.
    """

    q2_mql: tuple[int, ...] = (700, 400, 350, 200, 150, 100, 100)
    q2_sql: tuple[int, ...] = (420, 220, 175, 80, 45, 25, 28)
    q3_mql: tuple[int, ...] = (500, 300, 300, 300, 400, 260, 260)
    q3_sql: tuple[int, ...] = (315, 174, 159, 132, 136, 75, 83)
    q2_total: tuple[int, int] = (2_000, 993)
    q3_total: tuple[int, int] = (2_320, 1_074)


@dataclass(frozen=True)
class Traps:
    """Truth 14. Exact counts of awkward rows."""

    refunds: int = 36
    cancelled_orders: int = 48
    orders_without_touch: int = 12
    leads_at_local_midnight: int = 2  # 2026-06-30 16:00:00 UTC = 1 July 00:00 local
    leads_after_local_midnight: int = 3  # 2026-06-30 16:30:00 UTC = 1 July 00:30 local
    leads_before_local_midnight: int = 1  # 2026-06-30 15:59:59 UTC = 30 June 23:59:59 local


WEBINAR: Final = Webinar()
U_SHAPED: Final = UShaped()
ACADEMIC: Final = Academic()
BAIDU_DROP: Final = BaiduDrop()
DEAL_SIZE: Final = DealSize()
DUPLICATES: Final = Duplicates()
WHITEPAPER: Final = Whitepaper()
AD_PLATFORM: Final = AdPlatform()
EAST_EVENTS: Final = EastEvents()
BRAND_LIFT: Final = BrandLift()
EXPERIMENT_WINNER: Final = Experiment("落地页表单精简", 4_000, 200, 272, True)
EXPERIMENT_FLAT: Final = Experiment("邮件主题个性化", 3_000, 150, 158, False)
STALLED_TEAM: Final = StalledTeam()
SIMPSON: Final = Simpson()
TRAPS: Final = Traps()
