"""Optional arguments are kept from small models only where a question gives no cause for them."""

from __future__ import annotations

import pytest

from assistant.agent.accept import Acceptor
from assistant.agent.offered import period_words, unasked, without
from assistant.agent.schema import tool_schema
from assistant.planner.lexicon import build_lexicon
from assistant.timeparse import find_times
from evals.fake_model import Say
from evals.run import CASES, load_cases
from semantic_layer.scope import EVERYTHING

FIELDS = (
    "filters",
    "dimensions",
    "grain",
    "time",
    "compare",
    "parameters",
    "having",
    "order",
    "limit",
    "per",
    "other",
    "share",
    "fill",
)


@pytest.fixture(scope="module")
def layer(starforge):
    return starforge.layer


@pytest.fixture(scope="module")
def lexicon(layer):
    return build_lexicon(layer, EVERYTHING)


def said(layer, question):
    ctx = layer.context
    return tuple(find_times(question, today=layer.today, as_of=ctx.as_of, calendar=ctx.calendar))


def test_no_question_of_the_sets_is_kept_from_what_it_needs(layer, lexicon):
    """A field that is kept back cannot be filled: the condition would be lost in silence."""
    wrong = []
    for case in load_cases(CASES):
        query = dict(case.expect.query or {})
        # the lexicon leaves nameless rows out of rankings of its own accord
        query["filters"] = [f for f in query.get("filters") or () if f.get("op") != "not_null"]
        slots = Acceptor(layer, EVERYTHING, lexicon, case.q).slots
        gone = unasked(case.q, lexicon, said(layer, case.q), slots)
        wrong += [(case.q, name) for name in FIELDS if query.get(name) and name in gone]
    assert wrong == []


@pytest.mark.parametrize(
    ("question", "gone"),
    [
        ("上季度华东的赢单率", {"dimensions", "compare", "share", "parameters", "having", "limit"}),
        ("leads from search engines last month", {"dimensions", "compare", "share", "having"}),
        ("各大区客户的订单金额", {"filters", "time", "compare", "share"}),
        ("cost per lead for each channel in Q3", {"compare", "share", "other"}),
    ],
)
def test_a_plain_question_is_offered_few_fields(layer, lexicon, question, gone):
    slots = Acceptor(layer, EVERYTHING, lexicon, question).slots
    assert gone <= unasked(question, lexicon, said(layer, question), slots)


def test_periods_can_only_be_those_that_the_question_says(layer):
    assert period_words(said(layer, "9月线索比8月多多少")) == {"time": ("9月",)}
    both = period_words(said(layer, "8月和9月的线索"))
    assert both["time"] == both["range"] == ("8月", "9月")
    assert period_words(said(layer, "线索有多少")) == {}


def test_what_a_tool_needs_is_never_taken_away():
    schema = without(tool_schema("query_metrics"), ["metrics", "share"])
    assert "metrics" in schema["properties"]
    assert "share" not in schema["properties"]
    assert "share" in tool_schema("query_metrics")["properties"]


@pytest.mark.parametrize(
    ("question", "args", "told"),
    [
        ("各大区客户的订单金额", {"metrics": ["won_revenue"], "dimensions": ["region"]}, "客户"),
        ("各大区的订单金额", {"metrics": ["won_revenue"], "dimensions": ["region"], "time": "region"}, "region"),
    ],
)  # fmt: skip
def test_what_a_model_need_not_use_or_makes_up_is_told(serve, question, args, told):
    assistant, _ = serve([Say(calls=(("query_metrics", args),))])
    answer = assistant.ask(question, planner="llm")
    assert answer.status == "answered"
    assert any(told in text for text in answer.basis.assumptions)


def test_a_limit_that_nobody_asked_for_cuts_nothing(serve):
    args = {"metrics": ["leads"], "dimensions": ["channel"], "time": "上个月", "limit": 10}
    assistant, _ = serve([Say(calls=(("query_metrics", args),))])
    answer = assistant.ask("上个月各渠道线索量", planner="llm")
    assert answer.status == "answered"
    assert len(answer.tables[0].rows) == answer.tables[0].total_rows > 10


def test_a_period_ends_where_a_name_begins(serve):
    """上个月 | 中大型企业 was read as the middle of last month."""
    medium = {"dimension": "size_band", "op": "in", "values": ["500-1999人"]}
    args = {"metrics": ["leads"], "time": "上个月中", "filters": [medium]}
    assistant, _ = serve([Say(calls=(("query_metrics", args),))] * 3)
    answer = assistant.ask("上个月中大型企业的线索量", planner="llm")
    assert answer.status != "answered" or answer.basis.time.start == "2026-09-01"
