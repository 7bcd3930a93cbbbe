"""The bot, a simulated Slack or WeCom, and a page to speak to it: all on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from assistant import Assistant
from bots.inbox import Inbox, Runner
from bots.messaging.desk import Desk
from bots.messaging.settings import SlackSettings, WeComSettings
from bots.server.service import Service
from bots.server.settings import WebSettings
from bots.simulators import html
from bots.simulators.serving import Served
from bots.simulators.slack.sender import Sender
from bots.simulators.slack.server import SlackServer
from bots.simulators.slack.state import APP_TOKEN, BOT_USER, SECRET, TOKEN
from bots.simulators.wecom.server import WeComServer
from bots.simulators.wecom.state import BOT_ID, BOT_SECRET
from bots.slack.app import SlackService
from bots.slack.socket import SlackSocket
from bots.wecom.bot import BotService
from semantic_layer.rights import Policies
from semantic_layer.state import open_state

if TYPE_CHECKING:
    from aiohttp import web

_WAIT_SECONDS = 20.0
_STRANGER = "stranger"


class Simulated(Protocol):
    """A platform to play with."""

    title: str

    async def start(self, stack: AsyncExitStack) -> None:
        """Begin platform and bot."""

    async def say(self, user: str, text: str) -> None:
        """Let somebody write to the bot."""

    async def click(self, fields: dict[str, str]) -> None:
        """Let somebody press a button."""

    def messages(self, user: str) -> list[str]:
        """Return what the bot has said, as HTML."""


class Playground:
    """A page over a simulated platform.

    Args:
        assistant: The project.
        kind: slack or wecom.
        home: Folder of the state, thrown away by the caller.
    """

    def __init__(self, assistant: Assistant, kind: str, home: Path) -> None:
        from aiohttp import web

        self._state = open_state(home)
        service = Service(_with_accounts(assistant), WebSettings(), state=self._state)
        self._inbox = service.inbox
        self._runner = Runner(self._inbox, poll_seconds=0.1)
        self._desk = Desk(service, open_to_all=True)
        parts = (self._desk, self._inbox, self._runner, home)
        self._platform: Simulated = _Slack(*parts) if kind == "slack" else _WeCom(*parts)
        policies = assistant.layer.policies
        self._users = [*(policies.users if policies else ["somebody"]), _STRANGER]
        self._stack = AsyncExitStack()
        self._typed: list[tuple[int, str]] = []
        self._user = self._users[0]
        app = web.Application()
        app.router.add_get("/", self._show)
        app.router.add_post("/say", self._say)
        app.router.add_post("/click", self._click)
        self._served = Served(app)

    @property
    def url(self) -> str:
        """Address of the page."""
        return self._served.url

    async def start(self, port: int = 0) -> None:
        """Begin platform, bot and page."""
        await self._platform.start(self._stack)
        await self._runner.start()
        await self._served.start(port)

    async def stop(self) -> None:
        """End everything."""
        await self._served.stop()
        await self._runner.stop(grace_seconds=1)
        await self._stack.aclose()
        self._state.dispose()

    async def _show(self, request: web.Request) -> web.Response:
        del request
        return self._page()

    async def _say(self, request: web.Request) -> web.Response:
        form = await request.post()
        self._user = str(form["user"])
        text = str(form["text"])
        self._typed.append((len(self._platform.messages(self._user)), html.said(self._user, text)))
        await self._platform.say(self._user, text)
        return await self._answered()

    async def _click(self, request: web.Request) -> web.Response:
        form = await request.post()
        await self._platform.click({k: str(v) for k, v in form.items()})
        return await self._answered()

    async def _answered(self) -> web.Response:
        """Show the page when nothing is being worked on any more, or after a while."""
        from aiohttp import web

        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await asyncio.sleep(0.2)  # until the platform has handed the event over
                while any(s in {"waiting", "leased"} for _, _, s in self._inbox.counts()):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pass
        raise web.HTTPSeeOther("/")

    def _page(self) -> web.Response:
        from aiohttp import web

        messages = self._platform.messages(self._user)
        for before, text in reversed(self._typed):
            messages.insert(before, text)
        text = html.page(self._platform.title, self._users, self._user, messages)
        return web.Response(text=text, content_type="text/html")


def _with_accounts(assistant: Assistant) -> Assistant:
    """Give every user of the project an account of their own name on the platforms."""
    layer = assistant.layer
    policies = layer.policies
    if policies is None:
        return assistant
    users = {
        name: user.model_copy(update={"accounts": {"slack": name, "wecom": name}})
        for name, user in policies.users.items()
    }
    changed = Policies(version=policies.version, roles=policies.roles, users=users)
    layer.__dict__["policies"] = changed  # the cached property of this one layer
    return assistant


class _Slack:
    title = "Slack (simulated) · askmql"

    def __init__(self, desk: Desk, inbox: Inbox, runner: Runner, home: Path) -> None:
        self._parts = (desk, inbox, runner)
        self._home = home
        self._server = SlackServer()

    async def start(self, stack: AsyncExitStack) -> None:
        import aiohttp

        server = self._server
        await server.start()
        stack.push_async_callback(server.stop)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        self._sender = Sender(session, "", server.workspace)
        settings = SlackSettings.model_validate(
            {
                "bot_token": TOKEN,
                "signing_secret": SECRET,
                "app_token": APP_TOKEN,
                "api_url": server.api_url,
            }
        )
        desk, inbox, runner = self._parts
        service = SlackService(settings, desk, inbox, runner)
        socket = SlackSocket(service.app, APP_TOKEN)
        await socket.start()
        stack.push_async_callback(socket.stop)
        await _until(lambda: server.sockets)

    def _dm(self, user: str) -> str:
        workspace = self._server.workspace
        if user not in workspace.users:
            workspace.add_user(user)
            workspace.channels[f"D{user}"] = [user, BOT_USER]
        return f"D{user}"

    async def say(self, user: str, text: str) -> None:
        event = self._sender.said(user, self._dm(user), text)
        await self._server.push(self._sender.envelope(event))

    async def click(self, fields: dict[str, str]) -> None:
        message = self._server.workspace.messages[int(fields["message"])]
        action = {"action_id": fields["action"], "value": fields["value"], "type": "button"}
        self._dm(fields["user"])
        payload = self._sender.clicked(fields["user"], message, action, self._server.methods.now())
        await self._server.push(payload, "interactive")

    def messages(self, user: str) -> list[str]:
        workspace = self._server.workspace
        shown = [html.slack_message(m, i, user) for i, m in enumerate(workspace.messages)]
        pictures = [f for f in workspace.files.values() if f["data"].startswith(b"\x89PNG")]
        shown += [html.picture(f["data"], str(f.get("alt_txt") or "")) for f in pictures]
        views = [html.slack_message(v, 0, user) for v in workspace.views]
        return shown + views


class _WeCom:
    title = "企业微信 (simulated) · askmql"

    def __init__(self, desk: Desk, inbox: Inbox, runner: Runner, home: Path) -> None:
        del home
        self._parts = (desk, inbox, runner)
        self._server = WeComServer()

    async def start(self, stack: AsyncExitStack) -> None:
        import aiohttp

        server = self._server
        await server.start()
        stack.push_async_callback(server.stop)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        settings = WeComSettings.model_validate(
            {"bot_id": BOT_ID, "bot_secret": BOT_SECRET, "socket_url": server.socket_url}
        )
        bot = BotService(session, settings, *self._parts)
        task = asyncio.create_task(bot.run())
        stack.callback(task.cancel)
        await _until(lambda: bot.connection.health.state == "live")

    async def say(self, user: str, text: str) -> None:
        await self._server.say(user, text)

    async def click(self, fields: dict[str, str]) -> None:
        await self._server.happen(
            fields["user"],
            "template_card_event",
            event_key=fields["action"],
            task_id=fields["value"],
        )

    def messages(self, user: str) -> list[str]:
        company = self._server.company
        shown: dict[str, str] = {}  # a later word of a stream replaces the earlier one
        for i, said in enumerate(company.sent):
            if said.get("msgtype") == "stream":
                stream = said["stream"]
                shown[stream["id"]] = html.wecom_markdown(stream["content"])
            else:
                shown[str(i)] = self._other(said, user)
        return [text for text in shown.values() if text]

    def _other(self, said: dict[str, Any], user: str) -> str:
        kind = said.get("msgtype")
        if kind == "markdown":
            return html.wecom_markdown(said["markdown"]["content"])
        if kind == "template_card":
            return html.wecom_card(said["template_card"], user)
        if kind == "image":
            return html.picture(self._server.company.media[said["image"]["media_id"]], "chart")
        return ""


async def _until(check: Callable[[], object], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not check():
            await asyncio.sleep(0.02)
