"""Errors that are really a question: several things fit, and each of them can be chosen."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.answer import Answer, Clarify, ClarifyChoice
from assistant.basis import basis_of
from assistant.messages import localise
from assistant.plan import Plan
from assistant.thread import Asked
from semantic_layer import QueryError

_FILLS: Mapping[str, tuple[str, tuple[str, ...]]] = {"LEAD_AMBIGUOUS": ("lead", ("company",))}
"""Code -> the argument that a candidate fills, and those that it makes superfluous."""


def offered(turn: Asked, plan: Plan, error: QueryError) -> Answer | None:
    """Return the candidates of an error as choices; None if it offers nothing to choose."""
    fill = _FILLS.get(error.code)
    if fill is None or len(plan.calls) != 1:
        return None
    name, dropped = fill
    call = plan.calls[0].model_dump(mode="json")
    kept = {k: v for k, v in call["args"].items() if k not in dropped}
    choices = tuple(
        ClarifyChoice(label=c, plan=({**call, "args": {**kept, name: c}},))
        for c in error.candidates
    )
    question, _ = localise(error, turn.layer.definitions, turn.lang)
    return Answer(
        status="clarify", question=turn.question, lang=turn.lang, headline=question,
        clarify=Clarify(question=question, choices=choices), basis=basis_of(turn),
    )  # fmt: skip
