"""The planted truths of the sample company, asked in Chinese and in English.

Each figure was planted before any query ran (`semantic_layer.demo.truths`).
"""

import pytest

from assistant import Answer, Assistant
from semantic_layer.demo import truths as t


def ask(starforge: Assistant, question: str) -> Answer:
    answer = starforge.ask(question)
    assert answer.status == "answered", (question, answer.headline, answer.text)
    return answer


def row(answer: Answer) -> tuple:
    (only,) = answer.tables[0].rows
    return tuple(only)


def column(answer: Answer, name: str) -> dict:
    table = answer.tables[0]
    i = [c.name for c in table.columns].index(name)
    return {r[0]: r[i] for r in table.rows}


NUMBERS = [
    ("智能工厂升级线上研讨会的影响商机数", (t.WEBINAR.influenced_opportunities,)),
    ("influenced opportunities of 智能工厂升级线上研讨会", (t.WEBINAR.influenced_opportunities,)),
    ("智能工厂升级线上研讨会的影响商机金额", (t.WEBINAR.influenced_pipeline,)),
    ("influenced pipeline for 智能工厂升级线上研讨会", (t.WEBINAR.influenced_pipeline,)),
    ("智能工厂升级线上研讨会的影响订单数和营销影响收入", (t.WEBINAR.influenced_orders, t.WEBINAR.influenced_revenue)),
    ("学术会议的线索量", (t.ACADEMIC.leads,)),
    ("lead to won rate of academic conferences", (t.ACADEMIC.lead_to_won_rate,)),
    ("重复线索率", (t.DUPLICATES.raw_rate,)),
    ("duplicate lead rate", (t.DUPLICATES.raw_rate,)),
    ("线索量", (t.LEADS_TOTAL,)),
    ("高端装备数字化转型白皮书的线索商机转化率", (t.WHITEPAPER.rate,)),
    ("lead to opportunity rate of 高端装备数字化转型白皮书", (t.WHITEPAPER.rate,)),
    ("取消订单数", (t.TRAPS.cancelled_orders,)),
]  # fmt: skip


@pytest.mark.parametrize(("question", "figures"), NUMBERS, ids=[q for q, _ in NUMBERS])
def test_figure(starforge: Assistant, question: str, figures: tuple) -> None:
    assert row(ask(starforge, question)) == pytest.approx(figures)


@pytest.mark.parametrize(
    "question",
    ["展示华东区Q3会议转化数据", "show event conversion in East China for Q3", "华东Q3的会议转化数据怎么样"],
)  # fmt: skip
def test_east_china_events(starforge: Assistant, question: str) -> None:
    e = t.EAST_EVENTS
    expected = (
        e.registrations,
        e.attendees,
        e.leads,
        e.mqls,
        e.sqls,
        e.opportunities,
        e.orders,
    )
    answer = ask(starforge, question)
    assert row(answer) == expected
    assert answer.basis.time is not None
    assert (answer.basis.time.start, answer.basis.time.end) == ("2026-07-01", "2026-10-01")


@pytest.mark.parametrize(
    "question",
    ["高端装备行业的归因商机数按活动类型占比", "share of attributed opportunities by campaign type for 高端装备"],
)  # fmt: skip
def test_u_shaped_credit_of_equipment_makers(starforge: Assistant, question: str) -> None:
    shares = column(ask(starforge, question), "attributed_opportunities__share")
    both = sum(shares[name] for name in t.U_SHAPED.campaign_types)
    assert both > t.U_SHAPED.u_shaped_share_over


@pytest.mark.parametrize(
    "question", ["末次归因商机数按活动类型占比，高端装备", "share of last-touch attributed opportunities by campaign type for 高端装备"]
)  # fmt: skip
def test_last_touch_shows_them_far_lower(starforge: Assistant, question: str) -> None:
    answer = ask(starforge, question)
    (name,) = [c.name for c in answer.tables[0].columns if c.name.endswith("__share")]
    shares = column(answer, name)
    assert sum(shares[n] for n in t.U_SHAPED.campaign_types) < t.U_SHAPED.last_touch_share_under


def test_academic_conferences_convert_best_with_poor_scores(starforge: Assistant) -> None:
    best = ask(starforge, "哪个活动类型的线索成交率最高")
    assert row(best)[0] == t.ACADEMIC.campaign_type
    everyone = row(ask(starforge, "平均线索评分"))[0]
    assert row(ask(starforge, "学术会议的平均线索评分"))[0] < everyone


def test_baidu_leads_fall_while_the_click_rate_stays(starforge: Assistant) -> None:
    days = ask(starforge, "近3天百度每天的线索量和点击量")
    table = [tuple(r[-2:]) for r in days.tables[0].rows]
    assert table == list(zip(t.BAIDU_DROP.leads, t.BAIDU_DROP.clicks, strict=True))
    rate = row(ask(starforge, "近3天百度的点击率"))[0]
    assert rate == pytest.approx(t.BAIDU_DROP.ctr, abs=t.BAIDU_DROP.ctr_tolerance)


@pytest.mark.parametrize(
    "question",
    ["搜索广告和线下沙龙的客单价对比", "average deal size of search ads vs offline salons"],
)
def test_salon_deals_are_larger(starforge: Assistant, question: str) -> None:
    sizes = column(ask(starforge, question), "avg_deal_size")
    size = t.DEAL_SIZE
    assert sizes[size.most_leads_type] == pytest.approx(size.most_leads_average)
    assert sizes[size.larger_deals_type] == pytest.approx(size.larger_deals_average)
    assert row(ask(starforge, "线索最多的活动类型"))[0] == size.most_leads_type


def test_toutiao_is_the_worst_platform_of_the_quarter(starforge: Assistant) -> None:
    costs = column(ask(starforge, "上季度各广告平台的商机成本"), "cost_per_opportunity")
    paid = {"百度", "头条", "腾讯", "Google", "LinkedIn"}
    assert max((v, k) for k, v in costs.items() if k in paid)[1] == t.AD_PLATFORM.platform
    quarters = ask(starforge, "头条2026年每个季度的线索成本")
    by_quarter = {r[0]: r[1] for r in quarters.tables[0].rows}
    assert by_quarter["2026-07-01"] >= 2 * by_quarter["2026-04-01"]


def test_one_team_stalls(starforge: Assistant) -> None:
    rates = column(ask(starforge, "各团队的商机停滞率"), "stalled_rate")
    worst = max((v, k) for k, v in rates.items() if v is not None)
    assert worst[1] == t.STALLED_TEAM.team
    assert worst[0] > t.STALLED_TEAM.over
    others = [v for k, v in rates.items() if k != t.STALLED_TEAM.team and v is not None]
    assert max(others) < t.STALLED_TEAM.others_under


def test_the_rate_rises_in_every_region_and_falls_overall(starforge: Assistant) -> None:
    answer = ask(starforge, "上季度各大区的MQL→SQL转化率，环比")
    deltas = column(answer, "mql_to_sql_rate__delta")
    assert all(v > 0 for k, v in deltas.items() if k is not None)
    overall = ask(starforge, "上季度MQL→SQL转化率环比")
    names = [c.name for c in overall.tables[0].columns]
    assert row(overall)[names.index("mql_to_sql_rate__delta")] < 0


@pytest.mark.parametrize(
    "question", ["各实验各版本的实验转化数", "experiment conversions by experiment and variant"]
)
def test_experiments(starforge: Assistant, question: str) -> None:
    answer = ask(starforge, question)
    found = {(r[0], r[1]): r[2] for r in answer.tables[0].rows}
    for experiment in (t.EXPERIMENT_WINNER, t.EXPERIMENT_FLAT):
        assert found[experiment.name, "A"] == experiment.converted_a
        assert found[experiment.name, "B"] == experiment.converted_b


def test_all_credit_is_booked_revenue(starforge: Assistant) -> None:
    credit, booked = row(ask(starforge, "归因收入和订单金额"))
    assert credit == pytest.approx(booked, abs=0.005)
