"""The bot's long connection: one WebSocket that comes back after every failure but one.

WeCom keeps a single connection for a bot: a later subscriber ends the earlier one with a
`disconnected_event`. Then this one stays down, or two of them would fight for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bots.inbox import NotSent
from bots.wecom.api import ApiError

if TYPE_CHECKING:
    import aiohttp

_LOG = logging.getLogger("askmql.wecom")
Frame = dict[str, Any]
Listener = Callable[[Frame], Awaitable[None]]
State = Literal["down", "connecting", "live", "refused", "replaced", "stopped"]


@dataclass(frozen=True)
class Pace:
    """How patient a connection is, in seconds.

    Attributes:
        ping: Between two pings.
        silent: Without any frame for so long, the connection counts as dead.
        answer: Longest wait for an acknowledgement.
        first: First pause before connecting again.
        longest: Longest pause.
    """

    ping: float = 30.0
    silent: float = 45.0
    answer: float = 8.0
    first: float = 1.0
    longest: float = 30.0


@dataclass(frozen=True)
class Health:
    """How the connection is.

    Attributes:
        state: `replaced` means that another process has subscribed: this one stays down.
        silent_seconds: Since the last frame.
        connects: How often a subscription succeeded.
        error: Why the last attempt failed.
    """

    state: State
    silent_seconds: float
    connects: int
    error: str


class LongConnection:
    """Keeps the connection of one bot.

    Args:
        session: HTTP session of the running loop.
        url: Where WeCom listens.
        bot_id: The bot.
        secret: Its secret.
        listener: Gets every frame that WeCom begins; must not take long.
        pace: How patient it is.
        jitter: A number from 0 to 1 for each pause.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        bot_id: str,
        secret: str,
        listener: Listener,
        *,
        pace: Pace | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._session = session
        self._url = url
        self._identity = {"bot_id": bot_id, "secret": secret}
        self._listener = listener
        self._pace = pace or Pace()
        self._jitter = jitter
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._waiting: dict[str, deque[asyncio.Future[Frame]]] = {}
        self._numbers = itertools.count(1)
        self._state: State = "down"
        self._heard = time.monotonic()
        self._connects = 0
        self._error = ""
        self._listening: set[asyncio.Task[None]] = set()

    @property
    def health(self) -> Health:
        """How the connection is now."""
        return Health(self._state, time.monotonic() - self._heard, self._connects, self._error)

    async def run(self) -> None:
        """Stay connected until cancelled, or until another process takes the bot over."""
        failures = 0
        try:
            while True:
                before = self._connects
                await self._once()
                failures = 0 if self._connects > before else failures + 1
                if self.health.state == "replaced":
                    _LOG.warning("another process has subscribed; this one stays down")
                    return
                pause = min(self._pace.first * 2**failures, self._pace.longest)
                await asyncio.sleep(pause * (0.5 + self._jitter() / 2))
        finally:
            if self._state != "replaced":
                self._state = "stopped"

    async def _once(self) -> None:
        """Connect, subscribe and read until the connection ends, however it ends."""
        import aiohttp

        self._state = "connecting"
        patience = aiohttp.ClientWSTimeout(ws_close=1.0)
        try:
            async with asyncio.timeout(self._pace.answer):
                socket = await self._session.ws_connect(
                    self._url, timeout=patience, max_msg_size=8 * 1024 * 1024
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self._ended(type(error).__name__)
            return
        self._socket, self._heard = socket, time.monotonic()
        tasks = [asyncio.create_task(t) for t in (self._read(socket), self._talk())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            self._ended(next((str(r) for r in results if isinstance(r, ApiError)), "closed"))
            with contextlib.suppress(Exception):
                async with asyncio.timeout(self._pace.answer):
                    await socket.close()

    def _ended(self, reason: str) -> None:
        self._socket = None
        self._error = reason
        if self._state != "replaced":
            self._state = "refused" if reason.startswith(("4", "8", "9")) else "down"
        waiting, self._waiting = self._waiting, {}
        for future in (f for queue in waiting.values() for f in queue):
            if not future.done():
                future.set_exception(ConnectionError("the connection ended"))

    async def _talk(self) -> None:
        """Subscribe, then ping; end when nothing is heard."""
        await self._exchange("aibot_subscribe", self._identity, "")
        self._state = "live"
        self._connects += 1
        while time.monotonic() - self._heard < self._pace.silent:
            await asyncio.sleep(self._pace.ping)
            with contextlib.suppress(TimeoutError):
                await self._exchange("ping", None, "")

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        from aiohttp import WSMsgType

        async for message in socket:
            self._heard = time.monotonic()
            if message.type != WSMsgType.TEXT:
                continue
            try:
                frame = json.loads(message.data)
            except ValueError:
                _LOG.warning("a frame that is no JSON")
                continue
            if self._take(frame):
                return

    def _take(self, frame: Frame) -> bool:
        """Hand a frame on; True when it says that the bot was taken over."""
        if "cmd" not in frame:
            queue = self._waiting.get(str((frame.get("headers") or {}).get("req_id")))
            while queue:
                future = queue.popleft()
                if not future.done():
                    future.set_result(frame)
                    break
            return False
        event = (frame.get("body") or {}).get("event") or {}
        if event.get("eventtype") == "disconnected_event":
            self._state = "replaced"
            return True
        task = asyncio.create_task(self._hear(frame))
        self._listening.add(task)
        task.add_done_callback(self._listening.discard)
        return False

    async def _hear(self, frame: Frame) -> None:
        try:
            await self._listener(frame)
        except Exception:  # one bad frame must not end the connection
            _LOG.exception("listener failed")

    async def send(self, command: str, body: Mapping[str, Any] | None, request: str = "") -> Frame:
        """Send a command and return WeCom's acknowledgement.

        Args:
            command: Such as `aibot_send_msg`.
            body: Its content.
            request: Id of the message that is being answered; a new one otherwise.

        Raises:
            NotSent: There is no connection; nothing was sent.
            ApiError: WeCom refused.
            ConnectionError: The connection ended before WeCom answered.
            TimeoutError: WeCom did not answer.
        """
        if self._state != "live":
            raise NotSent(f"the long connection is {self._state}", after=2.0)
        return await self._exchange(command, body, request)

    async def _exchange(self, command: str, body: Mapping[str, Any] | None, request: str) -> Frame:
        socket = self._socket
        if socket is None or socket.closed:
            raise NotSent("the long connection is down", after=2.0)
        name = request or f"{command}_{next(self._numbers)}"
        frame: Frame = {"cmd": command, "headers": {"req_id": name}}
        if body is not None:
            frame["body"] = dict(body)
        future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, deque()).append(future)
        try:
            async with asyncio.timeout(self._pace.answer):
                await socket.send_str(json.dumps(frame, ensure_ascii=False))
                answer = await future
        finally:
            self._forget(name, future)
        if answer.get("errcode"):
            raise ApiError(int(answer["errcode"]), str(answer.get("errmsg", "")))
        return answer

    def _forget(self, name: str, future: asyncio.Future[Frame]) -> None:
        queue = self._waiting.get(name)
        if queue is None:
            return
        with contextlib.suppress(ValueError):
            queue.remove(future)
        if not queue:
            self._waiting.pop(name, None)
