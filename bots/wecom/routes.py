"""WeCom's callback addresses in the web server."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from bots.wecom.crypto import CryptoError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

_LOG = logging.getLogger("askmql.wecom")


class Callback(Protocol):
    """What answers at an address: the application or the bot."""

    def verify(self, query: Mapping[str, str]) -> str:
        """Return the bare text that proves Token and key."""

    async def receive(self, query: Mapping[str, str], body: str) -> str:
        """Return the body of the acknowledgement."""


def add_wecom_routes(api: FastAPI, path: str, service: Callback) -> None:
    """Add an address for WeCom.

    Args:
        api: The web server.
        path: Such as `/wecom/app` or `/wecom/bot`.
        service: What answers there.
    """
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def verify(request: Request) -> Response:
        try:
            # The bare text: quotes, a byte order mark or a newline would fail the check.
            return PlainTextResponse(service.verify(request.query_params))
        except CryptoError as error:
            return refused(error)

    async def receive(request: Request) -> Response:
        try:
            body = (await request.body()).decode("utf-8", errors="replace")
            return PlainTextResponse(await service.receive(request.query_params, body))
        except CryptoError as error:
            return refused(error)

    def refused(error: CryptoError) -> Response:
        _LOG.warning("callback refused at %s: %s", path, error.code)
        return PlainTextResponse(str(error.code), status_code=403)

    api.router.routes.append(Route(path, verify, methods=["GET"]))
    api.router.routes.append(Route(path, receive, methods=["POST"]))
