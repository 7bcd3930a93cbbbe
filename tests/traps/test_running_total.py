"""A running total keeps what came before the asked range.

Two of four engines in the study cut the facts first: 8,403 for 191,934, silently. The range is
applied after the window; the window runs over facts since the beginning of time.
"""

import pytest

TABLES = """
CREATE TABLE leads AS SELECT * FROM (VALUES
  (1, DATE '2025-10-02', 'a', 'p'), (2, DATE '2025-12-31', 'a', 'q'), (3, DATE '2026-01-01', 'b', 'p'),
  (4, DATE '2026-03-15', 'a', 'r'), (5, DATE '2026-03-16', 'b', 'p'), (6, DATE '2026-04-01', 'a', 'q'),
  (7, NULL, 'a', 'z')) t(id, day, k, person);
"""
DEFS = """
dimensions: {k: {label: Key}}
models: {leads: {source: leads, key: [id], time: day, dims: {k: k}}}
metrics:
  leads: {model: leads, agg: count, label: Leads}
  ids: {model: leads, agg: sum, expr: id, label: Ids}
  people: {model: leads, agg: count_distinct, expr: person, label: People}
  total: {type: cumulative, of: leads, label: Total}
  total_ids: {type: cumulative, of: ids, label: Total ids}
  total_people: {type: cumulative, of: people, label: Total people}
  rolling: {type: cumulative, of: leads, window: 60 days, label: Rolling}
  rolling_people: {type: cumulative, of: people, window: 3 months, label: Rolling people}
  ytd: {type: cumulative, of: leads, to_date: year, label: YTD}
  qtd: {type: cumulative, of: leads, to_date: quarter, label: QTD}
  fytd: {type: cumulative, of: leads, to_date: fiscal_year, label: FYTD}
"""
Q1 = ("2026-01-01", "2026-04-01")


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS, "fiscal_year_start: 11")


CASES = [
    ("total", [3, 3, 5]),
    ("total_ids", [6, 6, 15]),
    ("total_people", [2, 2, 3]),
    ("rolling", [2, 2, 2]),  # from 2 December, 31 December and 31 January: ends excluded
    ("rolling_people", [2, 2, 2]),
    ("ytd", [1, 1, 3]),
    ("qtd", [1, 1, 3]),
    ("fytd", [2, 2, 4]),
]


@pytest.mark.parametrize(("metric", "values"), CASES)
def test_history_counts(world, metric, values):
    rows = world.ask(metric, grain="month", time=Q1)
    assert rows == list(zip(["2026-01-01", "2026-02-01", "2026-03-01"], values, strict=True))


@pytest.mark.parametrize(("metric", "values"), CASES)
def test_without_breakdown_it_is_the_last_value(world, metric, values):
    assert world.one(metric, time=Q1) == values[-1]


def test_by_group_and_dense(world):
    rows = world.ask("total", grain="month", time=Q1, by=["k"])
    assert rows == [
        ("a", "2026-01-01", 2), ("b", "2026-01-01", 1), ("a", "2026-02-01", 2),
        ("b", "2026-02-01", 1), ("a", "2026-03-01", 3), ("b", "2026-03-01", 2),
    ]  # fmt: skip


def test_having_and_limit_do_not_cut_history(world):
    big = ({"metric": "total", "op": "gt", "value": 3},)
    assert world.ask("total", grain="month", time=Q1, having=big) == [("2026-03-01", 5)]
    last = ({"by": "time", "desc": True},)
    assert world.ask("total", grain="month", time=Q1, order=last, limit=1) == [("2026-03-01", 5)]


def test_compared_with_the_period_before(world):
    names = ("total", "total__prev", "total__delta")
    rows = world.columns(names, "total", grain="month", time=Q1, compare="previous_period")
    assert rows == [(3, 2, 1), (3, 3, 0), (5, 3, 2)]


def test_hand_sql(world):
    rows = world.ask("total", grain="day", time=("2026-03-14", "2026-03-18"))
    assert rows == world.hand(
        "SELECT strftime(d, '%Y-%m-%d'), (SELECT count(*) FROM leads WHERE day <= d)"
        " FROM range(DATE '2026-03-14', DATE '2026-03-18', INTERVAL 1 DAY) r(d) ORDER BY 1"
    )
