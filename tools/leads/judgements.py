"""What salespeople think of a lead: comments and their own scores, kept and shown for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from semantic_layer.state import open_state
from tools.leads.facts import Judgement


class JudgementStore:
    """Reads and writes judgements. Nothing is ever overwritten: the newest one counts.

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
            "lead_judgements",
            meta,
            sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("lead", sa.String(200), nullable=False, index=True),
            sa.Column("author", sa.String(200), nullable=False),
            sa.Column("score", sa.Float, nullable=True),
            sa.Column("comment", sa.Text, nullable=False),
            sa.Column("at", sa.DateTime, nullable=False),
        )
        meta.create_all(self._engine)

    def add(self, lead: str, author: str, comment: str, score: float | None) -> None:
        """Keep a judgement."""
        values = {
            "lead": lead,
            "author": author,
            "comment": comment,
            "score": score,
            "at": datetime.now(UTC).replace(tzinfo=None),
        }
        with self._engine.begin() as connection:
            connection.execute(self._table.insert().values(**values))

    def scored(self) -> tuple[str, ...]:
        """Return the leads that somebody has given a score of their own."""
        t = self._table
        query = self._sa.select(t.c.lead).where(t.c.score.is_not(None)).distinct()
        with self._engine.connect() as connection:
            return tuple(row.lead for row in connection.execute(query.order_by(t.c.lead)))

    def newest(self, leads: Sequence[str]) -> dict[str, Judgement]:
        """Return the newest judgement of each lead that has one.

        Its source is its number among those of the lead: one that ran over all leads would tell
        how often leads outside the asker's view were judged.
        """
        t = self._table
        query = self._sa.select(t).where(t.c.lead.in_(list(leads))).order_by(t.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        count = Counter(row.lead for row in rows)
        return {
            row.lead: Judgement(
                author=row.author,
                said_on=row.at.date(),
                comment=row.comment,
                score=row.score,
                sources=(f"judgement:{row.lead}/{count[row.lead]}",),
            )
            for row in rows
        }


@lru_cache(maxsize=8)
def judgement_store(home: Path) -> JudgementStore:
    """Return the store of a project's state folder."""
    return JudgementStore(home)
