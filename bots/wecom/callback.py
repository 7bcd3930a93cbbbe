"""The bot over encrypted callbacks: WeCom fetches the answer until it is finished."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import sqlalchemy as sa

from bots.inbox import Fate, Inbox, Part, Received, Rejected, Runner
from bots.messaging.desk import Desk, id_of, say
from bots.messaging.settings import WeComSettings
from bots.wecom import limits
from bots.wecom.api import ApiError, outcome, send
from bots.wecom.app import open_request
from bots.wecom.bot import rate_answer
from bots.wecom.cards import clicked_card
from bots.wecom.crypto import CryptoError, Envelope
from bots.wecom.events import BOT, bot_event
from bots.wecom.handler import WeComHandler
from bots.wecom.pictures import picture
from bots.wecom.streams import Stream, Streams
from bots.wecom.xml import MAX_BODY

if TYPE_CHECKING:
    import aiohttp

_LOG = logging.getLogger("askmql.wecom")
_Json = dict[str, Any]


class CallbackChannel:
    """Puts answers where WeCom fetches them; what comes later goes to the response address.

    Args:
        session: HTTP session of the running loop.
        streams: What is fetched.
        desk: Where pictures are drawn.
        api_url: WeCom; response addresses must be of the same site.
    """

    name = BOT

    def __init__(
        self,
        session: aiohttp.ClientSession,
        streams: Streams,
        desk: Desk,
        *,
        api_url: str,
    ) -> None:
        self._session = session
        self._streams = streams
        self._desk = desk
        self._host = urlparse(api_url).hostname

    async def deliver(self, part: Part) -> str:
        """Finish a stream, or use the response address, which takes one message.

        Raises:
            Rejected: There is no way left to reach the person.
        """
        body = part.body
        if body["op"] == "reply":
            image = await self._picture(body) if body.get("is_pictured") else None
            said = (str(body["stream"]), str(body["content"]), image)
            age = await asyncio.to_thread(self._streams.finish, *said)
            if age <= limits.STREAM_SECONDS:
                return str(body["stream"])
        await self._respond(str(body["response_url"]), body)
        return part.key

    async def confirm(self, part: Part) -> Fate:
        """A stream may be written again; the response address takes one message only."""
        return Fate.ABSENT if part.body["op"] == "reply" else Fate.UNKNOWN

    async def _picture(self, body: Mapping[str, Any]) -> bytes | None:
        """Return the picture; the text is worth sending without it."""
        try:
            return await picture(self._desk, str(body["answer_id"]))
        except Rejected as refusal:
            _LOG.warning("no picture: %s", refusal)
            return None

    async def _respond(self, url: str, body: Mapping[str, Any]) -> None:
        if not url or urlparse(url).hostname != self._host:
            raise Rejected("there is no response address of WeCom's")
        content: _Json = {"msgtype": "markdown", "markdown": {"content": body["content"]}}
        if body["kind"] == "card":
            content = {"msgtype": "template_card", "template_card": body["card"]}
        try:
            await send(self._session, "POST", url, json=content)
        except ApiError as error:
            raise outcome(error) from None


class CallbackService:
    """The bot in callback mode, in one process.

    Args:
        session: HTTP session of the running loop.
        settings: Token and key.
        desk: Answers.
        inbox: Where events are stored before they are acknowledged.
        runner: Works on them.
        state: The state, shared by all processes.
        clock: Unix seconds.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: WeComSettings,
        desk: Desk,
        inbox: Inbox,
        runner: Runner,
        state: sa.Engine,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.envelope = Envelope(
            settings.bot_token.get_secret_value(), settings.bot_aes_key.get_secret_value()
        )
        self._desk = desk
        self._inbox = inbox
        self._runner = runner
        self._now = clock
        self._streams = Streams(state, clock=clock)
        handler = WeComHandler(desk, limits.CALLBACK, groups=settings.groups)
        url = settings.api_url
        channel = CallbackChannel(session, self._streams, desk, api_url=url)
        runner.add(channel, handler, handler.apologise)

    def verify(self, query: Mapping[str, str]) -> str:
        """Return what WeCom wants to see when the address is saved: the bare text.

        Raises:
            CryptoError: Token or key is wrong.
        """
        return open_request(self.envelope, query, query.get("echostr", ""), self._now())

    async def receive(self, query: Mapping[str, str], body: str) -> str:
        """Return the sealed reply to a message or to a fetch; empty when there is nothing to say.

        Raises:
            CryptoError: The request must not be believed.
        """
        text = open_request(self.envelope, query, _sealed(body), self._now())
        reply = await self._reply(json.loads(text))
        if not reply:
            return ""
        stamp, nonce = str(int(self._now())), query.get("nonce", "")
        sealed = self.envelope.seal(json.dumps(reply, ensure_ascii=False))
        signature = self.envelope.sign(stamp, nonce, sealed)
        return json.dumps(
            {"encrypt": sealed, "msgsignature": signature, "timestamp": int(stamp), "nonce": nonce}
        )

    async def _reply(self, body: _Json) -> _Json:
        if body.get("msgtype") == "stream":
            name = str((body.get("stream") or {}).get("id") or "")
            found = await asyncio.to_thread(self._streams.find, name)
            return await self._told(found) if found else {}
        event = bot_event(body)
        if event is None:
            return await self._small(body)
        fate = await asyncio.to_thread(self._inbox.receive, event)
        await self._runner.wake()
        if event.kind == "action":
            sent = await asyncio.to_thread(self._desk.answer, event.text)
            card = clicked_card(sent, event.text)
            return {"response_type": "update_template_card", "template_card": card} if card else {}
        lang = self._desk.lang(event.text)
        if fate is Received.LIMITED:
            stream = id_of(event)
            await asyncio.to_thread(self._streams.finish, stream, say(lang, "busy"))
        opened = await asyncio.to_thread(self._streams.open, id_of(event), say(lang, "working"))
        return await self._told(opened)

    async def _small(self, body: _Json) -> _Json:
        event = body.get("event") or {}
        kind = event.get("eventtype")
        if kind == "enter_chat":
            return {"msgtype": "text", "text": {"content": say(self._desk.lang(""), "hello")}}
        if kind == "feedback_event":
            told = event.get("feedback_event") or event
            user = str((body.get("from") or {}).get("userid"))
            await asyncio.to_thread(rate_answer, self._desk, told, user)
        return {}

    async def _told(self, stream: Stream) -> _Json:
        """Return a stream as WeCom fetches it: the whole text so far."""
        told: _Json = {
            "id": stream.id,
            "finish": stream.is_finished,
            "content": stream.content,
            "feedback": {"id": stream.id},
        }
        if stream.is_finished and stream.picture:
            told["msg_item"] = [image_item(stream.picture)]
        return {"msgtype": "stream", "stream": told}


def image_item(data: bytes) -> _Json:
    """Return a picture as a stream or a robot takes it."""
    checksum = hashlib.md5(data).hexdigest()  # noqa: S324 - WeCom's checksum
    return {
        "msgtype": "image",
        "image": {"base64": base64.b64encode(data).decode(), "md5": checksum},
    }


def _sealed(body: str) -> str:
    if len(body) > MAX_BODY:
        raise CryptoError(-40002, "the body is too long")
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("encrypt"), str):
        raise CryptoError(-40002, "the body is not a sealed message")
    return str(found["encrypt"])
