"""Answers on disk: for history, for export, and for buttons that hold nothing but an id."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from assistant.answer import Answer
from semantic_layer.state import Store

META = sa.MetaData()
_ANSWERS = sa.Table(
    "answers",
    META,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("asker", sa.String(200), nullable=False),
    sa.Column("rights", sa.String(16), nullable=False),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("conversation", sa.String(400), nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("body", sa.Text),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Index("answers_of", "asker", "conversation", "number"),
    sa.Index("answers_in", "conversation"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A question and its answer.

    Attributes:
        id: Opaque; not guessable.
        asker: Whose it is.
        rights: Fingerprint of the rights it was answered with.
        conversation: Thread.
        question: As typed.
        answer: None while it is being worked on.
        at: Unix seconds.
    """

    id: str
    asker: str
    rights: str
    conversation: str
    question: str
    answer: Answer | None
    at: float


@dataclass(frozen=True, slots=True)
class Conversation:
    """One line of the history.

    Attributes:
        id: Thread.
        title: Its first question.
        at: Unix seconds of the last question.
    """

    id: str
    title: str
    at: float


class Answers(Store):
    """Keeps answers of the page, of REST and of chat channels."""

    meta = META

    def open(
        self, question: str, *, asker: str, channel: str, conversation: str, answer_id: str = ""
    ) -> str:
        """Note a question and return its id; one that is noted already stays as it is.

        Args:
            question: As typed.
            asker: Whose rights count.
            channel: Where it was asked.
            conversation: Thread.
            answer_id: Opaque and not guessable; empty makes one.
        """
        row = {
            "id": answer_id or secrets.token_urlsafe(15),
            "asker": asker,
            "rights": "",
            "channel": channel,
            "conversation": conversation,
            "question": question,
            "at": self._now(),
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(_ANSWERS.insert(), row)
        except IntegrityError:
            if not answer_id:
                raise
        return str(row["id"])

    def close(self, answer_id: str, answer: Answer, *, rights: str) -> None:
        """Keep the answer of a question; an answer that is there already stays."""
        t = _ANSWERS.c
        open_ = sa.and_(t.id == answer_id, t.body.is_(None))
        change = _ANSWERS.update().where(open_).values(body=answer.to_json(), rights=rights)
        with self._engine.begin() as connection:
            connection.execute(change)

    def get(self, answer_id: str, asker: str) -> Kept | None:
        """Return an answer of the asker's own; None for anybody else's."""
        kept = self.find(answer_id)
        return kept if kept is not None and kept.asker == asker else None

    def find(self, answer_id: str) -> Kept | None:
        """Return anybody's answer, for a channel to deliver; whoever shows it checks rights."""
        query = sa.select(_ANSWERS).where(_ANSWERS.c.id == answer_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return _kept(row) if row is not None else None

    def is_begun(self, conversation: str) -> bool:
        """Whether anything was asked in a conversation."""
        query = sa.select(_ANSWERS.c.id).where(_ANSWERS.c.conversation == conversation).limit(1)
        with self._engine.connect() as connection:
            return connection.scalar(query) is not None

    def recent(self, channel: str, asker: str, limit: int = 5) -> tuple[str, ...]:
        """Return the asker's last different questions in a channel, newest first."""
        t = _ANSWERS.c
        latest = sa.func.max(t.number).label("latest")
        query = (
            sa.select(t.question, latest)
            .where(t.asker == asker, t.channel == channel, t.question != "")
            .group_by(t.question)
            .order_by(latest.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return tuple(row.question for row in connection.execute(query))

    def askers(self, limit: int) -> tuple[str, ...]:
        """Return who asked lately, the last one first."""
        latest = sa.func.max(_ANSWERS.c.number).label("latest")
        query = sa.select(_ANSWERS.c.asker, latest).group_by(_ANSWERS.c.asker)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(latest.desc()).limit(limit)).all()
        return tuple(row.asker for row in rows)

    def thread(self, conversation: str, asker: str, limit: int = 50) -> tuple[Kept, ...]:
        """Return the last questions of a conversation, oldest first."""
        t = _ANSWERS.c
        query = sa.select(_ANSWERS).where(t.conversation == conversation, t.asker == asker)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(t.number.desc()).limit(limit)).all()
        return tuple(_kept(r) for r in reversed(rows))

    def history(self, asker: str, channel: str, limit: int = 50) -> tuple[Conversation, ...]:
        """Return the asker's conversations in a channel, newest first."""
        t = _ANSWERS.c
        spans = (
            sa.select(
                t.conversation,
                sa.func.min(t.number).label("first"),
                sa.func.max(t.number).label("last"),
                sa.func.max(t.at).label("latest"),
            )
            .where(t.asker == asker, t.channel == channel)
            .group_by(t.conversation)
            .subquery()
        )
        query = (
            sa.select(spans.c.conversation, t.question, spans.c.latest)
            .join(_ANSWERS, t.number == spans.c.first)
            .order_by(spans.c.last.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return tuple(Conversation(*row) for row in connection.execute(query))


def _kept(row: sa.Row[tuple[object, ...]]) -> Kept:
    answer = Answer.model_validate_json(row.body) if row.body else None
    return Kept(row.id, row.asker, row.rights, row.conversation, row.question, answer, row.at)
