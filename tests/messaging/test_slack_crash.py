"""`askmql serve` with Slack, killed between acknowledgement and answer."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from bots.simulators.slack.sender import Sender
from bots.simulators.slack.server import SlackServer
from bots.simulators.slack.state import BOT_USER, SECRET, TOKEN


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _serve(project: Path, home: Path, port: int) -> asyncio.subprocess.Process:
    base = {k: v for k, v in os.environ.items() if not k.startswith("ASKMQL_")}
    secrets = {"ASKMQL_SLACK_BOT_TOKEN": TOKEN, "ASKMQL_SLACK_SIGNING_SECRET": SECRET}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from bots.cli import main; main()",
        "--project", str(project), "serve", "--port", str(port),
        env={**base, **secrets, "ASKMQL_HOME": str(home)},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with aiohttp.ClientSession() as session, asyncio.timeout(180):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return process
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


@pytest.mark.slow
def test_a_question_that_was_acknowledged_is_answered_once_after_a_kill(
    demo_db: Path, project: Path, tmp_path: Path
):
    async def run() -> None:
        slack = SlackServer()
        await slack.start()
        workspace = slack.workspace
        workspace.add_user("UBOSS", "manager@example.invalid")
        workspace.channels["DUBOSS"] = ["UBOSS", BOT_USER]
        copy, home = tmp_path / "project", tmp_path / "home"
        shutil.copytree(project, copy)
        home.mkdir()
        (home / "sample.duckdb").hardlink_to(demo_db)
        config: dict[str, Any] = yaml.safe_load((copy / "askmql.yml").read_text(encoding="utf-8"))
        config["channels"] = {"slack": {"api_url": slack.api_url}}
        text = yaml.safe_dump(config, allow_unicode=True)
        (copy / "askmql.yml").write_text(text, encoding="utf-8")
        port = _free_port()
        # Its first step takes half a minute: the kill comes certainly before the answer.
        workspace.faults["users.info"] += ["ratelimited:30"]
        first = await _serve(copy, home, port)
        async with aiohttp.ClientSession() as session:
            sender = Sender(session, f"http://127.0.0.1:{port}/slack/events", workspace)
            event = sender.said("UBOSS", "DUBOSS", "本月线索数")
            (attempt,) = await sender.event(event, event_id="EvOnce")
            assert attempt.status == 200
            async with asyncio.timeout(120):
                while not workspace.calls or workspace.faults["users.info"]:
                    await asyncio.sleep(0.02)
            first.send_signal(signal.SIGKILL)
            await first.wait()
            assert workspace.messages == []
            second = await _serve(copy, home, port)
            try:
                async with asyncio.timeout(120):
                    while not workspace.messages:
                        await asyncio.sleep(0.05)
                await sender.event(event, event_id="EvOnce")
                after = sender.said("UBOSS", "DUBOSS", "上个月线索数")
                await sender.event(after)
                async with asyncio.timeout(120):
                    while len(workspace.messages) < 2:
                        await asyncio.sleep(0.05)
                threads = [m["thread_ts"] for m in workspace.messages]
                assert threads == [event["ts"], after["ts"]]
            finally:
                second.terminate()
                await second.wait()
        await slack.stop()

    asyncio.run(run())
