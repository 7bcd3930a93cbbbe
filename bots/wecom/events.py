"""WeCom's messages and events as events of the inbox; what is not for us becomes None."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from bots.inbox import InboundEvent

BOT: Final = "wecom_bot"
APP: Final = "wecom_app"
HOOK: Final = "wecom_hook"
PERSON: Final = "wecom"
"""Name under which accounts stand in policies.yml, whichever way a person writes."""
_MENTION = re.compile(r"^(?:@\S+\s+)+")
_BUTTON = re.compile(r"^(choice|followup):([0-9A-Za-z_-]+):(\d+)$")
Payload = Mapping[str, Any]


def spoken(text: str) -> str:
    """Return what a person typed, without the bot's name in front."""
    return " ".join(_MENTION.sub("", text.strip() + " ").split())


def bot_event(body: Payload, request: str = "") -> InboundEvent | None:
    """Return what a bot's message or event asks of us.

    Args:
        body: The decoded body, the same over both ways in.
        request: Id under which the long connection wants its answer.
    """
    user = str((body.get("from") or {}).get("userid") or "")
    is_private = body.get("chattype") != "group"
    chat = str(body.get("chatid") or "") if not is_private else user
    if not user or not body.get("msgid"):
        return None
    payload = {
        "chat": chat or user,
        "is_private": is_private,
        "request": request,
        "response_url": str(body.get("response_url") or ""),
    }
    if body.get("msgtype") == "event":
        return _bot_action(body, user, payload)
    text = spoken(_text_of(body))
    if not text:
        return None
    conversation = f"{payload['chat']}:{user}"
    return InboundEvent(BOT, "", str(body["msgid"]), user, conversation, text, "question", payload)


def _text_of(body: Payload) -> str:
    kind = str(body.get("msgtype"))
    if kind in {"text", "voice"}:
        return str((body.get(kind) or {}).get("content") or "")
    items = (body.get("mixed") or {}).get("msg_item") or []
    texts = [str((i.get("text") or {}).get("content") or "") for i in items]
    return " ".join(t for t in texts if t)


def _bot_action(body: Payload, user: str, payload: dict[str, Any]) -> InboundEvent | None:
    event = body.get("event") or {}
    card = event.get("template_card_event") or {}
    return _clicked(BOT, str(body["msgid"]), user, str(card.get("event_key") or ""), payload)


def _clicked(
    channel: str, key: str, user: str, button: str, payload: dict[str, Any]
) -> InboundEvent | None:
    found = _BUTTON.match(button)
    if found is None:
        return None
    more = {**payload, "button": found[1], "at": int(found[3])}
    conversation = f"{payload['chat']}:{user}"
    return InboundEvent(channel, "", key, user, conversation, found[2], "action", more)


def app_event(fields: Mapping[str, str]) -> InboundEvent | None:
    """Return what an application's message or event asks of us.

    Args:
        fields: The decoded XML, flat.
    """
    user = fields.get("FromUserName", "")
    if not user:
        return None
    payload: dict[str, Any] = {"chat": user, "is_private": True}
    if fields.get("MsgType") == "text":
        text = spoken(fields.get("Content", ""))
        key = fields.get("MsgId", "")
        if not (text and key):
            return None
        return InboundEvent(APP, "", key, user, user, text, "question", payload)
    button = fields.get("EventKey", "")
    more = {**payload, "response_code": fields.get("ResponseCode", "")}
    return _clicked(APP, app_key(fields), user, button, more)


def app_key(fields: Mapping[str, str]) -> str:
    """Return the key of an application's event, which has no id of its own.

    Person and second are not enough: two events in one second would be taken for one.
    """
    names = ("FromUserName", "CreateTime", "Event", "EventKey", "TaskId", "ResponseCode")
    text = "\0".join(fields.get(n, "") for n in names)
    return hashlib.sha256(text.encode()).hexdigest()
