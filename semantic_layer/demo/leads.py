"""Leads: the plan, the funnel and the people put together, and written."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from semantic_layer.demo import campaigns as c
from semantic_layer.demo import truths
from semantic_layer.demo.accounts import Accounts
from semantic_layer.demo.ads import (
    KEYWORDS,
    PLAN_COUNT,
    PLANS,
    keyword_rows,
    keyword_weights,
)
from semantic_layer.demo.contents import EMPLOYEES, Contents, employee_ids
from semantic_layer.demo.core import (
    DAY,
    END,
    NULL,
    Col,
    Draws,
    Ints,
    Shard,
    full,
    ident,
    instant,
    label,
    number,
    rows,
    write,
)
from semantic_layer.demo.funnel import Funnel, make_funnel
from semantic_layer.demo.names import CHANNELS, INDUSTRIES, PROVINCES, REGIONS, SIZES
from semantic_layer.demo.org import REP_IDS, SDR_IDS, SDRS
from semantic_layer.demo.people import People, make_people
from semantic_layer.demo.plan import ACADEMIC, CONTENT, EAST, EDGE, WEBINAR, Plan, make_plan

_REASONS = ("联系方式无效", "非目标行业", "无采购计划", "学生或求职", "同行探查", "重复线索")


@dataclass(frozen=True)
class Leads:
    """Leads by row, ascending by creation."""

    plan: Plan
    funnel: Funnel
    people: People
    created: Ints
    account: Ints
    campaign: Ints
    content: Ints

    @property
    def seg(self) -> Ints:
        """Segment codes."""
        return self.plan.seg


def make_leads(
    shard: Shard, accounts: Accounts, campaigns: c.Campaigns, contents: Contents
) -> Leads:
    """Makes all leads of a shard."""
    plan = make_plan(shard)
    order = np.argsort(plan.day * DAY + plan.second, kind="stable")
    plan = Plan(
        *(getattr(plan, k)[order] for k in ("seg", "day", "second", "region", "force", "group"))
    )
    created = plan.day * DAY + plan.second
    funnel = make_funnel(shard, plan)
    people = make_people(shard, plan, funnel, accounts, created)
    campaign = campaigns.find(plan.seg, plan.region, plan.day)
    east = plan.group == EAST
    campaign[east] = _east_campaign(campaigns, plan.seg[east], plan.day[east])
    campaign[plan.group == WEBINAR] = campaigns.webinar
    content = _contents(shard.draws("leads"), plan, contents)
    account = people.account[people.lead_contact]
    return Leads(plan, funnel, people, created, account, campaign, content)


def _east_campaign(campaigns: c.Campaigns, seg: Ints, day: Ints) -> Ints:
    """The latest planted 华东 event of the type that has begun."""
    chosen = full(len(seg), -1)
    for row in campaigns.east:
        mine = (campaigns.seg[row] == seg) & (campaigns.start[row] <= day)
        chosen[mine] = row
    return chosen


def _contents(draws: Draws, plan: Plan, contents: Contents) -> Ints:
    n = len(plan.seg)
    drawn = contents.draw(draws, plan.day)
    paper = np.isin(plan.seg, (c.PAPER_SITE, c.PAPER_WECHAT, c.WECHAT))
    site = (plan.seg == c.SITE) & draws.chance(400, n)
    content = np.where((paper | site) & (plan.group != EDGE), drawn, -1)
    return np.where(plan.group == CONTENT, 0, content)


def write_leads(
    con: duckdb.DuckDBPyConnection, shard: Shard, leads: Leads, accounts: Accounts
) -> int:
    """Writes the leads."""
    draws = shard.draws("leads")
    n, account, plan = len(leads.created), leads.account, leads.plan
    keyword, ad_plan = _keywords(draws, plan.seg)
    return write(
        con,
        "leads",
        [
            ident("lead_id", rows(n), "L", shard.first("leads")),
            ident("contact_id", leads.people.lead_contact, "C", shard.first("contacts")),
            ident("account_id", account, "A", shard.first("accounts")),
            label("channel", c.SEG_CHANNEL[plan.seg], CHANNELS),
            ident("campaign_id", leads.campaign, "CMP", shard.first("campaigns"), 4),
            ident("content_id", leads.content, "CT", shard.first("contents"), 4),
            label("keyword", keyword, KEYWORDS),
            label("ad_plan", ad_plan, PLANS),
            label("region", plan.region, REGIONS),
            label("province", accounts.province[account], PROVINCES),
            label("industry", accounts.industry[account], INDUSTRIES),
            label("size_band", accounts.size[account], SIZES),
            instant("created_at", leads.created),
            *_handling(draws, leads),
            ident("duplicate_of", leads.people.duplicate_of, "L", shard.first("leads")),
            label("owner_id", accounts.owner[account], REP_IDS),
            *_sdr(draws, leads),
            number("score", _score(draws, leads)),
            label("referrer_id", _referrers(draws, leads), employee_ids()),
        ],
    )


def _keywords(draws: Draws, seg: Ints) -> tuple[Ints, Ints]:
    keyword, plan = full(len(seg), -1), full(len(seg), -1)
    for platform, code in enumerate((c.BAIDU, c.GOOGLE, c.TOUTIAO, c.TENCENT, c.LINKEDIN)):
        mine = np.flatnonzero(seg == code)
        line = draws.pick(keyword_weights(platform), len(mine))
        keyword[mine] = keyword_rows(platform)[line]
        plan[mine] = platform * PLAN_COUNT + line % PLAN_COUNT
    return keyword, plan


def _until(instants: Ints) -> Ints:
    """Hides what has not happened yet."""
    return np.where(instants < END, instants, NULL)


def _handling(draws: Draws, leads: Leads) -> list[Col]:
    n, level = len(leads.created), leads.funnel.level
    assigned = leads.created + 300 + draws.below(4 * 3600, n)
    wait = np.where(level > 0, 6, 30)
    first = assigned + 600 + draws.upto(wait * 3600)
    skipped = (level == 0) & draws.chance(220, n)
    duplicate = leads.people.duplicate_of >= 0
    bad = (level == 0) & draws.chance(np.where(duplicate, 500, 170), n)
    bad &= ~np.isin(leads.plan.group, (EDGE,))
    reason = np.where(duplicate, 5, draws.below(5, n))
    gone = _until(leads.created + DAY // 2 + draws.below(6 * DAY, n))
    gone = np.where(bad, gone, NULL)
    return [
        instant("assigned_at", _until(assigned)),
        instant("first_followup_at", np.where(skipped, NULL, _until(first))),
        instant("mql_at", leads.funnel.mql),
        instant("sql_at", leads.funnel.sql),
        instant("disqualified_at", gone),
        label("disqualify_reason", np.where(gone > NULL, reason, -1), _REASONS),
    ]


def _sdr(draws: Draws, leads: Leads) -> list[Col]:
    n = len(leads.created)
    handled = draws.chance(850, n)
    touched = np.where(handled, _until(leads.created + 900 + draws.below(DAY, n)), NULL)
    cleaned = _until(touched + 600 + draws.below(2 * DAY, n))
    clean = (touched > NULL) & (draws.chance(700, n) | (leads.funnel.level > 0))
    return [
        label("sdr_id", np.where(handled, draws.below(SDRS, n), -1), SDR_IDS),
        instant("sdr_touched_at", touched),
        instant("sdr_cleaned_at", np.where(clean, cleaned, NULL)),
    ]


def _score(draws: Draws, leads: Leads) -> Ints:
    n = len(leads.created)
    score = 28 + draws.below(40, n) + leads.funnel.level * (4 + draws.below(5, n))
    truth = truths.ACADEMIC
    low = truth.score_low + draws.below(truth.score_high - truth.score_low + 1, n)
    academic = (leads.plan.group == ACADEMIC) | (leads.plan.seg == c.ACADEMIC)
    return np.where(academic, low, np.minimum(score, 100))


def _referrers(draws: Draws, leads: Leads) -> Ints:
    n = len(leads.created)
    who = draws.pick(200 // (1 + rows(EMPLOYEES)) + 8, n)
    shared = np.isin(leads.seg, (c.WECOM, c.WECHAT, c.REFERRAL)) & draws.chance(700, n)
    shared |= (leads.content >= 0) & draws.chance(120, n)
    return np.where(shared, who, -1)
