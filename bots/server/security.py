"""What protects every page: host and origin checks, a strict policy for the browser, sizes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

from bots import tracing
from bots.server.settings import WebSettings, is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from bots import tracing
from bots.server.metrics import Metrics

MAX_BODY = 1_000_000
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Everything the page needs is served by this server; nothing inline runs.
POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
        "font-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'",
        "frame-ancestors 'none'", "manifest-src 'self'",
    )
)  # fmt: skip
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, adds headers, counts, gives a trace id.

    Args:
        app: What is guarded.
        settings: Which hosts are ours.
        metrics: Where requests are counted.
        callbacks: Path prefixes that other companies' servers call; they verify signatures.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: WebSettings,
        metrics: Metrics,
        callbacks: tuple[str, ...] = (),
    ) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._callbacks = callbacks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with tracing.trace("request") as trace:
            await self._serve(scope, receive, send, headers, trace)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, trace: str
    ) -> None:
        scope.setdefault("state", {})["trace_id"] = trace
        begin = time.perf_counter()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(message, scope, trace)
                self._count(scope, message["status"], time.perf_counter() - begin)
            await send(message)

        refusal = self._refusal(scope, headers)
        if refusal:
            code, status = refusal
            body = {"status": "error", "error": {"code": code, "message": _WHY[code], "hint": ""}}
            await JSONResponse(body, status_code=status)(scope, receive, answer)
            return
        await self._app(scope, _limited(receive), answer)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[str, int] | None:
        host = headers.get("host", "")
        if self._settings.is_local and not is_loopback(_name(host)):
            return "FOREIGN_HOST", 421  # a name that somebody pointed at this machine
        if int(headers.get("content-length") or 0) > MAX_BODY:
            return "TOO_LARGE", 413
        if self._callbacks and scope["path"].startswith(self._callbacks):
            return None
        site = headers.get("sec-fetch-site", "same-origin")
        if scope["method"] in _SAFE:
            # A link from elsewhere may lead here; nothing else may be fetched from elsewhere.
            is_link = headers.get("sec-fetch-mode", "navigate") == "navigate"
            return ("FOREIGN_ORIGIN", 403) if site == "cross-site" and not is_link else None
        origin = headers.get("origin")
        ours = {f"http://{host}", f"https://{host}", self._settings.public_url.rstrip("/")}
        foreign = site not in {"same-origin", "none"} or (origin is not None and origin not in ours)
        return ("FOREIGN_ORIGIN", 403) if foreign else None

    def _dress(self, message: Message, scope: Scope, trace: str) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        headers["X-Trace-Id"] = trace
        if self._settings.is_https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if not scope["path"].startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.requests.labels(scope["method"], route, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)


_WHY = {
    "FOREIGN_HOST": "This server answers under its own name only.",
    "FOREIGN_ORIGIN": "The request comes from another site.",
    "TOO_LARGE": "The request is too large.",
}


def _name(host: str) -> str:
    """Return a Host header without its port."""
    if host.startswith("["):
        return host.split("]")[0] + "]"
    return host.split(":")[0]


def _limited(receive: Receive) -> Receive:
    """Cut off a body that says no length and does not end."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            return {"type": "http.disconnect"}
        return message

    return counted
