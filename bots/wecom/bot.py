"""The bot over its long connection: no public address, no trusted IP, nothing to decrypt."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import logging
from typing import TYPE_CHECKING, Any

from bots.inbox import Fate, InboundEvent, Inbox, NotSent, Part, Received, Runner
from bots.messaging.desk import Desk, id_of, say
from bots.messaging.settings import WeComSettings
from bots.wecom import limits
from bots.wecom.api import ApiError, outcome
from bots.wecom.cards import clicked_card
from bots.wecom.connection import Frame, LongConnection, Pace
from bots.wecom.events import BOT, PERSON, bot_event
from bots.wecom.handler import WeComHandler
from bots.wecom.pictures import picture
from bots.wecom.rate import Rate

if TYPE_CHECKING:
    import aiohttp

_LOG = logging.getLogger("askmql.wecom")


class BotChannel:
    """Sends parts over the long connection.

    Args:
        connection: The connection.
        desk: Where pictures are drawn.
        rate: How often a chat may be written to.
    """

    name = BOT

    def __init__(self, connection: LongConnection, desk: Desk, rate: Rate) -> None:
        self._connection = connection
        self._desk = desk
        self._rate = rate

    async def deliver(self, part: Part) -> str:
        """Send a part.

        Raises:
            NotSent: The connection is down, or the chat was written to too often.
            Rejected: WeCom will never take it.
        """
        body = part.body
        if self._connection.health.state != "live":
            raise NotSent("the long connection is down", after=2.0)
        wait = self._rate.take(str(body["chat"]))
        if wait:
            raise NotSent("rate limit of the chat", after=wait)
        try:
            if body["op"] == "reply":
                return await self._reply(body)
            content = await self._content(part)
            where = {"chatid": body["chat"], "chat_type": body["chat_type"]}
            await self._connection.send("aibot_send_msg", {**where, **content})
        except ApiError as error:
            raise outcome(error) from None
        return part.key

    async def confirm(self, part: Part) -> Fate:
        """A reply may be repeated: it replaces the text of its stream. A push may not."""
        return Fate.ABSENT if part.body["op"] == "reply" else Fate.UNKNOWN

    async def _reply(self, body: Any) -> str:  # noqa: ANN401 - JSON
        stream = {
            "id": body["stream"],
            "finish": True,
            "content": body["content"],
            "feedback": {"id": body["answer_id"]},
        }
        request = str(body["request"])
        await self._connection.send(
            "aibot_respond_msg", {"msgtype": "stream", "stream": stream}, request
        )
        return str(body["stream"])

    async def _content(self, part: Part) -> dict[str, Any]:
        body = part.body
        if body["kind"] == "card":
            return {"msgtype": "template_card", "template_card": body["card"]}
        if body["kind"] == "picture":
            data = await picture(self._desk, str(body["answer_id"]))
            media = await self._upload(data)
            await part.sends()
            return {"msgtype": "image", "image": {"media_id": media}}
        return {"msgtype": "markdown", "markdown": {"content": body["content"]}}

    async def _upload(self, data: bytes) -> str:
        """Upload a file in chunks and return its media id."""
        size = limits.CHUNK
        chunks = [data[i : i + size] for i in range(0, len(data), size)]
        begun = await self._connection.send(
            "aibot_upload_media_init",
            {
                "type": "image",
                "filename": "chart.png",
                "total_size": len(data),
                "total_chunks": len(chunks),
                "md5": hashlib.md5(data).hexdigest(),  # noqa: S324 - WeCom's checksum
            },
        )
        upload = begun["body"]["upload_id"]
        for number, chunk in enumerate(chunks, start=1):
            text = base64.b64encode(chunk).decode()
            piece = {"upload_id": upload, "chunk_index": number, "base64_data": text}
            await self._connection.send("aibot_upload_media_chunk", piece)
        done = await self._connection.send("aibot_upload_media_finish", {"upload_id": upload})
        return str(done["body"]["media_id"])


class BotService:
    """The bot in one process.

    Args:
        session: HTTP session of the running loop.
        settings: Ids and secrets.
        desk: Answers.
        inbox: Where events are stored before they are acknowledged.
        runner: Works on them.
        pace: How patient the connection is.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: WeComSettings,
        desk: Desk,
        inbox: Inbox,
        runner: Runner,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._desk = desk
        self._inbox = inbox
        self._runner = runner
        self.connection = LongConnection(
            session,
            settings.socket_url,
            settings.bot_id,
            settings.bot_secret.get_secret_value(),
            self._hear,
            pace=pace,
        )
        handler = WeComHandler(desk, limits.BOT, groups=settings.groups)
        channel = BotChannel(self.connection, desk, Rate())
        runner.add(channel, handler, handler.apologise)

    async def run(self) -> None:
        """Stay connected until cancelled."""
        await self.connection.run()

    async def _hear(self, frame: Frame) -> None:
        """Store a question, then say that somebody is at work; answer small events at once."""
        body = frame.get("body") or {}
        request = str((frame.get("headers") or {}).get("req_id") or "")
        event = bot_event(body, request)
        if event is None:
            await self._small(body, request)
            return
        fate = await asyncio.to_thread(self._inbox.receive, event)
        if fate is not Received.DUPLICATE:
            await self._greet(event, fate, request)
        await self._runner.wake()

    async def _greet(self, event: InboundEvent, fate: Received, request: str) -> None:
        """Say at once that somebody is at work: WeCom wants a first sign within seconds."""
        lang = self._desk.lang(event.text)
        if event.kind == "action":
            found = await asyncio.to_thread(self._desk.answer, event.text)
            card = clicked_card(found, event.text)
            if card is not None:
                update = {"response_type": "update_template_card", "template_card": card}
                await self._say("aibot_respond_update_msg", update, request)
            return
        is_full = fate is Received.LIMITED
        text = say(lang, "busy" if is_full else "working")
        stream = {"id": id_of(event), "finish": is_full, "content": text}
        await self._say("aibot_respond_msg", {"msgtype": "stream", "stream": stream}, request)

    async def _small(self, body: Any, request: str) -> None:  # noqa: ANN401 - JSON
        event = body.get("event") or {}
        lang = self._desk.lang("")
        if event.get("eventtype") == "enter_chat":
            text = {"msgtype": "text", "text": {"content": say(lang, "hello")}}
            await self._say("aibot_respond_welcome_msg", text, request)
        elif event.get("eventtype") == "feedback_event":
            told = event.get("feedback_event") or event
            await asyncio.to_thread(
                rate_answer, self._desk, told, str(body.get("from", {}).get("userid"))
            )

    async def _say(self, command: str, body: dict[str, Any], request: str) -> None:
        """Send what may be lost without harm."""
        with contextlib.suppress(NotSent, ApiError, ConnectionError, TimeoutError):
            await self.connection.send(command, body, request)


def rate_answer(desk: Desk, told: Any, user: str) -> None:  # noqa: ANN401 - JSON
    """Store a thumb of WeCom: 1 is right, 2 is wrong; anything else takes it back."""
    sign = {1: "up", 2: "down"}.get(int(told.get("type") or 0), "none")
    reasons = [str(r) for r in told.get("inaccurate_reason_list") or []]
    reason = "; ".join([*reasons, str(told.get("content") or "")]).strip("; ")
    desk.rate(str(told.get("id") or ""), f"{PERSON}:{user}", sign, reason)
