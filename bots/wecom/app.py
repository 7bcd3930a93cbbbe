"""The self-built application: encrypted callbacks in, message/send out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bots.inbox import Draft, Fate, InboundEvent, Inbox, NotSent, Part, Received, Rejected, Runner
from bots.messaging.desk import Desk
from bots.messaging.settings import WeComSettings
from bots.wecom import limits
from bots.wecom.api import ApiError, WeComApi, outcome
from bots.wecom.cards import clicked_card
from bots.wecom.crypto import CryptoError, Envelope
from bots.wecom.events import APP, app_event
from bots.wecom.handler import WeComHandler
from bots.wecom.pictures import picture
from bots.wecom.rate import Rate
from bots.wecom.xml import parse

_WINDOW = 300.0
MARK = "mark"


def open_request(envelope: Envelope, query: Mapping[str, str], encrypted: str, now: float) -> str:
    """Return the text of a callback.

    Args:
        envelope: Token, key and receive id.
        query: The address's parameters, decoded; a raw `+` there has become a space.
        encrypted: The sealed text.
        now: Unix seconds.

    Raises:
        CryptoError: It is forged, too old, or meant for somebody else.
    """
    stamp = query.get("timestamp", "")
    if not stamp.isdigit() or abs(now - int(stamp)) > _WINDOW:
        raise CryptoError(-40001, "the timestamp is more than five minutes off")
    signature, nonce = query.get("msg_signature", ""), query.get("nonce", "")
    return envelope.open(
        encrypted.replace(" ", "+"), signature=signature, timestamp=stamp, nonce=nonce
    )


class AppChannel:
    """Sends parts with message/send.

    Args:
        api: Calls with the application's token.
        agent_id: The application.
        desk: Where pictures are drawn.
        rate: How often a person may be written to; WeCom drops silently what is beyond.
    """

    name = APP

    def __init__(self, api: WeComApi, agent_id: str, desk: Desk, rate: Rate) -> None:
        self._api = api
        self._agent = int(agent_id or 0)
        self._desk = desk
        self._rate = rate

    async def deliver(self, part: Part) -> str:
        """Send a part.

        Raises:
            NotSent: WeCom is busy, or the person was written to too often.
            Rejected: WeCom will never take it, or reached nobody.
        """
        body = part.body
        if body["kind"] == MARK:
            return await self._mark(part)
        wait = self._rate.take(str(body["chat"]))
        if wait:
            raise NotSent("rate limit of the person", after=wait)
        try:
            content = await self._content(part)
            sent = await self._api.call(
                "/cgi-bin/message/send",
                {
                    "touser": body["chat"],
                    "agentid": self._agent,
                    "enable_duplicate_check": 1,
                    **content,
                },
            )
        except ApiError as error:
            raise outcome(error) from None
        missed = sent.get("invaliduser") or sent.get("unlicenseduser")
        if missed:
            raise Rejected(f"not reached: {missed}")
        return str(sent.get("msgid") or part.key)

    async def _mark(self, part: Part) -> str:
        """Change a card that was clicked; its code works once."""
        body = part.body
        change = {"userids": [body["chat"]], "agentid": self._agent}
        change |= {"response_code": body["response_code"], "template_card": body["card"]}
        try:
            await self._api.call("/cgi-bin/message/update_template_card", change)
        except ApiError as error:
            raise outcome(error) from None
        return part.key

    async def confirm(self, part: Part) -> Fate:
        """WeCom itself drops the same message within half an hour, so it may be repeated."""
        del part
        return Fate.ABSENT

    async def _content(self, part: Part) -> dict[str, Any]:
        body = part.body
        if body["kind"] == "card":
            return {"msgtype": "template_card", "template_card": body["card"]}
        if body["kind"] == "picture":
            data = await picture(self._desk, str(body["answer_id"]))
            media = await self._api.upload(data, "chart.png")
            await part.sends()
            return {"msgtype": "image", "image": {"media_id": media}}
        return {"msgtype": "markdown", "markdown": {"content": body["content"]}}


class AppService:
    """The application in one process.

    Args:
        settings: Ids and secrets.
        api: Calls with the application's token.
        desk: Answers.
        inbox: Where events are stored before they are acknowledged.
        runner: Works on them.
        clock: Unix seconds.
    """

    def __init__(
        self,
        settings: WeComSettings,
        api: WeComApi,
        desk: Desk,
        inbox: Inbox,
        runner: Runner,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.envelope = Envelope(
            settings.app_token.get_secret_value(),
            settings.app_aes_key.get_secret_value(),
            settings.corp_id,
        )
        self._desk = desk
        self._inbox = inbox
        self._runner = runner
        self._now = clock
        handler = self._handler = WeComHandler(desk, limits.APP)
        channel = AppChannel(api, settings.agent_id, desk, Rate())
        runner.add(channel, handler, handler.apologise)

    def verify(self, query: Mapping[str, str]) -> str:
        """Return what WeCom wants to see when the address is saved: the bare text.

        Raises:
            CryptoError: Token, key or corp id is wrong.
        """
        return open_request(self.envelope, query, query.get("echostr", ""), self._now())

    async def receive(self, query: Mapping[str, str], body: str) -> str:
        """Store what a person did and return the body of the acknowledgement, which is empty.

        Raises:
            CryptoError: The request must not be believed.
        """
        outer = parse(body)
        text = open_request(self.envelope, query, outer.get("Encrypt", ""), self._now())
        event = app_event(parse(text))
        if event is not None:
            fate = await asyncio.to_thread(self._inbox.receive, event)
            if fate is Received.LIMITED:
                await self._push("busy", event, self._handler.busy(event))
            elif fate is Received.NEW and event.payload.get("response_code"):
                await self._push(MARK, event, await asyncio.to_thread(self._marked, event))
            await self._runner.wake()
        return ""

    async def _push(self, what: str, event: InboundEvent, drafts: Sequence[Draft]) -> None:
        key = f"{what}:{event.answer_key}"
        await asyncio.to_thread(self._inbox.push, key, APP, event.tenant, drafts)

    def _marked(self, event: InboundEvent) -> Sequence[Draft]:
        """Return the change of the card that was clicked: it says that somebody is at work."""
        card = clicked_card(self._desk.answer(event.text), event.text)
        if card is None:
            return ()
        code = event.payload["response_code"]
        body = {"kind": MARK, "chat": event.sender, "response_code": code, "card": card}
        return (Draft(body, f"{event.sender}:card"),)
