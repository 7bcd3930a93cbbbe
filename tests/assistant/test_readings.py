"""Questions that were once read wrongly or not at all, in the words people used."""

import duckdb
import pytest

from assistant import Assistant


def first(starforge: Assistant, question: str, asker: str | None = None) -> dict:
    answer = starforge.ask(question, asker=asker)
    assert answer.status in {"answered", "empty"}, answer.headline
    return dict(answer.plan[0]["args"])


@pytest.mark.parametrize(
    "question",
    ["which channel has the most expensive leads last quarter?", "最贵的线索来自哪个渠道，上季度"],
)
def test_expensive_leads_are_compared_by_their_cost(starforge: Assistant, question: str) -> None:
    got = first(starforge, question)
    assert got["metrics"] == ["cpl"]
    assert got["order"] == [{"by": "cpl"}] or got["order"][0]["desc"]


def test_who_asks_for_people(starforge: Assistant) -> None:
    got = first(starforge, "谁今年签的订单最多")
    assert (got["dimensions"], got["limit"]) == (["owner"], 1)
    channel = first(starforge, "上季度线索数第一的渠道是谁")
    assert channel["dimensions"] == ["channel"]


def test_months_in_a_row_are_one_range_month_by_month(starforge: Assistant) -> None:
    got = first(starforge, "7月、8月、9月线索量分别是多少")
    assert (got["grain"], got["time"]["start"], got["time"]["end"]) == (
        "month",
        "2026-07-01",
        "2026-10-01",
    )


def test_periods_with_a_gap_are_asked_back(starforge: Assistant) -> None:
    assert starforge.ask("3月、6月、9月线索量分别是多少").status == "clarify"


def test_a_count_of_what_was_listed_is_no_condition(starforge: Assistant) -> None:
    got = first(starforge, "百度、头条、腾讯三家上个月的CPL对比")
    assert got["filters"][0]["values"] == ["百度", "头条", "腾讯"]
    assert "having" not in got
    assert starforge.ask("百度、头条两家公司三家上个月的CPL").status != "answered"


def test_negative_and_half_are_conditions(starforge: Assistant) -> None:
    negative = first(starforge, "ROI为负的渠道，今年")
    assert (negative["having"][0]["op"], negative["having"][0]["value"]) == ("lt", 0)
    half = first(starforge, "今年赢单率过半的团队")
    assert (half["having"][0]["op"], half["having"][0]["value"]) == ("gt", 0.5)


def test_a_percentage_of_a_count_is_asked_back(starforge: Assistant) -> None:
    assert starforge.ask("一半以上的线索来自哪个渠道").status == "clarify"


def test_the_click_rate_is_that_of_its_neighbours(starforge: Assistant) -> None:
    assert first(starforge, "上个月邮件打开率和点击率")["metrics"] == ["open_rate", "click_rate"]
    assert "ctr" in first(starforge, "上周展现量、点击量、点击率和点击成本")["metrics"]
    assert starforge.ask("上个月点击率").status == "clarify"
    baidu = starforge.ask("近3天百度的点击率")
    assert baidu.plan[0]["args"]["metrics"] == ["ctr"]
    assert any("邮件点击率" in note for note in baidu.basis.assumptions)


def test_a_denied_reading_is_not_settled_by_another(starforge: Assistant) -> None:
    assert starforge.ask("上季度点击率", asker="manager_east").status != "answered"


def test_nothing_in_view_is_not_a_zero(starforge: Assistant) -> None:
    answer = starforge.ask("leads in South China last month", asker="rep_001")
    assert answer.status == "empty"
    assert any("Your own view only" in w for w in answer.warnings)


def test_the_limits_stand_in_the_headline(starforge: Assistant) -> None:
    assert " · 华东，百度：" in starforge.ask("上季度华东百度线索").headline
    text = starforge.ask("线索成本高于500的渠道，上季度，不含LinkedIn").headline
    assert "不含LinkedIn" in text
    assert "线索成本 > ¥500.00" in text


def test_the_best_of_each_group_equals_hand_sql(starforge, demo_db):
    answer = starforge.ask("上季度每个大区线索最多的2个渠道")
    hand = (
        duckdb.connect(str(demo_db), read_only=True)
        .execute(
            """
        WITH c AS (
          SELECT a.region, l.channel, count(*) AS n FROM leads l LEFT JOIN accounts a USING (account_id)
          WHERE l.created_at >= TIMESTAMP '2026-06-30 16:00' AND l.created_at < TIMESTAMP '2026-09-30 16:00'
            AND a.region IS NOT NULL AND l.channel IS NOT NULL GROUP BY ALL)
        SELECT region, channel, n FROM c
        QUALIFY row_number() OVER (PARTITION BY region ORDER BY n DESC, channel) <= 2
        """
        )
        .fetchall()
    )
    columns = [c.name for c in answer.tables[0].columns]
    order = [columns.index(n) for n in ("region", "channel", "leads")]
    assert sorted(tuple(r[i] for i in order) for r in answer.tables[0].rows) == sorted(hand)
    assert len(hand) == 14
