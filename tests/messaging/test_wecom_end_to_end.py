"""The WeCom bot by each of its ways, spoken to by a simulated WeCom over loopback."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from assistant import Answer
from bots.records import Said, Verdict
from bots.simulators.wecom.server import WeComServer
from bots.simulators.wecom.state import APP_SECRET, CORP_ID
from bots.wecom import limits
from bots.wecom.api import ApiError, WeComApi
from bots.wecom.connection import Pace
from bots.wecom.crypto import Envelope
from bots.wecom.hook import HookChannel, hook_drafts
from bots.wecom.leader import Leader
from bots.wecom.rate import Rate
from bots.wecom.render import render

QUESTION = "上季度各渠道线索成本"


def story(make: Any, tell: Any, *ways: str, **settings: Any) -> None:
    async def run() -> None:
        async with make(*ways, **settings) as rig:
            await tell(rig)

    asyncio.run(run())


def final(rig: Any, request: str) -> dict[str, Any]:
    """The last word of a stream."""
    streams = [
        m["stream"] for m in rig.wecom.company.said("bot", request) if m["msgtype"] == "stream"
    ]
    return streams[-1] if streams else {"finish": False}


# --- long connection ------------------------------------------------------------------------------


def test_a_question_is_answered_with_stream_picture_and_buttons(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        frame = await rig.wecom.say("zhangsan", QUESTION)
        request = frame["headers"]["req_id"]
        await rig.until(lambda: rig.wecom.company.said("bot", "zhangsan"))
        await rig.settled()
        first, *_, last = (m["stream"] for m in rig.wecom.company.said("bot", request))
        assert (first["finish"], last["finish"]) == (False, True)
        assert first["id"] == last["id"]
        assert "2026-10-27" in last["content"]
        assert "|" in last["content"]
        picture, card = rig.wecom.company.said("bot", "zhangsan")
        labels = [b["text"] for b in card["template_card"]["button_list"]]
        assert len(set(labels)) == len(labels)
        assert rig.wecom.company.media[picture["image"]["media_id"]].startswith(b"\x89PNG")
        assert card["template_card"]["button_list"]

    story(wecom_rig, tell, "bot")


def test_a_button_answers_with_the_rights_of_whoever_clicks(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        await rig.wecom.say("zhangsan", "本月线索数")
        cards = await rig.until(
            lambda: [m for m in rig.wecom.company.said("bot") if m["msgtype"] == "template_card"]
        )
        key = cards[0]["template_card"]["button_list"][0]["key"]
        task = cards[0]["template_card"]["task_id"]
        assert "2026" not in key  # an id and a number, no data
        await rig.wecom.happen("lisi", "template_card_event", event_key=key, task_id=task)
        said = await rig.until(lambda: rig.wecom.company.said("bot", "lisi"))
        assert "视图：华东" in said[0]["markdown"]["content"]
        updates = await rig.until(
            lambda: [
                m
                for m in rig.wecom.company.said("bot")
                if m["command"] == "aibot_respond_update_msg"
            ]
        )
        assert len(updates) == 1

    story(wecom_rig, tell, "bot")


def test_a_picture_that_is_slow_to_draw_does_not_hold_up_the_next_answer(
    wecom_rig: Any, monkeypatch: pytest.MonkeyPatch
):
    async def tell(rig: Any) -> None:
        gate, draw = asyncio.Event(), rig.desk.draw

        async def slow(*args: Any) -> Any:
            await gate.wait()
            return await draw(*args)

        monkeypatch.setattr(rig.desk, "draw", slow)
        await rig.wecom.say("zhangsan", QUESTION)
        second = (await rig.wecom.say("zhangsan", "本月线索数"))["headers"]["req_id"]
        await rig.until(lambda: final(rig, second)["finish"])
        pictures = [m for m in rig.wecom.company.said("bot") if m["msgtype"] == "image"]
        assert pictures == []
        gate.set()
        await rig.settled()
        kinds = [m["msgtype"] for m in rig.wecom.company.said("bot", "zhangsan")]
        assert kinds.count("image") == 1
        assert kinds.count("template_card") == 2

    story(wecom_rig, tell, "bot")


def test_one_message_twice_is_answered_once(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        frame = await rig.wecom.say("zhangsan", "本月线索数", msgid="SAME")
        await rig.wecom.push(frame)
        request = frame["headers"]["req_id"]
        await rig.until(lambda: final(rig, request)["finish"])
        await rig.settled()
        streams = [
            m["stream"] for m in rig.wecom.company.said("bot", request) if m["msgtype"] == "stream"
        ]
        assert [s["finish"] for s in streams] == [False, True]

    story(wecom_rig, tell, "bot")


def test_a_stranger_gets_no_number_and_no_query_runs(
    wecom_rig: Any, monkeypatch: pytest.MonkeyPatch
):
    async def tell(rig: Any) -> None:
        def never(*_: Any, **__: Any) -> Answer:
            pytest.fail("a stranger's question reached the assistant")

        monkeypatch.setattr(rig.desk.assistant, "ask", never)
        alone = await rig.wecom.say("wangwu", QUESTION)
        group = await rig.wecom.say("wangwu", QUESTION, group="G1")
        for frame, has_link in ((alone, True), (group, False)):
            request = frame["headers"]["req_id"]
            await rig.until(lambda r=request: final(rig, r)["finish"])
            text = final(rig, request)["content"]
            assert "不知道您是谁" in text
            assert ("https://bot.example.invalid/link/" in text) == has_link

    story(wecom_rig, tell, "bot", web_url="https://bot.example.invalid")


def test_a_group_of_unknown_members_gets_the_answer_in_private(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        frame = await rig.wecom.say("zhangsan", "本月线索数", group="G1")
        request = frame["headers"]["req_id"]
        await rig.until(lambda: final(rig, request)["finish"])
        await rig.settled()
        assert final(rig, request)["content"].startswith("答案只能给您看")
        private = rig.wecom.company.said("bot", "zhangsan")
        assert private[0]["chat_type"] == 1
        assert "线索" in private[0]["markdown"]["content"]
        assert rig.wecom.company.said("bot", "G1") == []
        declared = await rig.wecom.say("zhangsan", "本月线索数", group="G2")
        request = declared["headers"]["req_id"]
        await rig.until(lambda: final(rig, request)["finish"])
        assert "2026-10-27" in final(rig, request)["content"]

    story(wecom_rig, tell, "bot", groups={"G2": ("manager", "admin")})


@pytest.mark.parametrize("how", ["1000", "1011", "1001", "abort", "silent", "bad secret"])
def test_the_connection_comes_back_after_every_failure(wecom_rig: Any, how: str):
    async def tell(rig: Any) -> None:
        connection = rig.services["bot"].connection
        if how == "bad secret":
            rig.wecom.company.faults["aibot_subscribe"] += [40001, 40001]
            how_to = "1000"
        else:
            how_to = how
        await rig.wecom.hang_up(how_to)
        if how == "silent":
            await rig.until(lambda: connection.health.state != "live")
            rig.wecom.is_deaf = False
        await rig.until(
            lambda: connection.health.connects >= 2 and connection.health.state == "live"
        )
        frame = await rig.wecom.say("zhangsan", "本月线索数")
        request = frame["headers"]["req_id"]
        await rig.until(lambda: rig.wecom.company.said("bot", request))
        await rig.until(lambda: final(rig, request)["finish"])

    pace = Pace(ping=0.05, silent=1.0, answer=1.0, first=0.01, longest=0.1)
    story(wecom_rig, tell, "bot", **({"pace": pace} if how == "silent" else {}))


def test_an_answer_found_while_the_connection_was_down_is_sent_later(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        frame = await rig.wecom.say("zhangsan", QUESTION)
        request = frame["headers"]["req_id"]
        await rig.until(lambda: rig.inbox.counts())
        rig.wecom.company.faults["aibot_subscribe"] += [40001]
        await rig.wecom.hang_up("abort")
        await rig.until(
            lambda: rig.wecom.company.said("bot", request) and final(rig, request)["finish"]
        )

    story(wecom_rig, tell, "bot")


def test_a_bot_that_was_taken_over_stays_down(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(rig.wecom.socket_url) as other,
        ):
            identity = {
                "bot_id": rig.settings.bot_id,
                "secret": rig.settings.bot_secret.get_secret_value(),
            }
            frame = {"cmd": "aibot_subscribe", "headers": {"req_id": "x"}, "body": identity}
            await other.send_json(frame)
            await rig.until(lambda: rig.services["bot"].connection.health.state == "replaced")
            await asyncio.sleep(0.3)  # ten times its pause before it would connect again
            assert rig.wecom.subscriptions == 2

    story(wecom_rig, tell, "bot")


def test_feedback_of_wecom_is_kept(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        frame = await rig.wecom.say("zhangsan", "本月线索数")
        request = frame["headers"]["req_id"]
        await rig.until(
            lambda: rig.wecom.company.said("bot", request) and final(rig, request)["finish"]
        )
        answer_id = final(rig, request)["feedback"]["id"]
        await rig.wecom.happen(
            "zhangsan", "feedback_event", id=answer_id, type=2, content="口径不对"
        )
        await rig.until(lambda: rig.server.feedback.of(answer_id))
        said = (Said("wecom:zhangsan", Verdict.DOWN, "", "口径不对"),)
        assert rig.server.feedback.of(answer_id) == said
        await rig.wecom.happen("zhangsan", "feedback_event", id=answer_id, type=3)
        await rig.until(lambda: not rig.server.feedback.of(answer_id))

    story(wecom_rig, tell, "bot")


# --- bot over callbacks -----------------------------------------------------------------------


def message(text: str, **more: Any) -> dict[str, Any]:
    return {"msgid": "M1", "aibotid": "B", "chattype": "single", "from": {"userid": "zhangsan"}, "msgtype": "text", "text": {"content": text}, **more}  # fmt: skip


def test_wecom_fetches_the_answer_until_it_is_finished(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        driver = rig.drivers["callback"]
        assert await driver.verify("12345") == (200, b"12345")
        address = f"{rig.wecom.url}/cgi-bin/aibot/response?response_code=c1"
        _, first = await driver.post_json(message(QUESTION, response_url=address))
        _, again = await driver.post_json(message(QUESTION, response_url=address))
        assert first["stream"]["id"] == again["stream"]["id"]
        fetch = {"msgid": "M2", "msgtype": "stream", "stream": {"id": first["stream"]["id"]}}
        await rig.settled()
        _, last = await driver.post_json(fetch)
        assert last["stream"]["finish"]
        assert "2026-10-27" in last["stream"]["content"]
        assert last["stream"]["msg_item"][0]["msgtype"] == "image"
        (card,) = rig.wecom.company.said("response")
        assert card["template_card"]["button_list"]

    story(wecom_rig, tell, "callback")


def test_forged_and_old_callbacks_are_refused(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        for way in ("callback", "app"):
            driver = rig.drivers[way]
            driver._now = lambda: 1_000_000
            assert (await driver.verify())[0] == 403
            driver._now = __import__("time").time
            driver._envelope = Envelope(
                "wrong", driver._envelope.encoding_key, driver._envelope.receive_id
            )
            assert (await driver.verify())[0] == 403
            assert (await driver.post_json(message(QUESTION)))[0] == 403
        assert rig.inbox.counts() == {}

    story(wecom_rig, tell, "callback", "app")


# --- application ------------------------------------------------------------------------------


def said(text: str, number: str = "1") -> dict[str, str]:
    return {"FromUserName": "ZhangSan", "CreateTime": "1790000000", "MsgType": "text", "Content": text, "MsgId": number}  # fmt: skip


def test_the_application_answers_once_however_often_wecom_repeats(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        driver = rig.drivers["app"]
        assert await driver.verify() == (200, b"1616140317555161061")
        answers = await driver.post_xml(4, **said(QUESTION))
        assert answers == [(200, "")] * 4
        await rig.until(lambda: rig.wecom.company.said("app"))
        await rig.settled()
        kinds = [m["msgtype"] for m in rig.wecom.company.said("app", "ZhangSan")]
        assert kinds.count("image") == 1
        assert kinds.count("template_card") == 1
        texts = [
            m["markdown"]["content"]
            for m in rig.wecom.company.said("app")
            if m["msgtype"] == "markdown"
        ]
        assert "2026-10-27" in texts[-1]
        assert all("|" not in t for t in texts)  # this way knows no tables

    story(wecom_rig, tell, "app")


def test_two_clicks_in_one_second_are_two_events(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        driver = rig.drivers["app"]
        await driver.post_xml(1, **said("本月线索数"))
        await rig.settled()
        (card,) = (m for m in rig.wecom.company.said("app") if m["msgtype"] == "template_card")
        for button in card["template_card"]["button_list"][:2]:
            event = {"FromUserName": "ZhangSan", "CreateTime": "1790000001", "MsgType": "event", "Event": "template_card_event", "EventKey": button["key"], "TaskId": "t"}  # fmt: skip
            await driver.post_xml(2, **event)
        await rig.settled()
        done = rig.inbox.counts()["inbox", "wecom_app", "done"]
        assert done == 3

    story(wecom_rig, tell, "app")


def test_a_clicked_card_says_that_somebody_is_at_work(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        driver = rig.drivers["app"]
        await driver.post_xml(1, **said("本月线索数"))
        await rig.settled()
        (card,) = (m for m in rig.wecom.company.said("app") if m["msgtype"] == "template_card")
        key = card["template_card"]["button_list"][0]["key"]
        event = {"FromUserName": "ZhangSan", "CreateTime": "1790000001", "MsgType": "event", "Event": "template_card_event", "EventKey": key, "TaskId": "t", "ResponseCode": "CODE1"}  # fmt: skip
        await driver.post_xml(3, **event)
        await rig.settled()
        (update,) = (m for m in rig.wecom.company.said("app") if m.get("command") == "update")
        assert (update["chat"], update["response_code"]) == ("ZhangSan", "CODE1")
        assert "正在查询" in update["template_card"]["main_title"]["desc"]
        assert update["template_card"]["button_list"] == card["template_card"]["button_list"]
        assert rig.inbox.dead_letters() == ()

    story(wecom_rig, tell, "app")


def test_a_message_that_reached_nobody_is_not_called_sent(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        rig.wecom.company.members.clear()
        await rig.drivers["app"].post_xml(1, **said("本月线索数"))
        await rig.settled()
        assert "not reached" in rig.inbox.dead_letters()[0].error

    story(wecom_rig, tell, "app")


def test_a_token_that_runs_out_under_load_is_renewed_once():
    async def run() -> None:
        wecom = WeComServer()
        await wecom.start()
        async with aiohttp.ClientSession() as session:
            api = WeComApi(session, CORP_ID, APP_SECRET, base_url=wecom.url)
            body = {"touser": "lisi", "msgtype": "text", "text": {"content": "x"}}
            await asyncio.gather(*(api.call("/cgi-bin/message/send", body) for _ in range(20)))
            assert wecom.company.token_fetches == 1
            wecom.company.tokens.clear()
            await asyncio.gather(*(api.call("/cgi-bin/message/send", body) for _ in range(20)))
            assert wecom.company.token_fetches == 2
        await wecom.stop()

    asyncio.run(run())


@pytest.mark.parametrize("code", [60020, 40056])
def test_a_refusal_says_what_to_do(code: int):
    async def run() -> None:
        wecom = WeComServer()
        await wecom.start()
        wecom.company.faults["/cgi-bin/message/send"] += [code]
        async with aiohttp.ClientSession() as session:
            api = WeComApi(session, CORP_ID, APP_SECRET, base_url=wecom.url)
            with pytest.raises(ApiError) as caught:
                await api.call("/cgi-bin/message/send", {"touser": "x"})
        assert caught.value.hint
        await wecom.stop()

    asyncio.run(run())


# --- robot, rates, leader ---------------------------------------------------------------------


def test_a_robot_sends_tables_and_pictures_and_no_buttons(wecom_rig: Any):
    async def tell(rig: Any) -> None:
        answer = rig.desk.assistant.ask(QUESTION, asker="manager")
        kept = {"asker": "manager", "channel": "wecom_hook", "conversation": ""}
        rig.server.answers.open(QUESTION, **kept, answer_id="ans1")
        rig.server.answers.close("ans1", answer, rights="")
        drafts = hook_drafts(render(answer, "ans1", limits.HOOK), "ans1")
        rig.runner.add(HookChannel(rig.session, rig.wecom.hook_url, rig.desk), None, None)
        assert rig.inbox.push("digest:1", "wecom_hook", "", drafts)
        assert not rig.inbox.push("digest:1", "wecom_hook", "", drafts)
        await rig.runner.wake()
        await rig.settled()
        kinds = [m["msgtype"] for m in rig.wecom.company.said("hook")]
        assert kinds == ["markdown_v2", "image"]

    story(wecom_rig, tell)


def test_a_chat_is_not_written_to_more_often_than_wecom_allows():
    now = [0.0]
    rate = Rate(3, 5, clock=lambda: now[0])
    assert [rate.take("a") for _ in range(3)] == [0, 0, 0]
    assert rate.take("a") == 60
    assert rate.take("b") == 0
    now[0] = 60.0
    assert [rate.take("a") for _ in range(2)] == [0, 0]
    assert rate.take("a") == 3540


def test_one_process_at_a_time_holds_the_connection(tmp_path: Any):
    from semantic_layer.state import open_state

    now = [0.0]
    state = open_state(tmp_path)
    first, second = (Leader(state, "bot", name, clock=lambda: now[0]) for name in ("one", "two"))
    assert (first.take(), second.take(), first.take()) == (True, False, True)
    now[0] = 31.0
    assert (second.take(), first.take()) == (True, False)
    second.release()
    assert first.take()
    state.dispose()


def test_the_simulator_enforces_its_limits():
    async def run() -> None:
        wecom = WeComServer()
        await wecom.start()
        async with aiohttp.ClientSession() as session:

            async def hook(**body: Any) -> int:
                async with session.post(wecom.hook_url, json=body) as response:
                    return int((await response.json())["errcode"])

            long = {"content": "万" * 1366}
            assert await hook(msgtype="markdown_v2", markdown_v2=long) == 45002
            image = {"base64": "aGVsbG8=", "md5": "0" * 32}
            assert await hook(msgtype="image", image=image) == 40009
            short = {"content": "x"}
            codes = [await hook(msgtype="text", text=short) for _ in range(21)]
            assert codes.count(45009) == 3  # the two that were refused count as well
        await wecom.stop()

    asyncio.run(run())
