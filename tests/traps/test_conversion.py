"""A conversion belongs to its cohort's period, within N days, and young cohorts are told apart.

An MQL of the last week has had no 30 days to become an SQL: counting it as a failure makes every
latest month look bad. `drop` leaves such members out, `keep` and `flag` count them.
"""

import pytest

TABLES = """
CREATE TABLE leads AS SELECT * FROM (VALUES
  (1, TIMESTAMP '2026-01-01 10:00', TIMESTAMP '2026-01-31 09:59', 'x'),
  (2, TIMESTAMP '2026-01-01 10:00', TIMESTAMP '2026-01-31 10:00', 'x'),
  (3, TIMESTAMP '2026-01-05 00:00', TIMESTAMP '2026-01-05 00:00', 'y'),
  (4, TIMESTAMP '2026-01-31 23:00', TIMESTAMP '2026-02-02 00:00', 'y'),
  (5, TIMESTAMP '2026-02-01 00:00', NULL, 'x'),
  (6, TIMESTAMP '2026-02-10 00:00', TIMESTAMP '2026-02-09 00:00', 'x'),
  (7, TIMESTAMP '2026-03-09 00:00', TIMESTAMP '2026-03-10 00:00', 'x'),
  (8, TIMESTAMP '2026-03-20 00:00', TIMESTAMP '2026-03-21 00:00', 'x'),
  (9, NULL, TIMESTAMP '2026-03-21 00:00', 'x')) t(id, mql_at, sql_at, kind);
"""
DEFS = """
dimensions: {kind: {label: Kind}}
models: {leads: {source: leads, key: [id], time: mql_at, dims: {kind: kind}}}
defaults: {type: conversion, model: leads, base: mql_at, converted: sql_at, within: 30 days}
metrics:
  keep: {immature: keep, label: Keep}
  flag: {immature: flag, label: Flag}
  drop: {immature: drop, label: Drop}
  only_x: {immature: keep, filter: "kind = 'x'", label: Only x}
  ever: {within: null, label: Ever}
"""
MONTHS = ["2026-01-01", "2026-02-01", "2026-03-01"]


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS, "today: 2026-04-09")  # complete through 8 April


CASES = [
    ("keep", [3 / 4, 0.0, 1.0]),
    ("flag", [3 / 4, 0.0, 1.0]),
    ("drop", [3 / 4, 0.0, 1.0]),
    ("only_x", [1 / 2, 0.0, 1.0]),
    ("ever", [1.0, 1 / 2, 1.0]),
]


@pytest.mark.parametrize(("metric", "values"), CASES)
def test_in_the_period_of_the_cohort(world, metric, values):
    rows = world.ask(metric, grain="month", time=("2026-01-01", "2026-04-01"))
    assert rows == list(zip(MONTHS, values, strict=True))


def test_drop_leaves_out_those_that_are_too_young(build):
    # On 8 April's end, lead 7 has had its 30 days to the minute, lead 8 has not.
    tables = TABLES.replace("'2026-03-21 00:00', 'x'),\n  (9", "'2026-06-21 00:00', 'x'),\n  (9")
    world = build(tables, DEFS, "today: 2026-04-09")
    march = ("2026-03-01", "2026-04-01")
    assert world.ask("keep", "flag", "drop", time=march) == [(0.5, 0.5, 1.0)]
    assert build(tables, DEFS, "today: 2026-04-08").one("drop", time=march) is None


def test_whole_cohort_too_young_is_empty_not_zero(world):
    assert world.ask("drop", "keep", time=("2026-03-15", "2026-04-01")) == [(None, 1.0)]


def test_by_group(world):
    rows = world.ask("keep", by=["kind"], time=("2026-01-01", "2026-02-01"))
    assert rows == [("y", 1.0), ("x", 0.5)]


def test_dates_count_whole_days(build):
    tables = TABLES.replace("t(id, mql_at, sql_at, kind);", "t(id, m, s, kind);")
    tables = tables.replace("AS SELECT *", "AS SELECT id, CAST(m AS DATE) mql_at, s sql_at, kind")
    world = build(tables, DEFS)
    # 31 January is day 30: outside, for both of the first two.
    assert world.one("keep", time=("2026-01-01", "2026-02-01")) == 0.5
