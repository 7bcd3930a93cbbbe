"""Attribution, impact, funnels, journeys and leads asked in words: planted truths, follow-ups, refusals."""

import itertools
from typing import get_type_hints

import pytest

from assistant import Answer, Assistant
from assistant.tell import CATALOGUE, TEMPLATES
from tools import TOOLS
from tools.query_metrics import MetricsResult

_IDS = itertools.count()
WEBINAR = "智能工厂升级线上研讨会"


@pytest.fixture
def talk(starforge: Assistant):
    thread = f"analysis-{next(_IDS)}"

    def say(question: str, asker: str | None = None) -> Answer:
        return starforge.ask(question, conversation=thread, asker=asker)

    return say


def args(answer: Answer) -> dict:
    assert answer.status in {"answered", "empty"}, answer.headline
    return dict(answer.plan[0]["args"])


def cell(answer: Answer, key: str, column: str, table: int = 0):
    found = answer.tables[table]
    names = [c.name for c in found.columns]
    row = next(r for r in found.rows if key in r)
    return row[names.index(column)]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_result_has_words(tool) -> None:
    result = get_type_hints(tool.function)["return"]
    assert result in {MetricsResult, *CATALOGUE, *TEMPLATES}


@pytest.mark.parametrize("question", [f"{WEBINAR}影响了哪些商机和订单", f"the impact of {WEBINAR}"])
def test_the_webinar_influenced_what_was_planted(starforge: Assistant, question: str) -> None:
    answer = starforge.ask(question)
    zh = answer.lang == "zh"
    deal, order = ("商机", "订单") if zh else ("Opportunity", "Order")
    assert (cell(answer, deal, "influenced"), cell(answer, deal, "amount")) == (5, 318_000)
    assert (cell(answer, order, "influenced"), cell(answer, order, "amount")) == (1, 114_000)
    assert "318,000" in answer.headline
    assert any(("重叠" if zh else "overlap") in w for w in answer.warnings)


def test_fairs_and_mail_carry_high_end_equipment_under_the_u(starforge: Assistant) -> None:
    answer = starforge.ask("高端装备行业的商机，对比U型归因和末次归因，各活动类型")
    carried = {
        model: sum(cell(answer, kind, f"{model}__share") for kind in ("行业展会", "定向EDM"))
        for model in ("u_shaped", "last_touch")
    }
    assert carried["u_shaped"] > 0.6
    assert carried["last_touch"] < carried["u_shaped"]


def test_follow_ups_change_model_dimension_window_and_conversion(talk) -> None:
    first = args(talk("今年按U型归因各渠道贡献"))
    assert args(talk("换成末次归因")) == {**first, "models": ["last_touch"]}
    by_type = args(talk("按活动类型呢"))
    assert by_type == {**first, "models": ["last_touch"], "by": "campaign_type"}
    assert args(talk("回溯90天")) == {**by_type, "lookback_days": 90}
    half = args(talk("换成上半年"))
    assert half["time"] == {"start": "2026-01-01", "end": "2026-07-01"}
    assert args(talk("换成商机"))["conversion"] == "opportunity"
    assert talk("上个月线索多少").plan[0]["tool"] == "query_metrics"


def test_counted_markov_credit_keeps_the_booked_amount(talk) -> None:
    counted = talk("attribute this year's orders by channel with time decay")
    chained = talk("what about markov")
    assert args(chained)["measure"] == "count"
    booked = counted.headline.split("Order ")[1].split(",")[0]
    assert chained.headline.split("Order ")[1].split(",")[0] == booked
    rows = [r for r in chained.tables[0].rows if isinstance(r[1], float)]
    assert sum(r[1] for r in rows) == pytest.approx(1007)


def test_a_funnel_follows_its_dimension_and_its_period(talk) -> None:
    first = args(talk("MQL到SQL卡在哪"))
    assert first["stages"] == ["mql", "sql"]
    assert args(talk("按渠道呢")) == {**first, "by": "channel"}
    quarter = args(talk("换成上季度"))
    assert quarter["time"] == {"start": "2026-07-01", "end": "2026-10-01"}
    assert args(talk("环比呢"))["compare"] == "previous_period"


def test_each_role_sees_its_own_credit(starforge: Assistant) -> None:
    question = "今年按U型归因各渠道贡献"
    whole, east = starforge.ask(question), starforge.ask(question, asker="manager_east")
    assert whole.headline != east.headline
    assert starforge.ask(question, asker="outsider").status == "denied"
    assert starforge.ask(question, asker="nobody").status == "denied"


@pytest.mark.parametrize(
    "question",
    [
        "各渠道U型归因趋势", "首次线索", "U型归因占比超过10%的渠道", "今年U型归因比去年多多少",
        "哪些活动影响了这笔订单", "营销的影响", "客户旅程", "各渠道各地区漏斗分析", "介绍一下",
        "漏斗分析转化率低于20%的渠道",
    ],
)  # fmt: skip
def test_what_would_leave_no_trace_is_not_answered(starforge: Assistant, question: str) -> None:
    assert starforge.ask(question).status in {"refused", "clarify"}


def test_a_lead_is_introduced_by_its_number(starforge: Assistant) -> None:
    answer = starforge.ask("介绍一下线索 L000123")
    assert args(answer) == {"lead": "L000123"}
    assert "L000123" in answer.headline
    assert starforge.ask("summarize lead L000123").status == "answered"
    assert starforge.ask("介绍一下线索 L999999").status == "refused"


def test_a_rep_is_told_whom_to_call_first(starforge: Assistant) -> None:
    answer = starforge.ask("我今天先跟进谁", asker="rep_001")
    assert answer.plan[0]["tool"] == "rank_leads"
    owners = {row[3] for row in answer.tables[0].rows}
    assert len(owners) == 1
    assert len(answer.tables[0].rows) == 10
