"""Words that look like mere particles and are conditions where they stand: none is dropped."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("question", ["leads from new channels", "新渠道的线索量"])
def test_new_is_no_particle_before_a_breakdown(starforge: Any, question: str) -> None:
    """`leads from new channels` was answered with those of all channels."""
    answer = starforge.ask(question)
    assert answer.status == "refused"
    assert "new" in answer.headline or "新" in answer.headline


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        ("本季度新商机数", "本季度商机数"),
        ("new leads last month by channel", "leads last month by channel"),
        ("new Baidu leads last month", "Baidu leads last month"),
    ],
)
def test_new_says_nothing_of_what_is_counted_when_it_arises(
    starforge: Any, question: str, plain: str
) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered"
    assert answer.plan == starforge.ask(plain).plan


@pytest.mark.parametrize("question", ["won orders, new, this year", "won revenue from new deals"])
def test_new_is_a_value_where_the_metric_knows_it(starforge: Any, question: str) -> None:
    limits = starforge.ask(question).plan[0]["args"]["filters"]
    assert [(f["dimension"], f["values"]) for f in limits] == [("order_kind", ["新购"])]


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("cost per lead of paid ads vs owned channels this year", ["付费广告", "自有渠道"]),
        ("既不是付费广告也不是活动渠道的线索量，上个月", ["付费广告", "活动渠道"]),
    ],
)
def test_the_noun_of_two_values_breaks_nothing_down(
    starforge: Any, question: str, values: list[str]
) -> None:
    """`paid ads vs owned channels` was told as nine channels of the two groups."""
    args = starforge.ask(question).plan[0]["args"]
    assert [f["values"] for f in args["filters"]] == [values]
    assert "channel" not in args.get("dimensions", [])


def test_neither_nor_excludes_both(starforge: Any) -> None:
    args = starforge.ask("既不是付费广告也不是活动渠道的线索量，上个月").plan[0]["args"]
    assert args["filters"][0]["op"] == "not_in"


@pytest.mark.parametrize(
    ("question", "noted"),
    [
        ("pipeline as of end of last month", True),
        ("截至上月底的线索量", True),
        ("open pipeline as of end of last month", False),
    ],
)
def test_a_flow_up_to_a_day_is_told_as_no_stock(starforge: Any, question: str, noted: bool) -> None:
    """The pipeline `as of` a day is the sum of all that was ever created, which was not said."""
    assumed = " ".join(starforge.ask(question).basis.assumptions)
    assert ("everything up to that day" in assumed or "不是当天的存量" in assumed) is noted


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("上个月MQL转SQL的转化率最低的渠道是哪个", "mql_to_sql_rate"),
        ("conversion rate from MQL to SQL last month", "mql_to_sql_rate"),
    ],
)
def test_the_kind_of_a_metric_is_not_asked_back(starforge: Any, question: str, metric: str) -> None:
    assert starforge.ask(question).plan[0]["args"]["metrics"] == [metric]


def test_two_rates_side_by_side_are_two(starforge: Any) -> None:
    assert starforge.ask("赢单率和转化率今年").status == "clarify"


def test_the_other_metric_of_a_ranking_is_told(starforge: Any) -> None:
    """花了多少钱 was in the table alone; the headline told what the ranking goes by."""
    headline = starforge.ask("线索成本最高的三个渠道今年花了多少钱").headline
    assert "线下活动（¥2,144.16、营销费用 ¥6,408,895）" in headline


def test_to_drop_a_channel_is_no_fall(starforge: Any) -> None:
    assert starforge.ask("drop Baidu: leads by channel this year").status == "refused"


def test_who_of_two_teams_is_a_team(starforge: Any) -> None:
    args = starforge.ask("华东一队和华东二队今年谁的订单金额高").plan[0]["args"]
    assert args["dimensions"] == ["team"]


def test_neither_nor_excludes_both_in_english(starforge: Any) -> None:
    args = starforge.ask("opportunities that are neither won nor lost this year").plan[0]["args"]
    assert args["filters"] == [{"dimension": "stage", "op": "not_in", "values": ["赢单", "输单"]}]


@pytest.mark.parametrize("question", ["上个月新增多少线索", "上个月新增的线索有多少"])
def test_what_was_added_is_what_is_counted(starforge: Any, question: str) -> None:
    assert starforge.ask(question).plan == starforge.ask("上个月线索有多少").plan


def test_the_sum_of_named_groups_is_one_number(starforge: Any) -> None:
    """三个大区…合计 was told region by region."""
    answer = starforge.ask("华东、华南、华北三个大区今年的订单金额合计")
    assert len(answer.tables[0].rows) == 1
    assert "¥120,563,622" in answer.headline
    apart = starforge.ask("华东、华南、华北三个大区今年的订单金额").tables[0].rows
    assert sum(row[1] for row in apart) == pytest.approx(answer.tables[0].rows[0][0])


def test_a_running_quarter_is_no_best_beside_a_whole_one(starforge: Any) -> None:
    headline = starforge.ask("仅看目标客户，今年各季度赢单率").headline
    assert "最高 2026Q2（42.9%）" in headline


@pytest.mark.parametrize(
    "question",
    ["今年目标完成率", "Q3 target attainment", "which sales reps are below target this quarter"],
)
def test_a_plan_that_is_not_declared_is_named_as_missing(starforge: Any, question: str) -> None:
    answer = starforge.ask(question)
    assert answer.status == "refused"
    assert answer.error.code == "NO_TARGETS"


def test_target_accounts_are_no_targets(starforge: Any) -> None:
    assert starforge.ask("目标客户今年的线索量").status == "answered"


def test_how_many_more_is_told_for_two_groups(starforge: Any) -> None:
    asked = "how many leads more did Baidu bring than Toutiao this year"
    assert "1,841 apart" in starforge.ask(asked).headline
