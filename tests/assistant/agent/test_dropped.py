"""Calls that leave out, or turn into something else, what the question says: never carried out."""

from __future__ import annotations

import pytest

from evals.fake_model import Say

LAST = {"time": "上个月"}
CASES = {
    "another metric than the one named": ("leads for Baidu last month", {"metrics": ["leads_won"], "time": "last month", "filters": [{"dimension": "channel", "op": "in", "values": ["百度"]}]}),
    "a breakdown left out": ("上个月咱们各渠道的线索量", {"metrics": ["leads"], **LAST}),
    "a value only grouped by": ("上个月华东捞了多少线索量", {"metrics": ["leads"], "dimensions": ["region"], **LAST}),
    "more metrics than asked for": ("gimme leads for last month", {"metrics": ["leads", "cpl", "leads_won"], "time": "last month"}),
    "a threshold on names": ("industries with won revenue over 10 million last year", {"metrics": ["won_revenue"], "dimensions": ["industry"], "time": "last year", "filters": [{"dimension": "industry", "op": "gt", "values": ["10 million"]}]}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_call_that_says_something_else_is_not_carried_out(serve, case: str):
    question, args = CASES[case]
    assistant, _ = serve([Say(calls=(("query_metrics", args),))])
    answer = assistant.ask(question, planner="llm")
    assert answer.status not in {"answered", "empty"}


def test_a_metric_computed_from_the_named_one_is_accepted(serve):
    """`cost of the leads` is the cost per lead: leads are used, inside it."""
    args = {"metrics": ["cpl"], "time": "last month"}
    assistant, _ = serve([Say(calls=(("query_metrics", args),))])
    assert (
        assistant.ask("what did the leads cost us last month", planner="llm").status == "answered"
    )


def test_known_words_are_no_reason_to_give_up(serve):
    """A small model says that it cannot answer for a channel that it was told of."""
    good = {"metrics": ["leads"], "time": "last month", "filters": [{"dimension": "channel", "op": "in", "values": ["百度"]}]}  # fmt: skip
    assistant, _ = serve(
        [Say(calls=(("cannot_answer", {"words": "Baidu"}),)), Say(calls=(("query_metrics", good),))]
    )
    assert assistant.ask("leads for Baidu last month", planner="llm").status == "answered"


def test_a_clear_metric_leaves_nothing_to_ask_back(serve):
    call = ("query_metrics", {"metrics": ["leads"], "time": "last month"})
    assistant, server = serve([Say(calls=(call,))])
    assistant.ask("leads for last month", planner="llm")
    names = {t["function"]["name"] for t in server.requests[0]["tools"]}
    assert "ask_back" not in names
    assert "query_metrics" in names


@pytest.mark.parametrize("said", ["last_month", "2026-09", "month", "period"])
def test_the_only_period_of_a_question_is_meant(serve, said: str):
    """A model that does not quote the period word for word can only mean the one there is."""
    assistant, server = serve(
        [Say(calls=(("query_metrics", {"metrics": ["leads"], "time": said}),))]
    )
    answer = assistant.ask("gimme leads for last month", planner="llm")
    assert answer.status == "answered"
    assert (answer.basis.time.start, answer.basis.time.end) == ("2026-09-01", "2026-10-01")
    assert len(server.requests) == 1


@pytest.mark.parametrize("said", ["2026-08", "last week", "yesterday", "mom"])
def test_other_dates_than_those_said_are_a_contradiction(serve, said: str):
    call = ("query_metrics", {"metrics": ["leads"], "time": said})
    assistant, _ = serve([Say(calls=(call,))])
    answer = assistant.ask("gimme leads for last month", planner="llm")
    assert answer.status not in {"answered", "empty"}


@pytest.mark.parametrize(
    "question", ["leads last month except Baidu pls", "上个月不包括百度的线索量咋样"]
)
def test_what_is_left_out_is_not_what_is_asked_for(serve, question: str):
    """A small model gave the figures of the very region that the question left out."""
    period = "last month" if question.isascii() else "上个月"
    only, without = (
        {"metrics": ["leads"], "time": period,
         "filters": [{"dimension": "channel", "op": op, "values": ["百度"]}]}
        for op in ("in", "not_in")
    )  # fmt: skip
    assistant, _ = serve([Say(calls=(("query_metrics", only),))])
    assert assistant.ask(question, planner="llm").status not in {"answered", "empty"}
    assistant, _ = serve([Say(calls=(("query_metrics", without),))])
    assert assistant.ask(question, planner="llm").status == "answered"
