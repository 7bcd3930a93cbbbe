"""The Slack bot under a real server, spoken to by a simulated Slack over loopback."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from assistant import Answer
from bots.inbox import Limits
from bots.records import Said, Verdict
from bots.simulators.slack.rules import problems

QUESTION = "上季度各渠道线索成本"


def strings(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def buttons(message: dict[str, Any], prefix: str) -> list[dict[str, Any]]:
    found = [e for b in message["blocks"] for e in b.get("elements", [])]
    return [e for e in found if str(e.get("action_id", "")).startswith(prefix)]


def story(make: Any, tell: Any, **settings: Any) -> None:
    async def run() -> None:
        async with make(**settings) as rig:
            await tell(rig)

    asyncio.run(run())


def test_a_direct_message_is_answered_with_chart_table_basis_and_buttons(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (message,) = await rig.ask("UBOSS", "DUBOSS", QUESTION)
        assert message["channel"] == "DUBOSS"
        kinds = [b["type"] for b in message["blocks"]]
        assert kinds[0] == "rich_text"
        assert {"data_visualization", "data_table", "context", "actions", "context_actions"} <= set(
            kinds
        )
        assert "2026-10-27" in message["text"]
        assert problems(message) == ("", [])
        assert message["metadata"]["event_payload"]["key"]
        assert any(s["status"] == "processing" for s in rig.workspace.statuses)

    story(slack_rig, tell)


def test_the_numbers_of_the_text_are_those_of_the_table(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (message,) = await rig.ask("UBOSS", "DUBOSS", QUESTION)
        table = next(b for b in message["blocks"] if b["type"] == "data_table")
        chart = next(b for b in message["blocks"] if b["type"] == "data_visualization")
        cells = {c["value"] for row in table["rows"] for c in row if c["type"] == "raw_number"}
        drawn = {p["value"] for s in chart["chart"]["series"] for p in s["data"]}
        assert drawn
        assert drawn <= cells

    story(slack_rig, tell)


def test_a_running_month_is_named_beside_the_chart(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (message,) = await rig.ask("UBOSS", "DUBOSS", "今年每月线索数")
        text = strings(message["blocks"])
        assert "图中不完整的时期：2026年10月" in text
        assert "空心" not in text  # Slack draws no hollow marks

    story(slack_rig, tell)


def test_one_event_delivered_four_times_is_answered_once(slack_rig: Any):
    async def tell(rig: Any) -> None:
        event = rig.sender.said("UBOSS", "DUBOSS", QUESTION)
        sent = [rig.sender.event(event, event_id="EvSame") for _ in range(4)]
        attempts = await asyncio.gather(*sent)
        assert all(a[0].status == 200 for a in attempts)
        await rig.settled()
        assert len(rig.workspace.posted("DUBOSS")) == 1

    story(slack_rig, tell)


def test_two_people_get_their_own_rows_of_the_same_question(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (boss,) = await rig.ask("UBOSS", "DUBOSS", "今年各大区线索数")
        (east,) = await rig.ask("UEAST", "DUEAST", "今年各大区线索数")
        regions = [
            {row[0]["text"] for row in table["rows"][1:]}
            for message in (boss, east)
            for table in message["blocks"]
            if table["type"] == "data_table"
        ]
        assert len(regions[0]) > 1
        assert regions[1] == {"华东"} or "华东" in strings(east)
        assert boss["text"] != east["text"]

    story(slack_rig, tell)


@pytest.mark.parametrize("user", ["UNOBODY", "UGUEST", "UOTHER"])
def test_who_is_not_known_is_refused_with_a_way_in_and_no_query_runs(
    slack_rig: Any, user: str, monkeypatch: pytest.MonkeyPatch
):
    async def tell(rig: Any) -> None:
        def never(*_: Any, **__: Any) -> Answer:
            pytest.fail("a stranger's question reached the assistant")

        monkeypatch.setattr(rig.desk.assistant, "ask", never)
        (message,) = await rig.ask(user, f"D{user}", QUESTION)
        text = message["text"]
        assert "不知道您是谁" in text
        assert ("https://bot.example.invalid/link/" in text) == (user == "UNOBODY")
        await rig.ask(user, "CALL", QUESTION)
        assert [e["user"] for e in rig.workspace.ephemeral] == [user]
        assert rig.workspace.posted("CALL") == []

    story(slack_rig, tell, web_url="https://bot.example.invalid")


def test_a_confirmed_link_makes_a_stranger_known(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (refusal,) = await rig.ask("UNOBODY", "DUNOBODY", QUESTION)
        secret = refusal["text"].split("/link/")[1].split("（")[0].split()[0]
        assert rig.desk.identities.peek(secret).external_id == "unobody"
        assert rig.desk.identities.claim(secret, "manager_east") is not None
        assert rig.desk.identities.claim(secret, "manager") is None  # once
        (answer,) = await rig.ask("UNOBODY", "DUNOBODY", QUESTION)
        assert "华东" in answer["text"]

    story(slack_rig, tell, web_url="https://bot.example.invalid")


def test_a_group_sees_an_answer_only_if_all_in_it_may(slack_rig: Any):
    async def tell(rig: Any) -> None:
        await rig.ask("UBOSS", "CBOSS", QUESTION)
        assert len(rig.workspace.posted("CBOSS")) == 1  # the administrator sees as much
        await rig.ask("UBOSS", "CMIX", QUESTION)
        await rig.ask("UBOSS", "CALL", QUESTION)
        assert rig.workspace.posted("CMIX") == []  # a regional manager sees less
        assert rig.workspace.posted("CALL") == []  # a stranger is there
        assert len(rig.workspace.posted("DUBOSS")) == 2
        assert [e["channel"] for e in rig.workspace.ephemeral] == ["CMIX", "CALL"]
        await rig.ask("UEAST", "CMIX", "本月线索数")
        assert len(rig.workspace.posted("CMIX")) == 1  # all there see at least her rows

    story(slack_rig, tell)


def test_a_click_has_the_rights_of_whoever_clicks(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (message,) = await rig.ask("UBOSS", "CBOSS", "本月线索数")
        chosen = buttons(message, "askmql.followup")[0]
        assert chosen["visible_to_user_ids"] == ["UBOSS"]
        before = len(rig.workspace.messages)
        await rig.sender.click("UEAST", message, chosen, rig.slack.methods.now())
        await rig.settled()
        (answer,) = rig.workspace.messages[before:]
        assert "视图：华东" in answer["text"]

    story(slack_rig, tell)


def test_sql_and_export_are_given_only_to_equal_rights(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (message,) = await rig.ask("UBOSS", "CBOSS", QUESTION)
        now = rig.slack.methods.now
        for user in ("UBOSS", "UEAST"):
            await rig.sender.click(user, message, buttons(message, "askmql.sql")[0], now())
            await rig.sender.click(user, message, buttons(message, "askmql.export")[0], now())
        await rig.settled()
        views = await rig.until(lambda: len(rig.workspace.views) == 2 and rig.workspace.views)
        assert ["SELECT" in strings(v) for v in views] == [True, False]
        (file,) = rig.workspace.files.values()
        assert file["shared"] == "DUBOSS"
        assert file["data"][:2] == b"PK"  # a workbook

    story(slack_rig, tell)


def test_feedback_is_kept_with_its_reason(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (message,) = await rig.ask("UBOSS", "DUBOSS", QUESTION)
        (block,) = (b for b in message["blocks"] if b["type"] == "context_actions")
        element = block["elements"][0]
        action = {"action_id": element["action_id"], "type": "feedback_buttons", "value": element["negative_button"]["value"]}  # fmt: skip
        await rig.sender.click("UBOSS", message, action, rig.slack.methods.now())
        (view,) = await rig.until(lambda: rig.workspace.views)
        answer_id = view["private_metadata"]
        state = {"values": {"reason": {"text": {"value": "口径不对"}}}}
        payload = {"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "UBOSS"}, "view": {**view, "id": "V1", "state": state}}  # fmt: skip
        await rig.sender.form(payload=json.dumps(payload))
        said = (Said("slack:UBOSS", Verdict.DOWN, "", "口径不对"),)
        await rig.until(lambda: rig.server.feedback.of(answer_id) == said)
        counted = rig.server.metrics.text().decode()
        assert 'askmql_feedback_total{verdict="down"} 2.0' in counted
        assert 'askmql_answer_seconds_count{channel="slack"' in counted

    story(slack_rig, tell)


def test_refused_blocks_become_a_picture_and_plain_text(slack_rig: Any):
    async def tell(rig: Any) -> None:
        rig.workspace.native = False
        (message,) = await rig.ask("UBOSS", "DUBOSS", QUESTION)
        kinds = {b["type"] for b in message["blocks"]}
        assert not kinds & {"data_table", "data_visualization", "context_actions"}
        (file,) = rig.workspace.files.values()
        assert file["data"].startswith(b"\x89PNG")
        assert file["alt_txt"]
        assert file["shared"] == "DUBOSS"

    story(slack_rig, tell)


def test_every_message_has_text_and_every_picture_a_description(slack_rig: Any):
    async def tell(rig: Any) -> None:
        for native in (True, False):
            rig.workspace.native = native
            for question in (QUESTION, "本月新增线索走势", "你好", "去年火星的线索数"):
                await rig.ask("UBOSS", "DUBOSS", question)
        sent = rig.workspace.messages
        assert len(sent) >= 8
        assert all(m["text"].strip() for m in sent)
        images = [b for m in sent for b in m.get("blocks", []) if b["type"] == "image"]
        assert all(b["alt_text"] for b in images)
        pictures = list(rig.workspace.files.values())
        assert pictures
        assert all(len(f["alt_txt"]) > 10 for f in pictures)

    story(slack_rig, tell)


def test_a_rate_limit_is_waited_for_and_nothing_is_lost(slack_rig: Any):
    async def tell(rig: Any) -> None:
        rig.workspace.faults["chat.postMessage"] += ["ratelimited:0", "ratelimited:0"]
        (message,) = await rig.ask("UBOSS", "DUBOSS", QUESTION)
        assert message["text"]

    story(slack_rig, tell)


def test_a_slash_command_is_answered_to_its_asker_alone(slack_rig: Any):
    async def tell(rig: Any) -> None:
        address = f"{rig.slack.url}/response/1"
        (attempt,) = await rig.sender.command("UBOSS", "CALL", QUESTION, address)
        assert attempt.status == 200
        await rig.settled()
        (answer,) = rig.workspace.responses
        assert answer["response_type"] == "ephemeral"
        assert rig.workspace.messages == []
        await rig.sender.command("UBOSS", "CALL", QUESTION, "http://127.0.0.2:9/steal")
        await rig.settled()
        letters = rig.inbox.dead_letters()
        assert any("not Slack's" in letter.error for letter in letters)

    story(slack_rig, tell)


def test_what_is_unknown_is_acknowledged(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (event,) = await rig.sender.event({"type": "channel_rename", "channel": {"id": "C1"}})
        message = {"channel": "CALL", "ts": "1.0"}
        action = {"action_id": "somebody.elses", "type": "button", "value": "x"}
        (click,) = await rig.sender.click("UBOSS", message, action, 0.0)
        assert (event.status, click.status) == (200, 200)
        assert rig.inbox.counts() == {}

    story(slack_rig, tell)


def test_too_many_open_questions_are_said_to_be_too_many(slack_rig: Any):
    async def tell(rig: Any) -> None:
        for i in range(3):
            await rig.sender.event(rig.sender.said("UBOSS", "CBOSS", f"本月线索数 {i}"))
        assert rig.inbox.counts()["inbox", "slack", "limited"] == 2
        await rig.runner.start()
        await rig.settled()
        assert len(rig.workspace.posted("CBOSS")) == 1
        assert ["没答完" in e["text"] for e in rig.workspace.ephemeral] == [True, True]

    story(slack_rig, tell, start=False, limits=Limits(open_per_sender=1))


def test_forged_and_old_requests_are_refused(slack_rig: Any):
    async def tell(rig: Any) -> None:
        event = rig.sender.said("UBOSS", "DUBOSS", QUESTION)
        old = await rig.sender.event(event, age=301)
        rig.sender._secret = "wrong"
        forged = await rig.sender.event(event)
        assert {a.status for a in (*old, *forged)} == {401}
        assert rig.inbox.counts() == {}

    story(slack_rig, tell)


def test_a_thread_goes_on_with_and_without_a_mention(slack_rig: Any):
    async def tell(rig: Any) -> None:
        (first,) = await rig.ask("UBOSS", "CBOSS", "本月线索数")
        thread = first["thread_ts"]
        (second,) = await rig.ask("UBOSS", "CBOSS", "上个月呢", thread_ts=thread)
        assert second["thread_ts"] == thread
        reply = {"type": "message", "channel_type": "channel", "user": "UBOSS", "channel": "CBOSS", "text": "按渠道呢", "ts": "1790000001.1", "thread_ts": thread, "team": "T1"}  # fmt: skip
        await rig.sender.event(reply)
        await rig.settled()
        assert len(rig.workspace.posted("CBOSS")) == 3
        await rig.sender.event({**reply, "thread_ts": "1.1", "ts": "1.2"})
        await rig.settled()
        assert len(rig.workspace.posted("CBOSS")) == 3  # a thread that is not ours

    story(slack_rig, tell)


def test_home_and_prompts_are_those_of_the_person(slack_rig: Any):
    async def tell(rig: Any) -> None:
        for user in ("UEAST", "UNOBODY"):
            for tab in ("home", "messages"):
                event = {"type": "app_home_opened", "user": user, "channel": f"D{user}", "tab": tab}
                await rig.sender.event(event)
        homes = rig.workspace.homes
        await rig.until(lambda: len(homes) == 2 and rig.workspace.prompts)
        assert "华东" in strings(homes["UEAST"])
        assert len(homes["UNOBODY"]["blocks"]) == 2
        (prompts,) = rig.workspace.prompts
        assert prompts["channel_id"] == "DUEAST"

    story(slack_rig, tell)


def test_the_stop_button_stops_the_query(slack_rig: Any, monkeypatch: pytest.MonkeyPatch):
    async def tell(rig: Any) -> None:
        layer = rig.desk.assistant.layer
        execute = layer.engine.execute
        slow = "SELECT count(*) FROM range(100000000000) a"
        monkeypatch.setattr(layer.engine, "execute", lambda sql, **kw: execute(slow, **kw))
        event = rig.sender.said("UBOSS", "DUBOSS", "上上个月各活动的线索数")
        await rig.sender.event(event)
        await rig.until(lambda: rig.server.stops.is_running(f"DUBOSS:{event['ts']}"))
        await rig.sender.event(
            {
                "type": "agent_session_stopped",
                "channel_id": "DUBOSS",
                "thread_ts": event["ts"],
                "user": "UBOSS",
            }
        )
        async with asyncio.timeout(20):  # it would run for hours
            await rig.settled()
        (message,) = rig.workspace.posted("DUBOSS")
        assert "停" in message["text"]

    story(slack_rig, tell)
