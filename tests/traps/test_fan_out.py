"""Spend and leads share only channel, region and day; joining them multiplies both.

In the study the naive join by month reported a cost per lead of 8,058.84 where 22.70 is true
(355 times). Each fact is therefore aggregated alone, and only its groups are put side by side.
"""

import pytest

TABLES = """
CREATE TABLE spend AS SELECT * FROM (VALUES
  (DATE '2026-01-05', 'Ads', 'East', 100.0), (DATE '2026-01-05', 'Ads', 'West', 40.0),
  (DATE '2026-01-06', 'Ads', 'East', 60.0), (DATE '2026-02-01', 'Event', 'East', 500.0)
) t(day, channel, region, cost);
CREATE TABLE leads AS SELECT * FROM (VALUES
  (1, TIMESTAMP '2026-01-05 09:00', 'Ads', 'East'), (2, TIMESTAMP '2026-01-05 10:00', 'Ads', 'East'),
  (3, TIMESTAMP '2026-01-06 10:00', 'Ads', 'East'), (4, TIMESTAMP '2026-01-07 10:00', 'Ads', 'West'),
  (5, TIMESTAMP '2026-02-03 10:00', 'Event', 'East'), (6, TIMESTAMP '2026-02-03 11:00', 'Event', 'East')
) t(id, created_at, channel, region);
CREATE TABLE touches AS SELECT i % 6 + 1 AS lead_id FROM range(24) r(i);
"""
DEFS = """
dimensions:
  channel: {label: Channel}
  region: {label: Region}
models:
  spend: {source: spend, time: day, dims: {channel: channel, region: region}}
  leads: {source: leads, key: [id], time: created_at, dims: {channel: channel, region: region}}
  touches: {source: touches, joins: {leads: lead_id}, dims: {channel: leads.channel, region: leads.region}}
metrics:
  cost: {model: spend, agg: sum, expr: cost, label: Cost}
  leads: {model: leads, agg: count, label: Leads}
  touches: {model: touches, agg: count, label: Touches}
  cpl: {type: ratio, numerator: cost, denominator: leads, label: CPL}
  touches_per_lead: {type: ratio, numerator: touches, denominator: leads, label: Touches per lead}
"""


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


CASES = [
    ({}, [(700.0, 6, 700 / 6)]),
    ({"by": ["channel"]}, [("Event", 500.0, 2, 250.0), ("Ads", 200.0, 4, 50.0)]),
    (
        {"by": ["region"], "filters": ({"dimension": "channel", "values": ("Ads",)},)},
        [("East", 160.0, 3, 160 / 3), ("West", 40.0, 1, 40.0)],
    ),
    ({"grain": "month"}, [("2026-01-01", 200.0, 4, 50.0), ("2026-02-01", 500.0, 2, 250.0)]),
]


@pytest.mark.parametrize(("parts", "rows"), CASES)
def test_cost_per_lead_is_cost_over_leads(world, parts, rows):
    assert world.ask("cost", "leads", "cpl", **parts) == rows


def test_the_naive_join_would_differ(world):
    naive = "SELECT sum(cost), count(*) FROM spend JOIN leads USING (channel, region)"
    assert world.hand(naive) == [(160 * 3 + 40 + 500 * 2, 9)]
    assert world.ask("cost", "leads") == [(700.0, 6)]


def test_chasm_of_three_facts(world):
    rows = world.ask("cost", "leads", "touches", "touches_per_lead", by=["channel"])
    assert rows == [("Event", 500.0, 2, 8, 4.0), ("Ads", 200.0, 4, 16, 4.0)]


def test_rows_of_the_many_side_keep_their_number(world):
    assert world.ask("touches", by=["region"]) == world.hand(
        "SELECT l.region, count(*) FROM touches t JOIN leads l ON l.id = t.lead_id"
        " GROUP BY 1 ORDER BY 2 DESC"
    )
