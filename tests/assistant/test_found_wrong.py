"""Misreadings that a tester found: each was answered with something else than was asked."""

import itertools

import pytest

from assistant import Answer, Assistant

_IDS = itertools.count()


@pytest.fixture
def talk(starforge: Assistant):
    thread = f"found-{next(_IDS)}"

    def say(question: str) -> Answer:
        return starforge.ask(question, conversation=thread)

    return say


def args(answer: Answer) -> dict:
    assert answer.status in {"answered", "empty"}, answer.headline
    return dict(answer.plan[0]["args"])


def value(answer: Answer, key: str, column: str):
    names = [c.name for c in answer.tables[0].columns]
    row = next(r for r in answer.tables[0].rows if key in r)
    return row[names.index(column)]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("leads by channel in Q3", "versus last year"),
        ("leads by channel in Q3", "compare with last year"),
        ("今年Q3各渠道线索量", "和去年比"),
    ],
)
def test_a_quarter_is_not_compared_with_a_whole_year(talk, first: str, then: str) -> None:
    talk(first)
    compared = talk(then)
    assert args(compared)["compare"] == {"kind": "previous_year"}
    assert value(compared, "线上直播", "leads__prev") == 819


def test_compare_with_last_year_keeps_the_period(talk) -> None:
    before = args(talk("bookings this year by month"))
    assert args(talk("compare with last year")) == {**before, "compare": {"kind": "previous_year"}}


def test_one_more_step_back_is_from_the_period_shown(talk) -> None:
    talk("上季度华南赢单率")
    talk("华北呢")
    assert args(talk("再上一个季度呢"))["time"]["start"] == "2026-04-01"
    assert args(talk("再上一个季度呢"))["time"]["start"] == "2026-01-01"


def test_the_month_before_is_that_before_the_one_shown(talk) -> None:
    talk("上个月华东线索")
    assert args(talk("前一个月呢"))["time"]["start"] == "2026-08-01"
    assert args(talk("去年同期呢"))["compare"] == {"kind": "previous_year"}


def test_the_previous_quarter_keeps_the_comparison(talk) -> None:
    talk("leads by channel in Q3")
    talk("compare with last year")
    back = args(talk("previous quarter"))
    assert (back["time"]["start"], back["compare"]) == ("2026-04-01", {"kind": "previous_year"})


def test_a_named_filter_can_be_taken_away_and_added_to(talk) -> None:
    talk("上季度华东线索")
    assert "filters" not in args(talk("去掉华东"))
    talk("上季度华南线索")
    assert args(talk("加上华北"))["filters"][0]["values"] == ["华南", "华北"]


def test_instead_takes_the_place_of_the_breakdown(talk) -> None:
    talk("leads by region this year")
    got = args(talk("by month instead"))
    assert got["grain"] == "month"
    assert "dimensions" not in got


def test_its_is_asked_back_after_a_winner(talk) -> None:
    talk("Which campaign had the most registrations in Q3?")
    assert talk("and its attendance rate?").status == "clarify"


@pytest.mark.parametrize(
    ("question", "groups"),
    [
        ("MQL环比上升的渠道有哪些，上月", 6),
        ("线索量比上月增长的大区", None),
        ("今年订单金额同比增长的大区", None),
        ("订单金额比去年同期下降的行业", 1),
    ],
)
def test_groups_that_moved_are_picked(starforge: Assistant, question: str, groups) -> None:
    answer = starforge.ask(question)
    (having,) = args(answer)["having"]
    down = "下降" in question
    assert (having["of"], having["op"]) == ("delta", "lt" if down else "gt")
    names = [c.name for c in answer.tables[0].columns]
    delta = next(i for i, n in enumerate(names) if n.endswith("__delta"))
    assert all((row[delta] < 0) == down for row in answer.tables[0].rows)
    assert groups is None or len(answer.tables[0].rows) == groups


@pytest.mark.parametrize(
    "question", ["rank of Baidu among channels by leads this year", "百度今年在各渠道线索中排第几"]
)
def test_a_place_is_counted_among_all(starforge: Assistant, question: str) -> None:
    answer = starforge.ask(question)
    assert "filters" not in args(answer)
    assert ("no. 2 of 12" if answer.lang == "en" else "第 2 名（共 12）") in answer.headline


def test_a_condition_belongs_to_the_metric_it_counts(starforge: Assistant) -> None:
    got = args(
        starforge.ask("bottom 5 campaigns by attendance rate with at least 50 registrations")
    )
    assert [(h["metric"], h["value"]) for h in got["having"]] == [("registrations", 50)]


@pytest.mark.parametrize(
    "question",
    [
        "投入前五的活动里ROI最高的是哪个",
        "cancelled orders by region vs won orders by product",
        "华东的线索量和华南的订单数",
        "list customers with their emails",
        "上个月线索有哪些",
        "customers in Shanghai who bought MES",
        "who are our biggest customers by bookings",
        "目前为止我们一共有多少客户",
        "江浙沪今年的输单金额占全国多少",
    ],
)
def test_what_is_not_certain_is_asked_back(starforge: Assistant, question: str) -> None:
    assert starforge.ask(question).status in {"refused", "clarify"}


def test_halves_of_different_length_are_marked(starforge: Assistant) -> None:
    answer = starforge.ask("上半年和下半年的订单金额")
    assert any("119 天与 181 天" in w for w in answer.warnings)


def test_a_stock_is_told_by_its_last_day(starforge: Assistant) -> None:
    assert starforge.ask("截至6月底的在途商机金额").headline.startswith("截至 2026-06-30")


def test_a_picture_says_what_it_is_limited_to(starforge: Assistant) -> None:
    chart = starforge.ask("上季度华东各渠道线索").charts[0]
    assert "华东" in chart.title
