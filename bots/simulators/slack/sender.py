"""How Slack delivers: signed, impatient, and again if it hears nothing."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bots.simulators.slack.state import BOT_USER, SECRET, TEAM, Json, Workspace

if TYPE_CHECKING:
    import aiohttp

_PATIENCE = 3.0


@dataclass(frozen=True)
class Delivered:
    """One attempt: status (0 after a timeout), body, and seconds until the acknowledgement."""

    status: int
    body: str
    seconds: float


def sign(secret: str, timestamp: str, body: str) -> str:
    """Return Slack's signature of a request."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Sender:
    """Sends what people do to the bot's address.

    Args:
        session: HTTP session.
        url: The bot's `/slack/events`.
        workspace: Gives ids and keeps triggers.
        secret: Signing secret.
        pauses: Seconds before each repetition; Slack waits 0, 60 and 300.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        workspace: Workspace,
        *,
        secret: str = SECRET,
        pauses: Sequence[float] = (0.0, 0.05, 0.1),
    ) -> None:
        self._session = session
        self._url = url
        self._workspace = workspace
        self._secret = secret
        self._pauses = tuple(pauses)

    async def deliver(self, body: str, content_type: str, *, age: float = 0.0) -> list[Delivered]:
        """Send a body until it is acknowledged; return every attempt."""
        attempts: list[Delivered] = []
        for number, pause in enumerate((0.0, *self._pauses)):
            await asyncio.sleep(pause)
            extra = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_timeout"}
            headers = self._headers(body, content_type, age) | (extra if number else {})
            attempts.append(await self._once(body, headers))
            if 200 <= attempts[-1].status < 300:
                break
        return attempts

    async def _once(self, body: str, headers: dict[str, str]) -> Delivered:
        import aiohttp

        begin = time.perf_counter()
        patience = aiohttp.ClientTimeout(total=_PATIENCE)
        try:
            async with self._session.post(
                self._url, data=body.encode(), headers=headers, timeout=patience
            ) as response:
                text = await response.text()
                return Delivered(response.status, text, time.perf_counter() - begin)
        except (TimeoutError, aiohttp.ClientError):
            return Delivered(0, "", time.perf_counter() - begin)

    def _headers(self, body: str, content_type: str, age: float) -> dict[str, str]:
        stamp = str(int(time.time() - age))
        return {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": sign(self._secret, stamp, body),
        }

    # --- what people do -----------------------------------------------------------------------

    async def event(self, event: Json, *, event_id: str = "", age: float = 0.0) -> list[Delivered]:
        """Send an event; an id given twice is the same event delivered twice."""
        return await self.deliver(
            json.dumps(self.envelope(event, event_id), ensure_ascii=False),
            "application/json",
            age=age,
        )

    def envelope(self, event: Json, event_id: str = "") -> Json:
        """Return an event as Slack wraps it."""
        return {
            "type": "event_callback",
            "team_id": event.get("team", TEAM),
            "api_app_id": "A1",
            "event_id": event_id or f"Ev{next(self._workspace.counter)}",
            "event": event,
            "authorizations": [{"team_id": event.get("team", TEAM), "user_id": BOT_USER}],
        }

    def said(self, user: str, channel: str, text: str, **more: Any) -> Json:
        """Return a message event: a mention in a channel, a plain one in a direct message."""
        is_dm = channel.startswith("D")
        kind = {"type": "message", "channel_type": "im"} if is_dm else {"type": "app_mention"}
        said = text if is_dm else f"<@{BOT_USER}> {text}"
        return {**kind, "user": user, "channel": channel, "text": said, "ts": self._workspace.next_ts(), "team": TEAM, **more}  # fmt: skip

    def trigger(self, now: float) -> str:
        """Return a trigger id that opens one modal."""
        name = f"trigger.{next(self._workspace.counter)}"
        self._workspace.triggers[name] = now
        return name

    async def click(self, user: str, message: Json, action: Json, now: float) -> list[Delivered]:
        """Click an element of a message."""
        payload = self.clicked(user, message, action, now)
        return await self.form(payload=json.dumps(payload, ensure_ascii=False))

    def clicked(self, user: str, message: Json, action: Json, now: float) -> Json:
        """Return a click as Slack sends it."""
        return {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "channel": {"id": message["channel"]},
            "message": {k: message.get(k) for k in ("ts", "thread_ts", "text")},
            "container": {"type": "message", "channel_id": message["channel"]},
            "trigger_id": self.trigger(now),
            "actions": [{**action, "action_ts": self._workspace.next_ts()}],
        }

    async def command(
        self, user: str, channel: str, text: str, response_url: str
    ) -> list[Delivered]:
        """Type the slash command."""
        return await self.form(
            command="/ask",
            text=text,
            user_id=user,
            channel_id=channel,
            team_id=TEAM,
            response_url=response_url,
            trigger_id=f"trigger.{next(self._workspace.counter)}",
        )

    async def form(self, **fields: str) -> list[Delivered]:
        """Send a form, as interactions and commands come."""
        return await self.deliver(urlencode(fields), "application/x-www-form-urlencoded")
