"""What a model adds to a question, or turns round, does not reach the answer unsaid."""

from __future__ import annotations

import pytest

from evals.fake_model import Say

EAST = [{"dimension": "region", "op": "in", "values": ["华东"]}]
WEST = [{"dimension": "region", "op": "not_in", "values": ["西南"]}]


def answered(serve, question: str, **args: object):
    assistant, server = serve([Say(calls=(("query_metrics", args),))])
    return assistant.ask(question, planner="llm"), server


def notes(answer) -> str:
    return " ".join(answer.basis.assumptions)


def test_a_condition_that_no_word_says_is_not_used(serve):
    """A small model told the orders of one region for all: 48 million for 174."""
    answer, _ = answered(
        serve, "今年的订单金额", metrics=["won_revenue"], time="今年", filters=EAST
    )
    assert answer.status == "answered"
    assert "filters" not in answer.plan[0]["args"]
    assert "华东" in notes(answer)


def test_a_word_that_is_part_of_a_metric_is_no_condition(serve):
    website = [{"dimension": "channel", "op": "in", "values": ["官网"]}]
    answer, _ = answered(serve, "官网访客数", metrics=["uv"], filters=website)
    assert "filters" not in answer.plan[0]["args"]


def test_a_breakdown_that_no_word_asks_for_is_not_made(serve):
    """Without Baidu, last month: the model named the best of the other channels alone."""
    others = [{"dimension": "channel", "op": "not_in", "values": ["百度"]}]
    answer, _ = answered(
        serve, "不算百度，上个月线索量多少", metrics=["leads"], dimensions=["channel"], time="上个月", filters=others, limit=1
    )  # fmt: skip
    args = answer.plan[0]["args"]
    assert "dimensions" not in args
    assert "limit" not in args
    assert args["filters"][0]["op"] == "not_in"
    assert "没有拆分" in notes(answer)


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("上个月各大区的线索量", {"dimensions": ["region"]}),
        ("上个月哪个渠道的线索量最多", {"dimensions": ["channel"], "limit": 1}),
        ("上个月百度和华东的线索量", {"filters": [*EAST, {"dimension": "channel", "op": "in", "values": ["百度"]}]}),
        ("上个月百度、头条的线索量", {"dimensions": ["channel"], "filters": [{"dimension": "channel", "op": "in", "values": ["百度", "头条"]}]}),
    ],
)  # fmt: skip
def test_what_the_question_says_stays(serve, question: str, args: dict):
    answer, _ = answered(serve, question, metrics=["leads"], time="上个月", **args)
    kept = answer.plan[0]["args"]
    assert answer.status == "answered"
    assert len(kept.get("filters", [])) == len(args.get("filters", []))
    assert kept.get("dimensions", []) == args.get("dimensions", [])


def test_where_a_word_is_not_known_the_model_may_know_it(serve):
    answer, _ = answered(
        serve, "魔都那一片上个月的线索量", metrics=["leads"], time="上个月", filters=EAST
    )
    assert answer.plan[0]["args"]["filters"][0]["values"] == ["华东"]
    assert "按模型的理解加了条件「华东」" in notes(answer)


@pytest.mark.parametrize(
    ("question", "falling"),
    [
        ("今年各大区的线索量由低到高", False),
        ("今年线索量最少的大区", False),
        ("bottom 3 regions by leads this year", False),
        ("今年线索量最多的大区", True),
        ("今年CPL最好的渠道", False),
    ],
)
@pytest.mark.parametrize("given", [True, False])
def test_the_order_is_the_one_asked_for(serve, question: str, falling: bool, given: bool):
    """Asked for the lowest cost a lead, a small model gave the highest."""
    metric, key = ("cpl", "channel") if "CPL" in question else ("leads", "region")
    time = "this year" if question.isascii() else "今年"
    order = [{"by": metric, "desc": given}]
    answer, _ = answered(
        serve, question, metrics=[metric], dimensions=[key], time=time, order=order, limit=3 if "3" in question else None
    )  # fmt: skip
    assert answer.plan[0]["args"]["order"][0].get("desc", True) is falling


def test_a_name_for_two_values_wants_both(serve):
    """西部 is 西北 and 西南: leaving out one of them is not leaving out the west."""
    answer, _ = answered(
        serve,
        "不包括西部的新客户数，上半年",
        metrics=["new_customers"],
        time="上半年",
        filters=WEST,
    )
    assert answer.status == "refused"
    assert "西部" in answer.error.message


def test_a_trend_is_not_one_figure(serve):
    answer, server = answered(serve, "近12个月赢单率走势", metrics=["win_rate"], time="近12个月")
    assert answer.status == "refused"
    assert "走势" in answer.error.message
    assert "走势" in str(server.requests[-1]["messages"])


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("上个月线索量超过100的渠道", {"dimensions": ["channel"]}),
        ("which channels' leads fell last month?", {"dimensions": ["channel"]}),
        ("哪些渠道上个月线索量环比下降了", {"dimensions": ["channel"], "compare": {"kind": "previous_period"}}),
        ("were leads up or down last month", {}),
        ("spend per lead by channel last month", {"metrics": ["marketing_spend"], "dimensions": ["channel"]}),
    ],
)  # fmt: skip
def test_a_condition_that_a_call_leaves_out_is_not_dropped_in_silence(serve, question, args):
    time = "last month" if "last month" in question else "上个月"
    answer, _ = answered(serve, question, **{"metrics": ["leads"], "time": time, **args})
    assert answer.status == "refused"


@pytest.mark.parametrize("values", [["渠道1", "渠道2"], ["channels"], ["channel"], ["渠道"]])
def test_names_of_the_dimension_itself_are_no_values(serve, values):
    """A small model fills every list of its schema."""
    filters = [{"dimension": "channel", "op": "in", "values": values}]
    answer, _ = answered(
        serve, "捞了多少线索量，上个月各渠道", metrics=["leads"], dimensions=["channel"], time="上个月", filters=filters
    )  # fmt: skip
    assert answer.status == "answered"
    assert "filters" not in answer.plan[0]["args"]


@pytest.mark.parametrize(
    ("question", "given", "kept"),
    [
        ("上个月各渠道线索量", {"kind": "range", "range": "上个月"}, None),
        ("上个月各渠道线索量环比", {"kind": "previous_period", "range": "上个月"}, {"kind": "previous_period"}),
    ],
)  # fmt: skip
def test_a_period_held_against_itself_is_no_comparison(serve, question, given, kept):
    answer, _ = answered(
        serve, question, metrics=["leads"], dimensions=["channel"], time="上个月", compare=given
    )
    assert answer.status == "answered"
    found = answer.plan[0]["args"].get("compare")
    assert found is None if kept is None else found is not None


def test_the_period_compared_with_is_the_one_said(serve):
    compare = {"kind": "previous_year", "range": "Q2"}
    answer, _ = answered(
        serve, "各渠道线索量Q3比Q2", metrics=["leads"], dimensions=["channel"], time="Q3", compare=compare
    )  # fmt: skip
    found = answer.plan[0]["args"]["compare"]
    assert (found["kind"], found["range"]["start"]) == ("range", "2026-04-01")


def test_a_breakdown_by_time_that_nobody_asked_for_is_not_made(serve):
    answer, _ = answered(
        serve, "lead to won rate by company size", metrics=["lead_to_won_rate"], dimensions=["size_band"], grain="month", per=["size_band"]
    )  # fmt: skip
    assert "grain" not in answer.plan[0]["args"]
    assert answer.plan[0]["args"]["dimensions"] == ["size_band"]


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("roi of baidu under last-touch attribution", {"metrics": ["marketing_roi"], "time": None, "filters": [{"dimension": "channel", "op": "in", "values": ["百度"]}]}),
        ("上个月各渠道线索量占比", {"dimensions": ["channel"]}),
    ],
)  # fmt: skip
def test_a_model_or_share_that_is_asked_for_is_not_left_out(serve, question, args):
    answer, _ = answered(serve, question, **{"metrics": ["leads"], "time": "上个月", **args})
    assert answer.status == "refused"


def test_as_many_as_are_asked_for_are_shown(serve):
    """Ten keywords were asked for; all of them were listed."""
    answer, _ = answered(
        serve, "上个月线索最多的3个渠道", metrics=["leads"], dimensions=["channel"], time="上个月"
    )
    assert len(answer.tables[0].rows) == 3


def test_metrics_beside_the_one_that_is_named_are_left_out(serve):
    answer, _ = answered(serve, "上个月各渠道的线索量", metrics=["leads", "cpl"], dimensions=["channel"], time="上个月")  # fmt: skip
    assert answer.plan[0]["args"]["metrics"] == ["leads"]


@pytest.mark.parametrize(
    ("question", "given", "op"),
    [
        ("线索量没超过462的渠道，Q3", "lt", "lte"),
        ("线索量不到462的渠道，Q3", "lte", "lt"),
        ("线索量至少462的渠道，Q3", "gt", "gte"),
    ],
)
def test_a_bound_is_as_the_question_says_it(serve, question, given, op):
    """Not over 500 is 500 too: a small model left it out."""
    having = [{"metric": "leads", "op": given, "value": 462}]
    answer, _ = answered(
        serve, question, metrics=["leads"], dimensions=["channel"], time="Q3", having=having
    )
    assert answer.plan[0]["args"]["having"][0]["op"] == op


@pytest.mark.parametrize(
    ("question", "limit"), [("上个月各渠道的线索量", 1), ("上个月线索最多和最少的3个渠道", 3)]
)
def test_a_limit_does_not_cut_what_is_asked_for(serve, question, limit):
    answer, _ = answered(
        serve, question, metrics=["leads"], dimensions=["channel"], time="上个月", limit=limit
    )
    assert "limit" not in answer.plan[0]["args"]
    assert len(answer.tables[0].rows) > 6


def test_a_percentage_is_a_part_of_one(serve):
    """Above 100% was read as above 10,000%."""
    having = [{"metric": "marketing_roi", "op": "gt", "value": 100}]
    answer, _ = answered(
        serve, "campaigns with marketing ROI above 100% this year", metrics=["marketing_roi"], dimensions=["campaign"], time="this year", having=having
    )  # fmt: skip
    assert answer.plan[0]["args"]["having"][0]["value"] == 1.0


def test_the_largest_fall_is_not_the_largest_value(serve):
    answer, _ = answered(
        serve, "上季度商机金额环比下降最多的大区", metrics=["pipeline_created"], dimensions=["region"], time="上季度", compare={"kind": "previous_period"}, order=[{"by": "pipeline_created", "desc": True}], limit=1
    )  # fmt: skip
    assert answer.status == "refused"


def test_a_value_added_to_one_that_is_said_is_not_used(serve):
    filters = [{"dimension": "channel", "op": "in", "values": ["百度", "头条"]}]
    answer, _ = answered(
        serve, "上个月百度的线索量", metrics=["leads"], time="上个月", filters=filters
    )
    assert answer.plan[0]["args"]["filters"][0]["values"] == ["百度"]
    assert "头条" in notes(answer)
