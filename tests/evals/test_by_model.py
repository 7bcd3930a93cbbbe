"""Evaluating a model: capped, resumable, scored by field."""

from __future__ import annotations

from pathlib import Path

from assistant import Answer
from evals.by_model import Cap, Sitting, by_field, run
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


def test_fields_are_scored_apart():
    sitting = Sitting()
    run(Stub(), CASES, "llm", Cap(), sitting)
    scores = by_field(CASES, sitting)
    assert scores["metrics"] == (4, 4)
    assert scores["time"] == (4, 4)
    assert scores["dimensions"] == (0, 4)
