"""WeCom's REST interface: one token for all senders, refreshed once however many need it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from bots.inbox import NotSent, Rejected

if TYPE_CHECKING:
    import aiohttp

BASE_URL: Final = "https://qyapi.weixin.qq.com"
_EARLY = 300.0
_TIMEOUT = 10.0
_STALE: Final = frozenset({40001, 40014, 42001})
_PAUSE: Final = {45009: 60.0, 45033: 5.0, -1: 2.0}
_HINTS: Final = {
    40001: "The secret is not that of this application.",
    40013: "The corp id is wrong.",
    40056: "The agent id is wrong.",
    60020: "This machine's address is not among the application's trusted IPs (企业可信IP).",
    81013: "No valid receiver: is the person in the application's visible range?",
    93000: "The robot's address is wrong, or the robot was removed from its group.",
}


class ApiError(Exception):
    """WeCom refused a call.

    Attributes:
        code: Its errcode.
        hint: What to do, if that is known.
    """

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.hint = _HINTS.get(code, "")
        super().__init__(f"{code}: {message}" + (f" ({self.hint})" if self.hint else ""))


class WeComApi:
    """Calls with the token of one application.

    Args:
        session: HTTP session of the running loop.
        corp_id: The company.
        secret: The application's secret.
        base_url: Where WeCom is; a simulator in tests.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        corp_id: str,
        secret: str,
        *,
        base_url: str = BASE_URL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._identity = {"corpid": corp_id, "corpsecret": secret}
        self._base = base_url.rstrip("/")
        self._now = clock
        self._token = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def token(self, stale: str = "") -> str:
        """Return a valid token.

        Args:
            stale: A token that WeCom has just refused: it is not returned again.

        Raises:
            ApiError: The corp id or the secret is wrong.
        """
        async with self._lock:
            if self._token and self._token != stale and self._now() < self._until:
                return self._token
            found = await self._send("GET", "/cgi-bin/gettoken", params=self._identity)
            self._token = str(found["access_token"])
            self._until = self._now() + float(found.get("expires_in", 7200)) - _EARLY
            return self._token

    async def call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post JSON to `path`; a token that ran out is renewed once.

        Raises:
            ApiError: WeCom refused.
        """
        return await self._with_token("POST", path, json=dict(body))

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        """Read from `path`.

        Raises:
            ApiError: WeCom refused.
        """
        return await self._with_token("GET", path, params=params)

    async def upload(self, data: bytes, filename: str, kind: str = "image") -> str:
        """Return the media id of a file; WeCom keeps it for three days.

        Raises:
            ApiError: WeCom refused.
        """
        import aiohttp

        def form() -> aiohttp.FormData:
            made = aiohttp.FormData()
            made.add_field(
                "media", data, filename=filename, content_type="application/octet-stream"
            )
            return made

        stale = ""
        for _ in range(2):
            token = await self.token(stale)
            params = {"access_token": token, "type": kind}
            try:
                found = await self._send(
                    "POST", "/cgi-bin/media/upload", params=params, data=form()
                )
            except ApiError as error:
                if error.code not in _STALE or stale:
                    raise
                stale = token
            else:
                return str(found["media_id"])
        raise ApiError(42001, "the token is refused although it is new")

    async def _with_token(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, **body: object
    ) -> dict[str, Any]:
        token = await self.token()
        try:
            return await self._send(
                method, path, params={**(params or {}), "access_token": token}, **body
            )
        except ApiError as error:
            if error.code not in _STALE:
                raise
        token = await self.token(stale=token)
        return await self._send(
            method, path, params={**(params or {}), "access_token": token}, **body
        )

    async def _send(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        return await send(self._session, method, self._base + path, **request)


async def send(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    **request: Any,
) -> dict[str, Any]:
    """Make one call and return WeCom's answer.

    Raises:
        ApiError: Its errcode is not 0, or it is no JSON.
    """
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
    async with session.request(method, url, timeout=timeout, **request) as response:
        try:
            found = await response.json(content_type=None)
        except ValueError:
            raise ApiError(-1, f"HTTP {response.status} without JSON") from None
    code = int(found.get("errcode", 0))
    if code:
        raise ApiError(code, str(found.get("errmsg", "")))
    return dict(found)


def outcome(error: ApiError) -> NotSent | Rejected:
    """Return what a refusal means for a message: try again later, or never."""
    pause = _PAUSE.get(error.code)
    return Rejected(str(error)) if pause is None else NotSent(str(error), after=pause)
