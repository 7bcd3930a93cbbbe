"""What a bot is saying, for WeCom to fetch: shared by every process that may be asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from semantic_layer.state import make_tables

_META = sa.MetaData()
_STREAMS = sa.Table(
    "wecom_streams",
    _META,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("is_finished", sa.Boolean, nullable=False),
    sa.Column("picture", sa.LargeBinary, nullable=True),
    sa.Column("at", sa.Float(53), nullable=False),
)


@dataclass(frozen=True)
class Stream:
    """The whole text so far; a picture comes with the end of it."""

    id: str
    content: str
    is_finished: bool
    picture: bytes | None
    at: float


class Streams:
    """Keeps streams in the state.

    Args:
        engine: The state.
        clock: Unix seconds.
    """

    def __init__(self, engine: sa.Engine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._now = clock
        make_tables(_META, engine)

    def open(self, stream: str, content: str) -> Stream:
        """Begin a stream, or return the one that a retry has begun before."""
        row = {"id": stream, "content": content, "is_finished": False, "at": self._now()}
        try:
            with self._engine.begin() as connection:
                connection.execute(_STREAMS.insert(), row)
        except IntegrityError:
            pass
        return self.find(stream) or Stream(stream, content, is_finished=False, picture=None, at=0)

    def find(self, stream: str) -> Stream | None:
        """Return a stream."""
        query = sa.select(_STREAMS).where(_STREAMS.c.id == stream)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return Stream(row.id, row.content, row.is_finished, row.picture, row.at) if row else None

    def finish(self, stream: str, content: str, picture: bytes | None = None) -> float:
        """Say the last word; return how old the stream is, in seconds."""
        self.open(stream, content)
        change = sa.update(_STREAMS).where(_STREAMS.c.id == stream)
        values = {"content": content, "is_finished": True, "picture": picture}
        with self._engine.begin() as connection:
            connection.execute(change.values(**values))
        found = self.find(stream)
        return self._now() - found.at if found else 0.0
