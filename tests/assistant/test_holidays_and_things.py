"""Holidays held against themselves, periods that contain each other, things that are counted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest


def compared(answer: Any) -> tuple[Any, ...]:
    time = answer.basis.time
    told = (time.start, time.end, time.compare_start, time.compare_end)
    return tuple(date.fromisoformat(day) for day in told)


@pytest.mark.parametrize(
    "question",
    [
        "今年春节期间的线索数同比",
        "leads during spring festival 2026 vs last year",
        "2026年春节线索比去年",
    ],
)
def test_a_moving_holiday_is_held_against_itself(starforge: Any, question: str) -> None:
    """15 to 23 February 2026 against 28 January to 4 February 2025: the days off of each year."""
    answer = starforge.ask(question)
    assert answer.status == "answered"
    assert compared(answer) == (
        date(2026, 2, 15), date(2026, 2, 24), date(2025, 1, 28), date(2025, 2, 5),
    )  # fmt: skip
    said = " ".join((answer.text, *answer.basis.assumptions))
    assert "9" in said
    assert "8" in said


def test_a_holiday_with_fixed_dates_keeps_them(starforge: Any) -> None:
    answer = starforge.ask("双11线索同比")
    assert compared(answer)[2:] == (date(2024, 11, 11), date(2024, 11, 12))


@pytest.mark.parametrize(
    "question", ["2025年Q3线索比去年", "上个月的线索对比今年", "Q3 leads vs this year"]
)
def test_a_period_is_not_held_against_one_that_contains_it(starforge: Any, question: str) -> None:
    """A quarter fell by 75 % `against last year`, which was the whole year it lies in."""
    assert starforge.ask(question).status == "clarify"


@pytest.mark.parametrize(
    "question",
    [
        "上月同期线索", "本月线索比上月同期多多少", "本月线索与上月同期相比",
        "this month's leads vs same period last month",
    ],
)  # fmt: skip
def test_the_same_days_of_last_month(starforge: Any, question: str) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered"
    start, end, before, until = compared(answer)
    assert (start, before) == (date(2026, 10, 1), date(2026, 9, 1))
    assert end - start == until - before


@pytest.mark.parametrize(
    ("question", "metric", "value"),
    [
        ("今年办了多少场展会", "campaigns_started", "行业展会"),
        ("how many trade shows did we run this year", "campaigns_started", "行业展会"),
        ("今年举办了几场研讨会", "campaigns_started", "线上研讨会"),
    ],
)
def test_the_things_named_are_counted(
    starforge: Any, question: str, metric: str, value: str
) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered", answer.headline
    [call] = answer.plan
    assert call["args"]["metrics"] == [metric]
    assert call["args"]["filters"] == [{"dimension": "campaign_type", "values": [value]}]


@pytest.mark.parametrize(
    ("question", "metric"),
    [("哪个行业输单最多", "lost_opportunities"), ("今年输单多少", "lost_opportunities")],
)
def test_what_is_in_a_state_is_counted(starforge: Any, question: str, metric: str) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered"
    assert answer.plan[0]["args"]["metrics"] == [metric]


def test_a_place_says_nothing_of_what_is_counted(starforge: Any) -> None:
    assert starforge.ask("how many Baidu").status == "clarify"
    assert starforge.ask("华东有几家").status == "clarify"


AVERAGES = [
    ("上个月日均线索", "81.7条", "30 天"),
    ("上个月平均每天多少线索", "81.7条", "30 天"),
    ("average leads per day last month", "81.7 per day", "30 days"),
    ("average monthly leads this year", "2,009 per month", "1 month not complete left out"),
]


@pytest.mark.parametrize(("question", "value", "count"), AVERAGES)
def test_the_average_over_whole_periods(
    starforge: Any, question: str, value: str, count: str
) -> None:
    """2,450 leads in the 30 days of September; 18,080 in January to September 2026."""
    answer = starforge.ask(question)
    assert answer.status == "answered", answer.headline
    assert value in answer.headline
    assert count in answer.headline


@pytest.mark.parametrize(
    "question",
    [
        "月均MQL转化率",
        "月均ROI，今年",
        "月均销售周期",
        "各渠道日均线索",
        "今年平均每个销售的订单金额",
        "average leads by channel",
    ],
)
def test_no_average_that_would_be_another_figure(starforge: Any, question: str) -> None:
    assert starforge.ask(question).status in {"clarify", "refused"}


def test_an_average_in_the_name_of_a_metric_is_the_metric(starforge: Any) -> None:
    answer = starforge.ask("今年平均客单价")
    assert answer.status == "answered"
    assert "平均每" not in answer.headline


def test_no_average_without_a_whole_period(starforge: Any) -> None:
    """October is running: its value so far is no monthly mean."""
    headline = starforge.ask("本月月均线索").headline
    assert "没有完整的时间段" in headline
    assert "1,8" not in headline.split("：", 1)[1]
