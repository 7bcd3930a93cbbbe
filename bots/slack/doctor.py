"""Is Slack set up rightly? Each check says what is wrong and where to change it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from bots.messaging.finding import Finding
from bots.messaging.settings import SlackSettings
from bots.slack.app import scopes

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

_SKEW_SECONDS = 60


async def examine(settings: SlackSettings) -> AsyncIterator[Finding]:
    """Yield findings about tokens, scopes, the signing secret and the clock."""
    from slack_sdk.web.async_client import AsyncWebClient

    token = settings.bot_token.get_secret_value()
    if settings.client_id and not token:
        yield Finding("bot token", True, "installed by OAuth; each workspace has its own")
    else:
        async for finding in _token(AsyncWebClient(token, base_url=settings.api_url)):
            yield finding
    app_token = settings.app_token.get_secret_value()
    if app_token:
        yield await _socket(AsyncWebClient(app_token, base_url=settings.api_url))
    has_secret = bool(settings.signing_secret.get_secret_value())
    yield Finding(
        "signing secret",
        has_secret or bool(app_token),
        "set" if has_secret else "not set: HTTP is off",
        "Basic Information > Signing Secret, into ASKMQL_SLACK_SIGNING_SECRET.",
    )


async def _token(client: AsyncWebClient) -> AsyncIterator[Finding]:
    answer = await _asked(client.auth_test())
    if isinstance(answer, str):
        hint = "OAuth & Permissions > Bot User OAuth Token, into ASKMQL_SLACK_BOT_TOKEN."
        yield Finding("bot token", False, answer, hint)
        return
    yield Finding("bot token", True, f"workspace {answer['team_id']}, bot {answer['user_id']}")
    headers = {str(k).lower(): str(v) for k, v in answer.headers.items()}
    granted = {s.strip() for s in headers.get("x-oauth-scopes", "").split(",") if s.strip()}
    missing = sorted(set(scopes()) - granted)
    hint = "Paste `askmql slack manifest` anew and install the app again."
    text = f"missing: {', '.join(missing)}" if missing else f"{len(granted)} granted"
    yield Finding("scopes", not missing, text, hint)
    sent = headers.get("date")
    skew = abs(time.time() - parsedate_to_datetime(sent).timestamp()) if sent else 0.0
    text = f"{skew:.0f} s off Slack's"
    yield Finding("clock", skew < _SKEW_SECONDS, text, "Requests older than 300 s are refused.")


async def _socket(client: AsyncWebClient) -> Finding:
    answer = await _asked(client.apps_connections_open(app_token=client.token or ""))
    if isinstance(answer, str):
        hint = "Basic Information > App-Level Tokens with connections:write."
        return Finding("app token", False, answer, hint)
    return Finding("app token", True, "Socket Mode may connect")


async def _asked(call: Any) -> Any:  # noqa: ANN401 - the SDK's response, or the reason as text
    from aiohttp import ClientError
    from slack_sdk.errors import SlackApiError

    try:
        return await call
    except SlackApiError as error:
        return str(error.response.get("error"))
    except (ClientError, OSError, TimeoutError) as error:
        return f"Slack cannot be reached: {type(error).__name__}"
