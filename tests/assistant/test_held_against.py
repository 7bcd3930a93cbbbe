"""Who is more, up or down, what became what, and how long it took."""

from __future__ import annotations

import pytest

from assistant import Assistant


def _rows(answer: object) -> list[tuple[object, ...]]:
    return [tuple(r) for r in answer.tables[0].rows]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("question", "metric", "first"),
    [
        ("百度和头条哪个线索成本高", "cpl", "头条"),
        ("百度和头条谁的线索成本低", "cpl", "百度"),
        ("did Baidu or Toutiao have the higher CPL", "cpl", "头条"),
        ("which channel has the better CPL, Baidu or Toutiao", "cpl", "百度"),
        ("did Baidu bring more leads than Toutiao last month", "leads", "百度"),
        ("华南的线索比华东多吗", "leads", "华东"),
    ],
)
def test_of_two_the_more_stands_first_and_both_are_shown(
    starforge: Assistant, question: str, metric: str, first: str
) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered", answer.headline
    assert [m["id"] for m in answer.basis.metrics] == [metric]
    rows = _rows(answer)
    assert len(rows) == 2
    assert rows[0][0] == first
    values = [r[1] for r in rows]
    down = metric == "cpl" and ("低" in question or "better" in question)
    assert values == sorted(values, reverse=not down)  # type: ignore[type-var]


@pytest.mark.parametrize("question", ["哪个渠道线索多", "哪个渠道的线索高"])
def test_which_is_more_asks_for_the_most(starforge: Assistant, question: str) -> None:
    assert _rows(starforge.ask(question)) == _rows(starforge.ask("线索最多的渠道"))


@pytest.mark.parametrize(
    "question",
    [
        "上个月线索比上上个月多吗",
        "上个月线索量是涨了还是跌了",
        "上个月线索比前一个月多还是少",
        "were leads up or down last month vs the month before",
    ],
)
def test_up_or_down_shows_the_change(starforge: Assistant, question: str) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered", answer.headline
    time = answer.basis.time
    assert (time.start, time.compare_start) == ("2026-09-01", "2026-08-01")


@pytest.mark.parametrize("question", ["ROI高的渠道", "线索多", "more leads"])
def test_more_than_what_is_not_guessed(starforge: Assistant, question: str) -> None:
    assert starforge.ask(question).status == "refused"


def test_two_comparisons_are_not_reduced_to_one(starforge: Assistant) -> None:
    """The named week was dropped and a month was answered in its place."""
    answer = starforge.ask("MQL same week last year compared with last week")
    time = answer.basis.time
    assert (time.start, time.end) == ("2026-10-19", "2026-10-26")
    assert (time.compare_start, time.compare_end) == ("2025-10-20", "2025-10-27")
    assert starforge.ask("Q3 MQLs vs Q2 and vs last year").status == "clarify"


@pytest.mark.parametrize(
    "question", ["上周MQL和去年同一周对比", "MQL last week vs the same week last year"]
)
def test_the_same_week_a_year_ago(starforge: Assistant, question: str) -> None:
    time = starforge.ask(question).basis.time
    assert (time.start, time.compare_start) == ("2026-10-19", "2025-10-20")


@pytest.mark.parametrize("question", ["leads same quarter last year", "线索与去年同季度对比"])
def test_the_unit_of_a_bare_comparison_is_kept(starforge: Assistant, question: str) -> None:
    time = starforge.ask(question).basis.time
    assert (time.start, time.end, time.compare_start) == ("2026-07-01", "2026-10-01", "2025-07-01")


@pytest.mark.parametrize(
    ("question", "becoming", "cohort"),
    [
        ("how many leads became MQLs last month", "mqls", ["lead", "mql"]),
        ("上季度百度线索有多少转成了MQL", "mqls", ["lead", "mql"]),
        ("上个月多少MQL变成SQL", "sqls", ["mql", "sql"]),
    ],
)
def test_what_became_a_stage_in_a_period_may_be_meant_by_either_day(
    starforge: Assistant, question: str, becoming: str, cohort: list[str]
) -> None:
    choices = starforge.ask(question).clarify.choices  # type: ignore[union-attr]
    assert choices[0].plan[0]["args"]["metrics"] == [becoming]
    assert choices[1].plan[0]["args"]["stages"] == cohort
    assert choices[0].plan[0]["args"].get("filters") == choices[1].plan[0]["args"].get("filters")
    assert choices[0].value != ""


def test_without_a_period_those_who_became_a_stage_are_one_number(starforge: Assistant) -> None:
    answer = starforge.ask("有多少线索转成了MQL")
    assert _rows(answer) == _rows(starforge.ask("MQL数"))


@pytest.mark.parametrize(
    "question",
    [
        "上月多少线索成为商机",
        "多少MQL变成线索",
        "收入变成多少",
        "上个季度线索量多少天",
        "首次归因要多久",
    ],
)
def test_becoming_and_days_that_fit_nothing_are_refused(
    starforge: Assistant, question: str
) -> None:
    assert starforge.ask(question).status in {"refused", "clarify"}


@pytest.mark.parametrize(
    "question",
    ["从线索到订单平均多少天", "线索到成单要多久", "how many days from lead to order",
     "how long does it take from lead to order"],
)  # fmt: skip
def test_how_long_from_stage_to_stage(starforge: Assistant, question: str) -> None:
    answer = starforge.ask(question)
    assert [c["tool"] for c in answer.plan] == ["analyze_funnel"]
    assert answer.plan[0]["args"]["stages"] == ["lead", "order"]
    column = [c.name for c in answer.tables[0].columns].index("median_days")
    days = answer.tables[0].rows[0][column]
    assert f"{days:,.1f}" in answer.headline


@pytest.mark.parametrize("question", ["销售周期是多少天", "平均响应时长多久"])
def test_a_metric_in_days_needs_no_stages(starforge: Assistant, question: str) -> None:
    assert starforge.ask(question).status == "answered"


def test_one_thing_said_with_two_ambiguous_words(starforge: Assistant) -> None:
    answer = starforge.ask("各渠道贡献了多少收入")
    labels = [c.label for c in answer.clarify.choices] if answer.clarify else []
    assert labels == [
        c.label
        for c in starforge.ask("各渠道收入").clarify.choices  # type: ignore[union-attr]
    ]


def test_values_without_a_metric_offer_metrics_that_know_them(starforge: Assistant) -> None:
    answer = starforge.ask("丢单分布")
    assert answer.clarify is not None
    assert "商机数" in [c.label for c in answer.clarify.choices]


def test_by_reason_is_a_breakdown(starforge: Assistant) -> None:
    assert starforge.ask("lost deals by reason this year").error.code == "NOT_UNDERSTOOD"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "question", ["trend of won revenue this year vs last year", "今年线索量趋势和去年对比"]
)
def test_a_trend_against_last_year_compares_each_month_with_its_own(
    starforge: Assistant, question: str
) -> None:
    """Each month was held against the month before: last year is the period before this year."""
    args = starforge.ask(question).plan[0]["args"]
    assert args["compare"] == {"kind": "previous_year"}
