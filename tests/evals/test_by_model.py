"""Evaluating a model: capped, resumable, scored by field."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from assistant import Answer, Assistant
from evals.by_model import Cap, Sitting, by_field, run
from evals.proposals import Proposal, right_fields, spread
from evals.scorers import Case, Expect

CALL = {"tool": "query_metrics", "args": {"metrics": ["leads"], "time": {"start": "2026-09-01", "end": "2026-10-01"}}}  # fmt: skip
CASES = tuple(
    Case(q=f"question {n}", expect=Expect(query={**CALL["args"], "dimensions": ["channel"]}))
    for n in range(4)
)


class Stub:
    """Answers every question alike and counts."""

    def __init__(self, code: str = "") -> None:
        self.asked: list[str] = []
        self.code = code
        self.router = SimpleNamespace(lane=SimpleNamespace())

    def ask(self, question: str, **_: object) -> Answer:
        self.asked.append(question)
        usage = {"calls": 1.0, "prompt_tokens": 90.0, "reply_tokens": 10.0, "money": 0.5}
        fields = {"status": "answered", "question": question, "lang": "en", "plan": (CALL,)}
        if self.code:
            fields |= {"status": "error", "plan": (), "error": {"code": self.code}}
        return Answer.model_validate({**fields, "basis": {"usage": usage}})


def test_a_run_stops_at_its_cap_and_is_continued(tmp_path: Path):
    path = tmp_path / "run.jsonl"
    first, second = Stub(), Stub()
    assert len(run(first, CASES, "llm", Cap(money=1.0), Sitting(path))) == 2
    outcomes = run(second, CASES, "llm", Cap(money=10), Sitting(path))
    assert (len(outcomes), second.asked) == (4, ["question 2", "question 3"])
    assert Sitting(path).usage["money"] == 2.0


def test_tokens_and_cases_are_caps_too():
    assert len(run(Stub(), CASES, "llm", Cap(tokens=100), Sitting())) == 1
    assert len(run(Stub(), CASES, "llm", Cap(cases=3), Sitting())) == 3


def test_what_failed_for_the_models_sake_is_asked_again():
    sitting = Sitting()
    assert run(Stub("MODEL_TIMEOUT"), CASES, "llm", Cap(), sitting) == ()
    assert sitting.seen == {}


def test_fields_are_scored_apart(starforge: Assistant):
    sitting = Sitting()
    run(Stub(), CASES, "llm", Cap(), sitting)
    scores = by_field(CASES, sitting, starforge.layer)
    assert scores["metric"] == scores["time"] == scores["filter"] == (4, 4)
    assert scores["dimension"] == scores["whole plan"] == (0, 4)


def test_a_proposal_is_scored_whether_accepted_or_not(starforge: Assistant):
    """What the model called before our checks sent it back; periods are still its words."""
    wanted = {"metrics": ["leads"], "time": {"start": "2026-09-01", "end": "2026-10-01"}, "compare": {"kind": "previous_year"}}  # fmt: skip
    case = Case(q="q", expect=Expect(query=wanted))
    args = {"metrics": ["leads"], "time": "last month", "dimensions": None, "compare": {"kind": "previous_period"}}  # fmt: skip
    right = right_fields(case, Proposal("query_metrics", args), starforge.layer)
    assert right == {"metric", "dimension", "filter", "time"}
    assert right_fields(case, Proposal("describe_metric", args), starforge.layer) == frozenset()
    assert right_fields(case, Proposal("query_metrics", {"metrics": 3}), starforge.layer) == {"dimension", "filter"}  # fmt: skip


def test_a_sample_has_as_many_questions_of_each_language():
    cases = [Case(q=f"{'问题' if n % 3 else 'question'} {n}", expect=Expect(query=CALL["args"])) for n in range(90)]  # fmt: skip
    picked = spread(cases, 40)
    assert len({c.q for c in picked}) == 40
    assert sum("问题" in c.q for c in picked) == 20
