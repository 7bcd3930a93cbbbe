"""Plans on disk: questions that an analyst has approved, and what conversations carried out."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.plan import ToolCall
from semantic_layer.state import URL_VARIABLE, open_state

if TYPE_CHECKING:
    import sqlalchemy

_KEPT = 12


@dataclass(frozen=True, slots=True)
class Verified:
    """An approved pair.

    Attributes:
        call: Periods stand in it as the words of the question, so that they move on with time.
        approved_by: The human who approved it.
    """

    id: int
    question: str
    call: ToolCall
    approved_by: str
    approved_at: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A plan that was carried out in a conversation.

    Attributes:
        model_only: The lexicon has no words for it.
    """

    call: ToolCall
    model_only: bool


class PlanStore:
    """Reads and writes plans through SQLAlchemy.

    Args:
        home: Folder of the state; `ASKMQL_STATE_URL` takes its place when set.
    """

    def __init__(self, home: Path, url: str | None = None) -> None:
        self._home = home
        self._url = url or os.environ.get(URL_VARIABLE)

    @cached_property
    def _tables(self) -> tuple[Any, sqlalchemy.Engine, sqlalchemy.Table, sqlalchemy.Table]:
        import sqlalchemy as sa

        engine = open_state(self._home, self._url)
        meta = sa.MetaData()
        verified = sa.Table(
            "verified_questions",
            meta,
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("question", sa.Text, nullable=False),
            sa.Column("call", sa.Text, nullable=False),
            sa.Column("approved_by", sa.String(200), nullable=False),
            sa.Column("approved_at", sa.DateTime, nullable=False),
        )
        carried_out = sa.Table(
            "conversation_history",
            meta,
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("conversation", sa.String(200), nullable=False, index=True),
            sa.Column("asker", sa.String(200), nullable=False),
            sa.Column("call", sa.Text, nullable=False),
            sa.Column("model_only", sa.Boolean, nullable=False),
        )
        meta.create_all(engine)
        return sa, engine, verified, carried_out

    # --- verified questions -----------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been approved, without making a database to find out."""
        if self._url is None and not (self._home / "state.db").exists():
            return True
        return not self.verified()

    def approve(self, question: str, call: ToolCall, by: str) -> int:
        """Keep a pair that a human approved; returns its number."""
        sa, engine, table, _ = self._tables
        del sa
        row = {
            "question": question,
            "call": call.model_dump_json(),
            "approved_by": by,
            "approved_at": datetime.now(UTC).replace(tzinfo=None),
        }
        with engine.begin() as connection:
            connection.execute(table.delete().where(table.c.question == question))
            key = connection.execute(table.insert().values(**row)).inserted_primary_key
        return int(key[0]) if key else 0

    def verified(self) -> tuple[Verified, ...]:
        """Return the approved pairs, oldest first."""
        sa, engine, table, _ = self._tables
        with engine.connect() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.id)).all()
        return tuple(
            Verified(
                r.id,
                r.question,
                ToolCall.model_validate_json(r.call),
                r.approved_by,
                r.approved_at.isoformat(timespec="seconds"),
            )
            for r in rows
        )

    def withdraw(self, number: int) -> bool:
        """Take an approval back; False when there is none of that number."""
        _, engine, table, _ = self._tables
        with engine.begin() as connection:
            return bool(connection.execute(table.delete().where(table.c.id == number)).rowcount)

    # --- the last plan of a conversation ----------------------------------------------

    def keep(self, conversation: str, asker: str, call: ToolCall, *, model_only: bool) -> None:
        """Add the plan of a message that was answered; only the last few stay.

        Args:
            conversation: Id of the conversation.
            asker: Whose message it was.
            call: What was carried out.
            model_only: The lexicon has no words for it, so that only a model can go on from it.
        """
        sa, engine, _, table = self._tables
        row = {
            "conversation": conversation,
            "asker": asker,
            "call": json.dumps(call.model_dump(mode="json"), ensure_ascii=False),
            "model_only": model_only,
        }
        mine = (table.c.conversation == conversation) & (table.c.asker == asker)
        with engine.begin() as connection:
            connection.execute(table.insert().values(**row))
            newest = sa.select(table.c.id).where(mine).order_by(table.c.id.desc()).limit(_KEPT)
            kept = [r[0] for r in connection.execute(newest)]
            connection.execute(table.delete().where(mine & (table.c.id < kept[-1])))

    def history(self, conversation: str, asker: str) -> tuple[Carried, ...]:
        """Return the asker's own last plans in a conversation, oldest first."""
        sa, engine, _, table = self._tables
        mine = (table.c.conversation == conversation) & (table.c.asker == asker)
        query = sa.select(table.c.call, table.c.model_only).where(mine).order_by(table.c.id)
        with engine.connect() as connection:
            return tuple(
                Carried(ToolCall.model_validate_json(r.call), r.model_only)
                for r in connection.execute(query)
            )

    def forget(self, conversation: str, asker: str, *, keep: int) -> None:
        """Forget the asker's newest plans in a conversation, all but the first `keep`."""
        sa, engine, _, table = self._tables
        mine = (table.c.conversation == conversation) & (table.c.asker == asker)
        with engine.begin() as connection:
            query = sa.select(table.c.id).where(mine).order_by(table.c.id)
            gone = [row.id for row in connection.execute(query)][keep:]
            connection.execute(table.delete().where(table.c.id.in_(gone)))
