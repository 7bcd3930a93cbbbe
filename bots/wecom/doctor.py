"""Is WeCom set up rightly? Names which of token, key, receive id or trusted IP is wrong."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from bots.messaging.finding import Finding
from bots.messaging.settings import WeComSettings
from bots.wecom.api import ApiError, WeComApi
from bots.wecom.crypto import CryptoError, Envelope, aes_key

if TYPE_CHECKING:
    import aiohttp

_ADDRESS = re.compile(r"from ip: ?([0-9a-fA-F.:]+)")
_BLAME: Final = {
    -40001: ("token", "The Token here differs from the one in WeCom's console, or a `+` in the address was decoded to a space."),
    -40004: ("key", "The EncodingAESKey must be the 43 characters of WeCom's console."),
    -40005: ("receive id", "An application's receive id is the corp id; a bot's is empty."),
    -40007: ("key", "The EncodingAESKey here differs from the one in WeCom's console."),
    -40008: ("key", "The EncodingAESKey here differs from the one in WeCom's console."),
    -40010: ("request", "The address was cut or changed on its way."),
}  # fmt: skip


async def examine(
    settings: WeComSettings, session: aiohttp.ClientSession, request: str = ""
) -> AsyncIterator[Finding]:
    """Yield findings about keys, the application's access, and a callback that failed.

    Args:
        settings: Ids and secrets.
        session: HTTP session.
        request: Address of a callback that WeCom reported as failed, from the server's log.
    """
    for name in ("bot_aes_key", "app_aes_key"):
        key = getattr(settings, name).get_secret_value()
        if key:
            yield _key(name, key)
    if settings.bot_id:
        has_secret = bool(settings.bot_secret.get_secret_value())
        hint = "智能机器人 > API 模式 > 长连接, into ASKMQL_WECOM_BOT_SECRET."
        text = "set; not tried, since subscribing would end the running connection"
        yield Finding("bot secret", has_secret, text if has_secret else "not set", hint)
    if settings.app_secret.get_secret_value():
        async for finding in _application(settings, session):
            yield finding
    if request:
        for receive_id, token, key in _candidates(settings):
            yield blame(Envelope(token, key, receive_id), _query(request))


def _key(name: str, key: str) -> Finding:
    try:
        aes_key(key)
    except CryptoError as error:
        return Finding(name, False, str(error), _BLAME[-40004][1])
    return Finding(name, True, "well formed")


def _candidates(settings: WeComSettings) -> list[tuple[str, str, str]]:
    every = (
        (settings.corp_id, settings.app_token, settings.app_aes_key),
        ("", settings.bot_token, settings.bot_aes_key),
    )
    return [
        (receive_id, token.get_secret_value(), key.get_secret_value())
        for receive_id, token, key in every
        if token.get_secret_value()
    ]


def _query(request: str) -> dict[str, str]:
    """Return an address's parameters, with a raw `+` kept."""
    raw = urlsplit(request).query.replace("+", "%2B")
    return {k: v[0] for k, v in parse_qs(raw, keep_blank_values=True).items()}


def blame(envelope: Envelope, query: Mapping[str, str]) -> Finding:
    """Return which of token, key and receive id does not fit a callback.

    The age of the callback is not looked at: it is a past one.
    """
    encrypted = query.get("echostr", "")
    kind = "application" if envelope.receive_id else "bot"
    try:
        envelope.open(
            encrypted,
            signature=query.get("msg_signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
        )
    except CryptoError as error:
        name, hint = _BLAME.get(error.code, ("request", ""))
        return Finding(f"callback of the {kind}", False, f"{name} is wrong ({error})", hint)
    return Finding(f"callback of the {kind}", True, "token, key and receive id fit")


async def _application(
    settings: WeComSettings, session: aiohttp.ClientSession
) -> AsyncIterator[Finding]:
    secret = settings.app_secret.get_secret_value()
    api = WeComApi(session, settings.corp_id, secret, base_url=settings.api_url)
    try:
        await api.token()
    except (ApiError, OSError) as error:
        code = error.code if isinstance(error, ApiError) else 0
        name = "corp id" if code == 40013 else "application secret"
        yield Finding(name, False, str(error) or type(error).__name__)
        return
    yield Finding("corp id and application secret", True, "a token was given")
    try:
        await api.get("/cgi-bin/agent/get", agentid=settings.agent_id)
    except ApiError as error:
        yield _refused(error)
    else:
        yield Finding("trusted IP and agent id", True, "the application may call")


def _refused(error: ApiError) -> Finding:
    if error.code != 60020:
        return Finding("agent id", False, str(error), error.hint)
    seen = _ADDRESS.search(str(error))
    address = seen[1] if seen else "this machine's"
    return Finding(
        "trusted IP",
        False,
        f"WeCom sees {address}, which is not trusted",
        f"应用管理 > 应用 > 企业可信IP: add {address}. The long connection needs no trusted IP.",
    )
