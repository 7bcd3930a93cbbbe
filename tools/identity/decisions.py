"""What people decided about identities: kept for ever, the newest wins, each can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from semantic_layer import QueryError
from semantic_layer.state import open_state

Kind = Literal["merge", "split"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. A split has one record: it stands alone from then on."""

    id: int
    kind: Kind
    a: str
    b: str
    author: str
    comment: str
    at: datetime


class DecisionStore:
    """Reads and writes decisions.

    Args:
        home: Folder of the state.
        url: Database URL; default as for all state.
    """

    def __init__(self, home: Path, url: str | None = None) -> None:
        import sqlalchemy as sa

        self._sa = sa
        self._engine = open_state(home, url)
        meta = sa.MetaData()
        self._table = sa.Table(
            "identity_decisions",
            meta,
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("kind", sa.String(10), nullable=False),
            sa.Column("a", sa.String(200), nullable=False),
            sa.Column("b", sa.String(200), nullable=False),
            sa.Column("author", sa.String(200), nullable=False),
            sa.Column("comment", sa.Text, nullable=False),
            sa.Column("at", sa.DateTime, nullable=False),
            sa.Column("undone_at", sa.DateTime, nullable=True),
        )
        meta.create_all(self._engine)

    def add(self, kind: Kind, a: str, b: str, author: str, comment: str = "") -> int:
        """Keep a decision and return its number."""
        values = {"kind": kind, "a": a, "b": b, "author": author, "comment": comment, "at": _now()}
        with self._engine.begin() as connection:
            key = connection.execute(self._table.insert().values(**values)).inserted_primary_key
        return int(key[0]) if key is not None else 0

    def undo(self, number: int) -> None:
        """Take a decision back; it stays on record.

        Raises:
            QueryError: There is no such decision in force.
        """
        t = self._table
        mine = (t.c.id == number) & t.c.undone_at.is_(None)
        with self._engine.begin() as connection:
            done = connection.execute(t.update().where(mine).values(undone_at=_now()))
        if not done.rowcount:
            raise QueryError("NO_DECISION", f"There is no decision {number} in force.")

    def in_force(self) -> tuple[Decision, ...]:
        """Return the decisions that hold, oldest first."""
        t = self._table
        query = self._sa.select(t).where(t.c.undone_at.is_(None)).order_by(t.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return tuple(Decision(r.id, r.kind, r.a, r.b, r.author, r.comment, r.at) for r in rows)


def settle(decisions: tuple[Decision, ...]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the pairs that are merged and the records that stand alone: the newest wins."""
    split: dict[str, int] = {d.a: d.id for d in decisions if d.kind == "split"}
    merged = [
        (d.a, d.b)
        for d in decisions
        if d.kind == "merge" and d.id > max(split.get(d.a, 0), split.get(d.b, 0))
    ]
    return merged, sorted(split)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
