"""What a model is told of a conversation, and how follow-ups to its answers are understood."""

from __future__ import annotations

from assistant.agent.recall import MAX_TOKENS, MOST_CALLS, summary_of
from assistant.agent.usage import estimate_tokens
from assistant.plan import ToolCall
from evals.fake_model import Say

ODD = "上个月咱们各渠道捞了多少潜客"
CALL = ("query_metrics", {"metrics": ["leads"], "dimensions": ["channel"], "time": "上个月"})
#: The lexicon is given no words for a ranking like this one.
TOP_ODD = "上个月咱们捞潜客最猛的三个渠道"
TOP = ("query_metrics", {"metrics": ["leads"], "dimensions": ["channel"], "time": "上个月", "order": [{"by": "leads", "desc": True}], "limit": 3})  # fmt: skip


def plan(metric: str, **args: object) -> ToolCall:
    return ToolCall(tool="query_metrics", args={"metrics": [metric], **args})


def test_a_follow_up_edits_a_models_plan_as_it_edits_any_other(serve):
    """The model's plan is remembered in words that the lexicon reads: no model is asked again."""
    assistant, server = serve([Say(calls=(CALL,))])
    first = assistant.ask(ODD, conversation="c", asker="manager")
    answer = assistant.ask("那按大区呢", conversation="c", asker="manager")
    assert (answer.basis.lane, len(server.requests)) == ("governed-lexicon", 1)
    assert answer.plan[0]["args"]["dimensions"] == ["region"]
    assert answer.basis.time.start == first.basis.time.start
    again = assistant.ask("只看华东", conversation="c", asker="manager")
    assert again.plan[0]["args"]["filters"][0]["values"] == ["华东"]
    assert again.plan[0]["args"]["metrics"] == ["leads"]


def test_the_same_edits_lead_to_the_same_query_in_both_lanes(serve):
    edits = ("那按大区呢", "只看百度", "换成MQL", "同比呢")
    assistant, _ = serve([Say(calls=(CALL,))])
    assistant.ask(ODD, conversation="m", asker="manager")
    assistant.ask("2026年9月各渠道线索量", conversation="l", asker="manager", planner="lexicon")
    for edit in edits:
        by_model = assistant.ask(edit, conversation="m", asker="manager")
        by_words = assistant.ask(edit, conversation="l", asker="manager", planner="lexicon")
        assert by_model.plan == by_words.plan


def test_a_plan_without_words_goes_back_to_the_model(serve):
    """It gets the stored plan and a summary of the plans before it, not what was typed."""
    region = ("query_metrics", {**TOP[1], "dimensions": ["region"], "time": "2026-09-01"})
    assistant, server = serve([Say(calls=(CALL,)), Say(calls=(TOP,)), Say(calls=(region,))])
    assistant.ask(ODD, conversation="c", asker="manager")
    assistant.ask(TOP_ODD, conversation="c", asker="manager", planner="llm")
    answer = assistant.ask("那按大区呢", conversation="c", asker="manager")
    sent = server.requests[2]["messages"][1]["content"]
    assert "<previous_call>" in sent
    assert '"limit":3' in sent
    assert "<earlier_calls>" in sent
    assert "潜客" not in sent
    assert (answer.basis.lane, answer.plan[0]["args"]["limit"]) == ("governed-llm", 3)


def test_undo_takes_the_plan_back_too(serve):
    """What was undone is not what a model goes on from."""
    assistant, _ = serve([Say(calls=(TOP,))])
    store = assistant.router.plans
    first = assistant.ask("上个月各渠道线索量", conversation="c", asker="manager")
    assistant.ask("那按大区呢", conversation="c", asker="manager")
    again = assistant.ask("撤销", conversation="c", asker="manager")
    assert again.tables[0].rows == first.tables[0].rows
    kept = [c.call.args["dimensions"] for c in store.history("c", "manager")]
    assert kept == [["channel"]]
    assert assistant.ask("撤销", conversation="c", asker="manager").status == "refused"
    assert store.history("c", "manager") == ()


def test_undo_of_a_models_plan_asks_no_model(serve):
    assistant, server = serve([Say(calls=(TOP,))])
    first = assistant.ask("上个月各渠道线索量", conversation="c", asker="manager")
    assistant.ask(TOP_ODD, conversation="c", asker="manager", planner="llm")
    again = assistant.ask("撤销", conversation="c", asker="manager")
    assert (again.tables[0].rows, len(server.requests)) == (first.tables[0].rows, 1)
    follow = assistant.ask("只看华东", conversation="c", asker="manager")
    assert (follow.basis.lane, len(server.requests)) == ("governed-lexicon", 1)


def test_undo_returns_to_a_models_plan(serve):
    assistant, server = serve([Say(calls=(TOP,))])
    first = assistant.ask(TOP_ODD, conversation="c", asker="manager", planner="llm")
    assistant.ask("上季度订单金额按产品", conversation="c", asker="manager")
    again = assistant.ask("撤销", conversation="c", asker="manager")
    assert (again.tables[0].rows, again.basis.lane) == (first.tables[0].rows, "governed-llm")
    assert len(server.requests) == 1
    assert [c.model_only for c in assistant.router.plans.history("c", "manager")] == [True]


def test_a_long_thread_is_told_in_a_bounded_summary(serve):
    calls = [plan(f"metric_{n}", dimensions=["channel"] * 3) for n in range(50)]
    text = summary_of(calls)
    assert len(text.splitlines()) <= MOST_CALLS
    assert estimate_tokens(text) <= MAX_TOKENS
    assert "metric_49" in text
    assert 'metric_0"' not in text
    assert summary_of(calls) == text


def test_the_newest_plan_stays_when_room_is_short():
    long = [
        plan("leads", filters=[{"dimension": "campaign", "values": ["x" * 300]}]) for _ in range(3)
    ]
    text = summary_of([*long, plan("leads"), plan("leads")])
    assert text.splitlines()[-1] == '{"tool":"query_metrics","metrics":["leads"]}'
    assert estimate_tokens(text) <= MAX_TOKENS
    assert text.count('{"tool":"query_metrics","metrics":["leads"]}') == 1


def test_no_more_than_the_last_plans_are_kept(serve):
    assistant, _ = serve([Say(calls=(CALL,))])
    store = assistant.router.plans
    for n in range(40):
        store.keep("c", "manager", plan(f"m{n}"), model_only=False)
    store.keep("c", "other", plan("theirs"), model_only=True)
    kept = [c.call.args["metrics"][0] for c in store.history("c", "manager")]
    assert kept == [f"m{n}" for n in range(28, 40)]


def test_what_a_model_used_is_audited(serve):
    """Tokens, cost, calls and the model's name, for answers and for failures alike."""
    assistant, _ = serve([Say(calls=(CALL,))], price_in=2.0, price_out=8.0)
    found = assistant.ask(ODD, asker="manager")
    record = next(r for r in assistant.audit.search() if r.open.get("trace") == found.trace_id)
    assert record.open["lane"] == "governed-llm"
    assert record.open["usage"]["model"] == "fake"
    assert record.open["usage"]["calls"] == 1
    assert record.open["usage"]["prompt_tokens"] == 700
    assert record.open["usage"]["completion_tokens"] == 60
    assert record.open["usage"]["cost"] > 0
    assert not assistant.audit.verify().problem


def test_usage_is_told_also_of_what_the_model_could_not_do(serve):
    """The cap of an evaluation counts every call, so a refusal must report its calls."""
    wrong = ("query_metrics", {"metrics": ["no_such"], "time": "上个月"})
    assistant, _ = serve([Say(calls=(wrong,))])
    answer = assistant.ask(ODD, asker="manager", planner="llm")
    assert answer.status == "refused"
    assert answer.basis.usage["calls"] >= 1


def test_an_answer_without_a_model_has_no_usage_in_the_audit(serve):
    assistant, _ = serve([Say(calls=(CALL,))])
    found = assistant.ask("上个月线索量", asker="manager")
    record = next(r for r in assistant.audit.search() if r.open.get("trace") == found.trace_id)
    assert "usage" not in record.open
