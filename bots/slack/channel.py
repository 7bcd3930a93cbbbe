"""Delivery to Slack: one call for each part, with a plainer message when blocks are refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlparse

from assistant.answer import Answer
from bots.inbox import Fate, NotSent, Part, Rejected
from bots.messaging.desk import Desk
from bots.render.image import Image
from bots.render.told import word
from bots.slack.events import NAME
from bots.slack.people import Clients
from bots.slack.render import CLASSIC, Context, alt_text, render
from semantic_layer import AskmqlError

if TYPE_CHECKING:
    from slack_sdk.errors import SlackApiError
    from slack_sdk.web.async_client import AsyncWebClient

_LOG = logging.getLogger("askmql.slack")
_REFUSED: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
_LATER: Final = {
    "ratelimited": 30.0, "rate_limited": 30.0, "service_unavailable": 5.0,
    "internal_error": 5.0, "fatal_error": 5.0, "request_timeout": 5.0, "team_added_to_org": 60.0,
}  # fmt: skip
EVENT_TYPE: Final = "askmql_answer"


class SlackChannel:
    """Sends parts of answers.

    Args:
        clients: Gives the client of a workspace.
        desk: Where a refused message is rendered from anew, and pictures are drawn.
        api_url: Slack's Web API; response URLs must be of the same site.
    """

    name = NAME

    def __init__(self, clients: Clients, desk: Desk, *, api_url: str) -> None:
        self._clients = clients
        self._desk = desk
        host = urlparse(api_url).hostname or ""
        self._hosts = frozenset({host, f"hooks.{host}"})
        self._ops: dict[str, Callable[[AsyncWebClient, Part], Awaitable[str]]] = {
            "message": self._message,
            "direct": self._direct,
            "ephemeral": self._ephemeral,
            "picture": self._picture,
            "file": self._file,
        }

    async def deliver(self, part: Part) -> str:
        """Send a part and return its timestamp or file id.

        Raises:
            NotSent: Slack is busy; try again later.
            Rejected: Slack will never take it.
        """
        from slack_sdk.errors import SlackApiError

        client = await self._clients(part.tenant)
        try:
            return await self._ops[str(part.body["op"])](client, part)
        except SlackApiError as error:
            raise outcome(error) from None
        except ConnectionRefusedError as error:
            raise NotSent(str(error), after=2.0) from None

    async def confirm(self, part: Part) -> Fate:
        """Look for a doubtful message in its thread by its idempotency key."""
        from slack_sdk.errors import SlackApiError

        body = part.body
        if body.get("ts"):
            return Fate.ABSENT
        if body["op"] != "message" or not body.get("thread_ts"):
            return Fate.UNKNOWN
        client = await self._clients(part.tenant)
        try:
            found = await client.conversations_replies(
                channel=body["channel"], ts=body["thread_ts"], include_all_metadata=True, limit=100
            )
        except SlackApiError:
            return Fate.UNKNOWN
        keys = {
            (m.get("metadata") or {}).get("event_payload", {}).get("key") for m in found["messages"]
        }
        if part.key in keys:
            return Fate.SENT
        return Fate.UNKNOWN if found.get("has_more") else Fate.ABSENT

    # --- the ways of sending --------------------------------------------------------------------

    async def _message(self, client: AsyncWebClient, part: Part) -> str:
        if part.body.get("response_url"):
            return await self._respond(client, part)
        where = {"channel": part.body["channel"], "thread_ts": part.body["thread_ts"] or None}
        return await self._post(client, part, where)

    async def _direct(self, client: AsyncWebClient, part: Part) -> str:
        return await self._post(client, part, {"channel": await _dm(client, part)})

    async def _post(self, client: AsyncWebClient, part: Part, where: dict[str, Any]) -> str:
        """Post a message; blocks that the workspace does not know are replaced once."""
        from slack_sdk.errors import SlackApiError

        if part.body.get("ts"):
            return await self._edit(client, part)
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": part.key}}
        common = {**where, "metadata": metadata, "unfurl_links": False, "unfurl_media": False}
        text, blocks = part.body["text"], part.body.get("blocks") or None
        try:
            sent = await client.chat_postMessage(text=text, blocks=blocks, **common)
        except SlackApiError as error:
            if error.response.get("error") not in _REFUSED:
                raise
            _LOG.warning("blocks refused: %s", error.response.get("response_metadata"))
            return await self._plainer(client, part, common)
        return str(sent["ts"])

    async def _edit(self, client: AsyncWebClient, part: Part) -> str:
        """Put the answer into a message that is there already; repeating it does no harm."""
        from slack_sdk.errors import SlackApiError

        body = part.body
        place = {"channel": body["channel"], "ts": body["ts"]}
        try:
            await client.chat_update(text=body["text"], blocks=body.get("blocks") or None, **place)
        except SlackApiError as error:
            if error.response.get("error") not in _REFUSED:
                raise
            await client.chat_update(text=body["text"], blocks=[], **place)
        return str(body["ts"])

    async def _plainer(self, client: AsyncWebClient, part: Part, common: dict[str, Any]) -> str:
        from slack_sdk.errors import SlackApiError

        answer_id = str(part.body.get("answer_id", ""))
        answer = await asyncio.to_thread(self._desk.answer, answer_id)
        if answer is None:
            sent = await client.chat_postMessage(text=part.body["text"], **common)
            return str(sent["ts"])
        message = render(answer, Context(answer_id), CLASSIC)
        try:
            sent = await client.chat_postMessage(
                text=message.text, blocks=list(message.blocks), **common
            )
        except SlackApiError as error:
            if error.response.get("error") not in _REFUSED:
                raise
            sent = await client.chat_postMessage(text=message.text, **common)
        if message.picture and not part.body.get("is_pictured"):
            place = {"channel": sent["channel"], "thread_ts": common.get("thread_ts")}
            await self._upload_picture(client, answer_id, place, message.picture, part.sends)
        return str(sent["ts"])

    async def _ephemeral(self, client: AsyncWebClient, part: Part) -> str:
        body = part.body
        sent = await client.chat_postEphemeral(
            channel=body["channel"],
            user=body["user"],
            text=body["text"],
            thread_ts=body["thread_ts"] or None,
        )
        return str(sent["message_ts"])

    async def _respond(self, client: AsyncWebClient, part: Part) -> str:
        """Answer a slash command to its asker alone."""
        from slack_sdk.webhook.async_client import AsyncWebhookClient

        url = str(part.body["response_url"])
        if urlparse(url).hostname not in self._hosts:
            raise Rejected("the response address is not Slack's")
        hook = AsyncWebhookClient(url, timeout=client.timeout)
        text = part.body["text"]
        sent = await hook.send(
            text=text, blocks=part.body.get("blocks") or None, response_type="ephemeral"
        )
        if sent.status_code == 400 or "invalid_blocks" in sent.body:
            sent = await hook.send(text=text, response_type="ephemeral")
        if sent.status_code == 429:
            raise NotSent("rate limited", after=float(sent.headers.get("Retry-After", 30)))
        if sent.status_code >= 300:
            raise Rejected(f"HTTP {sent.status_code}")
        return "responded"

    # --- files ----------------------------------------------------------------------------------

    async def _picture(self, client: AsyncWebClient, part: Part) -> str:
        body = part.body
        place = {"channel": body["channel"], "thread_ts": body["thread_ts"] or None}
        if body.get("user"):
            place = {"channel": await _dm(client, part), "thread_ts": None}
        answer_id, alt = str(body["answer_id"]), str(body["alt"])
        return await self._upload_picture(client, answer_id, place, alt, part.sends)

    async def _upload_picture(
        self,
        client: AsyncWebClient,
        answer_id: str,
        place: dict[str, Any],
        alt: str,
        sends: Callable[[], Awaitable[None]],
    ) -> str:
        answer = await self._kept(answer_id)
        image: Image | None = None
        try:
            image = await self._desk.draw(answer, "png")
        except AskmqlError as error:
            _LOG.warning("no picture: %s", error.code)
        await sends()
        if image is None:
            sent = await client.chat_postMessage(text=word(answer.lang, "no_chart"), **place)
            return str(sent["ts"])
        return await _upload(client, place, image.data, "chart.png", alt)

    async def _file(self, client: AsyncWebClient, part: Part) -> str:
        answer = await self._kept(str(part.body["answer_id"]))
        form = "xlsx"
        try:
            image = await self._desk.draw(answer, form)
        except AskmqlError:
            form = "csv"
            image = await self._desk.draw(answer, form)
        place = {"channel": await _dm(client, part)}
        alt = alt_text(answer.charts[0], answer) if answer.charts else form
        await part.sends()
        return await _upload(client, place, image.data, f"answer.{form}", alt, *image.warnings)

    async def _kept(self, answer_id: str) -> Answer:
        found = await asyncio.to_thread(self._desk.answer, answer_id)
        if found is None:
            raise Rejected("the answer is no longer kept")
        return found


async def _dm(client: AsyncWebClient, part: Part) -> str:
    user = str(part.body.get("user") or "")
    if not user:
        return str(part.body["channel"])
    opened = await client.conversations_open(users=user)
    return str(opened["channel"]["id"])


async def _upload(
    client: AsyncWebClient, place: dict[str, Any], data: bytes, name: str, alt: str, *told: str
) -> str:
    sent = await client.files_upload_v2(
        content=data,
        filename=name,
        title=name,
        alt_txt=alt,
        initial_comment="\n".join(told) or None,
        channel=place["channel"],
        thread_ts=place.get("thread_ts"),
    )
    return str(sent["files"][0]["id"])


def outcome(error: SlackApiError) -> NotSent | Rejected:
    """Return what a refusal means: try again later, or never."""
    code = str(error.response.get("error") or "")
    headers = getattr(error.response, "headers", {}) or {}
    after = headers.get("Retry-After") or headers.get("retry-after") or _LATER.get(code)
    if after is None and getattr(error.response, "status_code", 200) >= 500:
        after = 5.0
    return Rejected(code) if after is None else NotSent(code, after=float(after))
