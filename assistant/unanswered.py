"""Answers without a number: refused, denied, or failed, each with what to do."""

from __future__ import annotations

from typing import Literal

from assistant.answer import Answer, ErrorInfo
from assistant.basis import basis_of
from assistant.messages import localise
from assistant.plan import Refusal
from assistant.thread import Asked
from semantic_layer import AskmqlError


def refused(turn: Asked, refusal: Refusal) -> Answer:
    """Answer a question that was not understood, with what it may have meant."""
    message, hint = refusal.message.get(turn.lang), refusal.hint.get(turn.lang)
    return Answer(
        status="refused",
        question=turn.question,
        lang=turn.lang,
        headline=message,
        text=hint,
        basis=basis_of(turn),
        error=ErrorInfo(
            code=refusal.code, message=message, hint=hint, candidates=refusal.candidates
        ),
    )


def failed(
    turn: Asked, error: AskmqlError, status: Literal["denied", "refused", "error"]
) -> Answer:
    """Word an error in the asker's language: what, why, and what to do."""
    message, hint = localise(error, turn.layer.definitions, turn.lang)
    return Answer(
        status=status,
        question=turn.question,
        lang=turn.lang,
        headline=message,
        text=hint,
        basis=basis_of(turn),
        error=ErrorInfo(code=error.code, message=message, hint=hint, candidates=error.candidates),
    )


def broken(turn: Asked) -> Answer:
    """What the audit keeps of a question on which the product itself failed."""
    error = ErrorInfo(code="INTERNAL", message="unexpected failure")
    return Answer(status="error", question=turn.question, lang=turn.lang, error=error)
