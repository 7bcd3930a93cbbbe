"""The lowest period is a whole one, equals are told, and named stages make a funnel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest


@pytest.mark.parametrize(
    ("question", "period", "end"),
    [
        ("最近8周线索量最低的是哪一周", "2026-10-12", "2026-10-26"),
        ("which week had the fewest SQLs in the last 6 weeks", "2026-09-28", "2026-10-26"),
        ("今年订单金额最低的月份", "2026-01-01", "2026-10-01"),
        ("哪个月线索最少", "2025-02-01", "2026-10-01"),
    ],
)
def test_a_running_period_is_never_the_lowest(
    starforge: Any, question: str, period: str, end: str
) -> None:
    """A week of two days was told as the lowest of eight, against the series of the same weeks."""
    answer = starforge.ask(question)
    assert answer.tables[0].rows[0][0] == period
    assert answer.basis.time.end == end
    assert any("完整" in text or "whole" in text for text in answer.basis.assumptions)


def test_a_running_period_that_leads_is_marked(starforge: Any) -> None:
    answer = starforge.ask("本季度哪个月线索最多")
    assert "2026年10月（未满期）" in answer.headline


def test_whole_periods_alone_need_no_remark(starforge: Any) -> None:
    answer = starforge.ask("2025年哪个月线索最少")
    assert (answer.basis.time.start, answer.basis.time.end) == ("2025-01-01", "2026-01-01")
    assert not any("完整" in text for text in answer.basis.assumptions)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("上季度哪个销售订单最少", True),
        ("今年线索最多和最少的3个渠道", True),
        ("bottom 3 regions by leads this year", True),
        ("上季度哪个销售订单最多", False),
        ("which channel had the lowest CPL last quarter", False),
    ],
)
def test_the_lowest_says_that_groups_without_rows_are_not_there(
    starforge: Any, question: str, told: bool
) -> None:
    """A salesperson without any order is lower than the one with a single one."""
    notes = " ".join(starforge.ask(question).basis.assumptions)
    assert ("不在排名里" in notes or "at all are not ranked" in notes) is told


def test_a_tie_for_the_last_place_shown_is_told(starforge: Any) -> None:
    """企微 and 转介绍 both had 487 leads; only one was named as the lowest."""
    assert "转介绍 与它并列" in starforge.ask("今年线索最少的渠道").headline
    assert "企微、转介绍（487条）" in starforge.ask("今年各渠道线索量").headline
    assert "并列" not in starforge.ask("今年线索最多的渠道").headline


def test_two_groups_are_told_with_their_distance(starforge: Any) -> None:
    assert "相差 498条" in starforge.ask("今年线上直播和百度的线索量差多少").headline


def test_a_group_without_a_name_beyond_all_others_is_told(starforge: Any) -> None:
    headline = starforge.ask("今年平均成交周期按大区").headline
    assert "没有名称的一组 77.5天 不参与比较" in headline


@pytest.mark.parametrize(
    ("question", "stages"),
    [
        ("今年线索到成交的漏斗", ["lead", "mql", "sql", "opportunity", "order"]),
        ("今年从线索到回款的转化漏斗", ["lead", "mql", "sql", "opportunity", "order", "payment"]),
        ("lead to order funnel this year", ["lead", "mql", "sql", "opportunity", "order"]),
        ("funnel from MQL to opportunity last quarter", ["mql", "sql", "opportunity"]),
    ],
)
def test_a_funnel_between_named_stages(starforge: Any, question: str, stages: list[str]) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered"
    assert answer.plan[0]["tool"] == "analyze_funnel"
    assert answer.plan[0]["args"]["stages"] == stages


@pytest.mark.parametrize(
    ("question", "stages"),
    [
        ("今年SQL转商机率", ["sql", "opportunity"]),
        ("SQL到订单的转化率 上半年", ["sql", "opportunity", "order"]),
        ("商机转订单率按行业 今年", ["opportunity", "order"]),
    ],
)
def test_a_rate_between_stages_without_a_metric_of_its_own(
    starforge: Any, question: str, stages: list[str]
) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered"
    assert answer.plan[0]["args"]["stages"] == stages


def test_a_rate_with_a_metric_of_its_own_stays_one(starforge: Any) -> None:
    assert starforge.ask("今年线索转商机率").plan[0]["tool"] == "query_metrics"


@pytest.mark.parametrize("question", ["线索转复购率", "funnel from leads to baidu", "SQL转香蕉率"])
def test_what_is_no_stage_is_not_dropped(starforge: Any, question: str) -> None:
    assert starforge.ask(question).status in {"clarify", "refused"}


def test_a_stage_that_is_not_known_is_not_dropped(starforge: Any) -> None:
    assert starforge.ask("funnel from leads to bananas").error.code == "NOT_UNDERSTOOD"


@pytest.mark.parametrize(
    "question", ["哪些月份的订单金额环比下降了，今年", "今年哪几个月订单金额环比下降了"]
)
def test_which_periods_fell_lists_those_that_fell(starforge: Any, question: str) -> None:
    answer = starforge.ask(question)
    assert [row[0] for row in answer.tables[0].rows] == ["2026-07-01", "2026-08-01", "2026-10-01"]
    assert "符合的有 3 个" in answer.headline


def test_the_lowest_three_months_are_three(starforge: Any) -> None:
    answer = starforge.ask("今年线索最少的3个月")
    assert [row[0] for row in answer.tables[0].rows] == ["2026-02-01", "2026-01-01", "2026-06-01"]


@pytest.mark.parametrize(
    ("question", "ends"),
    [
        ("今年线索最高和最低的渠道", ("最高 线上直播", "最低 企微、转介绍")),
        ("best and worst month for leads this year", ("highest in 2026-09", "lowest in 2026-02")),
        ("highest and lowest month for leads in 2025", ("highest in 2025-12", "lowest in 2025-02")),
    ],
)
def test_both_ends_are_told_where_both_are_asked_for(
    starforge: Any, question: str, ends: tuple[str, str]
) -> None:
    """`best and worst month` told the worst alone, as if it were the answer to both."""
    headline = starforge.ask(question).headline
    assert all(end in headline for end in ends)


def test_the_lowest_month_of_each_channel_is_ranked_within_it(starforge: Any) -> None:
    """One channel was shown, with its highest month beside its lowest."""
    answer = starforge.ask("各渠道哪个月线索最少，今年")
    assert answer.plan[0]["args"]["per"] == ["channel"]
    assert answer.basis.time.end == "2026-10-01"
    channels = [row[0] for row in answer.tables[0].rows]
    assert len(channels) == len(set(channels)) == 12


@pytest.mark.parametrize(
    "question",
    [
        "今年线索最高和最低的3个渠道",
        "今年线索最多的3个和最少的3个渠道",
        "今年线索最多的前3和后3个渠道",
        "top and bottom 3 channels by leads this year",
    ],
)
def test_a_number_beside_both_ends_counts_for_each(
    starforge: Any, demo_db: Path, question: str
) -> None:
    answer = starforge.ask(question)
    hand = (
        duckdb.connect(str(demo_db), read_only=True)
        .execute(
            "SELECT channel, count(*) FROM leads WHERE channel IS NOT NULL"
            " AND created_at >= TIMESTAMP '2025-12-31 16:00' GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        .fetchall()
    )
    assert [tuple(row) for row in answer.tables[0].rows] == hand
    zh = answer.lang == "zh"
    high, low = answer.headline.split("最低的 3 个" if zh else "lowest 3")
    assert "最高的 3 个" in high or "highest 3" in high
    shown = [f"{n:,}" for _, n in (*hand[:3], *hand[-3:])]
    assert all(value in high for value in shown[:3])
    assert all(value in low for value in shown[3:])


@pytest.mark.parametrize(
    "question", ["今年线索最多的前5和后3个渠道", "今年线索最多的3个渠道里最少的"]
)
def test_two_numbers_or_one_end_within_the_other_are_not_guessed(
    starforge: Any, question: str
) -> None:
    assert starforge.ask(question).status == "refused"


def test_a_running_period_is_not_among_the_lowest(starforge: Any) -> None:
    headline = starforge.ask("今年线索最多和最少的5个月").headline
    assert "未满期的不算最低" in headline
    assert "10月" not in headline.split("最低的")[1]


@pytest.mark.parametrize(
    ("question", "apart"),
    [
        ("华北上个月和8月的商机数差多少", "变化 +6个（+15.8%）"),
        ("how many more leads in September than in August", "+315 (+14.8%) against 2,135"),
        ("difference in win rate between Q2 and Q3 this year", ", -8.2 pp against 38.2%"),
        ("各渠道上个月和8月的商机数差多少", "线下活动（38个，+4个）"),
    ],
)
def test_the_difference_of_two_periods_is_told_where_it_is_asked_for(
    starforge: Any, question: str, apart: str
) -> None:
    """差多少 was told in percent alone."""
    assert apart in starforge.ask(question).headline


@pytest.mark.parametrize(
    ("question", "period", "window"),
    [
        ("线索量最低的季度", "2025-01-01", ("2025-01-01", "2026-10-01")),
        ("which quarter had the fewest leads", "2025-01-01", ("2025-01-01", "2026-10-01")),
        ("哪一年线索最少", "2025-01-01", ("2025-01-01", "2026-01-01")),
        ("赢单率最低的季度", "2026-07-01", ("2025-01-01", "2026-10-01")),
        ("lowest win rate by quarter", "2026-07-01", ("2025-01-01", "2026-10-01")),
    ],
)
def test_facts_that_begin_within_a_period_leave_it_out(
    starforge: Any, question: str, period: str, window: tuple[str, str]
) -> None:
    """The quarter of which two months have data was told as the lowest."""
    answer = starforge.ask(question)
    assert [row[0] for row in answer.tables[0].rows] == [period]
    assert (answer.basis.time.start, answer.basis.time.end) == window
    assert any(window[0] in text for text in answer.basis.assumptions)


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("今年赢单率最高的月份", "2026-06-01"),
        ("which quarter had the highest win rate", "2026-04-01"),
        ("哪一周的MQL转化率最高", "2025-12-08"),
    ],
)
def test_a_running_period_is_no_best_of_a_rate(starforge: Any, question: str, period: str) -> None:
    """One deal won on the first of a month is no month of 100 %."""
    answer = starforge.ask(question)
    assert answer.tables[0].rows[0][0] == period
    assert any("最高只在完整" in t or "highest is sought" in t for t in answer.basis.assumptions)


def test_a_running_period_among_the_best_of_each_group_is_marked(starforge: Any) -> None:
    assert "2026年10月（未满期）（299条）" in starforge.ask("本季度各渠道哪个月线索最多").headline
    monthly = starforge.ask("本季度每个月线索最多的渠道").headline
    assert "2026年10月（未满期）：线上直播（317条）" in monthly
    assert "未满期）（" not in starforge.ask("今年各渠道哪个月线索最少").headline


@pytest.mark.parametrize(
    ("question", "noted"),
    [
        ("which channel had the biggest drop in leads last month", " (none fell)"),
        ("上个月线索下降最多的3个渠道", "（没有下降的）"),
        ("which region grew the most in won revenue in Q3", ""),
        ("上个月线索增长最慢的渠道", ""),
    ],
)
def test_the_largest_fall_of_what_rose_is_told_as_none(
    starforge: Any, question: str, noted: str
) -> None:
    """The channel that grew least was told as the one that fell most."""
    headline = starforge.ask(question).headline
    assert ("none fell" in headline or "没有下降" in headline) is bool(noted)
    assert noted in headline


def test_a_change_that_ranks_is_told_as_it_ranks(starforge: Any) -> None:
    """增加最多 ranks by the number, and the percentage alone was told."""
    assert (
        "变化 +73条（+23.0%）" in starforge.ask("上个月各渠道线索量比8月增加最多的是哪个").headline
    )
    assert "线索量变化率依次为" in starforge.ask("上月线索量环比增速前三的渠道").headline
