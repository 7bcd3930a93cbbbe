"""A few words without a period go on with the question before them, or are said not to."""

import itertools

import pytest

from assistant import Answer, Assistant

_IDS = itertools.count()
_LAST_QUARTER = ("2026-07-01", "2026-10-01")
_THIS_YEAR = ("2026-01-01", "2026-10-28")
_LAST_YEAR = ("2025-01-01", "2026-01-01")


@pytest.fixture
def talk(starforge: Assistant):
    thread = f"context-{next(_IDS)}"

    def say(*questions: str) -> Answer:
        for question in questions:
            answer = starforge.ask(question, conversation=thread)
        return answer

    return say


def args(answer: Answer) -> dict:
    assert answer.status in {"answered", "empty"}, answer.headline
    return dict(answer.plan[0]["args"])


def span(answer: Answer) -> tuple:
    time = args(answer).get("time") or {}
    return time.get("start"), time.get("end")


def filters(answer: Answer) -> dict:
    found = args(answer).get("filters", ())
    return {f["dimension"]: f["values"] for f in found if f.get("op") != "not_null"}


def goes_on(answer: Answer) -> bool:
    heads = ("接上一问", "continuing")
    return any(note.startswith(heads) for note in answer.basis.assumptions)


def is_marked_new(answer: Answer) -> bool:
    return any("按新问题理解" in n or "a new question" in n for n in answer.basis.assumptions)


@pytest.mark.parametrize(
    ("turns", "metrics", "when", "limits"),
    [
        (["百度上季度花了多少", "带来多少线索"], ["leads"], _LAST_QUARTER, {"channel": ["百度"]}),
        (["百度上季度花了多少", "带来多少线索", "线索成本呢"], ["cpl"], _LAST_QUARTER, {"channel": ["百度"]}),
        (["百度上季度花了多少", "带来多少线索", "线索成本呢", "头条呢"], ["cpl"], _LAST_QUARTER, {"channel": ["头条"]}),
        (["trade shows last year: leads", "CPL"], ["cpl"], _LAST_YEAR, {"campaign_type": ["行业展会"]}),
        (["trade shows last year: leads", "CPL", "and ROI"], ["marketing_roi"], _LAST_YEAR, {"campaign_type": ["行业展会"]}),
        (["上季度华东线索量", "MQL"], ["mqls"], _LAST_QUARTER, {"region": ["华东"]}),
        (["上季度华东线索量", "MQL", "订单金额"], ["won_revenue"], _LAST_QUARTER, {"region": ["华东"]}),
        (["上季度华东线索量", "跟进率"], ["followup_rate"], _LAST_QUARTER, {"region": ["华东"]}),
        (["上季度华东线索量", "华南的MQL"], ["mqls"], _LAST_QUARTER, {"region": ["华南"]}),
        (["上季度百度的成本", "ROI呢"], ["marketing_roi"], _LAST_QUARTER, {"channel": ["百度"]}),
        (["上季度百度表现", "ROI"], ["marketing_roi"], _LAST_QUARTER, {"channel": ["百度"]}),
        (["上季度各团队赢单率", "华东二队呢", "它的线索量"], ["leads"], _LAST_QUARTER, {"team": ["华东二队"]}),
        (["上季度百度和头条的线索量", "这些渠道的MQL"], ["mqls"], _LAST_QUARTER, {"channel": ["百度", "头条"]}),
    ],
)  # fmt: skip
def test_a_few_words_keep_period_and_filters(talk, turns, metrics, when, limits) -> None:
    answer = talk(*turns)
    assert (args(answer)["metrics"], span(answer), filters(answer)) == (metrics, when, limits)
    assert goes_on(answer)
    assert not is_marked_new(answer)


def test_the_figure_is_that_of_the_channel_and_quarter(talk) -> None:
    answer = talk("百度上季度花了多少", "带来多少线索")
    assert answer.tables[0].rows[0][-1] == 1051


@pytest.mark.parametrize(
    ("opening", "then", "metrics"),
    [
        ("leads by channel last quarter", "MQLs", ["mqls"]),
        ("leads by channel last quarter", "win rate?", ["win_rate"]),
        ("leads by channel last quarter", "MQLs too", ["leads", "mqls"]),
        ("leads by channel last quarter", "their MQLs", ["mqls"]),
        ("ad spend in the last 30 days by platform", "CTR", ["ctr"]),
        ("monthly leads this year", "add MQLs", ["leads", "mqls"]),
    ],
)
def test_the_breakdown_is_kept(talk, opening: str, then: str, metrics: list[str]) -> None:
    before = args(talk(opening))
    after = talk(then)
    assert args(after) == {**before, "metrics": metrics}
    assert goes_on(after)


def test_a_breakdown_that_the_metric_has_not_is_left_out_and_said(talk) -> None:
    answer = talk("上季度各产品订单金额", "线索量")
    assert "dimensions" not in args(answer)
    assert span(answer) == _LAST_QUARTER
    assert any("产品" in note for note in answer.basis.assumptions)


def test_a_filter_that_the_metric_has_not_is_not_dropped(talk) -> None:
    answer = talk("上季度华东线索量", "线索成本")
    assert answer.status == "refused"
    assert "大区" in answer.headline
    assert filters(talk("MQL")) == {"region": ["华东"]}


def test_what_could_not_be_computed_still_holds_for_the_next_message(talk) -> None:
    assert talk("上季度华东的成本").status == "refused"
    assert talk("ROI呢").status == "refused"
    assert filters(talk("线索量呢")) == {"region": ["华东"]}


@pytest.mark.parametrize(
    ("turns", "by", "limits"),
    [
        (["今年漏斗", "瓶颈在哪"], None, {}),
        (["今年漏斗", "卡在哪"], None, {}),
        (["funnel this year", "where is the bottleneck"], None, {}),
        (["今年漏斗", "按渠道", "瓶颈在哪"], "channel", {}),
        (["今年漏斗", "只看华东", "瓶颈在哪"], None, {"region": ["华东"]}),
        (["funnel this year", "for Toutiao", "where is the bottleneck"], None, {"channel": ["头条"]}),
    ],
)  # fmt: skip
def test_the_bottleneck_is_that_of_the_funnel_shown(talk, turns, by, limits) -> None:
    answer = talk(*turns)
    assert answer.plan[0]["tool"] == "analyze_funnel"
    assert (args(answer).get("by"), span(answer), filters(answer)) == (by, _THIS_YEAR, limits)
    assert goes_on(answer)


def test_these_are_the_groups_that_passed_the_threshold(talk) -> None:
    first = talk("上季度各渠道线索量", "超过500的")
    answer = talk("这些渠道的MQL")
    assert [r[0] for r in answer.tables[0].rows] == [r[0] for r in first.tables[0].rows]
    assert args(answer)["metrics"] == ["leads", "mqls"]
    assert span(answer) == _LAST_QUARTER
    assert talk("这些渠道的线索量").tables[0].rows[0][0] == first.tables[0].rows[0][0]


def test_they_are_those_in_the_top_list(talk) -> None:
    first = talk("上季度各销售订单金额", "前5名")
    answer = talk("他们的赢单率")
    assert [r[0] for r in answer.tables[0].rows] == [r[0] for r in first.tables[0].rows]
    assert args(answer)["order"] == [{"by": "won_revenue"}]
    assert "win_rate" in args(answer)["metrics"]


def test_a_ranking_made_anew_is_said(talk) -> None:
    answer = talk("上季度线索量前5的渠道", "MQL")
    assert args(answer)["order"] == [{"by": "mqls"}]
    assert any("重新排名" in note for note in answer.basis.assumptions)


@pytest.mark.parametrize(
    "turns",
    [
        ["它的线索量"],
        ["their win rate"],
        ["上季度各渠道线索量", "它的MQL"],
        ["上季度线索量", "他们的MQL"],
        ["上季度华东线索量", "这些渠道的线索量"],
        ["上季度线索量最高的渠道", "它的赢单率"],
        ["A001155的健康度", "它的订单金额"],
        ["健康度最差的10个客户", "推荐什么产品给它"],
        ["健康度最差的10个客户", "他们的订单金额"],
    ],
)
def test_a_pronoun_that_stands_for_nothing_is_asked_back(talk, turns: list[str]) -> None:
    assert talk(*turns).status == "clarify"


def test_the_account_under_discussion_is_kept(talk) -> None:
    answer = talk("A001155的健康度", "推荐什么产品给它")
    assert answer.plan[0] == {"tool": "suggest_cross_sell", "args": {"account": "A001155"}}


@pytest.mark.parametrize(
    ("opening", "then", "models"),
    [
        ("attributed revenue by channel last quarter", "compare with first touch", ["u_shaped", "first_touch"]),
        ("U型归因上季度各渠道贡献", "换成末次", ["last_touch"]),
        ("U型归因上季度各渠道贡献", "和首次触点比较", ["u_shaped", "first_touch"]),
    ],
)  # fmt: skip
def test_a_model_is_set_on_the_attribution_shown(talk, opening, then, models) -> None:
    answer = talk(opening, then)
    assert answer.plan[0]["tool"] == "attribute_revenue"
    assert args(answer)["models"] == models
    assert (args(answer)["by"], span(answer)) == ("channel", _LAST_QUARTER)


@pytest.mark.parametrize("model", ["换成末次", "末次", "last touch"])
def test_a_model_alone_keeps_the_query(talk, model: str) -> None:
    before = args(talk("上季度各渠道归因收入"))
    assert args(talk(model)) == {**before, "parameters": {"model": "last_touch"}}


@pytest.mark.parametrize(
    ("then", "models"), [("last touch", ["last_touch"]), ("only orders", None)]
)
def test_an_impact_keeps_its_campaign_and_period(talk, then: str, models) -> None:
    answer = talk("impact of webinars this year", then)
    assert answer.plan[0]["tool"] == "campaign_impact"
    assert (args(answer)["campaign"], span(answer)) == (["线上研讨会"], _THIS_YEAR)
    assert args(answer).get("models") == models
    assert goes_on(answer)


@pytest.mark.parametrize("then", ["only orders", "只看订单"])
def test_an_impact_narrows_to_the_stage_that_is_named(talk, then: str) -> None:
    """All stages were shown again although only one was asked for."""
    every = talk("impact of webinars this year")
    only = talk(then)
    zh = only.lang == "zh"
    at = [c.name for c in every.tables[0].columns].index("influenced")
    orders = [r[at:] for r in every.tables[0].rows if "Order" in r]
    assert [r[at:] for r in only.tables[0].rows] == orders
    assert len(every.tables[0].rows) > len(orders) == 1
    assert ("商机" if zh else "opportunit") not in only.headline.split("；" if zh else ";")[0]
    assert args(only)["conversion"] == "order"


def test_only_orders_keeps_the_breakdown(talk) -> None:
    before = args(talk("attributed revenue by channel last quarter"))
    assert args(talk("only orders")) == {**before, "metrics": ["won_orders"]}


@pytest.mark.parametrize(
    ("then", "wanted"),
    [
        ("订单金额按产品", {"metrics": ["won_revenue"], "dimensions": ["product"]}),
        ("我们有多少MQL", {"metrics": ["mqls"]}),
        ("overall MQLs", {"metrics": ["mqls"]}),
        ("全部MQL", {"metrics": ["mqls"]}),
    ],
)
def test_what_does_not_go_on_says_so(talk, then: str, wanted: dict) -> None:
    answer = talk("上季度华东线索量", then)
    assert args(answer) == wanted
    assert is_marked_new(answer)


def test_all_time_is_a_period_of_its_own(talk) -> None:
    kept = talk("上季度华东线索量", "全部时间")
    assert (span(kept), filters(kept)) == ((None, None), {"region": ["华东"]})
    assert "全部时间" in kept.basis.assumptions[0]
    assert args(talk("所有时间的MQL")) == {"metrics": ["mqls"], "time": {}}


@pytest.mark.parametrize("other", ["MQL怎么算的", "你好", "上个月订单金额"])
def test_a_question_of_its_own_is_not_a_follow_up(talk, other: str) -> None:
    answer = talk("上季度华东线索量", other)
    assert not goes_on(answer)
    assert "filters" not in args(answer)


def test_a_first_question_is_not_marked(talk) -> None:
    assert not is_marked_new(talk("线索量"))
    assert not goes_on(talk("线索量"))


@pytest.mark.parametrize("few", ["MQL", "ROI", "win rate?"])
def test_a_few_latin_words_stay_in_the_language_of_the_conversation(talk, few: str) -> None:
    assert talk("上季度各渠道线索量", few).lang == "zh"


def test_an_english_sentence_is_answered_in_english(talk) -> None:
    assert talk("上季度各渠道线索量", "what is the win rate by region this year").lang == "en"
