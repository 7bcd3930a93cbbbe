"""Instants stored in UTC fall on the company's dates, also where clocks change.

2026-01-31 17:00 UTC is February in Shanghai. In New York a day is 23 or 25 hours long twice a
year, so no fixed offset gives the right date.
"""

import pytest

TABLES = """
CREATE TABLE utc AS SELECT i AS id, CAST(t AS TIMESTAMP) AS moment,
  CAST(t AS TIMESTAMP) AT TIME ZONE 'UTC' AS tz, t AS txt FROM (VALUES
  (1, '2026-01-31 15:59:59'), (2, '2026-01-31 16:00:00'), (3, '2026-02-28 16:00:00'),
  (4, '2026-03-08 04:59:59'), (5, '2026-03-08 05:00:00'), (6, '2026-03-09 03:59:59'),
  (7, '2026-03-09 04:00:00'), (8, '2026-11-01 04:00:00'), (9, '2026-11-02 04:59:59'),
  (10, '2026-11-02 05:00:00')) v(i, t);
"""
DEFS = """
dimensions: {}
models:
  utc: {source: utc, key: [id], time: moment, zone: UTC}
  zoned: {source: utc, key: [id], time: tz}
metrics:
  cnt: {model: utc, agg: count, label: Count}
  zoned: {model: zoned, agg: count, label: Zoned}
  last: {model: utc, agg: max, expr: id, label: Last}
  mtd: {type: cumulative, of: cnt, to_date: month, label: MTD}
  zoned_mtd: {type: cumulative, of: zoned, to_date: month, label: Zoned MTD}
  total: {type: cumulative, of: cnt, label: Total}
  rolling: {type: cumulative, of: cnt, window: 1 day, label: Rolling}
"""
SHANGHAI, NEW_YORK = "timezone: Asia/Shanghai", "timezone: America/New_York"


@pytest.fixture(scope="module", params=[SHANGHAI, NEW_YORK], ids=["shanghai", "new_york"])
def zone(build, request):
    return request.param.split()[1], build(TABLES, DEFS, request.param)


@pytest.mark.parametrize("metric", ["cnt", "zoned"])
@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_periods_are_local(zone, metric, grain):
    name, world = zone
    local = f"CAST(date_trunc('{grain}', moment AT TIME ZONE 'UTC' AT TIME ZONE '{name}') AS DATE)"
    expected = world.hand(
        f"SELECT CAST({local} AS VARCHAR), count(*) FROM utc GROUP BY 1 ORDER BY 1"
    )
    assert world.ask(metric, grain=grain, fill=False) == expected


DAYS = {
    "Asia/Shanghai": {"2026-01-31": 1, "2026-02-01": 1, "2026-03-01": 1, "2026-03-08": 2,
                      "2026-03-09": 2, "2026-11-01": 1, "2026-11-02": 2},
    "America/New_York": {"2026-01-31": 2, "2026-02-28": 1, "2026-03-07": 1, "2026-03-08": 2,
                         "2026-03-09": 1, "2026-11-01": 2, "2026-11-02": 1},
}  # fmt: skip


@pytest.mark.parametrize("metric", ["cnt", "zoned"])
def test_days_by_hand(zone, metric):
    name, world = zone
    assert dict(world.ask(metric, grain="day", fill=False)) == DAYS[name]
    for day, count in DAYS[name].items():
        following = world.hand(f"SELECT CAST(CAST('{day}' AS DATE) + 1 AS VARCHAR)")[0][0]
        assert world.one(metric, time=(day, following)) == count


@pytest.mark.parametrize("metric", ["mtd", "zoned_mtd", "total", "rolling"])
def test_as_of_values_use_local_days(zone, metric):
    name, world = zone
    found = dict(world.ask(metric, grain="day", time=("2026-01-30", "2026-12-01")))
    for day in DAYS[name]:
        counted = {
            "mtd": [d for d in DAYS[name] if d[:7] == day[:7] and d <= day],
            "total": [d for d in DAYS[name] if d <= day],
            "rolling": [day],
        }[metric.removeprefix("zoned_")]
        assert found[day] == sum(DAYS[name][d] for d in counted), day


def test_first_local_hours_of_a_month_belong_to_it(build):
    # 2026-03-01 03:00 UTC is still February in New York: not part of March's total.
    world = build(
        "CREATE TABLE utc AS SELECT 1 AS id, CAST(t AS TIMESTAMP) AS moment, CAST(t AS TIMESTAMP) AT TIME"
        " ZONE 'UTC' AS tz FROM (VALUES ('2026-03-01 03:00'), ('2026-03-01 06:00')) v(t)",
        DEFS,
        NEW_YORK,
    )
    rows = world.ask("mtd", "zoned_mtd", grain="day", time=("2026-02-28", "2026-03-03"))
    assert rows == [("2026-02-28", 1, 1), ("2026-03-01", 1, 1), ("2026-03-02", 1, 1)]


def test_local_timestamps_stay_as_they_are(build):
    world = build(TABLES, DEFS.replace("zone: UTC", "description: local"), SHANGHAI)
    assert world.one("cnt", time=("2026-01-31", "2026-02-01")) == 2


def test_text_times_are_cast(build):
    world = build(TABLES, DEFS.replace("time: moment, zone: UTC", "time: txt"), SHANGHAI)
    assert world.one("cnt", time=("2026-03-08", "2026-03-09")) == 2


def test_range_of_the_data_is_local(zone):
    name, world = zone
    days = list(DAYS[name])
    span = world.layer.data_range(world.query("cnt"))
    assert (str(span.start), days[-1]) == (days[0], "2026-11-02")
    assert span.days == 276
