"""Periods: none invented beyond the data, none missing in between.

MetricFlow showed 12 to 21 phantom future months in the study. A series ends with the period of
the last complete day; a gap inside shows as a row with 0 (counts) or nothing (amounts).
"""

import pytest

TABLES = """
CREATE TABLE f AS SELECT * FROM (VALUES (1, DATE '2026-01-10', 'a', 5.0),
  (2, DATE '2026-01-20', 'b', 6.0), (3, DATE '2026-04-02', 'a', 7.0)) t(id, day, k, amount);
"""
DEFS = """
dimensions: {k: {label: Key}}
models: {f: {source: f, key: [id], time: day, dims: {k: k}}}
metrics:
  num: {model: f, agg: count, label: N}
  amount: {model: f, agg: sum, expr: amount, label: Amount}
  num_yoy: {type: compare, of: num, offset: 1 year, calc: value, label: N last year}
  num_mom: {type: compare, of: num, offset: 1 month, calc: value, label: N last month}
  total: {type: cumulative, of: num, label: Total}
"""
YEAR = ("2026-01-01", "2027-01-01")


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS, "today: 2026-04-11\nweek_start: sunday\nfiscal_year_start: 2")


@pytest.mark.parametrize("metric", ["num", "amount", "num_yoy", "num_mom", "total"])
@pytest.mark.parametrize("by", [[], ["k"]])
def test_no_period_after_the_last_complete_day(world, metric, by):
    result = world.result(metric, grain="month", time=YEAR, by=by)
    assert set(result.column("period")) <= {f"2026-0{m}-01" for m in (1, 2, 3, 4)}
    assert result.partial


@pytest.mark.parametrize("by", [[], ["k"]])
def test_facts_dated_in_the_future_make_no_period(build, by):
    tables = TABLES.replace(
        "(3, DATE '2026-04-02'", "(4, DATE '2026-09-02', 'a', 1.0), (3, DATE '2026-04-02'"
    )
    world = build(tables, DEFS, "today: 2026-04-11")
    result = world.result("num", "total", grain="month", time=YEAR, by=by, fill=False)
    assert max(result.column("period")) == "2026-04-01"


def test_gaps_are_filled(world):
    assert world.ask("num", "amount", grain="month", time=YEAR) == [
        ("2026-01-01", 2, 11.0), ("2026-02-01", 0, None), ("2026-03-01", 0, None),
        ("2026-04-01", 1, 7.0),
    ]  # fmt: skip


def test_gaps_with_groups_on_request(world):
    plain = world.ask("num", grain="month", time=YEAR, by=["k"])
    assert plain == [("a", "2026-01-01", 1), ("b", "2026-01-01", 1), ("a", "2026-04-01", 1)]
    dense = world.ask("num", grain="month", time=YEAR, by=["k"], fill=True)
    assert len(dense) == 8
    assert [r for r in dense if r[2]] == plain


def test_without_fill(world):
    rows = world.ask("num", grain="month", time=YEAR, fill=False)
    assert rows == [("2026-01-01", 2), ("2026-04-01", 1)]


def test_range_without_rows_is_a_row_of_nothing(world):
    rows = world.ask("num", "amount", grain="month", time=("2026-02-01", "2026-04-01"))
    assert rows == [("2026-02-01", 0, None), ("2026-03-01", 0, None)]


def test_open_range_follows_the_data(world):
    assert [r[0] for r in world.ask("num", grain="quarter")] == ["2026-01-01", "2026-04-01"]


GRAINS = [
    ("week", {"2026-01-04": 1, "2026-01-18": 1, "2026-03-29": 1}),
    ("fiscal_quarter", {"2025-11-01": 2, "2026-02-01": 1}),
    ("fiscal_year", {"2025-02-01": 2, "2026-02-01": 1}),
    ("quarter", {"2026-01-01": 2, "2026-04-01": 1}),
    ("year", {"2026-01-01": 3}),
]


@pytest.mark.parametrize(("grain", "known"), GRAINS)
def test_calendar_of_the_company(world, grain, known):
    rows = dict(world.ask("num", grain=grain))
    assert {k: v for k, v in rows.items() if v} == known


def test_fiscal_quarters_of_a_year_that_begins_in_april(build):
    days = ("2026-03-31", "2026-04-01", "2026-06-30", "2026-07-01", "2025-12-31", "2026-01-01")
    values = ", ".join(f"(DATE '{d}')" for d in days)
    world = build(
        f"CREATE TABLE f AS SELECT * FROM (VALUES {values}) t(day)",
        "models: {f: {source: f, time: day}}\nmetrics: {num: {model: f, agg: count, label: N}}",
        "fiscal_year_start: 4",
    )
    assert world.ask("num", grain="fiscal_quarter") == [
        ("2025-10-01", 1), ("2026-01-01", 2), ("2026-04-01", 2), ("2026-07-01", 1),
    ]  # fmt: skip
    assert world.ask("num", grain="fiscal_year") == [("2025-04-01", 3), ("2026-04-01", 3)]


def test_fiscal_quarter_at_the_ends_of_months(build):
    # The 31st moved by whole months must not slide into a neighbouring quarter.
    world = build(
        "CREATE TABLE f AS SELECT CAST(d AS DATE) AS day FROM "
        "range(DATE '2023-11-01', DATE '2025-03-01', INTERVAL 1 DAY) r(d)",
        "models: {f: {source: f, time: day}}\nmetrics: {num: {model: f, agg: count, label: N}}",
        "fiscal_year_start: 2",
    )
    assert world.ask("num", grain="fiscal_quarter") == [
        ("2023-11-01", 92), ("2024-02-01", 90), ("2024-05-01", 92), ("2024-08-01", 92),
        ("2024-11-01", 92), ("2025-02-01", 28),
    ]  # fmt: skip
