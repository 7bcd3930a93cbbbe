"""Who was invited to, registered for and attended the events; and who got which e-mail."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from semantic_layer.demo import campaigns as c
from semantic_layer.demo import truths
from semantic_layer.demo.accounts import Accounts
from semantic_layer.demo.core import (
    DAY,
    DAYS,
    END,
    NULL,
    Draws,
    Ints,
    Shard,
    full,
    ident,
    instant,
    rows,
    write,
)
from semantic_layer.demo.leads import Leads
from semantic_layer.demo.plan import EAST


@dataclass(frozen=True)
class Members:
    """Campaign members by row; instants are NULL when it did not happen."""

    campaign: Ints
    contact: Ints
    invited: Ints
    registered: Ints
    attended: Ints


def make_members(shard: Shard, leads: Leads, accounts: Accounts, campaigns: c.Campaigns) -> Members:
    """Makes the members of all events, planted and drawn."""
    draws = shard.draws("members")
    parts = [_east(shard, draws, leads, accounts, campaigns)]
    if shard.number == 0:
        parts += [_webinar(leads, campaigns), _brand(draws, leads, accounts, campaigns)]
    parts.append(_drawn(shard, draws, leads, accounts, campaigns))
    merged = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("campaign", "contact", "invited", "registered", "attended")
    ]
    order = np.argsort(merged[2], kind="stable")
    return Members(*(column[order] for column in merged))


def _pool(leads: Leads, accounts: Accounts, any_industry: bool) -> Ints:
    """Contacts open to random events; 高端装备 keeps its planted journeys (truth 2)."""
    account = leads.people.account
    open_ = account >= accounts.free
    if not any_industry:
        open_ &= accounts.industry[account] != 0
    return np.flatnonzero(open_)


def _east(
    shard: Shard, draws: Draws, leads: Leads, accounts: Accounts, campaigns: c.Campaigns
) -> Members:
    truth = truths.EAST_EVENTS
    mine = np.flatnonzero(leads.plan.group == EAST)
    contact = leads.people.lead_contact[mine]
    total = shard.n(truth.registrations)
    pool = _pool(leads, accounts, False)
    pool = pool[accounts.region[leads.people.account[pool]] == 0]
    more = draws.sample(np.setdiff1d(pool, contact), total - len(mine))
    campaign = np.concatenate(
        [leads.campaign[mine], campaigns.east[rows(len(more)) % len(campaigns.east)]]
    )
    n = len(campaign)
    start = campaigns.start[campaign] * DAY
    attended = full(n, NULL)
    came = draws.sample(rows(n), shard.n(truth.attendees))
    attended[came] = start[came] + 10 * 3600 + draws.below(7200, len(came))
    return Members(
        campaign, np.concatenate([contact, more]), start - 10 * DAY,
        start + 8 * 3600 + draws.below(7200, n), attended,
    )  # fmt: skip


def _webinar(leads: Leads, campaigns: c.Campaigns) -> Members:
    truth = truths.WEBINAR
    n = truth.registrations
    start = int(campaigns.start[campaigns.webinar]) * DAY
    account = rows(n) // 2
    # Both contacts of the first accounts come in the same second: ties on purpose.
    came = (rows(n) % 2 == 0) | (account < truth.tied_accounts)
    attended = np.where(came, start + 14 * 3600 + account * 7, NULL)
    registered = start - 3 * DAY + 9 * 3600 + rows(n) * 60
    return Members(
        full(n, campaigns.webinar), rows(n), full(n, start - 14 * DAY), registered, attended
    )


def _brand(draws: Draws, leads: Leads, accounts: Accounts, campaigns: c.Campaigns) -> Members:
    n, pairs = 2 * accounts.pairs, accounts.pairs
    start = int(campaigns.start[campaigns.brand]) * DAY
    contact = leads.people.silent + accounts.silent + rows(n)
    came = rows(n) < pairs
    registered = np.where(came | draws.chance(300, n), start - 2 * DAY + draws.below(DAY, n), NULL)
    attended = np.where(came, start + 9 * 3600 + draws.below(6 * 3600, n), NULL)
    return Members(
        full(n, campaigns.brand), contact, full(n, start - 20 * DAY), registered, attended
    )


def _drawn(
    shard: Shard, draws: Draws, leads: Leads, accounts: Accounts, campaigns: c.Campaigns
) -> Members:
    planted = [*campaigns.east.tolist(), campaigns.webinar, campaigns.brand]
    wanted = np.isin(campaigns.seg, (*c.EVENT_SEGS.tolist(), c.BRAND))
    wanted[[row for row in planted if row >= 0]] = False
    hosts = np.flatnonzero(wanted)
    size = 40 + draws.below(110, len(hosts))
    campaign = np.repeat(hosts, size)
    contact = full(len(campaign), -1)
    for expo in (False, True):
        pool = _pool(leads, accounts, expo)
        place = accounts.region[leads.people.account[pool]]
        for region in range(-1, len(truths.REGIONS)):
            local = pool if region < 0 else pool[place == region]
            is_expo = (campaigns.seg[campaign] == c.EXPO) == expo
            mine = np.flatnonzero(is_expo & (campaigns.region[campaign] == region))
            contact[mine] = local[draws.below(len(local), len(mine))]
    _, once = np.unique(campaign * (1 << 32) + contact, return_index=True)
    campaign, contact = campaign[once], contact[once]
    n = len(campaign)
    start = campaigns.start[campaign] * DAY
    registered = np.maximum(start - draws.below(9 * DAY, n) - 3600, 0)
    registered = np.where(draws.chance(720, n), registered, NULL)
    came = (registered > NULL) & draws.chance(620, n)
    attended = np.where(came, start + 9 * 3600 + draws.below(8 * 3600, n), NULL)
    return Members(campaign, contact, start - 15 * DAY, registered, attended)


def write_members(
    con: duckdb.DuckDBPyConnection, shard: Shard, members: Members, leads: Leads
) -> int:
    """Writes the members."""
    n = len(members.campaign)
    return write(
        con,
        "campaign_members",
        [
            ident("member_id", rows(n), "M", shard.first("campaign_members")),
            ident("campaign_id", members.campaign, "CMP", shard.first("campaigns"), 4),
            ident("contact_id", members.contact, "C", shard.first("contacts")),
            ident(
                "account_id", leads.people.account[members.contact], "A", shard.first("accounts")
            ),
            instant("invited_at", members.invited + 10 * 3600),
            instant("registered_at", members.registered),
            instant("attended_at", members.attended),
        ],
    )


def write_emails(
    con: duckdb.DuckDBPyConnection, shard: Shard, leads: Leads, accounts: Accounts,
    campaigns: c.Campaigns,
) -> int:  # fmt: skip
    """Writes the e-mails of the EDM campaigns."""
    draws = shard.draws("email")
    hosts = np.flatnonzero(campaigns.seg == c.EDM)
    campaign = np.repeat(hosts, shard.n(900))
    pool = _pool(leads, accounts, True)
    n = len(campaign)
    contact = pool[draws.below(len(pool), n)]
    day = np.minimum(campaigns.start[campaign] + draws.below(3, n), DAYS - 1)
    sent = day * DAY + 10 * 3600 + draws.below(3600, n)
    opened = np.where(draws.chance(270, n), sent + 60 + draws.below(2 * DAY, n), NULL)
    clicked = np.where(draws.chance(180, n), opened + 20 + draws.below(600, n), NULL)
    opened = np.where(opened < END, opened, NULL)
    clicked = np.where((clicked < END) & (opened > NULL), clicked, NULL)
    return write(
        con,
        "email_sends",
        [
            ident("send_id", rows(n), "E", shard.first("email_sends")),
            ident("campaign_id", campaign, "CMP", shard.first("campaigns"), 4),
            ident("contact_id", contact, "C", shard.first("contacts")),
            instant("sent_at", sent),
            instant("opened_at", opened),
            instant("clicked_at", clicked),
        ],
    )
