"""Periods beside each other: which of them is meant, which is held against which, which stands alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

Q1, Q3 = ("2026-01-01", "2026-04-01"), ("2026-07-01", "2026-10-01")


def window(args: dict[str, Any]) -> tuple[str, str]:
    return args["time"]["start"], args["time"]["end"]


@pytest.mark.parametrize(
    "question",
    [
        "compare Q1 to Q3 leads by channel this year",
        "compare Q1 and Q3 leads by channel this year",
        "compare leads by channel from Q1 to Q3 this year",
        "Q1 vs Q3 leads this year",
    ],
)
def test_a_year_said_apart_is_that_of_the_quarters(starforge: Any, question: str) -> None:
    """Q1 to Q3 was held against the whole year that it is a part of."""
    (call,) = starforge.ask(question).plan
    assert window(call["args"]) == Q3
    assert tuple(call["args"]["compare"]["range"][k] for k in ("start", "end")) == Q1


@pytest.mark.parametrize(
    ("question", "span"),
    [
        ("Q3 leads by channel last year", ("2025-07-01", "2025-10-01")),
        ("9月线索量 2025年", ("2025-09-01", "2025-10-01")),
        ("leads in September by region in 2025", ("2025-09-01", "2025-10-01")),
    ],
)
def test_a_year_said_apart_moves_the_period(
    starforge: Any, question: str, span: tuple[str, str]
) -> None:
    answer = starforge.ask(question)
    assert window(answer.plan[0]["args"]) == span
    assert not any("no year" in text or "未写明年份" in text for text in answer.basis.assumptions)


def test_both_months_of_a_change_are_of_the_year_named(starforge: Any) -> None:
    """July of this year was held against August of last year."""
    (call,) = starforge.ask("compare leads from July to August last year").plan
    assert window(call["args"]) == ("2025-08-01", "2025-09-01")


@pytest.mark.parametrize(
    "question",
    [
        "上半年线索和今年线索对比",
        "7月到9月和今年的线索对比",
        "compare leads from January to March with this year",
        "leads this year vs Q3",
    ],
)
def test_a_part_is_not_held_against_its_own_whole(starforge: Any, question: str) -> None:
    answer = starforge.ask(question)
    assert answer.status == "clarify"
    assert "包含" in answer.headline or "contains" in answer.headline


@pytest.mark.parametrize(
    ("question", "starts"),
    [
        ("今年和本月的订单金额分别多少", ["2026-01-01", "2026-10-01"]),
        ("won revenue this month and this year", ["2026-10-01", "2026-01-01"]),
        ("Q1、Q3和今年的线索", ["2026-01-01", "2026-07-01", "2026-01-01"]),
    ],
)
def test_a_part_beside_its_whole_has_an_answer_of_its_own(
    starforge: Any, question: str, starts: list[str]
) -> None:
    calls = starforge.ask(question).plan
    assert [call["args"]["time"]["start"] for call in calls] == starts
    assert not any("compare" in call["args"] for call in calls)


PICKED = """
    SELECT channel,
           count(*) FILTER (created_at >= TIMESTAMP '2026-06-30 16:00') AS now,
           count(*) FILTER (created_at < TIMESTAMP '2026-06-30 16:00') AS then
    FROM leads
    WHERE created_at >= TIMESTAMP '2026-03-31 16:00' AND created_at < TIMESTAMP '2026-09-30 16:00'
    GROUP BY 1
"""


@pytest.mark.parametrize(
    ("question", "sign"),
    [
        ("今年Q3线索比Q2多的渠道", 1),
        ("which channels had more leads in Q3 than in Q2", 1),
        ("哪些渠道今年Q3线索比Q2少", -1),
    ],
)
def test_groups_are_picked_by_their_change(
    starforge: Any, demo_db: Path, question: str, sign: int
) -> None:
    rows = duckdb.connect(str(demo_db), read_only=True).execute(PICKED).fetchall()
    hand = {(key, now) for key, now, then in rows if (now - then) * sign > 0}
    assert {row[:2] for row in starforge.ask(question).tables[0].rows} == hand


@pytest.mark.parametrize(
    "question", ["各渠道线索比上月多吗", "win rate higher than last quarter by region"]
)
def test_a_comparison_that_picks_nothing_is_not_guessed(starforge: Any, question: str) -> None:
    assert starforge.ask(question).status == "refused"


@pytest.mark.parametrize(
    "question",
    ["what percentage of leads became MQLs this year", "今年线索中转成MQL的占比"],
)
def test_the_part_that_reached_a_stage_is_a_funnel_of_two(starforge: Any, question: str) -> None:
    answer = starforge.ask(question)
    assert answer.plan[0]["args"]["stages"] == ["lead", "mql"]
    rate = starforge.ask("今年MQL转化率").tables[0].rows[0][0]
    assert answer.tables[0].rows[0][2] == pytest.approx(rate)


@pytest.mark.parametrize(
    "question",
    ["今年华东和华南之外的大区订单金额合计", "除了华东、华南，其他大区今年的订单金额总共多少"],
)
def test_the_rest_together_is_one_number(starforge: Any, question: str) -> None:
    """合计 was told region by region."""
    answer = starforge.ask(question)
    assert "dimensions" not in answer.plan[0]["args"]
    assert len(answer.tables[0].rows) == 1


@pytest.mark.parametrize(
    ("question", "metrics"),
    [
        ("percentage change in won revenue by product Q3 vs Q2", ["won_revenue"]),
        ("百度线索比上月增长了百分之几", ["leads"]),
    ],
)
def test_the_percentage_of_a_change_is_no_share(
    starforge: Any, question: str, metrics: list[str]
) -> None:
    (call,) = starforge.ask(question).plan
    assert call["args"]["metrics"] == metrics
    assert "share" not in call["args"]
    assert "compare" in call["args"]


@pytest.mark.parametrize(
    "question",
    ["今年回款占订单金额的比例", "marketing spend as a percentage of won revenue this year"],
)
def test_one_metric_as_a_part_of_another_is_no_share(starforge: Any, question: str) -> None:
    answer = starforge.ask(question)
    assert answer.status == "clarify"
    assert "除以" in answer.headline or " per " in answer.headline


def test_a_running_period_does_not_cut_the_one_asked_beside_it(starforge: Any) -> None:
    """The third quarter was told as its first 27 days."""
    answer = starforge.ask("三季度和四季度的商机数分别是多少")
    spans = [window(call["args"]) for call in answer.plan]
    assert spans[0] == Q3
    assert "1. 2026-07-01 至 2026-09-30：商机数 706个" in answer.headline


def test_a_group_without_a_name_is_not_counted_among_those_asked_for(starforge: Any) -> None:
    headline = starforge.ask("how many regions had a win rate over 35% this year").headline
    assert "4 groups, and one without a name" in headline
