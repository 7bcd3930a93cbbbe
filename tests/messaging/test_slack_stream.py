"""A slow question in a direct message: it grows, and outlives Slack's own end of the stream."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.simulators.slack.api import Methods
from bots.simulators.slack.server import SlackServer
from bots.simulators.slack.state import BOT_USER, TOKEN, Workspace
from bots.slack.stream import Stream


@pytest.mark.parametrize("seconds", [10, 250, 400], ids=["in time", "ours ended", "slack ended"])
def test_a_stream_ends_with_the_whole_answer(seconds: int):
    now, slack_now = [0.0], [0.0]

    async def run() -> None:
        workspace = Workspace()
        workspace.channels["DU1"] = ["U1", BOT_USER]
        server = SlackServer(methods=Methods(workspace, clock=lambda: slack_now[0]))
        await server.start()
        client = AsyncWebClient(TOKEN, base_url=server.api_url)
        stream = Stream(client, {"channel": "DU1"}, clock=lambda: now[0])
        await stream.start("正在查询…")
        # 400: our own clock stands still, so only Slack knows that the stream is over.
        slack_now[0] = seconds
        now[0] = seconds if seconds < 300 else 0.0
        await stream.add(" 仍在计算")
        await stream.add(" 还在计算")
        await stream.end()
        await client.chat_update(channel="DU1", ts=stream.ts, text="本月线索 1,284 条")
        (message,) = workspace.messages
        assert (message["ts"], message["text"]) == (stream.ts, "本月线索 1,284 条")
        assert not workspace.streams[stream.ts].is_open
        await server.stop()

    asyncio.run(run())


def test_another_refusal_is_not_hidden():
    async def run() -> None:
        workspace = Workspace()
        workspace.channels["C1"] = [BOT_USER]
        server = SlackServer(workspace)
        await server.start()
        client = AsyncWebClient(TOKEN, base_url=server.api_url)
        with pytest.raises(SlackApiError, match="missing_recipient"):
            await Stream(client, {"channel": "C1"}).start("x")
        await server.stop()

    asyncio.run(run())


def test_a_slow_question_shows_progress_and_one_message(
    slack_rig: Any, monkeypatch: pytest.MonkeyPatch
):
    async def run() -> None:
        async with slack_rig() as rig:
            gate = threading.Event()
            ask = rig.desk.assistant.ask

            def held(*args: Any, **kwargs: Any) -> Any:
                assert gate.wait(120)
                return ask(*args, **kwargs)

            monkeypatch.setattr(rig.desk.assistant, "ask", held)
            monkeypatch.setattr("bots.slack.handler.SLOW_SECONDS", 0.05)
            event = rig.sender.said("UBOSS", "DUBOSS", "上季度各渠道线索成本")
            await rig.sender.event(event)
            (stream,) = await rig.until(lambda: list(rig.workspace.streams.values()))
            assert stream.is_open
            gate.set()
            await rig.settled()
            (message,) = rig.workspace.posted("DUBOSS")
            assert not stream.is_open
            assert "2026-10-27" in message["text"]
            assert message["blocks"]

    asyncio.run(run())
