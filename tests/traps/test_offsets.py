"""Comparing with an earlier period: the 31st, weeks, 29 February, and running periods.

metricflow #1758: an offset of one month lost the 31st. Shifting dates of facts is the cause; whole
groups are shifted instead, weeks by 52 weeks, and a running period is cut like for like.
"""

import pytest

from semantic_layer.errors import QueryError

# One row a day, worth a different power of nothing: the n-th day since 2023-01-01 is worth n.
TABLES = """
CREATE TABLE f AS SELECT CAST(d AS DATE) AS day, date_diff('day', DATE '2023-01-01', d) AS val
FROM range(DATE '2023-01-01', DATE '2026-06-01', INTERVAL 1 DAY) r(d);
"""
DEFS = """
dimensions: {}
models: {f: {source: f, time: day}}
metrics:
  val: {model: f, agg: sum, expr: val, label: Value}
  days: {model: f, agg: count, label: Days}
  days_mom: {type: compare, of: days, offset: 1 month, calc: value, label: Days MoM}
  days_yoy: {type: compare, of: days, offset: 1 year, calc: value, label: Days YoY}
  days_wow: {type: compare, of: days, offset: 1 week, calc: value, label: Days WoW}
  val_mom: {type: compare, of: val, offset: 1 month, calc: value, label: Value MoM}
  val_yoy: {type: compare, of: val, offset: 1 year, calc: value, label: Value YoY}
  val_wow: {type: compare, of: val, offset: 1 week, calc: value, label: Value WoW}
  pct: {type: compare, of: val, offset: 1 year, calc: pct, label: Pct}
  delta: {type: compare, of: val, offset: 1 year, calc: delta, label: Delta}
"""


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS, "today: 2026-06-11")


def total(world, start, end):
    rows = world.hand(f"SELECT sum(val) FROM f WHERE day >= '{start}' AND day < '{end}'")
    return int(rows[0][0]) if rows[0][0] is not None else None


# --- the query's own comparison ---------------------------------------------------------

SPANS = [  # asked range (with the grain of the phrase), kind, the range compared with
    (("2026-03-01", "2026-04-01", "month"), "previous_period", ("2026-02-01", "2026-03-01")),
    (("2026-03-01", "2026-03-31", "month"), "previous_period", ("2026-02-01", "2026-03-01")),
    (("2026-03-01", "2026-03-11", "month"), "previous_period", ("2026-02-01", "2026-02-11")),
    (("2026-01-01", "2026-02-11", "quarter"), "previous_period", ("2025-10-01", "2025-11-11")),
    (("2026-03-05", "2026-03-12"), "previous_period", ("2026-02-26", "2026-03-05")),
    (("2026-01-01", "2026-03-01"), "previous_period", ("2025-11-01", "2026-01-01")),
    (("2026-03-02", "2026-03-09", "week"), "previous_period", ("2026-02-23", "2026-03-02")),
    (("2026-03-02", "2026-03-09", "week"), "previous_year", ("2025-03-03", "2025-03-10")),
    (("2024-02-01", "2024-03-01", "month"), "previous_year", ("2023-02-01", "2023-03-01")),
    (("2025-02-01", "2025-03-01", "month"), "previous_year", ("2024-02-01", "2024-03-01")),
    (("2024-02-29", "2024-03-01", "day"), "previous_year", ("2023-02-28", "2023-03-01")),
    (("2024-02-01", "2024-02-29", "month"), "previous_year", ("2023-02-01", "2023-03-01")),
    (("2026-03-01", "2026-03-31"), "previous_year", ("2025-03-01", "2025-03-31")),
]


@pytest.mark.parametrize(("time", "kind", "before"), SPANS)
def test_total_against_earlier_range(world, time, kind, before):
    result = world.result("val", time=time, compare=kind)
    ((now, prev, delta, pct),) = result.rows
    assert (now, prev) == (total(world, *time[:2]), total(world, *before))
    assert (str(result.previous.start), str(result.previous.end)) == before
    assert delta == now - prev
    assert pct == pytest.approx((now - prev) / abs(prev))


def test_running_month_asked_whole_is_cut_like_for_like(build):
    # Asked for all of June on the 11th: ten complete days against ten days of May.
    world = build(TABLES.replace("2026-06-01", "2026-07-01"), DEFS, "today: 2026-06-11")
    june = ("2026-06-01", "2026-07-01", "month")
    (row,) = world.columns(("days", "days__prev"), "days", time=june, compare="previous_period")
    by_month = world.columns(
        ("days", "days__prev"), "days", time=june, grain="month", compare="previous_period"
    )
    assert by_month == [row]
    assert row in [(10, 10), (11, 10)]  # the tenth is the last complete day


def previous_by(world, metric, grain, time, kind="previous_period"):
    names = ("period", metric, f"{metric}__prev")
    return world.columns(names, metric, grain=grain, time=time, compare=kind)


def test_months_of_different_length(world):
    rows = previous_by(world, "days", "month", ("2024-01-01", "2024-06-01"))
    assert [r[1:] for r in rows] == [(31, 31), (29, 31), (31, 29), (30, 31), (31, 30)]


def test_a_month_cut_on_the_thirtieth(world):
    rows = previous_by(world, "days", "month", ("2025-01-01", "2025-03-31"))
    assert rows[-1] == ("2025-03-01", 30, 28)
    rows = previous_by(world, "days", "month", ("2025-01-01", "2025-05-31"))
    assert rows[-1] == ("2025-05-01", 30, 30)


def test_weeks_a_year_earlier_are_52_weeks(world):
    rows = previous_by(world, "val", "week", ("2026-03-02", "2026-03-16"), "previous_year")
    assert rows == [
        ("2026-03-02", total(world, "2026-03-02", "2026-03-09"), total(world, "2025-03-03", "2025-03-10")),
        ("2026-03-09", total(world, "2026-03-09", "2026-03-16"), total(world, "2025-03-10", "2025-03-17")),
    ]  # fmt: skip


def test_leap_day(world):
    rows = previous_by(world, "val", "day", ("2024-02-28", "2024-03-02"), "previous_year")
    assert rows == [("2024-02-28", 423, 58), ("2024-02-29", 424, None), ("2024-03-01", 425, 59)]
    rows = previous_by(world, "val", "day", ("2025-02-28", "2025-03-02"), "previous_year")
    assert rows == [("2025-02-28", 789, 423), ("2025-03-01", 790, 425)]


def test_days_against_another_month_do_not_pile_up_on_its_last_day(world):
    parts = {"time": ("2025-02-26", "2025-03-03"), "grain": "day"}
    rows = world.ask("val_mom", **parts)
    assert rows == [
        ("2025-02-26", 756), ("2025-02-27", 757), ("2025-02-28", 758), ("2025-03-01", 762),
        ("2025-03-02", 763),
    ]  # fmt: skip


def test_days_against_a_named_month(world):
    from semantic_layer.query import Comparison, TimeRange

    january = Comparison(kind="range", range=TimeRange(start="2025-01-01", end="2025-02-01"))
    rows = world.columns(
        ("period", "val__prev"),
        "val",
        grain="day",
        time=("2025-02-01", "2025-03-01"),
        compare=january,
    )
    first = 731  # 2025-01-01
    assert rows == [(f"2025-02-{d:02}", first + d - 1) for d in range(1, 29)]


@pytest.mark.parametrize("grain", ["year", "quarter"])
def test_ranges_that_do_not_line_up_are_refused(world, grain):
    from semantic_layer.query import Comparison, TimeRange

    october = Comparison(kind="range", range=TimeRange(start="2025-02-01", end="2026-02-01"))
    with pytest.raises(QueryError) as caught:
        world.ask("val", grain=grain, time=("2026-01-01", "2027-01-01"), compare=october)
    assert caught.value.code == "COMPARE_NOT_ALIGNED"


# --- metrics of type compare ------------------------------------------------------------

METRICS = [
    ("val_mom", ("2026-03-01", "2026-04-01"), ("2026-02-01", "2026-03-01")),
    ("val_mom", ("2025-03-01", "2025-03-31"), ("2025-02-01", "2025-03-01")),
    ("val_mom", ("2025-05-01", "2025-05-31"), ("2025-04-01", "2025-05-01")),
    ("val_yoy", ("2024-02-01", "2024-03-01"), ("2023-02-01", "2023-03-01")),
    ("val_yoy", ("2025-02-01", "2025-03-01"), ("2024-02-01", "2024-03-01")),
    ("val_wow", ("2025-03-03", "2025-03-10"), ("2025-02-24", "2025-03-03")),
]


@pytest.mark.parametrize(("metric", "time", "before"), METRICS)
def test_metric_without_breakdown(world, metric, time, before):
    assert world.one(metric, time=time) == total(world, *before)


def test_metric_by_month(world):
    rows = world.ask("days_mom", "days_yoy", grain="month", time=("2025-01-01", "2025-04-01"))
    assert rows == [("2025-01-01", 31, 31), ("2025-02-01", 31, 29), ("2025-03-01", 28, 31)]


def test_year_metric_by_week_stays_on_weeks(world):
    rows = world.ask("days_yoy", "val_yoy", grain="week", time=("2026-03-02", "2026-03-16"))
    assert rows == [
        ("2026-03-02", 7, total(world, "2025-03-03", "2025-03-10")),
        ("2026-03-09", 7, total(world, "2025-03-10", "2025-03-17")),
    ]


def test_week_metric_by_day_keeps_the_leap_day(world):
    rows = world.ask("val_wow", grain="day", time=("2024-03-06", "2024-03-09"))
    assert rows == [("2024-03-06", 423), ("2024-03-07", 424), ("2024-03-08", 425)]


@pytest.mark.parametrize(("metric", "grain"), [("days_mom", "quarter"), ("days_wow", "month")])
def test_an_offset_smaller_than_the_grain_is_refused(world, metric, grain):
    with pytest.raises(QueryError):
        world.ask(metric, grain=grain, time=("2025-01-01", "2026-01-01"))


def test_calculations(world):
    now, before = total(world, "2025-01-01", "2026-01-01"), total(world, "2024-01-01", "2025-01-01")
    rows = world.ask("val_yoy", "delta", "pct", time=("2025-01-01", "2026-01-01"))
    assert rows == [(before, now - before, pytest.approx((now - before) / before))]


def test_only_earlier_groups_still_show(build):
    world = build(
        "CREATE TABLE f AS SELECT * FROM (VALUES (DATE '2026-01-05', 'old', 5.0),"
        " (DATE '2026-02-05', 'new', 7.0)) t(day, k, x)",
        """
dimensions: {k: {label: Key}}
models: {f: {source: f, time: day, dims: {k: k}}}
metrics:
  cnt: {model: f, agg: count, label: Count}
  x: {model: f, agg: sum, expr: x, label: X}
""",
    )
    february = {
        "by": ["k"],
        "time": ("2026-02-01", "2026-03-01", "month"),
        "compare": "previous_period",
    }
    assert world.ask("cnt", "x", **february) == [
        ("new", 1, 0, 1, None, 7.0, None, None, None),
        ("old", 0, 1, -1, -1.0, None, 5.0, None, None),
    ]
