"""Shares of a part in a whole, exclusions, bounds and rankings: which word goes with which."""

import itertools
from pathlib import Path

import duckdb
import pytest

from assistant import Answer, Assistant

_IDS = itertools.count()


def args(answer: Answer) -> dict:
    assert answer.status in {"answered", "empty"}, answer.headline
    return dict(answer.plan[0]["args"])


def filters(answer: Answer) -> set[tuple[str, str, tuple[str, ...]]]:
    found = args(answer).get("filters", [])
    return {(f["dimension"], f.get("op", "in"), tuple(f["values"])) for f in found}


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("上季度百度线索量占付费广告的比例", "44.3%"),
        ("百度线索量在付费广告中的占比，上季度", "44.3%"),
        ("Baidu's share of paid ads leads last quarter", "44.3%"),
        ("Baidu as a share of paid ads leads last quarter", "44.3%"),
        ("South China's share of Starforge MES won revenue this year", "24.2%"),
        ("华东占MES订单金额的比例今年", "27.2%"),
        ("renewal share of won revenue in East China this year", "30.0%"),
        ("新购占订单金额的比例，华东，今年", "60.6%"),
        ("share of East China in Baidu leads last quarter", "25.0%"),
        ("百度线索里华东占比，上季度", "25.0%"),
        ("In Baidu leads, what's East China's share last quarter", "25.0%"),
        ("what share of Baidu leads came from East China last quarter", "25.0%"),
    ],
)
def test_the_part_is_above_and_the_whole_below(
    starforge: Assistant, question: str, share: str
) -> None:
    answer = starforge.ask(question)
    assert share in answer.headline
    assert len(args(answer)["filters"]) == 1


def test_a_whole_of_the_same_dimension_is_the_group(starforge: Assistant) -> None:
    answer = starforge.ask("上季度百度线索量占付费渠道的比例")
    assert args(answer)["dimensions"] == ["channel"]
    assert "44.3%" in answer.headline


def test_a_whole_of_two_values_is_one_whole(starforge: Assistant) -> None:
    answer = starforge.ask("新购占华东和华南订单金额的比例今年")
    assert args(answer)["dimensions"] == ["order_kind"]
    assert filters(answer) == {("region", "in", ("华东", "华南"))}


def test_the_next_part_keeps_the_whole(starforge: Assistant) -> None:
    thread = f"parts-{next(_IDS)}"
    starforge.ask("上季度百度线索量占付费广告的比例", conversation=thread)
    answer = starforge.ask("头条呢", conversation=thread)
    assert filters(answer) == {("channel_group", "in", ("付费广告",))}
    assert "16.8%" in answer.headline


@pytest.mark.parametrize(
    "question",
    [
        "付费广告占百度线索的比例",
        "华东占江苏线索量的比例",
        "百度占头条线索量的比例",
        "百度占各大区线索的比例",
        "Baidu share of leads by region",
        "各大区百度线索占比",
        "华东百度占付费广告线索的比例",
        "share of Baidu leads in East China",
        "今年线索占比上升最多的渠道",
        "各月百度线索占比比上月变化多少",
        "除了百度，头条的线索量",
        "百度占比和华东占比，上季度线索",
        "Baidu share and East China share of leads",
        "客单价至少10单的行业",
        "赢单率最高的销售，至少20条",
    ],
)
def test_what_has_two_readings_is_not_answered(starforge: Assistant, question: str) -> None:
    assert starforge.ask(question).status in {"refused", "clarify"}


SHARES = """
    SELECT channel,
           count(*) FILTER (created_at >= TIMESTAMP '2026-06-30 16:00')
             / sum(count(*) FILTER (created_at >= TIMESTAMP '2026-06-30 16:00')) OVER (),
           count(*) FILTER (created_at < TIMESTAMP '2026-06-30 16:00')
             / sum(count(*) FILTER (created_at < TIMESTAMP '2026-06-30 16:00')) OVER ()
    FROM leads
    WHERE created_at >= TIMESTAMP '2026-03-31 16:00' AND created_at < TIMESTAMP '2026-09-30 16:00'
    GROUP BY 1
"""


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (
            "各渠道线索量占比变化，上季度环比",
            "变化最高 线上直播（18.0% → 19.6%，+1.5个百分点），最低 头条",
        ),
        (
            "change in share of leads by channel last quarter vs the quarter before",
            "change highest in Live stream (18.0% → 19.6%, +1.5 pp), lowest in Toutiao",
        ),
        (
            "头条线索占比Q3比Q2变化多少",
            "头条，线索量占比 5.8%，较 2026-04-01 至 2026-06-30 的 6.5%",
        ),
        ("how did Toutiao's share of leads change from Q2 to Q3 this year", "-0.7 pp against 6.5%"),
    ],
)
def test_the_change_of_a_share_is_that_of_two_shares(
    starforge: Assistant, demo_db: Path, question: str, told: str
) -> None:
    answer = starforge.ask(question)
    assert told in answer.headline
    assert [call["tool"] for call in answer.plan] == ["query_metrics", "query_metrics"]
    hand = duckdb.connect(str(demo_db), read_only=True).execute(SHARES).fetchall()
    shown = {row[0]: (row[1], row[2]) for row in answer.tables[0].rows}
    assert shown == {key: pytest.approx((now, then)) for key, now, then in hand}
    assert all(row[3] == pytest.approx(row[1] - row[2]) for row in answer.tables[0].rows)


def test_no_change_is_told_of_a_share_before_the_first_data(starforge: Assistant) -> None:
    answer = starforge.ask("2024年百度线索占比比2023年变化多少")
    assert "17.0%（对比期无数据）" in answer.headline
    assert all(row[2] is None and row[3] is None for row in answer.tables[0].rows)


@pytest.mark.parametrize(
    ("question", "together"),
    [
        ("线索量前5的渠道占总量多少", "合计占 67.0%"),
        ("百度和头条占付费广告线索量的比例，上季度", "合计占 61.1%"),
    ],
)
def test_several_parts_are_also_told_together(
    starforge: Assistant, question: str, together: str
) -> None:
    assert together in starforge.ask(question).headline


def test_one_part_is_not_added_to_anything(starforge: Assistant) -> None:
    assert "合计" not in starforge.ask("上季度线索占比最高的渠道").headline


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("除了头条和腾讯，付费广告的线索成本上季度", "¥356.74"),
        ("不看头条，付费广告线索量上季度", "1,975"),
        ("excluding Toutiao, paid ads leads last quarter", "1,975"),
    ],
)
def test_an_exclusion_ends_at_its_comma(starforge: Assistant, question: str, figure: str) -> None:
    answer = starforge.ask(question)
    assert figure in answer.headline
    assert ("channel_group", "in", ("付费广告",)) in filters(answer)


@pytest.mark.parametrize(
    "question",
    [
        "除了百度，头条以外的线索量",
        "线索量，不含百度，头条",
        "leads excluding Baidu, Toutiao",
    ],
)
def test_a_list_of_exclusions_goes_on(starforge: Assistant, question: str) -> None:
    assert filters(starforge.ask(question)) == {("channel", "not_in", ("百度", "头条"))}


def test_a_breakdown_follows_an_exclusion(starforge: Assistant) -> None:
    answer = starforge.ask("除了展会，活动类型的线索成本今年")
    assert args(answer)["dimensions"] == ["campaign_type"]
    assert filters(answer) == {("campaign_type", "not_in", ("行业展会",))}


@pytest.mark.parametrize(
    ("question", "metric", "least"),
    [
        ("客单价最高的行业，至少10单", "won_orders", 10),
        ("客单价最高的行业，至少10笔", "won_orders", 10),
        ("线索成本最低的渠道，至少500条", "leads", 500),
        ("赢单率最高的销售，至少20个", "closed_opportunities", 20),
        ("订单数不少于100个的行业", "won_orders", 100),
    ],
)
def test_a_measure_word_says_what_is_counted(
    starforge: Assistant, question: str, metric: str, least: int
) -> None:
    (having,) = args(starforge.ask(question))["having"]
    assert (having["metric"], having["op"], having["value"]) == (metric, "gte", least)


def test_the_metric_of_a_bound_ranks_nothing(starforge: Assistant) -> None:
    answer = starforge.ask("关闭商机数大于20的销售赢单率排名")
    assert args(answer)["order"][0]["by"] == "win_rate"
    assert "朱俊辰（48.8%）" in answer.headline


@pytest.mark.parametrize(
    ("question", "by"),
    [
        ("top 3 regions by win rate growth vs last quarter", "win_rate__delta"),
        ("top 3 regions by growth in win rate vs last quarter", "win_rate__delta"),
        ("regions by growth in won revenue vs last year", "won_revenue__pct"),
        ("regions by won revenue growth vs last year", "won_revenue__pct"),
        ("今年各大区订单金额增长率排名", "won_revenue__pct"),
    ],
)
def test_growth_is_ranked_by_the_change(starforge: Assistant, question: str, by: str) -> None:
    answer = starforge.ask(question)
    assert args(answer)["order"][0]["by"] == by


def test_the_growth_of_a_rate_is_in_points(starforge: Assistant) -> None:
    told = starforge.ask("top 3 regions by win rate growth vs last quarter").headline
    assert told.index("+21.2") < told.index("+8.2") < told.index("+1.4")


def test_growth_by_group_is_no_ranking(starforge: Assistant) -> None:
    assert "order" not in args(starforge.ask("leads by region growth vs last month"))
