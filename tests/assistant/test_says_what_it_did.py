"""What was computed is said: conditions, models, compared days, and definitions for definitions."""

import itertools
import re

import pytest

from assistant import Answer, Assistant

_IDS = itertools.count()
_MONEY = re.compile(r"¥\d")


@pytest.fixture
def talk(starforge: Assistant):
    thread = f"says-{next(_IDS)}"

    def say(question: str) -> Answer:
        return starforge.ask(question, conversation=thread)

    return say


def args(answer: Answer) -> dict:
    assert answer.status == "answered", answer.headline
    return dict(answer.plan[0]["args"])


# --- conditions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("60天内到期的华南客户", "华南"),
        ("华东今年的归因分析", "华东"),
        ("头条的瓶颈", "头条"),
        ("华南的沉睡客户有哪些", "华南"),
        ("华南客户价值排名", "华南"),
    ],
)
def test_a_tool_names_its_conditions(starforge: Assistant, question: str, part: str) -> None:
    answer = starforge.ask(question)
    assert args(answer)["filters"], "the condition must be in force"
    assert answer.headline.startswith(part)
    assert [f["text"] for f in answer.basis.filters] == [part]


@pytest.mark.parametrize(
    ("first", "then", "part"),
    [
        ("健康度最差的客户", "只看华东", "华东"),
        ("漏斗分析", "只看百度", "百度"),
        ("流失风险客户", "只看华南", "华南"),
    ],
)
def test_a_follow_up_names_its_condition(talk, first: str, then: str, part: str) -> None:
    assert part not in talk(first).headline.split("：")[0]
    answer = talk(then)
    assert answer.headline.startswith(f"{part} · ")
    assert answer.basis.filters[0]["text"] == part


def test_an_impact_says_its_period(starforge: Assistant) -> None:
    assert starforge.ask("百度影响了多少订单").headline.startswith("全部数据 · ")
    answer = starforge.ask("百度影响了多少订单，今年")
    assert answer.headline.startswith("2026-01-01 至 2026-10-27 · ")
    assert (answer.basis.time.start, answer.basis.time.end) == ("2026-01-01", "2026-10-28")


def test_one_who_sees_a_part_of_a_team_reads_so(starforge: Assistant) -> None:
    limited = starforge.ask("华东一队今年的订单金额", asker="rep_001")
    assert "您可见的部分" in limited.headline.split("：")[0]
    assert "您可见的部分" not in starforge.ask("华东一队今年的订单金额").headline


# --- attribution models -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("百度今年的末次触点ROI", "营销ROI（末次接触）"),
        ("LinkedIn ROI under first touch this year", "Marketing ROI (First touch)"),
        ("linear ROI by channel this quarter vs last quarter", "Marketing ROI (Linear)"),
    ],
)
def test_the_model_asked_for_is_part_of_the_label(
    starforge: Assistant, question: str, label: str
) -> None:
    answer = starforge.ask(question)
    assert label in answer.headline
    assert label in [c.label for c in answer.tables[0].columns]


def test_without_a_model_the_label_is_plain(starforge: Assistant) -> None:
    assert "营销ROI 2" in starforge.ask("百度今年的ROI").headline.replace("营销ROI  ", "营销ROI ")


@pytest.mark.parametrize(
    ("question", "groups"),
    [
        ("各归因模型下百度的归因收入对比", ["百度"]),
        ("对比各归因模型下头条今年的收入", ["头条"]),
        ("不同归因模型下各渠道排名", None),
    ],
)
def test_several_models_are_set_side_by_side(starforge: Assistant, question: str, groups) -> None:
    answer = starforge.ask(question)
    assert {"u_shaped", "first_touch", "last_touch", "linear"} <= set(args(answer)["models"])
    assert args(answer).get("groups") == groups
    shown = {c.name.split("__")[0] for c in answer.tables[0].columns}
    assert {"u_shaped", "first_touch", "last_touch", "linear"} <= shown


# --- compared days ------------------------------------------------------------------------


def test_the_best_period_is_compared_with_its_own_earlier_one(starforge: Assistant) -> None:
    answer = starforge.ask("今年哪个季度订单金额最高，高多少")
    assert "2026Q2" in answer.headline
    assert "较 2026Q1 的 ¥47,022,194" in answer.headline


def test_a_trend_keeps_the_change_apart_from_its_ends(starforge: Assistant) -> None:
    answer = starforge.ask("最近三个月每个月的订单金额是涨还是跌")
    ends = answer.headline.split("；")[0]
    assert "%" not in ends
    assert "较 2026-09-01 至 2026-09-27 的 ¥18,870,111 变化 -34.3%" in answer.headline


def test_cut_periods_of_different_length_are_marked(starforge: Assistant) -> None:
    answer = starforge.ask("最近三个月每个月的订单金额是涨还是跌")
    assert any("（4 天）" in w and "（3 天）" in w for w in answer.warnings)
    assert "2026年7月（不足整期）" in answer.headline


def test_whole_months_of_different_length_are_alike(starforge: Assistant) -> None:
    answer = starforge.ask("2026年8月的订单金额环比")
    assert not any("长短不同" in w for w in answer.warnings)


@pytest.mark.parametrize(
    ("question", "last"),
    [("months with fewer than 1500 leads", "2026-02"), ("weeks with more than 550 leads", "2026-09-14")],
)  # fmt: skip
def test_only_the_running_period_is_not_complete(
    starforge: Assistant, question: str, last: str
) -> None:
    headline = starforge.ask(question).headline
    assert last in headline
    assert "not complete" not in headline


def test_the_running_month_is_marked(starforge: Assistant) -> None:
    assert "2026年10月（未满期）" in starforge.ask("线索量月度趋势").headline


# --- periods ------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["same day last year leads", "去年同一天的线索量"])
def test_the_same_day_last_year_is_a_day(starforge: Assistant, question: str) -> None:
    time = starforge.ask(question).basis.time
    assert (time.start, time.end) == ("2026-10-27", "2026-10-28")
    assert (time.compare_start, time.compare_end) == ("2025-10-27", "2025-10-28")


def test_a_year_beside_a_part_of_the_next_is_asked_back(starforge: Assistant) -> None:
    assert starforge.ask("2025年和2026年前9个月的订单金额对比").status == "clarify"
    both = starforge.ask("2025年前9个月和2026年前9个月的订单金额对比")
    assert both.basis.time.compare_end == "2025-10-01"


@pytest.mark.parametrize(
    "question", ["今年年初的在途商机金额", "open pipeline at the beginning of the year"]
)
def test_a_stock_at_the_start_of_a_year(starforge: Assistant, question: str) -> None:
    answer = starforge.ask(question)
    assert answer.basis.time.start == "2026-01-01"
    assert "92,166,343" in answer.headline


def test_a_flow_at_the_start_of_a_year_is_a_month(starforge: Assistant) -> None:
    time = starforge.ask("今年年初的线索量").basis.time
    assert (time.start, time.end) == ("2026-01-01", "2026-02-01")


def test_a_stock_is_compared_as_of_today(starforge: Assistant) -> None:
    time = starforge.ask("在途商机金额和去年同期比").basis.time
    assert (time.start, time.compare_start) == ("2026-10-27", "2025-10-27")


# --- funnels ------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["头条的瓶颈", "头条去年的瓶颈"])
def test_a_part_is_held_against_its_peers(starforge: Assistant, question: str) -> None:
    answer = starforge.ask(question)
    assert "SQL → 商机" in answer.text
    assert "其他组" in answer.text


def test_a_part_and_the_breakdown_agree(starforge: Assistant) -> None:
    alone, among = starforge.ask("头条的瓶颈").text, starforge.ask("各渠道的瓶颈").text
    rates = re.findall(r"\d+\.\d%", alone)
    assert "头条" in among
    assert rates == re.findall(r"\d+\.\d%", among)


def test_how_long_by_channel_is_a_duration(starforge: Assistant) -> None:
    answer = starforge.ask("how long from MQL to SQL by channel")
    assert args(answer) == {"stages": ["mql", "sql"], "by": "channel"}
    assert "days" in answer.headline
    assert "longest" in answer.headline


def test_a_distribution_of_names_is_asked_back(starforge: Assistant) -> None:
    assert starforge.ask("无效原因分布").status == "clarify"


# --- definitions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("健康度怎么算的", "使用 30%"),
        ("how is health score calculated", "usage 30%"),
        ("什么是U型归因", "首个 40%、末个 40%"),
        ("what does U-shaped mean", "first 40 %, last 40 %"),
        ("how is attribution computed", "looking back 365 days"),
        ("有哪些归因模型", "17 种归因模型"),
        ("which attribution models are there", "17 attribution models"),
        ("U型和W型归因的区别", "W型：首个、留资、商机触点各 30%"),
        ("difference between MQL and SQL", "sqls"),
        ("MQL和SQL有什么区别", "SQL数"),
        ("difference between win rate and lead to won rate", "Lead to won rate"),
        ("归因收入怎么算的", "归因收入"),
    ],
)
def test_a_definition_answers_a_definition(starforge: Assistant, question: str, said: str) -> None:
    answer = starforge.ask(question)
    assert answer.status == "answered"
    assert {c["tool"] for c in answer.plan} <= {"describe_method", "describe_metric"}
    assert said in f"{answer.headline}\n{answer.text}"
    assert not _MONEY.search(answer.headline + answer.text)


def test_what_has_no_description_gives_no_figures(starforge: Assistant) -> None:
    assert starforge.ask("流失风险怎么算").status == "refused"


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("A001155的健康度", "account_health"),
        ("按U型归因各渠道贡献", "attribute_revenue"),
        ("推荐归因模型", "attribute_revenue"),
        ("MQL和SQL差多少", "query_metrics"),
    ],
)
def test_figures_still_answer_a_question_for_figures(
    starforge: Assistant, question: str, tool: str
) -> None:
    assert starforge.ask(question).plan[0]["tool"] == tool
