"""An event of the inbox becomes WeCom messages: with the asker's rights, where they may appear."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from bots.inbox import Draft, InboundEvent
from bots.messaging.audience import audience_scope
from bots.messaging.desk import Desk, Reply, id_of, notice, say
from bots.messaging.identity import Person
from bots.wecom.events import BOT, PERSON
from bots.wecom.limits import Surface
from bots.wecom.render import Message, render

_DIRECT = 1
_GROUP = 2


class WeComHandler:
    """Answers WeCom's events.

    Args:
        desk: Knows the project and its people.
        surface: What this way of sending can show.
        groups: Chat -> users who stand for everybody there; WeCom tells bots nothing of members.
    """

    def __init__(
        self,
        desk: Desk,
        surface: Surface,
        *,
        groups: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._desk = desk
        self._surface = surface
        self._groups = groups or {}

    async def __call__(self, event: InboundEvent) -> Sequence[Draft]:
        """Return the messages that answer an event."""
        person = Person(PERSON, event.tenant, event.sender)
        if not event.payload["is_private"]:
            known = await asyncio.to_thread(self._desk.known, person)
            if known is None:
                return self._messages(event, self._stranger(event))
        if event.kind == "action":
            button = str(event.payload["button"])
            reply = await self._desk.go_on(event, person, button, int(event.payload["at"]))
        else:
            reply = await self._desk.ask(event, person, event.text)
        return await asyncio.to_thread(self._placed, event, reply)

    async def apologise(self, event: InboundEvent) -> Sequence[Draft]:
        """Return the message that says that an event could not be answered."""
        lang = self._desk.lang(event.text)
        answer = notice(event.text, lang, say(lang, "failed"), code="FAILED", status="error")
        return self._messages(event, Reply(id_of(event), answer))

    def busy(self, event: InboundEvent) -> Sequence[Draft]:
        """Return the message that says that too many questions of one person are open."""
        lang = self._desk.lang(event.text)
        note = Message("", "markdown", say(lang, "busy"))
        answer = notice(event.text, lang, note.content, code="BUSY", status="refused")
        body = self._body(event, note, Reply(id_of(event), answer), first=False)
        return (Draft(body, str(event.payload["chat"])),)

    def _stranger(self, event: InboundEvent) -> Reply:
        """Refuse in a group without a link: whoever reads it there could take it."""
        lang = self._desk.lang(event.text)
        answer = notice(
            event.text,
            lang,
            say(lang, "who"),
            say(lang, "come"),
            code="UNKNOWN_USER",
            status="denied",
        )
        return Reply(id_of(event), answer, is_known=False)

    def _placed(self, event: InboundEvent, reply: Reply) -> Sequence[Draft]:
        if event.payload["is_private"] or reply.answer.status in {"denied", "error"}:
            return self._messages(event, reply)
        members = self._groups.get(str(event.payload["chat"]))
        place = audience_scope(self._desk.assistant.layer, reply.user_id, members).place
        if place == "here":
            return self._messages(event, reply)
        pushed = self._surface.is_pushed
        note = Message("", "markdown", say(reply.answer.lang, "private" if pushed else "alone"))
        told = Draft(self._body(event, note, reply, first=True))
        return (told, *(self._messages(event, reply, to=event.sender) if pushed else ()))

    def _messages(self, event: InboundEvent, reply: Reply, to: str = "") -> Sequence[Draft]:
        found = render(reply.answer, reply.id, self._surface)
        bodies = [
            self._body(event, m, reply, first=i == 0 and not to, to=to) for i, m in enumerate(found)
        ]
        if not self._surface.is_pushed:
            # A picture cannot be sent by itself: it comes with the end of the stream.
            bodies[0]["is_pictured"] = any(b["kind"] == "picture" for b in bodies)
            bodies = [b for b in bodies if b["kind"] != "picture"]
        # A picture that is slow to draw holds up its own card, but not the next answer.
        beside = f"{to or event.conversation}:{reply.id}"
        return tuple(
            Draft(b, to if b["kind"] == "markdown" else beside, b["kind"] == "picture")
            for b in bodies
        )

    def _body(
        self, event: InboundEvent, message: Message, reply: Reply, *, first: bool, to: str = ""
    ) -> dict[str, Any]:
        """Return one message. The first one closes the stream that the question opened."""
        answers = first and event.kind == "question" and event.channel == BOT
        is_direct = bool(to) or bool(event.payload["is_private"])
        return {
            "op": "reply" if answers else "push",
            "kind": message.kind,
            "content": message.content,
            "card": message.card,
            "answer_id": reply.id,
            "chat": to or event.payload["chat"],
            "chat_type": _DIRECT if is_direct else _GROUP,
            "request": event.payload.get("request", ""),
            "stream": id_of(event) if answers else "",
            "response_url": event.payload.get("response_url", ""),
        }
