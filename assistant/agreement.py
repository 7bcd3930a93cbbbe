"""Both lanes on one question: do they mean the same, and where do they differ?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.answer import Answer
    from assistant.ask import Assistant


@dataclass(frozen=True)
class Agreement:
    """What the two lanes made of a question.

    Attributes:
        differences: (what, by the lexicon, by the model) for each part that differs; empty when
            they agree.
    """

    lexicon: Answer
    model: Answer
    differences: tuple[tuple[str, str, str], ...]


def agree(assistant: Assistant, question: str, *, asker: str | None = None) -> Agreement:
    """Ask both lanes and compare status, plan and rows."""
    one = assistant.ask(question, asker=asker, planner="lexicon")
    other = assistant.ask(question, asker=asker, planner="llm")
    found: list[tuple[str, str, str]] = [("status", one.status, other.status)]
    mine, its = ({k: str(v) for k, v in _args(a).items()} for a in (one, other))
    found += [(name, mine.get(name, "-"), its.get(name, "-")) for name in sorted({*mine, *its})]
    rows = [str(sorted(map(str, a.tables[0].rows))) if a.tables else "" for a in (one, other)]
    if rows[0] != rows[1]:
        found.append(("rows", _count(one), _count(other)))
    different = tuple(f for f in found if f[1] != f[2] or f[0] == "rows")
    return Agreement(one, other, different)


def _count(answer: Answer) -> str:
    return str(len(answer.tables[0].rows)) if answer.tables else "0"


def _args(answer: Answer) -> dict[str, object]:
    if not answer.plan:
        return {}
    return {"tool": answer.plan[0].get("tool"), **answer.plan[0].get("args", {})}
