"""Who the leads are: people, their raw contact records in four systems, and OneID's result."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np

from semantic_layer.demo import truths
from semantic_layer.demo.accounts import Accounts
from semantic_layer.demo.core import (
    DAY,
    NULL,
    Bools,
    Draws,
    Ints,
    Shard,
    full,
    ident,
    instant,
    ints,
    label,
    rows,
    text,
    write,
)
from semantic_layer.demo.funnel import Funnel
from semantic_layer.demo.names import SYSTEMS, job_title, person_name, phone_text
from semantic_layer.demo.plan import WEBINAR, Plan

_RULES = ("手机号一致", "邮箱一致", "企微UnionID一致", "访客ID一致", "单一来源")
_HAS = (930, 780, 450, 850)  # per mille with phone, e-mail, unionid, visitor id
_VISITOR = 3
_RETURN_DAYS = 181  # a later return is a new inquiry, not a duplicate


@dataclass(frozen=True)
class People:
    """Contact rows, and which one each lead belongs to.

    Attributes:
        account: Account row of each contact.
        person: True person number of each contact.
        resolved: The person number OneID gives it.
        created: Local seconds.
        lead_contact: Contact row of each lead.
        duplicate_of: Lead row of the original, or -1.
        silent: First contact row of the silent accounts; brand contacts follow them.
    """

    account: Ints
    person: Ints
    resolved: Ints
    created: Ints
    lead_contact: Ints
    duplicate_of: Ints
    silent: int


def make_people(
    shard: Shard, plan: Plan, funnel: Funnel, accounts: Accounts, created: Ints
) -> People:
    """Folds leads into people, people into accounts, and spreads them over raw records.

    Args:
        shard: Which slice is made.
        plan: The planned leads.
        funnel: How far each gets.
        accounts: The companies they may belong to.
        created: Local creation seconds of the leads, ascending.
    """
    draws = shard.draws("identity")
    duplicate_of = _duplicates(shard, draws, plan, funnel, created)
    person = _persons(draws, plan, duplicate_of, created)
    reserved = 2 * accounts.webinar + accounts.silent + 2 * accounts.pairs
    person = np.where(plan.group == WEBINAR, -1, person) + reserved
    web = np.flatnonzero(plan.group == WEBINAR)
    person[web] = _webinar_contacts(len(web), accounts.webinar)
    count = int(person.max()) + 1
    home = _homes(draws, accounts, person, plan.region, count, reserved)
    again = np.flatnonzero(duplicate_of >= 0)
    lead_contact, extra, unresolved = _raw_records(shard, draws, person, again, count)
    n = count + len(extra)
    who = np.concatenate([rows(count), person[extra]])
    resolved = who.copy()
    resolved[count : count + unresolved] = count + rows(unresolved)
    seen = full(n, NULL)
    seen[lead_contact[::-1]] = created[::-1]  # the first lead wins
    early = draws.below(DAY * 150, n)
    seen = np.where(seen == NULL, early, np.maximum(seen - draws.below(600, n), 0))
    return People(home[who], who, resolved, seen, lead_contact, duplicate_of, 2 * accounts.webinar)


def _duplicates(shard: Shard, draws: Draws, plan: Plan, funnel: Funnel, created: Ints) -> Ints:
    """Picks exactly the planted number of repeats and the earlier lead each one repeats."""
    n = len(created)
    late = (created >= 60 * DAY) & (plan.region >= 0)
    pool = np.flatnonzero((plan.force < 0) & (funnel.level == 0) & late)
    repeat = np.zeros(n, dtype=np.bool_)
    repeat[draws.sample(pool, truths.DUPLICATES.raw_leads * n // truths.LEADS_TOTAL)] = True
    back = draws.below(4, n)
    original = full(n, -1)
    for region in range(-1, len(truths.REGIONS)):
        here = plan.region == region
        firsts = np.flatnonzero(here & ~repeat & (plan.group != WEBINAR))
        mine = np.flatnonzero(here & repeat)
        position = np.searchsorted(firsts, mine) - 1 - back[mine]
        original[mine] = firsts[np.maximum(position, 0)]
    return original


def _persons(draws: Draws, plan: Plan, duplicate_of: Ints, created: Ints) -> Ints:
    """Numbers the people: some come back half a year later, duplicates share the original's."""
    n = len(created)
    same = full(n, -1)
    eligible = (duplicate_of < 0) & (plan.group != WEBINAR)
    for region in range(-1, len(truths.REGIONS)):
        here = np.flatnonzero(eligible & (plan.region == region))
        half = (len(here) + 1) // 2
        early, late = here[: len(here) - half], here[half:]
        back = draws.chance(800, len(late)) & (created[late] - created[early] > _RETURN_DAYS * DAY)
        same[late[back]] = early[back]
    fresh = eligible & (same < 0)
    number = np.cumsum(fresh) - 1
    person = np.where(same >= 0, number[same], number)
    return np.where(duplicate_of >= 0, person[duplicate_of], person).astype(np.int64)


def _webinar_contacts(n: int, accounts: int) -> Ints:
    slot = rows(n) - 2
    account = np.where(slot < 0, rows(n), 5 + slot % max(1, accounts - 5))
    return account * 2 + np.where(slot < 0, 0, slot // max(1, accounts - 5))


def _homes(
    draws: Draws, accounts: Accounts, person: Ints, region: Ints, count: int, reserved: int
) -> Ints:
    """The account of every person; large accounts attract more."""
    home = full(count, 0)
    web, single = 2 * accounts.webinar, accounts.silent + 2 * accounts.pairs
    home[:web] = rows(web) // 2
    home[web:reserved] = accounts.webinar + rows(single)
    place = full(count, -1)
    place[person] = region
    free = rows(len(accounts.region)) >= accounts.free
    for code in range(-1, len(truths.REGIONS)):
        mine = np.flatnonzero((place == code) & (rows(count) >= reserved))
        pool = np.flatnonzero(free & (accounts.region == code))
        a, b = draws.below(len(pool), len(mine)), draws.below(len(pool), len(mine))
        home[mine] = pool[np.minimum(a, b)]
    return home


def _raw_records(
    shard: Shard, draws: Draws, person: Ints, again: Ints, count: int
) -> tuple[Ints, Ints, int]:
    """Gives 70 % of the duplicates a record of their own; the first of these stay unresolved."""
    unresolved = truths.DUPLICATES.unresolved_leads * len(person) // truths.LEADS_TOTAL
    extra = draws.sample(again, len(again) * 7 // 10)
    contact = person.copy()
    contact[extra] = count + rows(len(extra))
    return contact, extra, min(unresolved, len(extra))


def write_people(con: duckdb.DuckDBPyConnection, shard: Shard, people: People) -> int:
    """Writes the contacts and their identities."""
    draws = shard.draws("identity")
    n, base = len(people.person), shard.first("contacts")
    style = draws.below(4, n)
    lonely = people.resolved != people.person
    # A record that OneID cannot fold shares no key with the first one.
    digits = (np.where(lonely, people.resolved + 5_000_000, people.person) + base).tolist()
    human = (people.person + base).tolist()
    has = [draws.chance(k, n) for k in _HAS]
    rule = np.where(people.person == people.resolved, draws.below(4, n), 4)
    counts = np.bincount(people.person, minlength=n)
    rule = np.where(counts[people.person] == 1, 4, rule)
    has = _with_evidence(people, rule, has)
    visitor = np.where(rule == _VISITOR, people.person, rows(n)) + base
    write(
        con,
        "contacts",
        [
            ident("contact_id", rows(n), "C", base),
            ident("account_id", people.account, "A", shard.first("accounts")),
            text("name", [person_name(h) for h in human]),
            text("title", [job_title(h * 7 + h // 12) for h in human]),
            text("phone", _phones(digits, style, has[0])),
            text("email", _some("user{}@example.cn", digits, has[1])),
            text("wechat_unionid", _some("ou_{:08d}", digits, has[2] & ~lonely)),
            text("visitor_id", _some("v{:08d}", visitor.tolist(), has[3])),
            label("source_system", style, SYSTEMS),
            instant("created_at", people.created),
        ],
    )
    return write(
        con,
        "identities",
        [
            ident("contact_id", rows(n), "C", base),
            ident("person_id", people.resolved, "P", base),
            label("rule", rule, _RULES),
        ],
    )


def _with_evidence(people: People, rule: Ints, has: list[Bools]) -> list[Bools]:
    """Makes the raw keys say what OneID's rules claim, and no more.

    A folded record and the first one of its person both carry the key of its rule; a record
    that cannot be folded carries another phone than the first one, and so does that.
    """
    n = len(rule)
    first = people.person  # the first record of a person has the person's row
    lonely = np.flatnonzero(people.resolved != people.person)
    folded = np.flatnonzero((people.resolved == people.person) & (first != rows(n)))
    out = [has[k].copy() for k in range(len(has))]
    for k in range(len(has)):
        mine = folded[rule[folded] == k]
        out[k][mine] = True
        out[k][first[mine]] = True
    out[0][lonely] = True
    out[0][first[lonely]] = True
    return out


def _phones(digits: list[int], style: Ints, present: Bools) -> list[str | None]:
    drawn = zip(digits, style.tolist(), present.tolist(), strict=True)
    return [phone_text(d, s) if ok else None for d, s, ok in drawn]


def _some(pattern: str, values: list[int], present: Bools) -> list[str | None]:
    return [
        pattern.format(v) if ok else None for v, ok in zip(values, present.tolist(), strict=True)
    ]


def visitors(shard: Shard, people: People) -> Ints:
    """Rows of the contacts that have a visitor id."""
    draws = shard.draws("identity")
    n = len(people.person)
    draws.below(4, n)
    has = [draws.chance(k, n) for k in _HAS]
    return ints(np.flatnonzero(has[3]).tolist())
