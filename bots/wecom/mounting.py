"""WeCom in the web server's life: whichever of the four ways have their secrets."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from bots.inbox import Rejected
from bots.inbox.leases import new_owner
from bots.messaging.desk import Desk
from bots.messaging.settings import WeComSettings, wecom_settings
from bots.wecom.api import WeComApi
from bots.wecom.app import AppService
from bots.wecom.bot import BotService
from bots.wecom.callback import CallbackService
from bots.wecom.hook import HookChannel, checked_address
from bots.wecom.leader import Leader
from bots.wecom.routes import add_wecom_routes
from semantic_layer import AskmqlError

if TYPE_CHECKING:
    import aiohttp
    from fastapi import FastAPI

    from bots.inbox import Draft, InboundEvent
    from bots.server.service import Service

_LOG = logging.getLogger("askmql.wecom")
_WAYS: Final = {
    "bot": ("bot_id", "bot_secret"),
    "callback": ("bot_token", "bot_aes_key"),
    "app": ("corp_id", "agent_id", "app_secret", "app_token", "app_aes_key"),
    "hook": ("webhook_url",),
}
_TRY_SECONDS = 10.0


def ways(settings: WeComSettings) -> tuple[str, ...]:
    """Return the ways whose every secret is set.

    Raises:
        AskmqlError: HALF_WECOM, naming what is missing of a way that was begun; NO_WECOM.
    """
    given = {n for names in _WAYS.values() for n in names if _is_set(settings, n)}
    found = []
    for way, names in _WAYS.items():
        missing = [n for n in names if n not in given]
        if missing and len(missing) < len(names):
            name = f"ASKMQL_WECOM_{missing[0].upper()}"
            raise AskmqlError("HALF_WECOM", f"The {way} needs {name}.", hint="See docs/wecom.md.")
        if not missing:
            found.append(way)
    if not found:
        raise AskmqlError(
            "NO_WECOM",
            "WeCom needs ASKMQL_WECOM_BOT_ID and ASKMQL_WECOM_BOT_SECRET.",
            hint="See docs/wecom.md for this and the other ways.",
        )
    # One bot is either connected or called back, never both: WeCom ends the connection.
    return tuple(w for w in found if w != "callback" or "bot" not in found)


def _is_set(settings: WeComSettings, name: str) -> bool:
    value = getattr(settings, name)
    return bool(value if isinstance(value, str) else value.get_secret_value())


def mount_wecom(app: FastAPI, service: Service) -> None:
    """Add WeCom's routes, channels and connection; they begin with the server.

    Raises:
        AskmqlError: No way is set up, or `channels.wecom` has a mistake.
    """
    project = service.assistant.layer.project
    settings = wecom_settings(project.config)
    chosen = ways(settings)
    desk = Desk(service, open_to_all=settings.open_to_all)
    service.claims = desk.identities
    mounted = _Mounted(app, service, settings, desk, chosen)
    service.life.on_start.append(mounted.start)
    service.life.on_stop.append(mounted.stop)


class _Mounted:
    """The ways of one process, between start and stop."""

    def __init__(
        self,
        app: FastAPI,
        service: Service,
        settings: WeComSettings,
        desk: Desk,
        chosen: tuple[str, ...],
    ) -> None:
        self._app = app
        self._service = service
        self._settings = settings
        self._desk = desk
        self._state = service.state
        self._ways = chosen
        self._leader = Leader(service.state, settings.bot_id, new_owner())
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin every way."""
        import aiohttp

        session = self._session = aiohttp.ClientSession()
        begin = {
            "bot": self._bot,
            "callback": self._callback,
            "app": self._app_way,
            "hook": self._hook,
        }
        for way in self._ways:
            begin[way](session)
        _LOG.info("wecom ways: %s", ", ".join(self._ways))

    async def stop(self) -> None:
        """End every way, and let another process have the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await asyncio.to_thread(self._leader.release)
        if self._session is not None:
            await self._session.close()

    def _bot(self, session: aiohttp.ClientSession) -> None:
        self._task = asyncio.create_task(self._lead(session))

    async def _lead(self, session: aiohttp.ClientSession) -> None:
        """Wait until this process may hold the connection, then hold it.

        The channel registers only then: another process takes neither its questions nor its
        answers.
        """
        while not await asyncio.to_thread(self._leader.take):
            await asyncio.sleep(_TRY_SECONDS)
        service = self._service
        bot = BotService(session, self._settings, self._desk, service.inbox, service.runner)
        running = asyncio.create_task(bot.run())
        try:
            while not running.done():
                await asyncio.wait({running}, timeout=_TRY_SECONDS)
                if not await asyncio.to_thread(self._leader.take):
                    _LOG.error("the lease of the long connection was lost")
                    return
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    def _callback(self, session: aiohttp.ClientSession) -> None:
        service = self._service
        made = CallbackService(
            session, self._settings, self._desk, service.inbox, service.runner, self._state
        )
        add_wecom_routes(self._app, "/wecom/bot", made)

    def _app_way(self, session: aiohttp.ClientSession) -> None:
        given, service = self._settings, self._service
        secret = given.app_secret.get_secret_value()
        api = WeComApi(session, given.corp_id, secret, base_url=given.api_url)
        made = AppService(given, api, self._desk, service.inbox, service.runner)
        add_wecom_routes(self._app, "/wecom/app", made)

    def _hook(self, session: aiohttp.ClientSession) -> None:
        url = checked_address(self._settings.webhook_url.get_secret_value())
        channel = HookChannel(session, url, self._desk)
        self._service.runner.add(channel, _nothing, _nothing)


async def _nothing(event: InboundEvent) -> tuple[Draft, ...]:
    """A robot's address hears nothing."""
    raise Rejected(f"nothing can come in by {event.channel}")
