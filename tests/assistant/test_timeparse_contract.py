"""The time contract in both languages, at days where calendars go wrong."""

from datetime import date, timedelta

import pytest

from assistant.timeparse import Period, Reading, parse_period
from semantic_layer.timegrain import Calendar, TimeGrain, add_months

DAY = timedelta(days=1)
CALENDAR = Calendar()
TODAYS = [
    date(2024, 2, 29),  # leap day
    date(2025, 2, 28),  # the day before a month ends in a common year is its last
    date(2026, 1, 1),  # first day of year, quarter and month
    date(2026, 3, 31),  # last day of month and quarter
    date(2026, 8, 19),
    date(2026, 8, 23),  # Sunday
    date(2026, 8, 24),  # Monday
    date(2025, 12, 31),
]
today_cases = pytest.mark.parametrize("today", TODAYS, ids=str)


def read(phrase: str, today: date, as_of: date | None = None) -> Period:
    match = parse_period(phrase, today=today, as_of=as_of)
    assert match is not None, phrase
    assert match.period is not None, phrase
    return match.period


PREVIOUS = [
    ("上周", TimeGrain.WEEK),
    ("last week", TimeGrain.WEEK),
    ("上个月", TimeGrain.MONTH),
    ("last month", TimeGrain.MONTH),
    ("上季度", TimeGrain.QUARTER),
    ("last quarter", TimeGrain.QUARTER),
    ("去年", TimeGrain.YEAR),
    ("last year", TimeGrain.YEAR),
]


@today_cases
@pytest.mark.parametrize(("phrase", "grain"), PREVIOUS)
def test_previous_periods_are_whole(phrase, grain, today):
    period = read(phrase, today)
    assert period.range == CALENDAR.period(today, grain, -1)
    assert period.complete
    assert (period.grain, period.reading) == (grain, Reading.CALENDAR)


RUNNING = [
    ("本周", TimeGrain.WEEK),
    ("this week", TimeGrain.WEEK),
    ("WTD", TimeGrain.WEEK),
    ("本月", TimeGrain.MONTH),
    ("本月至今", TimeGrain.MONTH),
    ("month to date", TimeGrain.MONTH),
    ("本季度", TimeGrain.QUARTER),
    ("this quarter", TimeGrain.QUARTER),
    ("今年", TimeGrain.YEAR),
    ("今年以来", TimeGrain.YEAR),
    ("年初至今", TimeGrain.YEAR),
    ("YTD", TimeGrain.YEAR),
]


@today_cases
@pytest.mark.parametrize(("phrase", "grain"), RUNNING)
def test_running_periods_go_up_to_the_data_and_say_so(phrase, grain, today):
    period = read(phrase, today)
    start = CALENDAR.floor(today, grain)
    assert (period.start, period.end) == (start, max(today, start + DAY))
    assert not period.complete
    assert period.reading is Reading.TO_DATE
    assert period.note_zh
    assert period.note_en


@today_cases
@pytest.mark.parametrize(
    "phrase", ["近{}天", "最近{}天", "过去{}天", "last {} days", "past {} days"]
)
@pytest.mark.parametrize("count", [1, 7, 30, 365])
def test_rolling_days_end_with_the_last_complete_day(phrase, count, today):
    period = read(phrase.format(count), today)
    assert (period.start, period.end) == (today - count * DAY, today)
    assert period.complete
    assert period.reading is Reading.ROLLING


@today_cases
def test_rolling_windows_follow_late_data(today):
    as_of = today - 3 * DAY
    for phrase in ("近7天", "last 7 days"):
        period = read(phrase, today, as_of)
        assert (period.start, period.end) == (today - 9 * DAY, today - 2 * DAY)


@today_cases
@pytest.mark.parametrize("phrase", ["近3个月", "last 3 months"])
def test_rolling_months(phrase, today):
    assert read(phrase, today).start == add_months(today, -3)


@today_cases
@pytest.mark.parametrize("phrase", ["最近3个完整月", "last 3 full months"])
def test_full_months_are_whole(phrase, today):
    period = read(phrase, today)
    end = today.replace(day=1)
    assert (period.start, period.end) == (add_months(end, -3), end)


@today_cases
@pytest.mark.parametrize(
    "phrase", ["Q1", "Q2", "Q3", "Q4", "三月", "十二月", "国庆", "July", "May 3"]
)
def test_without_a_year_the_latest_that_has_begun(phrase, today):
    period = read(phrase, today)
    assert period.start is not None
    assert period.start <= today < add_months(period.start, 12)


@today_cases
@pytest.mark.parametrize(
    "phrase", ["2014至2018年", "2014年到2018年", "from 2014 to 2018", "between 2014 and 2018"]
)
def test_the_end_of_a_range_is_included(phrase, today):
    period = read(phrase, today)
    assert (period.start, period.end) == (date(2014, 1, 1), date(2019, 1, 1))
    assert period.reading is Reading.RANGE


@today_cases
def test_open_ends(today):
    day, after = date(2018, 5, 6), date(2018, 5, 7)
    assert read("2018年5月6日之前", today).end == day
    assert read("before May 6, 2018", today).end == day
    assert read("截至2018年5月6日", today).end == after
    assert read("through May 6, 2018", today).end == after
    assert read("2018年之后", today).start == date(2019, 1, 1)
    assert read("after 2018", today).start == date(2019, 1, 1)
    assert read("2018年以来", today).start == date(2018, 1, 1)
    assert read("since 2018", today).start == date(2018, 1, 1)


@today_cases
def test_holidays(today):
    assert read("2025年国庆期间", today).range == read("2025年国庆", today).range
    assert read("2026年五一", today).end == date(2026, 5, 6)
    assert read("2025年春节", today).start == date(2025, 1, 28)
    assert read("2025年双11期间", today).start == date(2025, 11, 1)
    assert read("2025年双11", today).start == date(2025, 11, 11)


@today_cases
@pytest.mark.parametrize("phrase", ["2026年8月第二周", "second week of August 2026"])
def test_the_nth_week_belongs_to_its_thursday(phrase, today):
    assert read(phrase, today).start == date(2026, 8, 10)


@today_cases
@pytest.mark.parametrize(
    "phrase",
    ["去年同期", "same period last year", "与去年同期相比", "compared to last year", "同比", "YoY"],
)
def test_last_years_comparison_names_no_dates_of_its_own(phrase, today):
    match = parse_period(phrase, today=today)
    assert match is not None
    assert match.period is None
    assert match.shift is not None
    assert match.shift.kind == "previous_year"


@today_cases
def test_a_future_period_stays_in_the_future(today):
    period = read("明年四月", today)
    assert (period.start, period.end) == (
        date(today.year + 1, 4, 1),
        date(today.year + 1, 5, 1),
    )
    assert period.is_future(today)
    assert not period.complete
    assert read("next week", today).start == CALENDAR.period(today, TimeGrain.WEEK, 1).start


def test_a_period_without_data_yet_is_its_first_day():
    period = read("本月", date(2026, 9, 1))
    assert (period.start, period.end) == (date(2026, 9, 1), date(2026, 9, 2))
    assert not period.complete


def test_disputed_readings_are_explained():
    today = date(2026, 8, 19)
    for phrase in ("近30天", "Q2", "国庆节", "五一", "8月第二周", "2018年之后", "截至6月", "本月"):
        period = read(phrase, today)
        assert period.note_zh, phrase
        assert period.note_en, phrase
    assert read("上个月", today).note_zh == ""
