"""Touchpoints: lead journeys, event attendance, background interest, sales calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np

from semantic_layer.demo import campaigns as c
from semantic_layer.demo import truths
from semantic_layer.demo.accounts import Accounts
from semantic_layer.demo.ads import KEYWORDS, keyword_rows, keyword_weights
from semantic_layer.demo.contents import Contents
from semantic_layer.demo.core import (
    DAY,
    DAYS,
    END,
    Draws,
    Ints,
    Shard,
    draw_days,
    draw_seconds,
    flag,
    full,
    ident,
    instant,
    ints,
    label,
    number,
    rows,
    write,
)
from semantic_layer.demo.leads import Leads
from semantic_layer.demo.members import Members
from semantic_layer.demo.names import CHANNELS, KINDS, UTM_SOURCES
from semantic_layer.demo.pipeline import Pipeline
from semantic_layer.demo.plan import CONTENT, WEBINAR
from semantic_layer.demo.progress import WON

_AD, _VISIT, _VIEW, _DOWNLOAD, _FORM, _WEBINAR, _EVENT, _EMAIL, _CHAT, _CALL = range(10)
_KIND_A: Final = ints((0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 1, 7, 1, 1, 8, 2, 1, 1))
_KIND_B: Final = ints((1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 2, 2, 7, 2, 2, 8, 1, 1, 2))
_MEDIA: Final = ("cpc", "event", "content", "email", "social", "organic")
_MEDIUM: Final = ints((0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 1, 3, 4, 5, 4, 4, 5, 5))
_SHARES: Final = ints(
    (120, 40, 70, 50, 30, 90, 60, 35, 15, 60, 40, 60, 110, 25, 90, 40, 30, 15, 20)
)
_OTHER: Final = ints((200, 60, 100, 60, 40, 120, 0, 40, 0, 80, 50, 90, 0, 20, 90, 40, 30, 20, 10))
_PLANNED: Final = 0  # 高端装备 is industry code 0


@dataclass(frozen=True)
class Touches:
    """Touches in no order; seg -1 is a sales call."""

    time: Ints
    contact: Ints
    seg: Ints
    campaign: Ints
    content: Ints
    kind: Ints


def make_touches(
    shard: Shard, leads: Leads, members: Members, pipe: Pipeline, accounts: Accounts,
    campaigns: c.Campaigns, contents: Contents,
) -> Touches:  # fmt: skip
    """Makes all touches of a shard, ascending by time; ties keep their order."""
    parts = [
        _lead_touches(shard.draws("touches"), leads),
        _attendance(members, campaigns),
        _background(shard, leads, accounts, campaigns, contents),
        _calls(shard.draws("calls"), leads),
        _journeys(shard.draws("journeys"), leads, pipe, accounts, campaigns),
    ]
    if shard.number == 0:
        parts.append(_after_signing(pipe, campaigns))
    merged = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("time", "contact", "seg", "campaign", "content", "kind")
    ]
    order = np.argsort(merged[0], kind="stable")
    return Touches(*(column[order] for column in merged))


def _lead_touches(draws: Draws, leads: Leads) -> Touches:
    """The form at the lead's creation and up to three touches of the same source before it."""
    n, contact = len(leads.created), leads.people.lead_contact
    form = Touches(leads.created, contact, leads.seg, leads.campaign, leads.content, full(n, _FORM))
    planted = leads.plan.group == WEBINAR
    lead = np.repeat(rows(n), np.where(planted, 0, draws.below(4, n)))
    m = len(lead)
    time = leads.created[lead] - 600 - draws.below(40, m) * draws.below(DAY, m)
    seg = leads.seg[lead]
    kind = np.where(draws.chance(500, m), _KIND_A[seg], _KIND_B[seg])
    content = np.where((kind == _VIEW) | (kind == _DOWNLOAD), leads.content[lead], -1)
    early = leads.plan.group[lead] == CONTENT
    content = np.where(early & (kind != _DOWNLOAD), -1, content)
    ok = time >= 0
    before = Touches(
        time[ok], contact[lead[ok]], seg[ok], leads.campaign[lead[ok]], content[ok], kind[ok]
    )
    return _join([form, before])


def _join(parts: Sequence[Touches]) -> Touches:
    names = ("time", "contact", "seg", "campaign", "content", "kind")
    return Touches(*(np.concatenate([getattr(p, k) for p in parts]) for k in names))


def _attendance(members: Members, campaigns: c.Campaigns) -> Touches:
    came = np.flatnonzero(members.attended >= 0)
    campaign = members.campaign[came]
    seg = campaigns.seg[campaign]
    kind = np.where(np.isin(seg, (c.WEBINAR_SEG, c.LIVE)), _WEBINAR, _EVENT)
    return Touches(
        members.attended[came], members.contact[came], seg, campaign, full(len(came), -1), kind
    )


def _background(
    shard: Shard, leads: Leads, accounts: Accounts, campaigns: c.Campaigns, contents: Contents
) -> Touches:
    """Everyday interest of every contact; reserved ones of truths 1 and 14 stay silent."""
    draws = shard.draws("touches")
    draws.below(2, 7)  # not the same draws as the lead journeys
    account = leads.people.account
    count = 7 + draws.below(22, len(account))
    count[account < accounts.webinar + accounts.silent] = 0
    contact = np.repeat(rows(len(account)), count)
    n = len(contact)
    planned = accounts.industry[account[contact]] == _PLANNED
    day = draw_days(draws, 0, DAYS - 1, n)
    day = np.where(planned, np.maximum(day, 4), day)
    mostly = np.where(draws.chance(450, n), c.EXPO, c.EDM)
    seg = draws.pick(_SHARES, n)
    seg = np.where(planned & draws.chance(970, n), mostly, seg)
    kind = np.where(draws.chance(500, n), _KIND_A[seg], _KIND_B[seg])
    drawn = contents.draw(draws, day)
    content = np.where((kind == _VIEW) | (kind == _DOWNLOAD), drawn, -1)
    campaign = campaigns.find(seg, accounts.region[account[contact]], day)
    return Touches(day * DAY + draw_seconds(draws, n), contact, seg, campaign, content, kind)


def _calls(draws: Draws, leads: Leads) -> Touches:
    """Sales calls after a lead qualifies: not marketing."""
    mql = np.flatnonzero((leads.funnel.level >= 1) & (leads.plan.group != WEBINAR))
    lead = np.repeat(mql, 1 + draws.below(4, len(mql)))
    time = leads.funnel.mql[lead] + 3600 + draws.below(30, len(lead)) * DAY
    ok = time < END
    lead, time = lead[ok], time[ok]
    none = full(len(lead), -1)
    return Touches(time, leads.people.lead_contact[lead], none, none, none, full(len(lead), _CALL))


def _journeys(
    draws: Draws, leads: Leads, pipe: Pipeline, accounts: Accounts, campaigns: c.Campaigns
) -> Touches:
    """Truth 2: in 高端装备 an expo opens the journey, mails follow, others come last."""
    contact_of = full(len(accounts.region), -1)
    contact_of[leads.people.account[::-1]] = rows(len(leads.people.account))[::-1]
    mine = (accounts.industry[pipe.account] == _PLANNED) & (contact_of[pipe.account] >= 0)
    opp = np.flatnonzero(mine)
    n = len(opp)
    created, region = pipe.created[opp], accounts.region[pipe.account[opp]]
    first = np.where(created >= 362, created - 360 + draws.below(4, n), draws.below(2, n))
    first = np.minimum(first, np.maximum(created - 1, 0))
    last = np.maximum(created - 1 - draws.below(2, n), 0)
    ours = np.where(draws.chance(500, n), c.EXPO, c.EDM)
    last_seg = np.where(draws.chance(130, n), ours, draws.pick(_OTHER, n))
    parts = []
    for step in range(6):
        part = (step + 1) * 1000 // 7
        day = first if step == 0 else first + (last - first) * part // 1000
        seg = full(n, c.EXPO if step == 0 else c.EDM)
        hour = full(n, 8 * 3600) if step == 0 else draw_seconds(draws, n)
        parts.append((day, seg, day * DAY + hour))
    parts.append((last, last_seg, last * DAY + 21 * 3600 + draws.below(3600, n)))
    touches = []
    for day, seg, time in parts:
        kind = np.where(seg == c.EXPO, _EVENT, _KIND_A[seg])
        campaign = campaigns.find(seg, region, day)
        who = contact_of[pipe.account[opp]]
        touches.append(Touches(time, who, seg, campaign, full(n, -1), kind))
    return _join(touches)


def _after_signing(pipe: Pipeline, campaigns: c.Campaigns) -> Touches:
    """Truth 14: marketing touches of the planted customer after it signed."""
    n = truths.WEBINAR.touches_after_signing
    signed = int(pipe.closed[(pipe.account == 0) & (pipe.outcome == WON)][0])
    day = signed + 5 + rows(n) * 9
    seg = full(n, c.EDM)
    campaign = campaigns.find(seg, full(n, 1), day)
    return Touches(day * DAY + 36_000, full(n, 0), seg, campaign, full(n, -1), full(n, _EMAIL))


def write_touches(
    con: duckdb.DuckDBPyConnection, shard: Shard, touches: Touches, leads: Leads
) -> int:
    """Writes the touches."""
    draws = shard.draws("touches")
    n, seg = len(touches.time), touches.seg
    marketing = seg >= 0
    channel = np.where(marketing, c.SEG_CHANNEL[seg], -1)
    tagged = marketing & (channel >= 0) & draws.chance(800, n)
    term = full(n, -1)
    for platform, code in ((0, c.BAIDU), (1, c.GOOGLE)):
        mine = np.flatnonzero(seg == code)
        term[mine] = keyword_rows(platform)[draws.pick(keyword_weights(platform), len(mine))]
    campaigns = shard.first("campaigns")
    return write(
        con,
        "touchpoints",
        [
            number("touch_id", rows(n) + shard.first("touchpoints") + 1),
            instant("touched_at", touches.time),
            ident("contact_id", touches.contact, "C", shard.first("contacts")),
            ident(
                "account_id", leads.people.account[touches.contact], "A", shard.first("accounts")
            ),
            label("channel", channel, CHANNELS),
            ident("campaign_id", touches.campaign, "CMP", campaigns, 4),
            ident("content_id", touches.content, "CT", shard.first("contents"), 4),
            label("kind", touches.kind, KINDS),
            flag("is_marketing", marketing),
            label("utm_source", np.where(tagged, channel, -1), UTM_SOURCES),
            label("utm_medium", np.where(tagged, _MEDIUM[seg], -1), _MEDIA),
            ident("utm_campaign", np.where(tagged, touches.campaign, -1), "CMP", campaigns, 4),
            label("utm_term", np.where(tagged, term, -1), KEYWORDS),
            label(
                "utm_content",
                np.where(tagged & (channel < 5), rows(n) % 3, -1),
                ("banner_a", "banner_b", "text_c"),
            ),
        ],
    )
