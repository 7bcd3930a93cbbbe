"""Slack's payloads as events of the inbox; what is not for us becomes None."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from bots.inbox import InboundEvent

Payload = Mapping[str, Any]
NAME: Final = "slack"
_MENTION = re.compile(r"<@[A-Z0-9]+(\|[^>]*)?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_BUTTON = re.compile(r"^askmql\.(choice|followup)\.(\d+)$")


def to_event(body: Payload, bot_user: str = "") -> InboundEvent | None:
    """Return what a payload asks of us, to be stored before it is acknowledged.

    Args:
        body: The decoded request.
        bot_user: Our own user id: a message that mentions it comes as `app_mention` too.
    """
    if body.get("type") == "event_callback":
        event = body.get("event") or {}
        make = _EVENTS.get(str(event.get("type")))
        return make(body, event, bot_user) if make else None
    if body.get("type") == "block_actions":
        return _action(body)
    return _command(body) if body.get("command") else None


def _team(body: Payload) -> str:
    team = body.get("team") or {}
    return str(body.get("team_id") or team.get("id") or "")


def spoken(text: str) -> str:
    """Return what a person typed: without mentions, entities decoded."""
    said = _MENTION.sub(" ", text)
    for entity, char in _ENTITIES:
        said = said.replace(entity, char)
    return " ".join(said.split())


def _question(body: Payload, event: Payload, kind: str) -> InboundEvent | None:
    thread = str(event.get("thread_ts") or event.get("ts") or "")
    channel = str(event.get("channel") or "")
    text = spoken(str(event.get("text") or ""))
    if not (thread and channel and text and event.get("user")):
        return None
    is_private = event.get("channel_type") == "im" or channel.startswith("D")
    return InboundEvent(
        NAME,
        _team(body),
        str(body.get("event_id") or f"{channel}:{event.get('ts')}"),
        str(event["user"]),
        f"{channel}:{thread}",
        text,
        kind,
        {"channel": channel, "thread_ts": thread, "is_private": is_private},
    )


def _mention(body: Payload, event: Payload, bot_user: str) -> InboundEvent | None:
    del bot_user
    return None if event.get("bot_id") else _question(body, event, "question")


def _message(body: Payload, event: Payload, bot_user: str) -> InboundEvent | None:
    """A direct message is a question; a reply in a channel's thread may be a follow-up."""
    if event.get("subtype") or event.get("bot_id"):
        return None
    if event.get("channel_type") == "im":
        return _question(body, event, "question")
    mentions_us = bool(bot_user) and f"<@{bot_user}>" in str(event.get("text"))
    if mentions_us or not event.get("thread_ts"):
        return None
    return _question(body, event, "reply")


_EVENTS: Final[dict[str, Callable[[Payload, Payload, str], InboundEvent | None]]] = {
    "app_mention": _mention,
    "message": _message,
}


def _action(body: Payload) -> InboundEvent | None:
    """A click on a follow-up, on a reading, or on export."""
    action = (body.get("actions") or [{}])[0]
    name = str(action.get("action_id") or "")
    found = _BUTTON.match(name)
    if found is None and name != "askmql.export":
        return None
    container = body.get("container") or {}
    message = body.get("message") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    thread = str(message.get("thread_ts") or message.get("ts") or container.get("message_ts") or "")
    user = str((body.get("user") or {}).get("id") or "")
    if not user:
        return None
    payload = {
        "channel": channel,
        "thread_ts": thread,
        "is_private": channel.startswith("D"),
        "button": found[1] if found else "export",
        "at": int(found[2]) if found else 0,
    }
    if container.get("is_ephemeral"):
        payload["response_url"] = str(body.get("response_url") or "")
    return InboundEvent(
        NAME,
        _team(body),
        f"{user}:{name}:{action.get('action_ts') or body.get('trigger_id')}",
        user,
        f"{channel}:{thread or user}",
        str(action.get("value") or "").split(":")[0],
        "action",
        payload,
    )


def _command(body: Payload) -> InboundEvent | None:
    user, channel = str(body.get("user_id") or ""), str(body.get("channel_id") or "")
    if not user:
        return None
    return InboundEvent(
        NAME,
        _team(body),
        f"{user}:{body.get('trigger_id')}",
        user,
        f"{channel}:command:{user}",
        spoken(str(body.get("text") or "")),
        "command",
        {
            "channel": channel,
            "thread_ts": "",
            "is_private": True,  # only the asker sees what a command answers
            "response_url": str(body.get("response_url") or ""),
        },
    )
