"""People who ask through REST, Slack and WeCom, and what they hear."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bots.bench.company import Seat
from bots.simulators.slack.sender import Sender
from bots.simulators.slack.server import SlackServer
from bots.simulators.slack.state import BOT_USER, Json
from bots.simulators.wecom.server import WeComServer

if TYPE_CHECKING:
    import aiohttp

_AGAIN_SECONDS = 10.0


@dataclass(slots=True)
class Asked:
    """One question and what became of it; times are of `time.perf_counter`.

    Attributes:
        channel: rest, slack or wecom.
        asked_at: When it was sent.
        acknowledged_at: When the server gave its first sign; 0 means never.
        answered_at: When its answer was complete; 0 means never.
        answers: How many answers have come.
        error: Why it failed.
    """

    channel: str
    asked_at: float
    acknowledged_at: float = 0.0
    answered_at: float = 0.0
    answers: int = 0
    error: str = ""
    seen: asyncio.Event = field(default_factory=asyncio.Event)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def acknowledge(self) -> None:
        """Note the first sign."""
        self.acknowledged_at = self.acknowledged_at or time.perf_counter()
        self.seen.set()

    def answer(self) -> None:
        """Note an answer."""
        self.acknowledge()
        self.answers += 1
        self.answered_at = self.answered_at or time.perf_counter()
        self.done.set()


class Asker(Protocol):
    """Somebody at a keyboard.

    Attributes:
        channel: rest, slack or wecom.
    """

    channel: str

    async def ask(self, text: str) -> Asked:
        """Ask and return at once; `done` is set when the answer is there."""


class RestAsker:
    """Asks `/api/ask` for a stream."""

    channel = "rest"

    def __init__(self, seat: Seat, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = f"{url}/api/ask"
        self._headers = {"Authorization": f"Bearer {seat.token}", "Accept": "text/event-stream"}

    async def ask(self, text: str) -> Asked:
        """Ask and wait for the answer."""
        asked = Asked("rest", time.perf_counter())
        body = {"question": text}
        async with self._session.post(self._url, json=body, headers=self._headers) as reply:
            if reply.status != 200:
                asked.error = f"HTTP {reply.status}"
            event = ""
            async for raw in reply.content:
                asked.acknowledge()
                line = raw.decode().rstrip("\n")
                event = line.removeprefix("event: ") if line.startswith("event: ") else event
                if line.startswith("data: ") and event == "answer":
                    status = json.loads(line.removeprefix("data: "))["status"]
                    asked.error = "status error" if status == "error" else asked.error
                    asked.answer()
                if line.startswith("data: ") and event == "error":
                    asked.error = line
        return asked


class SlackPeople:
    """Everybody in the simulated Slack, and what was posted to them."""

    def __init__(self, slack: SlackServer, session: aiohttp.ClientSession, url: str) -> None:
        self.workspace = slack.workspace
        self.workspace.on_post = self._heard
        self.sender = Sender(session, f"{url}/slack/events", self.workspace, pauses=(1.0,) * 600)
        self._asked: dict[str, Asked] = {}
        self._answers: dict[str, set[str]] = defaultdict(set)

    def _heard(self, message: Json) -> None:
        """An answer has blocks; what shows progress has none."""
        asked = self._asked.get(str(message.get("thread_ts")))
        if asked is None or not message.get("blocks"):
            return
        self._answers[str(message["thread_ts"])].add(str(message["ts"]))
        asked.answer()
        asked.answers = len(self._answers[str(message["thread_ts"])])

    async def ask(self, user: str, text: str) -> Asked:
        """Write a direct message."""
        event = self.sender.said(user, f"D{user}", text)
        asked = self._asked[event["ts"]] = Asked("slack", time.perf_counter())
        attempts = await self.sender.event(event)
        if attempts[-1].status == 200:
            asked.acknowledged_at = time.perf_counter()
        else:
            asked.error = f"HTTP {attempts[-1].status}"
        return asked


class SlackAsker:
    """Writes direct messages."""

    channel = "slack"

    def __init__(self, seat: Seat, people: SlackPeople) -> None:
        self._user = seat.slack
        self._people = people
        people.workspace.add_user(seat.slack)
        people.workspace.channels[f"D{seat.slack}"] = [seat.slack, BOT_USER]

    async def ask(self, text: str) -> Asked:
        """Ask; Slack repeats the event until it is acknowledged."""
        return await self._people.ask(self._user, text)


class WeComPeople:
    """Everybody in the simulated WeCom, and what was said to them."""

    def __init__(self, wecom: WeComServer) -> None:
        self._wecom = wecom
        wecom.company.on_said = self._heard
        self._asked: dict[str, Asked] = {}

    def _heard(self, said: Json) -> None:
        asked = self._asked.get(str(said.get("request")))
        if asked is None or said.get("msgtype") != "stream":
            return
        if said["stream"]["finish"]:
            asked.answer()
        else:
            asked.acknowledge()

    async def ask(self, user: str, text: str) -> Asked:
        """Write to the bot; without a sign of life the same message is sent again.

        WeCom does not say whether it repeats over the long connection; a person would. Only what
        gave a sign of life was promised an answer.
        """
        frame = self._wecom.framed(user, text)
        asked = Asked("wecom", time.perf_counter())
        self._asked[frame["headers"]["req_id"]] = asked
        while not asked.acknowledged_at:
            with contextlib.suppress(ConnectionError):
                await self._wecom.push(frame)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_SECONDS):
                    await asked.seen.wait()
        return asked


class WeComAsker:
    """Writes to the bot over its long connection."""

    channel = "wecom"

    def __init__(self, seat: Seat, people: WeComPeople) -> None:
        self._user = seat.wecom
        self._people = people

    async def ask(self, text: str) -> Asked:
        """Ask."""
        return await self._people.ask(self._user, text)
