"""Socket Mode under supervision: a connection that is deaf is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_bolt.async_app import AsyncApp

_LOG = logging.getLogger("askmql.slack")
_CLOSE_SECONDS = 10.0


@dataclass(frozen=True)
class SocketHealth:
    """How the connection is.

    Attributes:
        is_connected: A socket is open and has been heard from.
        silent_seconds: Since the last pong, or since the connection was made.
        rebuilt: How often the supervisor replaced it.
    """

    is_connected: bool
    silent_seconds: float
    rebuilt: int


class SlackSocket:
    """Keeps one Socket Mode connection.

    Args:
        app: Receives the events.
        app_token: Token that begins with xapp-.
        stale_seconds: So long without a pong means deaf.
        ping_seconds: How often the client pings.
    """

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        *,
        stale_seconds: float = 45.0,
        ping_seconds: float = 10.0,
    ) -> None:
        self._app = app
        self._token = app_token
        self._stale = stale_seconds
        self._ping = ping_seconds
        self._handler: AsyncSocketModeHandler | None = None
        self._since = time.time()
        self._rebuilt = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to keep a connection; returns at once."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Close the connection; waits ten seconds at most."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._drop()

    @property
    def health(self) -> SocketHealth:
        """How the connection is now."""
        client = self._handler.client if self._handler else None
        session = client.current_session if client else None
        is_open = session is not None and not session.closed
        return SocketHealth(is_open, self._silence(), self._rebuilt)

    def _silence(self) -> float:
        heard = self._handler.client.last_ping_pong_time if self._handler else None
        return time.time() - max(heard or 0.0, self._since)

    async def _watch(self) -> None:
        while True:
            try:
                if self._handler is None:
                    await self._connect()
                elif self._silence() > self._stale:
                    _LOG.warning("socket deaf for %.0f s: replacing it", self._silence())
                    self._rebuilt += 1
                    await self._drop()
                    continue
            except Exception:
                _LOG.exception("socket mode failed")
                await self._drop()
            await asyncio.sleep(self._ping / 2)

    async def _connect(self) -> None:
        from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

        self._since = time.time()
        handler = AsyncSocketModeHandler(self._app, self._token, ping_interval=self._ping)
        self._handler = handler
        async with asyncio.timeout(self._stale):
            await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it so

    async def _drop(self) -> None:
        """Close, but do not wait for ever: closing a dead socket is known to hang."""
        handler, self._handler = self._handler, None
        if handler is None:
            return
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it so
