"""Several answers as one: each keeps its own line, tables and pictures, in the asked order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.answer import Answer, Basis, Chart, Status, Table


def joined(question: str, answers: Sequence[Answer]) -> Answer:
    """Return one answer to a message that held several questions.

    It counts as answered when at least one question was; the text of the others says why
    not. The receipt lists everything; a period stands in it only where all share it.
    """
    first = answers[0]
    lines = [f"{i}. {a.headline}" for i, a in enumerate(answers, start=1)]
    open_ones = [a for a in answers if a.status == "clarify"]
    failed = [a for a in answers if a.error.code]
    return first.model_copy(
        update={
            "status": _status([a.status for a in answers]),
            "question": question,
            "headline": "\n".join(lines),
            "text": "\n\n".join(f"{i}. {a.text}" for i, a in enumerate(answers, 1) if a.text),
            "tables": tuple(t for i, a in enumerate(answers, 1) for t in _tables(a, i)),
            "charts": tuple(c for i, a in enumerate(answers, 1) for c in _charts(a, i)),
            "plan": tuple(call for a in answers for call in a.plan),
            "basis": _basis(answers),
            "clarify": open_ones[0].clarify if open_ones else first.clarify,
            "followups": answers[-1].followups,
            "export": next((a.export for a in answers if a.export), ""),
            "warnings": _unique(w for a in answers for w in a.warnings),
            "error": failed[0].error if failed else first.error,
        }
    )


def _status(all_of: Sequence[Status]) -> Status:
    order: tuple[Status, ...] = ("answered", "clarify", "denied", "refused", "empty", "error")
    return min(all_of, key=order.index)


def _name(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"


def _tables(answer: Answer, number: int) -> list[Table]:
    return [t.model_copy(update={"name": _name(t.name, number)}) for t in answer.tables]


def _charts(answer: Answer, number: int) -> list[Chart]:
    return [c.model_copy(update={"table": _name(c.table, number)}) for c in answer.charts]


def _basis(answers: Sequence[Answer]) -> Basis:
    parts = [a.basis for a in answers]
    times = {b.time.model_dump_json() for b in parts if b.time is not None}
    shared = parts[0].time if len(times) == 1 else None
    assumed = [f"{i}. {note}" for i, b in enumerate(parts, start=1) for note in b.assumptions]
    metrics = {str(m.get("id")): m for b in parts for m in b.metrics}
    return parts[0].model_copy(
        update={
            "metrics": tuple(metrics.values()),
            "dimensions": _unique(d for b in parts for d in b.dimensions),
            "filters": tuple(f for b in parts for f in b.filters),
            "time": shared,
            "assumptions": tuple(assumed),
            "rows": sum(b.rows for b in parts),
            "sql": tuple(s for b in parts for s in b.sql),
        }
    )


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
