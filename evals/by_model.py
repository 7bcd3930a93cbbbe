"""The question sets with a language model: capped in money and tokens, resumable, scored by field."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant import Answer, Assistant
from assistant.router import PlannerName
from evals.scorers import Case, Outcome, Seen, judge
from semantic_layer import Query

FIELDS = (
    "metrics",
    "dimensions",
    "filters",
    "time",
    "grain",
    "compare",
    "having",
    "order",
    "limit",
)


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
        usage: Calls, tokens, money.
    """

    path: Path | None = None
    seen: dict[str, Seen] = field(default_factory=dict)
    usage: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if self.path is None or not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            self._take(row["key"], Seen(**_tuples(row["seen"])), row["usage"])

    def _take(self, key: str, seen: Seen, usage: dict[str, float]) -> None:
        self.seen[key] = seen
        self.usage.update(usage)

    def add(self, key: str, seen: Seen, usage: dict[str, float]) -> None:
        """Keep one question, on disk at once."""
        self._take(key, seen, usage)
        if self.path is not None:
            row = {"key": key, "seen": asdict(seen), "usage": usage}
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
    for case in asked:
        if sitting.is_over(cap):
            break
        if case.key in sitting.seen:
            continue
        answer = assistant.ask(case.q, asker=case.user, planner=planner)
        if answer.error.code == "BUDGET_SPENT":
            break
        if not answer.error.code.startswith("MODEL_") or answer.error.code == "MODEL_BAD_REPLY":
            sitting.add(case.key, seen_of(answer), dict(answer.basis.usage))
    return tuple(judge(c, sitting.seen[c.key]) for c in asked if c.key in sitting.seen)


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


def by_field(cases: Iterable[Case], sitting: Sitting) -> dict[str, tuple[int, int]]:
    """Return field -> (right, of), over the answered questions whose query is known."""
    right: Counter[str] = Counter()
    total = 0
    for case in cases:
        seen = sitting.seen.get(case.key)
        if seen is None or not case.expect.query or not seen.plan:
            continue
        total += 1
        right.update(_right(case.expect.query, seen.plan[0].get("args", {})))
    return {name: (right[name], total) for name in FIELDS}


def _right(wanted: dict[str, Any], got: dict[str, Any]) -> Iterator[str]:
    try:
        ours, theirs = (Query.model_validate(q) for q in (wanted, got))
    except ValueError:
        return
    for name in FIELDS:
        if _plain(getattr(ours, name)) == _plain(getattr(theirs, name)):
            yield name


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return frozenset(map(str, value))
    return (getattr(value, "start"), getattr(value, "end")) if hasattr(value, "start") else value  # noqa: B009 - of any type


def told(sitting: Sitting, fields: dict[str, tuple[int, int]]) -> str:
    """Return the scores by field, and what the run has used."""
    lines = [f"{name:<12}{right:>5} / {of}" for name, (right, of) in fields.items()]
    used = ", ".join(f"{name} {value:g}" for name, value in sitting.usage.items())
    return "\n".join(["", "right by field, of the answered:", *lines, f"used: {used or 'nothing'}"])
