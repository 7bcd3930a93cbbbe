"""Thumbs, with a reason: one verdict for an answer and a person."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from semantic_layer.state import Store

_META = sa.MetaData()
_FEEDBACK = sa.Table(
    "feedback",
    _META,
    sa.Column("answer_id", sa.String(32), primary_key=True),
    sa.Column("asker", sa.String(200), primary_key=True),
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
        mine = (_FEEDBACK.c.answer_id == answer_id, _FEEDBACK.c.asker == asker)
        with self._engine.begin() as connection:
            connection.execute(_FEEDBACK.delete().where(*mine))
            connection.execute(_FEEDBACK.insert().values(**row))

    def of(self, answer_id: str, asker: str) -> tuple[Verdict, str, str] | None:
        """Return verdict, reason and comment; None when nothing was said."""
        mine = (_FEEDBACK.c.answer_id == answer_id, _FEEDBACK.c.asker == asker)
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(_FEEDBACK).where(*mine)).first()
        return (Verdict(row.verdict), row.reason, row.comment) if row is not None else None
