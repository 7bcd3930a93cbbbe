"""Both facts have rows without a channel; a merge by `=` would lose them or split them in two.

MetricFlow repairs this with coalesce and MAX, others with IS NOT DISTINCT FROM. Facts without a
partner (podcasts cost but bring no leads, organic leads cost nothing) must survive the merge too.
"""

import pytest

TABLES = """
CREATE TABLE spend AS SELECT * FROM (VALUES
  (DATE '2026-01-05', 'Ads', 100.0), (DATE '2026-01-05', NULL, 30.0),
  (DATE '2026-01-06', NULL, 12.0), (DATE '2026-01-06', 'Podcast', 9.0)) t(day, channel, cost);
CREATE TABLE leads AS SELECT * FROM (VALUES
  (1, DATE '2026-01-05', 'Ads'), (2, DATE '2026-01-05', 'Ads'), (3, DATE '2026-01-06', NULL),
  (4, DATE '2026-01-07', NULL), (5, DATE '2026-01-07', NULL), (6, DATE '2026-01-07', 'Organic')
) t(id, day, channel);
"""
DEFS = """
dimensions:
  channel: {label: Channel}
models:
  spend: {source: spend, time: day, dims: {channel: channel}}
  leads: {source: leads, key: [id], time: day, dims: {channel: channel}}
metrics:
  cost: {model: spend, agg: sum, expr: cost, label: Cost}
  cost_or_zero: {model: spend, agg: sum, expr: cost, empty: zero, label: Cost or 0}
  leads: {model: leads, agg: count, label: Leads}
  last_lead: {model: leads, agg: max, expr: id, label: Last lead}
  cpl: {type: ratio, numerator: cost, denominator: leads, label: CPL}
"""


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


def rows_by_channel(world, *metrics, **parts):
    return {row[0]: row[1:] for row in world.ask(*metrics, by=["channel"], **parts)}


def test_empty_keys_meet_in_one_group(world):
    rows = world.ask("cost", "leads", "cpl", by=["channel"])
    assert [r for r in rows if r[0] is None] == [(None, 42.0, 3, 14.0)]


def test_facts_without_partner_stay(world):
    rows = rows_by_channel(world, "cost", "leads", "cpl")
    assert rows == {
        "Ads": (100.0, 2, 50.0),
        None: (42.0, 3, 14.0),
        "Podcast": (9.0, 0, None),
        "Organic": (None, 1, None),
    }


def test_missing_counts_are_zero_and_missing_amounts_empty(world):
    rows = rows_by_channel(world, "leads", "cost", "cost_or_zero", "last_lead")
    assert rows["Podcast"] == (0, 9.0, 9.0, None)
    assert rows["Organic"] == (1, None, 0, 6)


def test_empty_keys_meet_per_period(world):
    rows = world.ask("cost", "leads", by=["channel"], grain="day")
    assert [r for r in rows if r[0] is None] == [
        (None, "2026-01-05", 30.0, 0),
        (None, "2026-01-06", 12.0, 1),
        (None, "2026-01-07", None, 2),
    ]


FILTERS = [
    (("in", ("Ads",)), {"Ads"}),
    (("in", (None,)), {None}),
    (("in", ("Ads", None)), {"Ads", None}),
    (("not_in", ("Ads",)), {None, "Podcast", "Organic"}),
    (("not_in", ("Ads", None)), {"Podcast", "Organic"}),
    (("not_in", (None,)), {"Ads", "Podcast", "Organic"}),
    (("contains", ("o",)), {"Podcast", "Organic"}),
    (("not_contains", ("o",)), {"Ads", None}),
    (("is_null", ()), {None}),
    (("not_null", ()), {"Ads", "Podcast", "Organic"}),
]


@pytest.mark.parametrize(("item", "kept"), FILTERS, ids=[str(item) for item, _ in FILTERS])
def test_negative_filters_keep_rows_without_a_value(world, item, kept):
    op, values = item
    only = {"dimension": "channel", "op": op, "values": values}
    assert set(rows_by_channel(world, "cost", "leads", filters=(only,))) == kept
