"""Socket Mode through every failure, installing in many workspaces, signatures, the server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import sqlalchemy as sa

from bots.messaging.settings import slack_settings
from bots.simulators.slack.api import Methods, Refused
from bots.simulators.slack.sender import sign
from bots.simulators.slack.state import APP_TOKEN, TOKEN, Workspace
from bots.slack.installs import Installs
from bots.slack.socket import SlackSocket
from semantic_layer import AskmqlError
from semantic_layer.project import ProjectConfig
from semantic_layer.state import open_state

VECTORS = json.loads((Path(__file__).parent / "slack_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("how", ["refresh", "1011", "abort", "silent"])
def test_the_socket_comes_back_and_no_question_is_lost(slack_rig: Any, how: str):
    async def run() -> None:
        async with slack_rig() as rig:
            socket = SlackSocket(rig.service.app, APP_TOKEN, stale_seconds=1.0, ping_seconds=0.2)
            await socket.start()
            server = rig.slack
            try:
                await rig.until(lambda: server.sockets and socket.health.is_connected)
                if how == "silent":
                    server.is_deaf = True
                    await rig.until(lambda: server.connected >= 2)
                    server.is_deaf = False
                    server.sockets[:] = server.sockets[-1:]
                else:
                    await server.hang_up(how)
                await rig.until(lambda: server.connected >= 2 and server.sockets)
                event = rig.sender.said("UBOSS", "DUBOSS", "本月线索数")
                await rig.until(lambda: socket.health.is_connected)
                envelope = await server.push(rig.sender.envelope(event))
                await rig.until(lambda: rig.workspace.posted("DUBOSS"))
                await rig.until(lambda: envelope in server.acknowledged)
                await rig.settled()
                assert len(rig.workspace.posted("DUBOSS")) == 1
            finally:
                await socket.stop()

    asyncio.run(run())


def test_an_app_is_installed_in_two_workspaces_and_answers_with_the_right_token(slack_rig: Any):
    async def run() -> None:
        async with slack_rig(client_id="1.1", client_secret="s", bot_token="") as rig:
            rig.workspace.codes |= {"c1": ("T1", "xoxb-one"), "c2": ("T2", "xoxb-two")}
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
                for code in ("c1", "c2"):
                    state = await _install(session, rig.url, code)
                back = f"{rig.url}/slack/oauth_redirect?code=c3&state={state}"
                async with session.get(back) as replayed:
                    assert replayed.status == 400  # a state works once
            assert (await rig.service.client("T1")).token == "xoxb-one"
            assert (await rig.service.client("T2")).token == "xoxb-two"
            with pytest.raises(LookupError):
                await rig.service.client("T3")
            (message,) = await rig.ask("UBOSS", "DUBOSS", "本月线索数")
            assert message["team"] == "T1"
            # Another process over the same state knows them; whoever has the database alone does not.
            other = Installs(rig.server.state, rig.server.secret)
            found = await other.async_find_bot(enterprise_id=None, team_id="T2")
            assert found.bot_token == "xoxb-two"
            thief = Installs(rig.server.state, "another secret")
            assert await thief.async_find_bot(enterprise_id=None, team_id="T2") is None
            with rig.server.state.connect() as connection:
                kept = connection.execute(sa.text("SELECT * FROM slack_installations")).all()
            assert "xoxb" not in str(kept)
            gone = {"type": "app_uninstalled", "team": "T2"}
            await rig.sender.event(gone)
            with pytest.raises(LookupError):
                await rig.service.client("T2")
            assert (await rig.service.client("T1")).token == "xoxb-one"

    asyncio.run(run())


async def _install(session: aiohttp.ClientSession, url: str, code: str) -> str:
    async with session.get(f"{url}/slack/install", allow_redirects=False) as begun:
        assert begun.status == 302
        state = parse_qs(urlsplit(begun.headers["Location"]).query)["state"][0]
        # The browser keeps the cookie for https only; here it is handed on by hand.
        cookie = begun.headers["Set-Cookie"].split(";")[0]
    back = f"{url}/slack/oauth_redirect?code={code}&state={state}"
    async with session.get(back, headers={"Cookie": cookie}) as done:
        assert done.status == 200, await done.text()
    return state


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda c: c["name"])
def test_signatures_of_slack(case: dict[str, str]):
    from slack_sdk.signature import SignatureVerifier

    secret = VECTORS["signing_secret"]
    assert sign(secret, case["timestamp"], case["body"]) == case["signature"]
    clock = type("At", (), {"now": lambda self: float(case["timestamp"])})()
    verifier = SignatureVerifier(secret, clock=clock)
    headers = (case["body"], case["timestamp"], case["signature"])
    assert verifier.is_valid(*headers)
    late = type("Late", (), {"now": lambda self: float(case["timestamp"]) + 301})()
    assert not SignatureVerifier(secret, clock=late).is_valid(*headers)


@pytest.mark.parametrize("case", VECTORS["negative"], ids=lambda c: c["name"])
def test_what_slack_did_not_sign_is_refused(case: dict[str, Any]):
    """One is too old, one was encoded anew on its way."""
    from slack_sdk.signature import SignatureVerifier

    signed = {c["name"]: c for c in VECTORS["cases"]}.get(case.get("of", ""), case)
    now = float(signed["timestamp"]) + float(case.get("now_offset_s", 0))
    clock = type("At", (), {"now": lambda self: now})()
    verifier = SignatureVerifier(VECTORS["signing_secret"], clock=clock)
    assert not verifier.is_valid(signed["body"], signed["timestamp"], signed["signature"])


def test_questions_before_a_stop_are_answered_after_the_start(slack_rig: Any):
    async def run() -> None:
        async with slack_rig(start=False) as rig:
            event = rig.sender.said("UBOSS", "DUBOSS", "本月线索数")
            await rig.sender.event(event, event_id="EvOne")
            assert rig.workspace.messages == []
            await rig.runner.start()  # a new process over the same state would do the same
            await rig.sender.event(event, event_id="EvOne")
            await rig.settled()
            assert len(rig.workspace.messages) == 1

    asyncio.run(run())


def test_fifty_slow_questions_do_not_delay_an_acknowledgement(
    slack_rig: Any, monkeypatch: pytest.MonkeyPatch
):
    async def run() -> None:
        async with slack_rig() as rig:
            gate = asyncio.Event()

            async def held(*_: Any, **__: Any) -> Any:
                await gate.wait()
                raise RuntimeError

            monkeypatch.setattr(rig.desk, "ask", held)
            await rig.sender.event(rig.sender.said("UBOSS", "DUBOSS", "x"))  # warms up
            sent = []
            for i in range(50):
                user = ("UBOSS", "UEAST", "ULEAD")[i % 3]
                (one,) = await rig.sender.event(rig.sender.said(user, f"D{user}", f"问题{i}"))
                sent.append(one)
            # Every one was acknowledged while all questions were held; how fast is for the bench.
            assert {s.status for s in sent} == {200}
            assert not rig.workspace.messages
            gate.set()

    asyncio.run(run())


# --- the simulator's own tests ----------------------------------------------------------------


def _call(methods: Methods, name: str, **args: Any) -> Any:
    return methods.call(name, args, "T1")


def test_the_simulator_ends_a_stream_as_slack_does():
    now = [0.0]
    workspace = Workspace()
    workspace.channels |= {"C1": ["U1"], "DU1": ["U1"]}
    methods = Methods(workspace, clock=lambda: now[0], stream_seconds=300)
    with pytest.raises(Refused, match="missing_recipient"):
        _call(methods, "chat.startStream", channel="C1")
    ts = _call(methods, "chat.startStream", channel="DU1", markdown_text="a")["ts"]
    _call(methods, "chat.appendStream", channel="DU1", ts=ts, markdown_text="b")
    now[0] = 301.0
    for name in ("chat.appendStream", "chat.stopStream"):
        with pytest.raises(Refused, match="message_not_in_streaming_state"):
            _call(methods, name, channel="DU1", ts=ts, markdown_text="c")
    _call(methods, "chat.update", channel="DU1", ts=ts, text="abc")
    assert workspace.messages[0]["text"] == "abc"


def test_the_simulator_opens_a_modal_once_and_not_late():
    now = [0.0]
    methods = Methods(Workspace(), clock=lambda: now[0])
    view = {"title": {"text": "x"}, "blocks": []}
    methods.workspace.triggers |= {"a": 0.0, "b": 0.0}
    _call(methods, "views.open", trigger_id="a", view=view)
    with pytest.raises(Refused, match="invalid_trigger_id"):
        _call(methods, "views.open", trigger_id="a", view=view)
    now[0] = 3.1
    with pytest.raises(Refused, match="expired_trigger_id"):
        _call(methods, "views.open", trigger_id="b", view=view)


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([{"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}], "invalid_blocks"),
        ([{"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}], ""),
        ([{"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}] * 5, "msg_blocks_too_long"),
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([{"type": "nonsense"}], "invalid_blocks"),
        ([{"type": "rich_text", "elements": []}], "invalid_blocks"),
    ],
)  # fmt: skip
def test_the_simulator_refuses_what_slack_refuses(blocks: list[Any], error: str):
    workspace = Workspace()
    workspace.channels["C1"] = []
    methods = Methods(workspace)
    if not error:
        assert _call(methods, "chat.postMessage", channel="C1", text="x", blocks=blocks)["ts"]
        return
    with pytest.raises(Refused, match=error):
        _call(methods, "chat.postMessage", channel="C1", text="x", blocks=blocks)


# --- settings -----------------------------------------------------------------------------------


def test_a_secret_in_a_file_is_refused_and_never_shown():
    config = ProjectConfig(channels={"slack": {"bot_token": "xoxb-secret"}})
    with pytest.raises(AskmqlError) as caught:
        slack_settings(config, {})
    assert caught.value.code == "BAD_CHANNEL"
    assert "ASKMQL_SLACK_BOT_TOKEN" in caught.value.hint
    found = slack_settings(ProjectConfig(), {"ASKMQL_SLACK_BOT_TOKEN": TOKEN})
    assert found.bot_token.get_secret_value() == TOKEN
    assert TOKEN not in repr(found)


def test_a_mistake_in_the_settings_is_named():
    with pytest.raises(AskmqlError, match=r"channels\.slack\.comand"):
        slack_settings(ProjectConfig(channels={"slack": {"comand": "/ask"}}), {})


def test_an_answer_that_cannot_be_had_is_apologised_for(
    slack_rig: Any, monkeypatch: pytest.MonkeyPatch
):
    async def run() -> None:
        from bots.inbox.model import Limits

        async with slack_rig(limits=Limits(attempts=1)) as rig:

            def broken(*_: Any, **__: Any) -> Any:
                raise RuntimeError

            monkeypatch.setattr(rig.desk.assistant, "ask", broken)
            (message,) = await rig.ask("UBOSS", "DUBOSS", "本月线索数")
            assert "没有答上来" in message["text"]
            assert "RuntimeError" not in json.dumps(message)

    asyncio.run(run())


def test_no_policies_means_no_answer_unless_that_is_wanted(tmp_path: Path):
    from bots.messaging.identity import Identities, Person

    state = open_state(tmp_path)
    people = Identities(state)
    assert people.find(Person("slack", "T1", "U1"), None) is None
    assert people.find(Person("slack", "T1", "U1"), None, open_to_all=True) is not None
    outside = Person("slack", "T1", "U1", is_outside=True)
    assert people.find(outside, None, open_to_all=True) is None
    state.dispose()
