"""Customers in conversation: what is asked, what follows, and that each sentence is in the data."""

from __future__ import annotations

import itertools
import random
import re
from datetime import date

import pytest

from assistant import Answer, Assistant
from assistant.customers import words
from assistant.customers.sentences import account_sentences
from tools import ToolContext, get_tool
from tools.customers.account import AccountSummary

_IDS = itertools.count()
SUMMARIES = 200
EAST = [{"dimension": "region", "values": ["华东"]}]


@pytest.fixture
def talk(starforge: Assistant):
    thread = f"customers-{next(_IDS)}"

    def say(question: str, asker: str | None = None) -> Answer:
        return starforge.ask(question, conversation=thread, asker=asker)

    return say


def args(answer: Answer) -> dict:
    assert answer.status in {"answered", "empty"}, answer.headline
    return dict(answer.plan[0]["args"])


@pytest.mark.parametrize(
    ("first", "only", "fewer", "why"),
    [
        ("健康度最差的10个客户", "只看华东", "前5个", "为什么"),
        ("which customers are likely to churn", "only East China", "top 5", "why"),
        ("沉睡客户有哪些", "只看华东", "前5个", "为什么"),
        ("可以向谁交叉销售星河MES", "只看华东", "top 5", "为什么"),
        ("90天内到期的客户", "那华东呢", "前5个", "为什么"),
    ],
)
def test_follow_ups_narrow_the_list(talk, first, only, fewer, why) -> None:
    asked = {k: v for k, v in args(talk(first)).items() if k != "limit"}
    narrowed = args(talk(only))
    assert {k: v for k, v in narrowed.items() if k != "limit"} == {**asked, "filters": EAST}
    answer = talk(fewer)
    assert args(answer) == {**asked, "filters": EAST, "limit": 5}
    assert len(answer.tables[0].rows) == 5
    explained = talk(why)
    assert {k: v for k, v in args(explained).items() if k != "explain"} == args(answer)


def test_why_is_asked_of_the_account_under_discussion(talk) -> None:
    assert args(talk("A001155的健康度")) == {"account": "A001155"}
    assert args(talk("为什么")) == {"account": "A001155"}
    assert talk("上个月线索多少").plan[0]["tool"] == "query_metrics"
    assert talk("为什么").status == "refused"


def test_a_part_of_the_name_is_enough_and_said(starforge: Assistant) -> None:
    answer = starforge.ask("鼎拓医疗智能的健康度")
    part = str(args(answer)["account"])
    assert answer.headline.startswith("浙江鼎拓医疗智能有限公司")
    assert part in "浙江鼎拓医疗智能有限公司"
    assert any(part in note for note in answer.basis.assumptions)


def test_several_accounts_of_a_part_are_offered(starforge: Assistant) -> None:
    answer = starforge.ask("沃联恒的健康度")
    assert answer.status == "refused"
    assert answer.error is not None
    assert answer.error.code == "AMBIGUOUS_ACCOUNT"
    assert len(answer.error.candidates) > 1


def test_the_weights_and_what_is_missing_are_in_the_receipt(starforge: Assistant) -> None:
    answer = starforge.ask("健康度最差的10个客户")
    said = " ".join(answer.basis.assumptions)
    assert all(
        f"{name} {share}%" in said for name, share in (("使用", 30), ("合同", 20), ("工单", 15))
    )


def test_an_untrained_churn_list_says_it_is_no_model(starforge: Assistant) -> None:
    answer = starforge.ask("哪些客户可能流失")
    assert any("没有训练过模型" in w for w in answer.warnings)
    assert "不是模型概率" in answer.headline
    assert "概率" not in [c.label for c in answer.tables[0].columns]


def test_a_prediction_shows_interval_and_backtest(starforge: Assistant) -> None:
    answer = starforge.ask("未来一年预测LTV")
    assert "80% 区间" in answer.headline
    assert any("回测" in note and "误差" in note for note in answer.basis.assumptions)
    assert len(answer.tables[1].rows) == 4


def test_the_time_that_the_definitions_know_may_be_said(starforge: Assistant) -> None:
    assert args(starforge.ask("60天内可能流失的客户")) == {"goal": "churn"}
    assert args(starforge.ask("未来90天可能复购的客户")) == {"goal": "repurchase"}


def test_each_asker_sees_the_own_customers(starforge: Assistant) -> None:
    whole, mine = starforge.ask("沉睡客户有哪些"), starforge.ask("沉睡客户有哪些", asker="rep_001")
    assert mine.headline != whole.headline
    assert starforge.ask("沉睡客户有哪些", asker="outsider").status == "denied"
    stranger = whole.tables[0].rows[0][0]
    assert starforge.ask(f"介绍一下客户 {stranger}", asker="rep_001").status == "refused"


@pytest.mark.parametrize(
    "question",
    ["健康度低于50的客户", "各大区健康度", "上个月可能流失的客户", "介绍一下客户", "给A001155交叉销售星河MES",
     "下个季度到期的客户", "健康度趋势", "A001155和A000068的健康度", "华东的A001155的健康度",
     "流失风险最低的客户", "客户价值最低的5个客户",
     "健康度最差的客户的订单金额", "90天内到期、健康度最差的客户", "客户价值从低到高", "90天内复购率", "30天内可能流失的客户", "90天内客户价值", "未来30天可能复购的客户"],
)  # fmt: skip
def test_what_would_leave_no_trace_is_not_answered(starforge: Assistant, question: str) -> None:
    assert starforge.ask(question).status in {"refused", "clarify"}


# --------------------------------------------------------------------------- summaries


@pytest.fixture(scope="module")
def summaries(starforge: Assistant) -> list[AccountSummary]:
    layer = starforge.layer
    context, rng = ToolContext(layer, layer.scope("manager")), random.Random(8)
    numbers = rng.sample(range(1, 9_001), SUMMARIES)
    tool = get_tool("summarize_account")
    return [tool.run({"account": f"A{n:06d}"}, context) for n in numbers]


def dates(value: object) -> set[str]:
    """Every date anywhere in a result, as text."""
    if isinstance(value, date):
        return {value.isoformat()}
    if isinstance(value, dict):
        return set().union(*map(dates, value.values())) if value else set()
    if isinstance(value, list | tuple):
        return set().union(*map(dates, value)) if value else set()
    return set()


def figures(value: object) -> set[float]:
    """Every number anywhere in a result, and the share of each in percent."""
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, int | float):
        return {
            round(abs(float(value)), 2),
            float(round(abs(value) * 100)),
            float(round(abs(value))),
            round(abs(value), 1),
        }
    if isinstance(value, dict):
        return set().union(*map(figures, value.values())) if value else set()
    if isinstance(value, list | tuple):
        return set().union(*map(figures, value)) if value else set()
    return (
        {float(n) for n in re.findall(r"\d+(?:\.\d+)?", value)} if isinstance(value, str) else set()
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_date_and_number_of_200_summaries_is_a_fact(starforge, summaries, lang) -> None:
    said = 0
    for summary in summaries:
        data = summary.model_dump()
        known_days, known = dates(data), figures(data) | {100.0, 90.0}
        for sentence in account_sentences(summary, starforge.layer.definitions, lang, "CNY"):
            text = sentence.text
            for day in re.findall(r"\d{4}-\d{2}-\d{2}", text):
                assert day in known_days, text
            text = re.sub(r"\d{4}-\d{2}-\d{2}", " ", text)
            text = re.sub(r"\d+:00", " ", text)
            for number in re.findall(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?![\w])", text):
                assert float(number.replace(",", "")) in known, (number, text)
                said += 1
    assert said > 1_000


def test_every_sentence_names_its_rows_and_none_is_unfilled(starforge, summaries) -> None:
    for summary in summaries:
        for lang in ("zh", "en"):
            for s in account_sentences(summary, starforge.layer.definitions, lang, "CNY"):
                assert s.sources or s.part == "note", s
                assert "None" not in s.text, s
                assert not re.search(r"[{}]", s.text), s


def test_some_are_customers_and_some_are_not(summaries) -> None:
    customers = [s for s in summaries if s.health is not None]
    assert 5 < len(customers) < len(summaries)
    for s in summaries:
        is_prospect = any(c.kind == "no_customer" for c in s.caveats)
        assert is_prospect == (s.health is None)
        if s.health is None and not s.deals:
            assert s.step.kind == "first_order"


def test_hidden_names_stay_hidden(starforge) -> None:
    layer = starforge.layer
    context = ToolContext(layer, layer.scope("analyst"))
    open_ = ToolContext(layer, layer.scope("manager"))
    tool = get_tool("summarize_account")
    names = {c.name for c in tool.run({"account": "A001155"}, open_).colleagues}
    assert names
    masked = tool.run({"account": "A001155"}, context)
    assert {c.name for c in masked.colleagues} == {None}
    text = " ".join(s.text for s in account_sentences(masked, layer.definitions, "zh", "CNY"))
    assert not any(name and name in text for name in names)


def test_every_template_has_the_same_blanks_in_both_languages() -> None:
    blanks = re.compile(r"\{(\w+)\}")
    for table in (words.LINES, words.ITEMS):
        for key, (zh, en) in table.items():
            assert set(blanks.findall(zh)) == set(blanks.findall(en)), key


@pytest.mark.parametrize("question", ["介绍一下客户 A001155", "A001155的健康度"])
def test_one_customer_is_drawn_as_the_parts_of_its_health(starforge, question):
    answer = starforge.ask(question)
    (chart,) = answer.charts
    table = next(t for t in answer.tables if t.name == chart.table)
    names = [c.name for c in table.columns]
    parts = [(row[names.index("score")], row[names.index("weight")]) for row in table.rows]
    whole = sum(score * weight for score, weight in parts) / sum(weight for _, weight in parts)
    assert f"{whole:.1f}".rstrip("0").rstrip(".") in chart.title
    assert all(f"{score:g}" in chart.alt for score, _ in parts)
    assert {chart.x, *chart.y} <= set(names)
