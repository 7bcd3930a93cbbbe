"""A project with known people, and a bot under a real server beside a simulated Slack."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
import yaml
from fastapi import FastAPI

from assistant import Assistant
from bots.inbox import Inbox, Runner
from bots.inbox.model import Limits
from bots.messaging.desk import Desk
from bots.messaging.settings import SlackSettings, WeComSettings
from bots.server.service import Service
from bots.server.settings import WebSettings
from bots.simulators.slack.sender import Sender
from bots.simulators.slack.server import SlackServer
from bots.simulators.slack.state import APP_TOKEN, BOT_USER, SECRET, TOKEN, Workspace
from bots.simulators.wecom import state as wecom_state
from bots.simulators.wecom.driver import Driver
from bots.simulators.wecom.server import WeComServer
from bots.slack.app import SlackService
from bots.slack.routes import add_slack_routes
from bots.wecom.api import WeComApi
from bots.wecom.app import AppService
from bots.wecom.bot import BotService
from bots.wecom.callback import CallbackService
from bots.wecom.connection import Pace
from bots.wecom.crypto import Envelope
from bots.wecom.routes import add_wecom_routes
from semantic_layer.state import open_state

PEOPLE = {
    "manager": {"email": "manager@example.invalid", "accounts": {"wecom": "ZhangSan"}},
    "manager_east": {"accounts": {"slack": "UEAST", "wecom": "lisi"}},
    "lead_east1": {"email": "lead@example.invalid"},
    "admin": {"accounts": {"slack": "UADMIN"}},
}


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company's project with accounts in policies.yml."""
    from semantic_layer.project import sample_root

    root = tmp_path_factory.mktemp("project")
    shutil.copytree(sample_root(), root, dirs_exist_ok=True)
    path = root / "policies.yml"
    policies = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, more in PEOPLE.items():
        policies["users"][name] |= more
    path.write_text(yaml.safe_dump(policies, allow_unicode=True), encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def company(demo_db: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant over that project."""
    home = tmp_path_factory.mktemp("home")
    (home / "sample.duckdb").hardlink_to(demo_db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(home))
        return Assistant.load(project)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine every question is slow: only the test of slow ones shows progress."""
    monkeypatch.setattr("bots.slack.handler.SLOW_SECONDS", 600.0)


async def until(check: Callable[[], Any], seconds: float = 180.0) -> Any:
    """Wait until a condition holds and return it; the state decides, not the clock."""
    async with asyncio.timeout(seconds):
        while not (found := check()):
            await asyncio.sleep(0.01)
        return found


@asynccontextmanager
async def serving(api: FastAPI) -> AsyncIterator[str]:
    """Run a web server on a free port of loopback."""
    config = uvicorn.Config(
        api, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@dataclass
class SlackRig:
    """A bot and the Slack that it lives in."""

    slack: SlackServer
    sender: Sender
    desk: Desk
    server: Service
    inbox: Inbox
    runner: Runner
    service: SlackService
    url: str

    @property
    def workspace(self) -> Workspace:
        return self.slack.workspace

    until = staticmethod(until)

    async def settled(self) -> None:
        """Wait until nothing waits and nothing runs."""
        await until(
            lambda: (
                not any(
                    n
                    for (_, _, state), n in self.inbox.counts().items()
                    if state in {"waiting", "leased"}
                )
            )
        )

    async def ask(self, user: str, channel: str, text: str, **more: Any) -> list[dict[str, Any]]:
        """Say something and return what the bot has posted since."""
        before = len(self.workspace.messages)
        await self.sender.event(self.sender.said(user, channel, text, **more))
        await self.settled()
        return self.workspace.messages[before:]


def inhabited() -> Workspace:
    """Two managers, a team lead, a guest, a stranger; a shared channel and their messages."""
    workspace = Workspace()
    workspace.add_user("UBOSS", "manager@example.invalid")
    workspace.add_user("UEAST", "somebody.else@example.invalid")
    workspace.add_user("ULEAD", "lead@example.invalid")
    workspace.add_user("UADMIN")
    workspace.add_user("UNOBODY", "nobody@example.invalid")
    workspace.add_user("UGUEST", "manager@example.invalid", is_restricted=True)
    workspace.add_user("UOTHER", "manager@example.invalid", team="T9")
    everybody = [u for u in workspace.users if u not in {"UGUEST", "UOTHER"}]
    workspace.channels |= {
        "CALL": [*everybody, "UGUEST", "UOTHER", BOT_USER],
        "CBOSS": ["UBOSS", "UADMIN", BOT_USER],
        "CMIX": ["UBOSS", "UEAST", BOT_USER],
    }
    workspace.channels |= {f"D{u}": [u, BOT_USER] for u in workspace.users}
    return workspace


@pytest.fixture
def slack_rig(company: Assistant, tmp_path: Path) -> Callable[..., Any]:
    """Return a maker of rigs: `async with slack_rig() as rig`."""

    @asynccontextmanager
    async def make(
        *, limits: Limits | None = None, start: bool = True, **settings: Any
    ) -> AsyncIterator[SlackRig]:
        slack = SlackServer(inhabited())
        await slack.start()
        chosen = {"bot_token": TOKEN, "signing_secret": SECRET, "app_token": APP_TOKEN, **settings}
        web = WebSettings(public_url=str(chosen.pop("web_url", "")))
        made = SlackSettings.model_validate({**chosen, "api_url": slack.api_url})
        state = open_state(tmp_path)
        server = Service(company, web, state=state, limits=limits)
        inbox = server.inbox
        runner = Runner(inbox, poll_seconds=0.05)
        desk = Desk(server)
        service = SlackService(made, desk, inbox, runner)
        api = FastAPI()
        add_slack_routes(api, service)
        if start:
            await runner.start()
        try:
            async with aiohttp.ClientSession() as session, serving(api) as url:
                sender = Sender(session, f"{url}/slack/events", slack.workspace)
                yield SlackRig(slack, sender, desk, server, inbox, runner, service, url)
        finally:
            await runner.stop(grace_seconds=2)
            await server.close()
            await slack.stop()
            state.dispose()

    return make


def run(work: Awaitable[Any]) -> Any:
    """Run one asynchronous story."""

    async def story() -> Any:
        return await work

    return asyncio.run(story())


@dataclass
class WeComRig:
    """A bot and the WeCom that it lives in."""

    wecom: WeComServer
    desk: Desk
    server: Service
    inbox: Inbox
    runner: Runner
    session: aiohttp.ClientSession
    settings: WeComSettings
    state: Any
    services: dict[str, Any]
    drivers: dict[str, Driver]
    until = staticmethod(until)

    async def settled(self) -> None:
        """Wait until nothing waits and nothing runs."""
        await until(
            lambda: (
                not any(
                    n
                    for (_, _, state), n in self.inbox.counts().items()
                    if state in {"waiting", "leased"}
                )
            )
        )


# Patient, for on a busy machine everybody is silent now and then; back at once when cut off.
CALM = Pace(ping=0.05, silent=30.0, answer=30.0, first=0.01, longest=0.1)


@pytest.fixture
def wecom_rig(company: Assistant, tmp_path: Path) -> Callable[..., Any]:
    """Return a maker of rigs: `async with wecom_rig("bot") as rig`."""

    @asynccontextmanager
    async def make(
        *ways: str, limits: Limits | None = None, pace: Pace = CALM, **settings: Any
    ) -> AsyncIterator[WeComRig]:
        wecom = WeComServer()
        await wecom.start()
        web = WebSettings(public_url=str(settings.pop("web_url", "")))
        made = WeComSettings.model_validate(
            {
                "bot_id": wecom_state.BOT_ID,
                "bot_secret": wecom_state.BOT_SECRET,
                "bot_token": wecom_state.TOKEN,
                "bot_aes_key": wecom_state.AES_KEY,
                "corp_id": wecom_state.CORP_ID,
                "agent_id": wecom_state.AGENT_ID,
                "app_secret": wecom_state.APP_SECRET,
                "app_token": wecom_state.TOKEN,
                "app_aes_key": wecom_state.AES_KEY,
                "api_url": wecom.url,
                "socket_url": wecom.socket_url,
                **settings,
            }
        )
        state = open_state(tmp_path)
        server = Service(company, web, state=state, limits=limits)
        inbox = server.inbox
        runner = Runner(inbox, poll_seconds=0.05)
        desk = Desk(server)
        api = FastAPI()
        services: dict[str, Any] = {}
        tasks = []
        async with aiohttp.ClientSession() as session:
            if "bot" in ways:
                services["bot"] = BotService(session, made, desk, inbox, runner, pace=pace)
                tasks.append(asyncio.create_task(services["bot"].run()))
            if "callback" in ways:
                services["callback"] = CallbackService(session, made, desk, inbox, runner, state)
                add_wecom_routes(api, "/wecom/bot", services["callback"])
            if "app" in ways:
                rest = WeComApi(session, made.corp_id, wecom_state.APP_SECRET, base_url=wecom.url)
                services["app"] = AppService(made, rest, desk, inbox, runner)
                add_wecom_routes(api, "/wecom/app", services["app"])
            await runner.start()
            try:
                async with serving(api) as url:
                    bot = Envelope(wecom_state.TOKEN, wecom_state.AES_KEY)
                    app = Envelope(wecom_state.TOKEN, wecom_state.AES_KEY, wecom_state.CORP_ID)
                    drivers = {
                        "callback": Driver(session, f"{url}/wecom/bot", bot),
                        "app": Driver(session, f"{url}/wecom/app", app),
                    }
                    if "bot" in ways:
                        await until(lambda: services["bot"].connection.health.state == "live")
                    yield WeComRig(
                        wecom, desk, server, inbox, runner, session, made, state, services, drivers
                    )
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await runner.stop(grace_seconds=2)
                await server.close()
                await wecom.stop()
                state.dispose()

    return make
