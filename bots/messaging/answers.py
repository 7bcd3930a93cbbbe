"""Answers that were sent, so that a button needs to hold no more than an id."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assistant.answer import Answer

_META = sa.MetaData()
_SENT = sa.Table(
    "channel_answers",
    _META,
    sa.Column("id", sa.String(120), primary_key=True),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("conversation", sa.String(400), nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
)
_FEEDBACK = sa.Table(
    "channel_feedback",
    _META,
    sa.Column("answer_id", sa.String(120), primary_key=True),
    sa.Column("person", sa.String(400), primary_key=True),
    sa.Column("sign", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
)


@dataclass(frozen=True)
class Sent:
    """An answer that was sent.

    Attributes:
        id: Opaque; what buttons hold.
        owner: User id whose rights it was computed with; "" where there are no policies.
        answer: The whole of it.
    """

    id: str
    owner: str
    answer: Answer


class Answers:
    """Keeps answers and what people thought of them.

    Args:
        engine: The state.
        clock: Unix seconds.
    """

    def __init__(self, engine: sa.Engine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._now = clock
        _META.create_all(engine)

    def keep(
        self, answer_id: str, channel: str, conversation: str, owner: str, answer: Answer
    ) -> None:
        """Store an answer; a second one of the same id replaces it."""
        row = {
            "id": answer_id,
            "channel": channel,
            "owner": owner,
            "conversation": conversation,
            "body": answer.to_json(),
            "at": self._now(),
        }
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_SENT).where(_SENT.c.id == answer_id))
            connection.execute(_SENT.insert(), row)

    def find(self, answer_id: str) -> Sent | None:
        """Return an answer by its id."""
        query = sa.select(_SENT).where(_SENT.c.id == answer_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return Sent(row.id, row.owner, Answer.model_validate_json(row.body)) if row else None

    def is_session(self, conversation: str) -> bool:
        """Whether an answer was given in a conversation."""
        query = sa.select(_SENT.c.id).where(_SENT.c.conversation == conversation).limit(1)
        with self._engine.connect() as connection:
            return connection.scalar(query) is not None

    def recent(self, channel: str, owner: str, limit: int = 5) -> tuple[str, ...]:
        """Return the last different questions of a user, newest first."""
        query = (
            sa.select(_SENT.c.body)
            .where(_SENT.c.channel == channel, _SENT.c.owner == owner)
            .order_by(_SENT.c.at.desc())
            .limit(limit * 4)
        )
        with self._engine.connect() as connection:
            bodies = connection.scalars(query).all()
        asked = (Answer.model_validate_json(b).question for b in bodies)
        return tuple(dict.fromkeys(q for q in asked if q))[:limit]

    def rate(self, answer_id: str, person: str, sign: str, reason: str = "") -> None:
        """Store what a person thought; their last word counts."""
        row = {
            "answer_id": answer_id,
            "person": person,
            "sign": sign,
            "reason": reason,
            "at": self._now(),
        }
        mine = (_FEEDBACK.c.answer_id == answer_id, _FEEDBACK.c.person == person)
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_FEEDBACK).where(*mine))
            try:
                connection.execute(_FEEDBACK.insert(), row)
            except IntegrityError:
                return  # the same person clicked twice at once: one of the two stands

    def feedback(self, answer_id: str) -> tuple[tuple[str, str, str], ...]:
        """Return person, sign and reason of everybody who rated an answer."""
        query = sa.select(_FEEDBACK).where(_FEEDBACK.c.answer_id == answer_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_FEEDBACK.c.at)).all()
        return tuple((r.person, r.sign, r.reason) for r in rows)
