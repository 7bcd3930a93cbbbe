"""Website sessions, social followers and experiments."""

from __future__ import annotations

import duckdb
import numpy as np

from semantic_layer.demo import truths
from semantic_layer.demo.core import (
    DAY,
    DAYS,
    END,
    NULL,
    Col,
    Ints,
    Shard,
    day_of,
    draw_days,
    draw_seconds,
    ident,
    instant,
    label,
    number,
    rows,
    write,
)
from semantic_layer.demo.leads import Leads
from semantic_layer.demo.names import CHANNELS
from semantic_layer.demo.people import visitors

_PAGES = ("/", "/solutions/smart-factory", "/products/mes", "/whitepapers", "/events", "/pricing",
          "/cases", "/contact")  # fmt: skip
_EXPERIMENT_FROM = day_of(truths.HISTORY_START) + 590


def write_sessions(con: duckdb.DuckDBPyConnection, shard: Shard, leads: Leads) -> int:
    """Writes website sessions of known and anonymous visitors."""
    draws = shard.draws("sessions")
    n = shard.n(130_000)
    known = visitors(shard, leads.people)
    day = draw_days(draws, 0, DAYS - 1, n)
    start = np.sort(day * DAY + draw_seconds(draws, n))
    base = shard.first("contacts")
    who = known[draws.below(len(known), n)] + base
    stranger = -1 - draws.below(shard.n(60_000), n) - shard.first("web_sessions")
    visitor = np.where(draws.chance(450, n), who, stranger)
    sql = (
        "CASE WHEN visitor_id >= 0 THEN 'v' || printf('%08d', visitor_id) "
        "ELSE 'w' || printf('%08d', -visitor_id) END"
    )
    channel = draws.pick((20, 10, 8, 7, 4, 30, 8, 4, 5, 0, 2, 2, 3), n)
    views = 1 + draws.below(4, n) * draws.below(4, n)
    return write(
        con,
        "web_sessions",
        [
            number("session_id", rows(n) + shard.first("web_sessions") + 1),
            Col("visitor_id", visitor, sql),
            instant("started_at", start),
            label("channel", np.where(channel == len(CHANNELS), -1, channel), CHANNELS),
            label("landing_page", draws.pick((30, 14, 14, 12, 9, 8, 8, 5), n), _PAGES),
            number("page_views", views),
            number("duration_s", views * (8 + draws.below(90, n))),
        ],
    )


def write_follows(con: duckdb.DuckDBPyConnection, shard: Shard, leads: Leads) -> int:
    """Writes WeCom customers and official-account followers."""
    draws = shard.draws("follows")
    contacts = rows(len(leads.people.account))
    contact = np.sort(draws.sample(contacts, shard.n(9_000)))
    n = len(contact)
    followed = draw_days(draws, 0, DAYS - 1, n) * DAY + draw_seconds(draws, n)
    gone = followed + DAY + draws.below(300 * DAY, n)
    gone = np.where(draws.chance(160, n) & (gone < END), gone, NULL)
    order = np.argsort(followed, kind="stable")
    return write(
        con,
        "social_follows",
        [
            ident("follow_id", rows(n), "F", shard.first("social_follows")),
            label("kind", draws.below(2, n), ("企微客户", "公众号粉丝")),
            ident("contact_id", contact[order], "C", shard.first("contacts")),
            instant("followed_at", followed[order]),
            instant("unfollowed_at", gone[order]),
        ],
    )


def write_experiments(con: duckdb.DuckDBPyConnection, shard: Shard, leads: Leads) -> int:
    """Writes the two planted experiments with exact counts."""
    draws = shard.draws("experiments")
    contacts = rows(len(leads.people.account))
    written = 0
    for k, test in enumerate((truths.EXPERIMENT_WINNER, truths.EXPERIMENT_FLAT)):
        each = shard.n(test.exposures)
        contact = draws.sample(contacts, 2 * each)
        variant = np.where(rows(len(contact)) < each, 0, 1)
        exposed = (_EXPERIMENT_FROM + 50 * k) * DAY + draws.below(30 * DAY, len(contact))
        place = rows(len(contact)) - variant * each
        goal = np.where(variant == 0, shard.n(test.converted_a), shard.n(test.converted_b))
        after = exposed + 60 + draws.below(5 * DAY, len(contact))
        converted = np.where(place < goal, after, NULL)
        written += _write_test(con, shard, written, test.name, contact, variant, exposed, converted)
    return written


def _write_test(
    con: duckdb.DuckDBPyConnection, shard: Shard, offset: int, name: str,
    contact: Ints, variant: Ints, exposed: Ints, converted: Ints,
) -> int:  # fmt: skip
    n = len(contact)
    order = np.argsort(exposed, kind="stable")
    return write(
        con,
        "experiments",
        [
            ident("exposure_id", rows(n), "X", shard.first("experiments") + offset),
            label("experiment", rows(n) * 0, (name + shard.suffix(),)),
            label("variant", variant[order], ("A", "B")),
            ident("contact_id", contact[order], "C", shard.first("contacts")),
            instant("exposed_at", exposed[order]),
            instant("converted_at", converted[order]),
        ],
    )
