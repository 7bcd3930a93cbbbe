"""The frames of the long connection have the fields that WeCom documents, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from bots.simulators.wecom.server import WeComServer
from bots.wecom.events import bot_event

Frame = dict[str, Any]
CARD = {
    "card_type", "main_title.title", "task_id",
    "button_list.text", "button_list.style", "button_list.key",
}  # fmt: skip
MAY_CARRY = {
    "main_title.desc", "sub_title_text",
    "horizontal_content_list.keyname", "horizontal_content_list.value",
}  # fmt: skip
STREAM = {"msgtype", "stream.id", "stream.finish", "stream.content"}
SEND = {"chatid", "chat_type", "msgtype"}
#: What the bot sends: command, kind of message -> fields that must be there, fields that may.
SENT: dict[tuple[str, str], tuple[set[str], set[str]]] = {
    ("aibot_subscribe", ""): ({"bot_id", "secret"}, set()),
    ("ping", ""): (set(), set()),
    ("aibot_respond_msg", "stream"): (STREAM, {"stream.feedback.id"}),
    ("aibot_respond_welcome_msg", "text"): ({"msgtype", "text.content"}, set()),
    ("aibot_respond_update_msg", ""): (
        {"response_type", *(f"template_card.{c}" for c in CARD)},
        {f"template_card.{c}" for c in MAY_CARRY},
    ),
    ("aibot_send_msg", "markdown"): ({*SEND, "markdown.content"}, set()),
    ("aibot_send_msg", "image"): ({*SEND, "image.media_id"}, set()),
    ("aibot_send_msg", "template_card"): (
        {*SEND, *(f"template_card.{c}" for c in CARD)},
        {f"template_card.{c}" for c in MAY_CARRY},
    ),
    ("aibot_upload_media_init", ""): (
        {"type", "filename", "total_size", "total_chunks", "md5"},
        set(),
    ),
    ("aibot_upload_media_chunk", ""): ({"upload_id", "chunk_index", "base64_data"}, set()),
    ("aibot_upload_media_finish", ""): ({"upload_id"}, set()),
}


def fields(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all leaves; members of a list share theirs."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from fields(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, path)
    elif path:
        yield path


def wrong(frame: Frame) -> str:
    """What a documented bot would not send; empty when it is all right."""
    body = frame.get("body") or {}
    must, may = SENT[frame["cmd"], str(body.get("msgtype", ""))]
    found = set(fields(body))
    is_addressed = isinstance(frame["headers"]["req_id"], str) and frame["headers"]["req_id"]
    names = set(frame) - {"body"} == {"cmd", "headers"}
    missing, more = must - found, found - must - may
    return (
        "" if names and is_addressed and not missing | more else f"{frame['cmd']} {missing} {more}"
    )


def test_every_frame_of_the_bot_is_as_documented(wecom_rig: Any, monkeypatch: pytest.MonkeyPatch):
    sent: list[Frame] = []
    hear = WeComServer._frame

    async def noted(self: WeComServer, socket: Any, frame: Frame) -> None:
        sent.append(frame)
        await hear(self, socket, frame)

    monkeypatch.setattr(WeComServer, "_frame", noted)

    async def story() -> None:
        async with wecom_rig("bot") as rig:
            said = rig.wecom.company.said
            await rig.wecom.happen("zhangsan", "enter_chat")
            asked = await rig.wecom.say("zhangsan", "上季度各渠道线索成本")
            group = await rig.wecom.say("zhangsan", "本月线索数", group="G1")
            cards = await rig.until(
                lambda: [m for m in said("bot", "zhangsan") if m["msgtype"] == "template_card"]
            )
            card = cards[0]["template_card"]
            click = {"event_key": card["button_list"][0]["key"], "task_id": card["task_id"]}
            clicked = await rig.wecom.happen("zhangsan", "template_card_event", **click)
            update = "aibot_respond_update_msg"
            await rig.until(lambda: any(f["cmd"] == update for f in sent))
            await rig.until(lambda: {c for c, _ in SENT} <= {f["cmd"] for f in sent})
            await rig.settled()
        answers = [f for f in sent if f["cmd"] in {"aibot_respond_msg", update}]
        requests = {f["headers"]["req_id"] for f in (asked, group, clicked)}
        assert {f["headers"]["req_id"] for f in answers} == requests

    asyncio.run(story())
    assert [w for w in map(wrong, sent) if w] == []
    kinds = {(f["cmd"], str((f.get("body") or {}).get("msgtype", ""))) for f in sent}
    assert kinds == set(SENT)


@pytest.mark.parametrize(
    "change",
    [
        {"cmd": "ping", "headers": {"req_id": ""}},
        {"cmd": "aibot_upload_media_finish", "headers": {"req_id": "U"}, "body": {}},
        {"cmd": "ping", "headers": {"req_id": "P"}, "body": {"more": 1}},
    ],
    ids=["no request", "a field missing", "a field too many"],
)
def test_a_frame_of_another_shape_is_noticed(change: Frame):
    assert wrong(change)


COMMON = {"msgid": "M", "aibotid": "B", "from": {"userid": "zhangsan"}}


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        ({"chatid": "C", "chattype": "group", "msgtype": "text", "text": {"content": "@数据助手 本月线索数"}}, ("question", "C:zhangsan", "本月线索数")),
        ({"chattype": "single", "msgtype": "text", "text": {"content": "本月线索数"}}, ("question", "zhangsan:zhangsan", "本月线索数")),
        ({"chattype": "single", "msgtype": "voice", "voice": {"content": "本月线索数"}}, ("question", "zhangsan:zhangsan", "本月线索数")),
        ({"create_time": 1, "chattype": "single", "msgtype": "event", "event": {"eventtype": "template_card_event", "template_card_event": {"card_type": "button_interaction", "event_key": "followup:a1:0", "task_id": "a1"}}}, ("action", "zhangsan:zhangsan", "a1")),
        ({"create_time": 1, "msgtype": "event", "event": {"eventtype": "enter_chat"}}, None),
        ({"create_time": 1, "chattype": "single", "msgtype": "event", "event": {"eventtype": "template_card_event", "template_card_event": {"card_type": "button_interaction", "event_key": "noop", "task_id": "a1"}}}, None),
        ({"chattype": "single", "msgtype": "image", "image": {"url": "https://x.invalid", "aeskey": "k"}}, None),
    ],
    ids=["group", "direct", "voice", "click", "enter", "another click", "picture"],
)  # fmt: skip
def test_documented_frames_are_understood(body: Frame, heard: tuple[str, str, str] | None):
    event = bot_event({**COMMON, **body}, "R1")
    assert (event and (event.kind, event.conversation, event.text)) == heard
