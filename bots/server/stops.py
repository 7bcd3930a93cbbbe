"""Stopping what is being computed: a stop reaches the running statement and the model.

What another process computes is stopped there: a note is left in the state, and every process
looks for notes about what it is computing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Event

import sqlalchemy as sa

from semantic_layer.engine.base import CANCEL, CancelToken
from semantic_layer.state import Store

_LOG = logging.getLogger("askmql")
_KEPT_SECONDS = 3_600.0
_LOOK_SECONDS = 0.5
_META = sa.MetaData()
_NOTES = sa.Table(
    "stop_notes",
    _META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(400), nullable=False, index=True),
    sa.Column("at", sa.Float(53), nullable=False),
)


class StopNotes(Store):
    """What should be stopped wherever it is being computed."""

    meta = _META

    def leave(self, key: str) -> None:
        """Ask every process to stop what has begun under a key until now."""
        now = self._now()
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_NOTES).where(_NOTES.c.at < now - _KEPT_SECONDS))
            connection.execute(_NOTES.insert(), {"key": key, "at": now})

    def about(self, keys: Collection[str]) -> dict[str, float]:
        """Return when each of some keys was last asked to be stopped, in Unix seconds."""
        latest = sa.func.max(_NOTES.c.at)
        query = sa.select(_NOTES.c.key, latest).where(_NOTES.c.key.in_(keys))
        with self._engine.connect() as connection:
            rows = connection.execute(query.group_by(_NOTES.c.key)).all()
        return {key: float(at) for key, at in rows}


class Stops:
    """Knows what can be stopped in this process. Used from one event loop.

    Args:
        notes: Shared with the other processes.
        clock: Unix seconds.
    """

    def __init__(self, notes: StopNotes, *, clock: Callable[[], float] = time.time) -> None:
        self._notes = notes
        self._now = clock
        self._running: dict[str, dict[CancelToken, float]] = {}

    def is_running(self, key: str) -> bool:
        """Whether something runs or waits under a key."""
        return key in self._running

    async def stop(self, key: str) -> int:
        """Stop what runs under a key, here or elsewhere. They answer that they stopped.

        Returns:
            How many questions were stopped here; another process stops its own within a second.
        """
        stopped = self._cancel(key, self._now())
        if not stopped:
            await asyncio.to_thread(self._notes.leave, key)
        return stopped

    async def heed(self) -> int:
        """Stop what another process was asked to stop; return how many questions."""
        keys = tuple(self._running)
        noted = await asyncio.to_thread(self._notes.about, keys) if keys else {}
        return sum(self._cancel(key, at) for key, at in noted.items())

    async def keep_heeding(self) -> None:
        """Heed now and then, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.heed()
            except Exception:  # the state is away: keep trying, say so
                _LOG.exception("no stops can be looked for")

    def _cancel(self, key: str, until: float) -> int:
        begun = self._running.get(key, {})
        tokens = [t for t, at in begun.items() if at <= until and not t.cancelled]
        for token in tokens:
            token.cancel()
        return len(tokens)

    @contextmanager
    def stoppable(self, key: str) -> Iterator[Event]:
        """Let what runs inside be stopped under a key; the event is set when it was."""
        token, stopped = CancelToken(), Event()
        token.attach(stopped.set)
        if key:
            self._running.setdefault(key, {})[token] = self._now()
        reset = CANCEL.set(token)
        try:
            yield stopped
        finally:
            CANCEL.reset(reset)
            self._forget(key, token)

    def _forget(self, key: str, token: CancelToken) -> None:
        tokens = self._running.get(key, {})
        tokens.pop(token, None)
        if not tokens:
            self._running.pop(key, None)
