"""Conversations on disk: what was asked, by whom, and what was offered. SQLite by default."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from semantic_layer.state import make_tables, open_state

_KEPT = 20


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation.

    Attributes:
        question: As typed.
        today: The day it was asked on, so that replay reads `上个月` the same way.
        starts: It began a topic of its own.
        choices: Labels and plans that were offered back, if any.
    """

    question: str
    today: date
    starts: bool
    choices: tuple[dict[str, Any], ...] = ()


class ConversationStore:
    """Reads and writes turns through SQLAlchemy.

    Args:
        url: Database URL; default `ASKMQL_STATE_URL`, else `state.db` in `home`.
        home: Folder of the state.
    """

    def __init__(self, home: Path, url: str | None = None) -> None:
        import sqlalchemy as sa

        self._sa = sa
        self._engine = open_state(home, url)
        meta = sa.MetaData()
        self._turns = sa.Table(
            "conversation_turns",
            meta,
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("conversation", sa.String(200), nullable=False, index=True),
            sa.Column("asker", sa.String(200), nullable=False),
            sa.Column("question", sa.Text, nullable=False),
            sa.Column("today", sa.Date, nullable=False),
            sa.Column("starts", sa.Boolean, nullable=False),
            sa.Column("choices", sa.Text, nullable=False),
            sa.Column("at", sa.DateTime, nullable=False),
        )
        make_tables(meta, self._engine)

    def turns(self, conversation: str, asker: str) -> tuple[Turn, ...]:
        """Return the asker's own turns since the topic began, oldest first."""
        t = self._turns
        query = (
            self._sa.select(t)
            .where(t.c.conversation == conversation, t.c.asker == asker)
            .order_by(t.c.id.desc())
            .limit(_KEPT)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        found: list[Turn] = []
        for row in rows:
            found.append(Turn(row.question, row.today, row.starts, tuple(json.loads(row.choices))))
            if row.starts:
                break
        return tuple(reversed(found))

    def add(self, conversation: str, asker: str, turn: Turn) -> None:
        """Append a turn."""
        values = {
            "conversation": conversation,
            "asker": asker,
            "question": turn.question,
            "today": turn.today,
            "starts": turn.starts,
            "choices": json.dumps(list(turn.choices), ensure_ascii=False),
            "at": datetime.now(UTC).replace(tzinfo=None),
        }
        with self._engine.begin() as connection:
            connection.execute(self._turns.insert().values(**values))

    def undo(self, conversation: str, asker: str) -> bool:
        """Forget the last turn; False when there is none."""
        t = self._turns
        mine = (t.c.conversation == conversation) & (t.c.asker == asker)
        with self._engine.begin() as connection:
            last = connection.execute(self._sa.select(self._sa.func.max(t.c.id)).where(mine))
            number = last.scalar()
            if number is None:
                return False
            connection.execute(t.delete().where(t.c.id == number))
        return True

    def erase(self, asker: str) -> int:
        """Forget every turn of an asker; return how many there were."""
        t = self._turns
        with self._engine.begin() as connection:
            return connection.execute(t.delete().where(t.c.asker == asker)).rowcount


def questions(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return what was asked, oldest first."""
    return tuple(turn.question for turn in turns)
