"""Approved questions: exact and near repetitions, moved in time, never saved by themselves."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.plan import ToolCall
from assistant.verified import propose
from evals.fake_model import Say
from semantic_layer import QueryError

ODD = "上个月咱们各渠道捞了多少潜客"
ARGS = {"metrics": ["leads"], "dimensions": ["channel"], "time": "上个月"}


@pytest.fixture
def approved(serve):
    assistant, server = serve([Say(calls=(("query_metrics", ARGS),))])
    call, answer = propose(assistant, ODD, ARGS, asker="manager")
    assert answer.status == "answered"
    assistant.router.plans.approve(ODD, call, "analyst")
    return assistant, server


def labels(answer):
    return " ".join(answer.basis.assumptions)


def test_the_same_question_is_answered_as_approved_without_a_model(approved):
    assistant, server = approved
    answer = assistant.ask(ODD)
    assert answer.status == "answered"
    assert "已验证：analyst" in labels(answer)
    assert server.requests == []


def test_its_period_moves_with_the_day(approved):
    assistant, _ = approved
    answer = assistant.ask(ODD, today=date(2026, 7, 15))
    assert answer.basis.time.start == "2026-06-01"


def test_another_period_in_the_same_words_is_the_same_question(approved):
    assistant, server = approved
    answer = assistant.ask("上季度咱们各渠道捞了多少潜客")
    assert "已验证" in labels(answer)
    assert (answer.basis.time.start, answer.basis.time.end) == ("2026-07-01", "2026-10-01")
    assert server.requests == []


def test_a_close_wording_is_marked_as_such(approved):
    assistant, _ = approved
    answer = assistant.ask("上个月咱们各渠道捞了多少的潜客")
    assert "已验证（相近问法）" in labels(answer)


def test_another_name_or_figure_is_another_question(approved):
    assistant, _ = approved
    for other in ("上个月咱们各大区捞了多少潜客", "上个月咱们各渠道捞了多少潜客，前3名"):
        assert "已验证" not in labels(assistant.ask(other))


def test_a_models_plan_is_not_saved_by_itself(serve):
    assistant, _ = serve([Say(calls=(("query_metrics", ARGS),))])
    assistant.ask(ODD)
    assert assistant.router.plans.verified() == ()


def test_approved_questions_are_examples_for_a_model(approved):
    assistant, server = approved
    assistant.ask("上个月咱们各大区捞了多少潜客")
    assert "<approved_examples>" in server.requests[0]["messages"][1]["content"]


def test_an_approval_can_be_withdrawn(approved):
    assistant, _ = approved
    number = assistant.router.plans.verified()[0].id
    assert assistant.router.plans.withdraw(number)
    assert not assistant.router.plans.withdraw(number)
    assert assistant.ask(ODD, planner="lexicon").status == "refused"


def test_a_lexicon_plan_is_proposed_in_the_questions_words(serve):
    assistant, _ = serve([Say(content="")])
    call, _ = propose(assistant, "上个月各渠道线索量", None, asker="manager")
    assert call == ToolCall(tool="query_metrics", args={**ARGS})


def test_what_is_not_answered_cannot_be_proposed(starforge):
    with pytest.raises(QueryError):
        propose(starforge, "火星上的线索有多少", None, asker="manager")
