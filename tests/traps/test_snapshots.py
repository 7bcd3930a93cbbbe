"""A stock is what is there at the end of a period; stocks of periods are not added up."""

import pytest

TABLES = """
CREATE TABLE deals AS SELECT * FROM (VALUES
  (1, DATE '2026-01-10', DATE '2026-02-10', 10.0, 'a', DATE '2026-01-10'),
  (2, DATE '2026-01-20', NULL, 20.0, 'a', DATE '2026-03-25'),
  (3, DATE '2026-02-05', DATE '2026-02-28', 40.0, 'b', NULL),
  (4, DATE '2026-02-28', DATE '2026-03-01', 80.0, 'b', DATE '2026-02-28'),
  (5, DATE '2026-04-01', NULL, 160.0, 'b', DATE '2026-04-01')
) t(id, opened, closed, amount, k, last_seen);
CREATE TABLE stock AS SELECT * FROM (VALUES
  (DATE '2026-01-15', 'a', 1), (DATE '2026-01-31', 'a', 2), (DATE '2026-01-31', 'b', 4),
  (DATE '2026-02-27', 'a', 8), (DATE '2026-03-31', 'b', 16)) t(day, k, units);
"""
DEFS = """
dimensions: {k: {label: Key}}
models:
  deals: {source: deals, key: [id], time: opened, dims: {k: k}}
  stock: {source: stock, time: day, dims: {k: k}}
metrics:
  open: {type: snapshot, model: deals, agg: count, opened: opened, closed: closed, label: Open}
  pipeline: {type: snapshot, model: deals, agg: sum, expr: amount, opened: opened, closed: closed, label: Pipeline}
  ever: {type: snapshot, model: deals, agg: count, opened: opened, label: Ever}
  quiet: {type: snapshot, model: deals, agg: count, opened: opened, closed: closed, idle: last_seen, idle_for: 30 days, label: Quiet}
  fresh: {type: snapshot, model: deals, agg: count, within: 30 days, label: Fresh}
  units: {type: snapshot, model: stock, agg: sum, expr: units, snapshot: day, label: Units}
  per_deal: {type: ratio, numerator: pipeline, denominator: open, label: Per deal}
"""
Q1 = ("2026-01-01", "2026-04-01")


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


CASES = [
    ("open", [2, 2, 1]),  # closed on the last day of February: gone; on 1 March: still there
    ("pipeline", [30.0, 100.0, 20.0]),
    ("ever", [2, 4, 4]),
    ("quiet", [0, 0, 0]),
    ("fresh", [2, 2, 0]),
    ("units", [6, 8, 16]),  # only the rows of the last date that was counted
    ("per_deal", [15.0, 50.0, 20.0]),
]


@pytest.mark.parametrize(("metric", "values"), CASES)
def test_at_the_end_of_each_month(world, metric, values):
    rows = world.ask(metric, grain="month", time=Q1)
    assert rows == list(zip(["2026-01-01", "2026-02-01", "2026-03-01"], values, strict=True))


@pytest.mark.parametrize(("metric", "values"), CASES)
def test_of_a_quarter_is_that_of_its_last_day(world, metric, values):
    assert world.one(metric, time=Q1) == values[-1]
    assert world.ask(metric, grain="quarter", time=Q1) == [("2026-01-01", values[-1])]


def test_idle_needs_the_full_time(world):
    rows = dict(world.ask("quiet", grain="day", time=("2026-02-08", "2026-02-11")))
    assert rows == {"2026-02-08": 1, "2026-02-09": 2, "2026-02-10": 1}


def test_hand_sql(world):
    rows = world.ask("open", "pipeline", grain="day", time=("2026-02-25", "2026-03-05"))
    assert rows == world.hand(
        "SELECT strftime(d, '%Y-%m-%d'), count(id), sum(amount) FROM range(DATE '2026-02-25',"
        " DATE '2026-03-05', INTERVAL 1 DAY) r(d) LEFT JOIN deals ON opened <= d"
        " AND (closed IS NULL OR closed > d) GROUP BY 1 ORDER BY 1"
    )


def test_by_group(world):
    rows = world.ask("open", by=["k"], grain="month", time=Q1)
    assert [r for r in rows if r[2]] == [
        ("a", "2026-01-01", 2), ("a", "2026-02-01", 1), ("b", "2026-02-01", 1),
        ("a", "2026-03-01", 1),
    ]  # fmt: skip


def test_last_date_is_the_same_for_every_group(world):
    rows = world.ask("units", by=["k"], grain="month", time=Q1)
    assert [r for r in rows if r[2]] == [
        ("b", "2026-01-01", 4), ("a", "2026-01-01", 2), ("a", "2026-02-01", 8),
        ("b", "2026-03-01", 16),
    ] or [r for r in sorted(rows, key=lambda r: (r[1], r[0])) if r[2]] == [
        ("a", "2026-01-01", 2), ("b", "2026-01-01", 4), ("a", "2026-02-01", 8),
        ("b", "2026-03-01", 16),
    ]  # fmt: skip


def test_compared_with_the_month_before(world):
    names = ("open", "open__prev")
    march = {"time": ("2026-03-01", "2026-04-01", "month"), "compare": "previous_period"}
    assert world.columns(names, "open", **march) == [(1, 2)]
    assert world.columns(names, "open", grain="month", **march) == [(1, 2)]


def test_running_month_ends_with_the_last_complete_day(build):
    world = build(TABLES, DEFS, "today: 2026-02-10")
    assert world.one("open", time=("2026-02-01", "2026-03-01")) == 3
    assert world.ask("open", grain="month", time=("2026-02-01", "2026-04-01")) == [
        ("2026-02-01", 3)
    ]
