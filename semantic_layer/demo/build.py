"""Builds the whole world, shard by shard, into a DuckDB file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from semantic_layer.demo import (
    accounts as companies,
)
from semantic_layer.demo import (
    ads,
    campaigns,
    contents,
    deals,
    leads,
    members,
    orders,
    org,
    people,
    pipeline,
    service,
    touches,
    truths,
    web,
)
from semantic_layer.demo.core import GENERATOR_VERSION, SEED, Shard, text, write
from semantic_layer.demo.schema import DDL

Progress = Callable[[str, float], None]


def build_world(path: Path, *, scale: float = 1.0, progress: Progress | None = None) -> None:
    """Writes the sample company to a DuckDB file, replacing it atomically.

    Args:
        path: The file to write.
        scale: Size relative to the default world. Whole multiples repeat memory-sized shards; the
            planted truths are exact at 1.
        progress: Called with a stage name and the fraction done.

    Raises:
        ValueError: The scale is smaller than a hundredth.
    """
    if scale < 0.01:
        message = f"scale must be at least 0.01, not {scale}"
        raise ValueError(message)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)
    try:
        with duckdb.connect(str(draft)) as con:
            _fill(con, scale, progress or (lambda stage, done: None))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
        draft.with_name(draft.name + ".wal").unlink(missing_ok=True)


def _sizes(scale: float) -> list[int]:
    """Sizes of the shards in thousandths, to the hundredth of the default world."""
    total = round(scale * 100) * 10
    return [1000] * (total // 1000) + ([total % 1000] if total % 1000 else [])


def _fill(con: duckdb.DuckDBPyConnection, scale: float, progress: Progress) -> None:
    con.execute("SET preserve_insertion_order = true")
    con.execute("SET memory_limit = '1GB'")  # finished shards belong on disk, at any scale
    for table, columns in DDL.items():
        con.execute(f"CREATE TABLE {table} ({columns})")
    facts = {
        "seed": str(SEED),
        "scale": f"{round(scale * 100) / 100:g}",
        "generator_version": GENERATOR_VERSION,
        "today": truths.TODAY.isoformat(),
        "as_of": truths.AS_OF.isoformat(),
        "history_start": truths.HISTORY_START.isoformat(),
        "company": "星河智造 (Starforge)",
        "timezone": "Asia/Shanghai",
    }
    write(con, "dataset_info", [text("key", list(facts)), text("value", list(facts.values()))])
    org.write_org(con)
    base: dict[str, int] = {}
    sizes = _sizes(scale)
    for number, size in enumerate(sizes):
        shard = Shard(number, size, dict(base))
        for table, share, count in _write_shard(con, shard):
            base[table] = base.get(table, 0) + count
            progress(table, (number + share) / len(sizes))
    progress("done", 1.0)


def _write_shard(con: duckdb.DuckDBPyConnection, shard: Shard) -> Iterator[tuple[str, float, int]]:
    """Makes and writes one shard; yields (table, fraction of the shard done, rows)."""
    firms = companies.make_accounts(shard)
    calendar = campaigns.make_campaigns(shard)
    assets = contents.make_contents(shard)
    yield "campaigns", 0.02, campaigns.write_campaigns(con, shard, calendar)
    yield "campaign_costs", 0.04, campaigns.write_costs(con, shard, calendar)
    yield "contents", 0.05, contents.write_contents(con, shard, assets)
    yield "ad_stats", 0.10, ads.write_ads(con, shard, calendar)
    found = leads.make_leads(shard, firms, calendar, assets)
    yield "contacts", 0.20, people.write_people(con, shard, found.people)
    yield "leads", 0.30, leads.write_leads(con, shard, found, firms)
    pipe = pipeline.make_pipeline(shard, found, firms)
    yield "opportunities", 0.33, deals.write_opportunities(con, shard, pipe, found, firms)
    yield "opportunity_stages", 0.35, deals.write_stages(con, shard, pipe)
    yield "quotes", 0.36, orders.write_quotes(con, shard, pipe)
    sales = orders.make_orders(shard, pipe, found, firms)
    yield "orders", 0.38, orders.write_orders(con, shard, sales, found, firms)
    yield "payments", 0.40, orders.write_payments(con, shard, sales)
    first = sales.first_signed(len(firms.region))
    yield "accounts", 0.42, companies.write_accounts(con, shard, firms, first)
    guests = members.make_members(shard, found, firms, calendar)
    yield "campaign_members", 0.45, members.write_members(con, shard, guests, found)
    yield "email_sends", 0.50, members.write_emails(con, shard, found, firms, calendar)
    trail = touches.make_touches(shard, found, guests, pipe, firms, calendar, assets)
    yield "touchpoints", 0.80, touches.write_touches(con, shard, trail, found)
    yield "web_sessions", 0.88, web.write_sessions(con, shard, found)
    yield "social_follows", 0.90, web.write_follows(con, shard, found)
    yield "experiments", 0.91, web.write_experiments(con, shard, found)
    yield "followups", 0.94, service.write_followups(con, shard, found, firms)
    yield "product_usage", 0.97, service.write_usage(con, shard, first)
    yield "tickets", 0.98, service.write_tickets(con, shard, first)
    yield "employee_shares", 1.0, contents.write_shares(con, shard, assets)
