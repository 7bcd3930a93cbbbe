"""An event of the inbox becomes messages: with the asker's rights, where they may appear."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bots.inbox import Draft, InboundEvent
from bots.messaging.audience import audience_scope
from bots.messaging.desk import Desk, Reply, id_of, notice, say
from bots.messaging.identity import Person
from bots.slack.people import Clients, People
from bots.slack.render import Caps, Context, notification, render
from bots.slack.stream import Stream

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

SLOW_SECONDS = 2.0
"""After so long, a direct message shows that somebody is at work."""
_SIGN_SECONDS = 5.0
_LOG = logging.getLogger("askmql.slack")
_STATUS = {"zh": "正在查询…", "en": "is looking it up…"}


class SlackHandler:
    """Answers Slack's events.

    Args:
        desk: Knows the project and its people.
        people: Knows Slack's users.
        clients: Gives the client of a workspace.
        caps: What the workspaces can show.
    """

    def __init__(self, desk: Desk, people: People, clients: Clients, *, caps: Caps) -> None:
        self._desk = desk
        self._people = people
        self._clients = clients
        self._caps = caps

    async def __call__(self, event: InboundEvent) -> Sequence[Draft]:
        """Return the messages that answer an event.

        Raises:
            SlackApiError: Slack could not be asked who is asking; the event is tried again.
        """
        if event.kind == "reply" and not self._desk.answers.is_begun(event.conversation):
            return ()
        person = await self._people.person(event.tenant, event.sender)
        if event.kind == "action" and event.payload["button"] == "export":
            return await self._export(event, person)
        client = await self._clients(event.tenant)
        await self._status(client, event, busy=True)
        work = asyncio.create_task(self._reply(event, person))
        try:
            ts = await self._shown(client, event, work)
            reply = await work
        finally:
            work.cancel()
            await self._status(client, event, busy=False)
        drafts = await self._drafts(event, reply)
        return _into(drafts, ts) if ts else drafts

    async def _reply(self, event: InboundEvent, person: Person) -> Reply:
        if event.kind != "action":
            return await self._desk.ask(event, person, event.text)
        button = str(event.payload["button"])
        return await self._desk.go_on(event, person, button, int(event.payload["at"]))

    async def _shown(
        self, client: AsyncWebClient, event: InboundEvent, work: asyncio.Task[Reply]
    ) -> str:
        """Show a growing message while a slow question is worked on; return its timestamp.

        In direct messages alone: elsewhere everybody but the asker would see its first words
        and nothing else.
        """
        from slack_sdk.errors import SlackApiError

        is_dm = str(event.payload["channel"]).startswith("D")
        await asyncio.wait({work}, timeout=SLOW_SECONDS)
        if work.done() or not is_dm or event.payload.get("response_url"):
            return ""
        lang = self._desk.lang(event.text)
        where = {
            "channel": str(event.payload["channel"]),
            "thread_ts": str(event.payload["thread_ts"]),
        }
        stream = Stream(client, where)
        try:
            await stream.start(_STATUS[lang])
            while not work.done():
                await asyncio.wait({work}, timeout=_SIGN_SECONDS)
                if not work.done():
                    await stream.add(" …")
            await stream.end()
        except SlackApiError:
            _LOG.warning("no stream in %s", event.tenant)
        return stream.ts

    async def apologise(self, event: InboundEvent) -> Sequence[Draft]:
        """Return the message that says that an event could not be answered."""
        lang = self._desk.lang(event.text)
        answer = notice(event.text, lang, say(lang, "failed"), code="FAILED", status="error")
        return self._messages(event, Reply(id_of(event), answer), private=True)

    def busy(self, event: InboundEvent) -> Sequence[Draft]:
        """Return the message that says that too many questions of one person are open."""
        lang = self._desk.lang(event.text)
        text = say(lang, "busy")
        op = "message" if event.payload.get("is_private") else "ephemeral"
        told = _body(event, op, text=text, user=event.sender)
        return (Draft(told, _target(told)),)

    # --- where --------------------------------------------------------------------------------

    async def _drafts(self, event: InboundEvent, reply: Reply) -> Sequence[Draft]:
        if event.payload.get("is_private") or not _tells(reply):
            return self._alone(event, reply)
        client = await self._clients(event.tenant)
        me = await client.auth_test()
        bot = str(me.get("user_id") or "")
        members = await self._people.members(event.tenant, str(event.payload["channel"]), bot)
        place = audience_scope(self._desk.assistant.layer, reply.user_id, members).place
        if place == "here":
            return self._messages(event, reply, private=False)
        note = say(reply.answer.lang, "private")
        told = _body(event, "ephemeral", text=note, user=event.sender)
        return (*self._messages(event, reply, private=True), Draft(told, _target(told)))

    def _alone(self, event: InboundEvent, reply: Reply) -> Sequence[Draft]:
        """Answer where only the asker sees it; a stranger is not written to directly."""
        if reply.is_known or event.payload.get("is_private"):
            return self._messages(event, reply, private=True)
        told = _body(event, "ephemeral", text=notification(reply.answer), user=event.sender)
        return (Draft(told, _target(told)),)

    def _messages(self, event: InboundEvent, reply: Reply, *, private: bool) -> tuple[Draft, ...]:
        context = Context(reply.id, "" if private else event.sender)
        message = render(reply.answer, context, self._caps)
        is_dm = str(event.payload.get("channel", "")).startswith("D")
        responds = bool(event.payload.get("response_url"))
        hidden = private and not is_dm and not responds
        where = {"user": event.sender} if hidden or responds else {}
        body = _body(
            event,
            "direct" if hidden else "message",
            text=message.text,
            blocks=list(message.blocks),
            answer_id=reply.id,
            is_pictured=bool(message.picture),
            **where,
        )
        drafts = [Draft(body, _target(body))]
        if message.picture:
            picture = {**body, "op": "picture", "alt": message.picture, "blocks": []}
            drafts.append(Draft(picture, _target(picture), is_made_first=True))
        return tuple(drafts)

    # --- files --------------------------------------------------------------------------------

    async def _export(self, event: InboundEvent, person: Person) -> Sequence[Draft]:
        """Send the table as a file to whoever clicked, if it was computed with their rights."""
        sent = await asyncio.to_thread(self._desk.answer, event.text)
        known = await asyncio.to_thread(self._desk.known, person)
        if sent is None or not await asyncio.to_thread(self._desk.seen_by, event.text, known):
            lang = sent.lang if sent else self._desk.lang("")
            name = "gone" if known else "who"
            answer = notice("", lang, say(lang, name), code="GONE", status="refused")
            return self._messages(event, Reply(id_of(event), answer), private=True)
        body = _body(
            event, "file", answer_id=event.text, user=event.sender, text=notification(sent)
        )
        return (Draft(body, _target(body), is_made_first=True),)

    # --- status -------------------------------------------------------------------------------

    async def _status(self, client: AsyncWebClient, event: InboundEvent, *, busy: bool) -> None:
        """Show that somebody is at work, with Slack's own stop button; never in the way."""
        from slack_sdk.errors import SlackApiError

        channel, thread = str(event.payload["channel"]), str(event.payload["thread_ts"])
        if not thread or event.payload.get("response_url"):
            return
        text = _STATUS[self._desk.lang(event.text)] if busy else ""
        with contextlib.suppress(SlackApiError, OSError):
            await client.assistant_threads_setStatus(
                channel_id=channel, thread_ts=thread, status=text
            )
            await client.agents_sessions_setStatus(
                channel_id=channel, thread_ts=thread, status="processing" if busy else "active"
            )


def _tells(reply: Reply) -> bool:
    """Whether an answer says anything that rights protect; a refusal is for the asker alone."""
    return reply.is_known and reply.answer.status not in {"denied", "error"}


def _into(drafts: Sequence[Draft], ts: str) -> tuple[Draft, ...]:
    """Put an answer into the message that has grown while it was computed."""
    first, *rest = drafts
    return (Draft({**first.body, "ts": ts}, first.target), *rest)


def _body(event: InboundEvent, op: str, **more: object) -> dict[str, Any]:
    kept = {k: event.payload.get(k, "") for k in ("channel", "thread_ts", "response_url")}
    return {"op": op, **kept, **more}


def _target(body: dict[str, Any]) -> str:
    """Return where messages must keep their order."""
    if body["op"] in {"direct", "file"}:
        return f"@{body['user']}"
    return f"{body['channel']}:{body['thread_ts']}"
