"""The question sets with a language model: capped in money and tokens, resumable, scored by field."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant import Answer, Assistant
from assistant.router import PlannerName
from evals.proposals import Proposal, scores
from evals.scorers import Case, Outcome, Seen, judge
from semantic_layer import SemanticLayer


@dataclass(frozen=True)
class Cap:
    """Where a run ends, counted over all its sittings.

    Attributes:
        money: In the money of the model's prices; None is no cap.
        tokens: Prompt and reply together; None is no cap.
        cases: How many questions at most.
    """

    money: float | None = None
    tokens: int | None = None
    cases: int | None = None


@dataclass
class Sitting:
    """What a run has seen so far, in a file that a later run continues.

    Attributes:
        proposed: The last call that the model made for a question, accepted or not.
        usage: Calls, tokens, money.
    """

    path: Path | None = None
    seen: dict[str, Seen] = field(default_factory=dict)
    proposed: dict[str, Proposal] = field(default_factory=dict)
    usage: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if self.path is None or not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            call = row.get("proposed")
            self._take(row["key"], Seen(**_tuples(row["seen"])), call, row["usage"])

    def _take(
        self, key: str, seen: Seen, call: dict[str, Any] | None, usage: dict[str, float]
    ) -> None:
        self.seen[key] = seen
        if call is not None:
            self.proposed[key] = Proposal(**call)
        self.usage.update(usage)

    def add(self, key: str, seen: Seen, proposed: Proposal | None, usage: dict[str, float]) -> None:
        """Keep one question, on disk at once."""
        call = asdict(proposed) if proposed else None
        self._take(key, seen, call, usage)
        if self.path is not None:
            row = {"key": key, "seen": asdict(seen), "proposed": call, "usage": usage}
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")

    def is_over(self, cap: Cap) -> bool:
        """Whether a cap is reached."""
        tokens = self.usage["prompt_tokens"] + self.usage["reply_tokens"]
        return (
            (cap.money is not None and self.usage["money"] >= cap.money)
            or (cap.tokens is not None and tokens >= cap.tokens)
            or (cap.cases is not None and len(self.seen) >= cap.cases)
        )


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}


def run(
    assistant: Assistant, cases: Iterable[Case], planner: PlannerName, cap: Cap, sitting: Sitting
) -> tuple[Outcome, ...]:
    """Ask what was not asked yet, until a cap is reached; return the verdicts on all that was.

    A question that failed for the model's sake (busy, no connection) is asked again next time.
    """
    asked = tuple(cases)
    heard: list[Proposal] = []
    lane = assistant.router.lane
    if lane is not None:
        lane.hear = lambda _, tool, args: heard.append(Proposal(tool, args))
    for case in asked:
        if sitting.is_over(cap):
            break
        if case.key in sitting.seen:
            continue
        heard.clear()
        answer = assistant.ask(case.q, asker=case.user, planner=planner)
        if answer.error.code == "BUDGET_SPENT":
            break
        if not answer.error.code.startswith("MODEL_") or answer.error.code == "MODEL_BAD_REPLY":
            sitting.add(
                case.key, seen_of(answer), _proposal(answer, heard), dict(answer.basis.usage)
            )
    return tuple(judge(c, sitting.seen[c.key]) for c in asked if c.key in sitting.seen)


def _proposal(answer: Answer, heard: list[Proposal]) -> Proposal | None:
    """The call that was accepted, else the last one that was made."""
    if answer.plan:
        return Proposal(**answer.plan[0])
    return heard[-1] if heard else None


def seen_of(answer: Answer) -> Seen:
    """Return what is scored of an answer."""
    return Seen(
        status=answer.status,
        plan=answer.plan,
        headline=answer.headline,
        error=f"{answer.error.code} {answer.error.message}".strip(),
        choices=tuple(choice.label for choice in answer.clarify.choices),
        ms=answer.timings_ms.get("total", 0.0),
    )


def by_field(
    cases: Iterable[Case], sitting: Sitting, layer: SemanticLayer
) -> dict[str, tuple[int, int]]:
    """Return field -> (right, of), over every question that was asked and whose query is known."""
    asked = (c for c in cases if c.key in sitting.seen and c.expect.query)
    return scores(asked, sitting.proposed, layer)


def told(sitting: Sitting, fields: dict[str, tuple[int, int]]) -> str:
    """Return the scores by field, and what the run has used."""
    lines = [f"{name:<12}{right:>5} / {of}" for name, (right, of) in fields.items()]
    used = ", ".join(f"{name} {value:g}" for name, value in sitting.usage.items())
    return "\n".join(
        [
            "",
            "right by field, of all that were asked (what the model proposed, accepted or not):",
            *lines,
            f"used: {used or 'nothing'}",
        ]
    )
