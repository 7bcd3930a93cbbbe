"""Thumbs, with a reason: one verdict for an answer and a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from semantic_layer.state import Store

_META = sa.MetaData()
_FEEDBACK = sa.Table(
    "feedback",
    _META,
    sa.Column("answer_id", sa.String(32), primary_key=True),
    sa.Column("asker", sa.String(400), primary_key=True),
    sa.Column("verdict", sa.String(4), nullable=False),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
)
_MAX_COMMENT = 2_000
REASONS = ("wrong_number", "misunderstood", "wrong_period", "missing_data", "unclear", "other")


class Verdict(StrEnum):
    """Which thumb."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Said:
    """What one person thought of an answer.

    Attributes:
        asker: User, or a person of a chat channel such as `slack:U1`.
        verdict: Which thumb.
        reason: One of REASONS, or empty.
        comment: In their own words.
    """

    asker: str
    verdict: Verdict
    reason: str
    comment: str


class Feedback(Store):
    """Keeps verdicts."""

    meta = _META

    def say(
        self, answer_id: str, asker: str, verdict: Verdict, *, reason: str = "", comment: str = ""
    ) -> None:
        """Keep a verdict, in place of what the same person said of the same answer before."""
        row = {
            "answer_id": answer_id,
            "asker": asker,
            "verdict": verdict,
            "reason": reason if reason in REASONS else "",
            "comment": comment[:_MAX_COMMENT],
            "at": self._now(),
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(_FEEDBACK.delete().where(*_of(answer_id, asker)))
                connection.execute(_FEEDBACK.insert(), row)
        except IntegrityError:
            return  # the same person clicked twice at once: one of the two stands

    def take_back(self, answer_id: str, asker: str) -> None:
        """Forget what a person said of an answer."""
        with self._engine.begin() as connection:
            connection.execute(_FEEDBACK.delete().where(*_of(answer_id, asker)))

    def of(self, answer_id: str) -> tuple[Said, ...]:
        """Return what everybody said of an answer, oldest first."""
        query = sa.select(_FEEDBACK).where(_FEEDBACK.c.answer_id == answer_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_FEEDBACK.c.at)).all()
        return tuple(Said(r.asker, Verdict(r.verdict), r.reason, r.comment) for r in rows)


def _of(answer_id: str, asker: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_FEEDBACK.c.answer_id == answer_id, _FEEDBACK.c.asker == asker)
