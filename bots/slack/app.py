"""The Slack app: one `AsyncApp` for HTTP and Socket Mode."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from assistant.messages import localise
from bots.inbox import Inbox, Received, Runner
from bots.messaging.desk import Desk
from bots.messaging.identity import Person
from bots.messaging.settings import SlackSettings
from bots.slack import views
from bots.slack.channel import SlackChannel
from bots.slack.events import to_event
from bots.slack.handler import SlackHandler
from bots.slack.people import People
from bots.slack.render import Caps
from semantic_layer import AskmqlError
from tools import ToolContext, get_tool
from tools.catalog import MetricList

if TYPE_CHECKING:
    from slack_bolt import BoltResponse
    from slack_bolt.async_app import AsyncApp, AsyncBoltContext
    from slack_sdk.web.async_client import AsyncWebClient

_LOG = logging.getLogger("askmql.slack")
_SCOPES = (
    "app_mentions:read", "assistant:write", "channels:read", "chat:write", "commands",
    "files:read", "files:write", "groups:read", "im:history", "im:read", "im:write",
    "users:read", "users:read.email",
)  # fmt: skip
_METRICS = 12
Body = dict[str, Any]


def scopes() -> tuple[str, ...]:
    """Return the bot scopes that the app needs."""
    return _SCOPES


class SlackService:
    """Everything of Slack in one process.

    Args:
        settings: Tokens and choices.
        desk: Answers.
        inbox: Where events are stored before they are acknowledged.
        runner: Works on them; the channel registers itself here.
    """

    def __init__(self, settings: SlackSettings, desk: Desk, inbox: Inbox, runner: Runner) -> None:
        self.settings = settings
        self._desk = desk
        self._inbox = inbox
        self._runner = runner
        self.app = _bolt_app(settings, desk)
        caps = Caps() if settings.charts else Caps(charts=False, tables="table")
        self._people = People(self.client, desk, teams=settings.teams, groups=settings.groups)
        handler = self._handler = SlackHandler(desk, self._people, self.client, caps=caps)
        channel = SlackChannel(self.client, desk, api_url=settings.api_url)
        runner.add(channel, handler, handler.apologise)
        self._listen()

    async def client(self, team: str) -> AsyncWebClient:
        """Return the client of a workspace.

        Raises:
            LookupError: The app is not installed there.
        """
        flow = self.app.oauth_flow
        if flow is None:
            return self.app.client
        store = flow.settings.installation_store
        found = await store.async_find_bot(enterprise_id=None, team_id=team)
        if found is None or found.bot_token is None:
            message = f"not installed in {team}"
            raise LookupError(message)
        return _client(self.settings, found.bot_token)

    # --- listening ----------------------------------------------------------------------------

    def _listen(self) -> None:
        app = self.app
        app.middleware(self._intake)
        app.event("app_home_opened")(self._opened)
        app.event("agent_session_stopped")(self._stopped)
        app.action("askmql.sql")(self._show_sql)
        app.action("askmql.feedback")(self._feedback)
        app.view("askmql.reason")(self._reason)
        if app.oauth_flow is not None:  # before what takes everything
            app.enable_token_revocation_listeners()
        # What we do not know is acknowledged: a 404 would count against the app.
        anything = re.compile(".*")
        app.event(anything)(_ignore_event)
        app.action(anything)(_acknowledge)
        app.view(anything)(_acknowledge)
        app.shortcut(anything)(_acknowledge)

    async def _intake(
        self,
        body: Body,
        context: AsyncBoltContext,
        next: Callable[[], Awaitable[None]],
    ) -> BoltResponse | None:
        """Store a question before it is acknowledged; the rest goes on to its listener."""
        from slack_bolt import BoltResponse

        event = to_event(body, str(context.bot_user_id or ""))
        if event is None:
            await next()
            return None
        fate = await asyncio.to_thread(self._inbox.receive, event)
        if fate is Received.LIMITED:
            drafts = self._handler.busy(event)
            await asyncio.to_thread(
                self._inbox.push, f"busy:{event.answer_key}", event.channel, event.tenant, drafts
            )
        await self._runner.wake()
        return BoltResponse(status=200, body="")

    async def _stopped(self, event: Body) -> None:
        thread = event.get("thread_ts") or ""
        conversation = f"{event.get('channel_id') or event.get('channel')}:{thread}"
        stopped = await self._desk.stop(conversation)
        _LOG.info("stopped %s questions", stopped)

    # --- App Home -----------------------------------------------------------------------------

    async def _opened(self, event: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        person = await self._people.person(str(context.team_id), str(event["user"]))
        if event.get("tab") == "messages":
            questions = await asyncio.to_thread(self._examples, person)
            if questions:
                await client.assistant_threads_setSuggestedPrompts(
                    channel_id=str(event["channel"]), prompts=views.prompts(questions)
                )
            return
        view = await asyncio.to_thread(self._home, person)
        await client.views_publish(user_id=person.external_id, view=view)

    def _examples(self, person: Person) -> tuple[str, ...]:
        """Return what to ask: what they asked lately, then the company's questions."""
        known = self._desk.known(person)
        if known is None:
            return ()
        recent = self._desk.answers.recent("slack", known.user_id or "", 2)
        tour = self._desk.assistant.layer.project.config.tour
        return tuple(dict.fromkeys((*recent, *tour)))

    def _home(self, person: Person) -> views.View:
        layer = self._desk.assistant.layer
        lang = layer.project.config.locale
        known = self._desk.known(person)
        if known is None:
            return views.stranger_home(lang, self._desk.refusal(person).text)
        try:
            scope = layer.scope(known.user_id)
        except AskmqlError as error:
            return views.stranger_home(lang, " ".join(localise(error, layer.definitions, lang)))
        listed = get_tool("list_metrics").run({}, ToolContext(layer, scope, lang))
        found = listed.metrics if isinstance(listed, MetricList) else ()
        metrics = [(m.label.get(lang), m.description) for m in found]
        recent = self._desk.answers.recent("slack", known.user_id or "")
        saved = self._desk.service.home_of(known.user_id or "")
        tiles = [t.get(lang) for t in saved.tiles] if saved else []
        asks = tiles or list(layer.project.config.tour[:5])
        return views.home(lang, scope.label.get(lang), metrics[:_METRICS], recent, asks)

    # --- buttons that answer at once ----------------------------------------------------------

    async def _show_sql(
        self, ack: Callable[[], Awaitable[None]], body: Body, client: AsyncWebClient
    ) -> None:
        """Open the statements of an answer to whoever has the rights it was computed with."""
        await ack()
        answer_id = str(body["actions"][0]["value"])
        sent = await asyncio.to_thread(self._desk.answer, answer_id)
        person = await self._person(body)
        if sent is None:
            return
        known = await asyncio.to_thread(self._desk.known, person)
        may = await asyncio.to_thread(self._desk.seen_by, answer_id, known)
        view = views.sql_modal(sent) if may else views.refused_modal(sent.lang)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    async def _feedback(
        self, ack: Callable[[], Awaitable[None]], body: Body, client: AsyncWebClient
    ) -> None:
        await ack()
        answer_id, _, sign = str(body["actions"][0]["value"]).rpartition(":")
        who = f"slack:{body['user']['id']}"
        await asyncio.to_thread(self._desk.rate, answer_id, who, sign)
        sent = await asyncio.to_thread(self._desk.answer, answer_id)
        if sign == "down" and sent is not None:
            view = views.reason_modal(sent.lang, answer_id)
            await client.views_open(trigger_id=body["trigger_id"], view=view)

    async def _reason(self, ack: Callable[[], Awaitable[None]], body: Body) -> None:
        await ack()
        view = body["view"]
        text = view["state"]["values"]["reason"]["text"].get("value") or ""
        who = f"slack:{body['user']['id']}"
        rate = self._desk.rate
        await asyncio.to_thread(rate, view["private_metadata"], who, "down", text)

    async def _person(self, body: Body) -> Person:
        team = (body.get("team") or {}).get("id") or ""
        return await self._people.person(str(team), str(body["user"]["id"]))


async def _ignore_event() -> None:
    """Bolt acknowledges events by itself."""


async def _acknowledge(ack: Callable[[], Awaitable[None]]) -> None:
    await ack()


def _client(settings: SlackSettings, token: str) -> AsyncWebClient:
    from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
    from slack_sdk.web.async_client import AsyncWebClient

    client = AsyncWebClient(token=token or None, base_url=settings.api_url)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    return client


def _bolt_app(settings: SlackSettings, desk: Desk) -> AsyncApp:
    from slack_bolt.async_app import AsyncApp

    secret = settings.signing_secret.get_secret_value() or None
    if not settings.client_id:
        token = settings.bot_token.get_secret_value()
        return AsyncApp(client=_client(settings, token), token=token, signing_secret=secret)
    return AsyncApp(
        client=_client(settings, ""),
        signing_secret=secret,
        oauth_settings=_oauth(settings, desk),
    )


def _oauth(settings: SlackSettings, desk: Desk) -> Any:  # noqa: ANN401 - Bolt's own class
    """Return the settings of an app that many workspaces install; a state is used once."""
    from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings

    from bots.slack.installs import Installs, InstallStates

    return AsyncOAuthSettings(
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        scopes=list(_SCOPES),
        installation_store=Installs(desk.service.state, desk.service.secret),
        state_store=InstallStates(desk.service.state),
        install_page_rendering_enabled=False,
    )
