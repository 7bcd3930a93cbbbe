"""The FastAPI application: page, REST, MCP, health, and the callbacks of chat channels."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Route

from bots import tracing
from bots.server import auth, health, login, rest
from bots.server.auth import ForgedError, NotSignedInError
from bots.server.heap import keep_settled
from bots.server.pool import BusyError
from bots.server.security import Guard
from bots.server.service import Service
from bots.server.settings import WebSettings
from bots.web import frame, pages
from semantic_layer import AskmqlError, DeniedError, QueryError
from semantic_layer.engine import EngineError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from assistant import Assistant

STATIC = Path(__file__).parents[1] / "web" / "static"
COOKIE = "askmql_session"
_STATUS: tuple[tuple[type[AskmqlError], int], ...] = (
    (NotSignedInError, 401),
    (ForgedError, 403),
    (BusyError, 503),
    (DeniedError, 403),
    (QueryError, 422),
)


class Extension(Protocol):
    """A package that adds a chat channel, such as `bots.slack`."""

    CALLBACKS: tuple[str, ...]
    """Path prefixes that the platform calls; the channel verifies their signatures itself."""

    def mount(self, app: FastAPI, service: Service) -> None:
        """Add routes to the app, the channel to `service.runner`, and itself to `service.life`."""


def extensions_of(channels: dict[str, Any]) -> tuple[Extension, ...]:
    """Return the chat channels that `channels` of `askmql.yml` names.

    Raises:
        AskmqlError: UNKNOWN_CHANNEL.
    """
    found: list[Any] = []
    for name in channels:
        if name == "web":
            continue
        try:
            found.append(import_module(f"bots.{name}"))
        except ModuleNotFoundError:
            raise AskmqlError(
                "UNKNOWN_CHANNEL", f"askmql.yml: there is no channel `{name}`.",
                hint="See docs/serve.md for the channels there are.",
            ) from None  # fmt: skip
    return tuple(found)


def create_app(
    assistant: Assistant, settings: WebSettings, extensions: Sequence[Extension] = ()
) -> FastAPI:
    """Return the application.

    Args:
        assistant: The pipeline over one project.
        settings: How the server is reached.
        extensions: Chat channels.
    """
    service = Service(assistant, settings)
    app = FastAPI(
        title="askmql", version=assistant.layer.version, lifespan=_lifespan,
        docs_url=None, redoc_url=None, openapi_url="/api/openapi.json",
        summary="Governed answers to questions about marketing and revenue.",
    )  # fmt: skip
    app.state.service = service
    app.include_router(rest.router())
    app.include_router(health.router())
    app.include_router(pages.router())
    app.include_router(login.router(settings))
    app.mount("/static", _Static(directory=STATIC), name="static")
    _add_mcp(app, service)
    for extension in extensions:
        extension.mount(app, service)
    callbacks = tuple(c for e in extensions for c in e.CALLBACKS)
    # The last one added is the outermost: the guard sees a request first.
    app.add_middleware(
        SessionMiddleware, secret_key=service.secret, session_cookie=COOKIE, same_site="lax",
        https_only=settings.is_https, max_age=int(settings.session_hours * 3600),
    )  # fmt: skip
    app.add_middleware(
        Guard, settings=settings, metrics=service.metrics, callbacks=callbacks
    )  # fmt: skip
    _add_errors(app)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start the workers and channels; at the end let what runs finish, then stop."""
    service: Service = app.state.service
    async with app.state.mcp_sessions.run():
        if service.settings.otel:
            tracing.send_to(service.settings.otel)
        await asyncio.to_thread(service.inbox.forget)
        await service.runner.start()
        for start in service.life.on_start:
            await start()
        service.life.is_ready = True
        beside = [
            asyncio.create_task(work)
            for work in (service.warm(), service.stops.keep_heeding(), keep_settled())
        ]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            service.life.is_ready = False
            for stop in service.life.on_stop:
                await stop()
            await service.runner.stop()
            await service.close()
            await asyncio.to_thread(tracing.stop)


class _Static(StaticFiles):
    """Files that change only with a release: the page asks for them by their hash."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a file that may be kept."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


# --- MCP ----------------------------------------------------------------------------------


def _add_mcp(app: FastAPI, service: Service) -> None:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from bots.mcp_server import build_server

    server = build_server(service.assistant, lambda context: _mcp_asker(context.request))
    sessions = StreamableHTTPSessionManager(app=server, stateless=True, json_response=True)
    app.state.mcp_sessions = sessions
    app.router.routes.append(Route("/mcp", _McpEndpoint(sessions), include_in_schema=False))


def _mcp_asker(request: Any) -> str:  # noqa: ANN401 - the transport's request
    return str(request.scope["askmql.asker"])


class _McpEndpoint:
    """Lets a request through to MCP once it is known whose it is."""

    def __init__(self, sessions: Any) -> None:  # noqa: ANN401 - a library's class
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            scope["askmql.asker"] = await asyncio.to_thread(auth.asker_of, request)
        except NotSignedInError as error:
            await _json(error)(scope, receive, send)
            return
        await self._sessions.handle_request(scope, receive, send)


# --- errors -------------------------------------------------------------------------------


def _add_errors(app: FastAPI) -> None:
    app.add_exception_handler(AskmqlError, _on_error)
    app.add_exception_handler(EngineError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_surprise)


def _is_page(request: Request) -> bool:
    return not request.url.path.startswith(("/api/", "/mcp", "/metrics", "/healthz", "/readyz"))


async def _on_error(request: Request, error: Exception) -> Response:
    if not _is_page(request):
        return _json(error)
    if isinstance(error, NotSignedInError):
        if request.headers.get("hx-request"):
            return Response(status_code=401, headers={"HX-Redirect": "/login"})
        if request.method == "GET" and "session" in request.scope:
            request.session["next"] = request.url.path
        return RedirectResponse("/login", 303)
    return frame.error_page(request, error, status_of(error))


async def _on_invalid(request: Request, error: Exception) -> Response:
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    where = ".".join(str(p) for p in first.get("loc", ()))
    message = str(first.get("msg", "")).removeprefix("Value error, ")
    problem = QueryError("BAD_ARGUMENTS", f"{message} (at {where})", hint="See /api/docs.")
    return await _on_error(request, problem)


async def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    problem = AskmqlError(f"HTTP_{status}", str(getattr(error, "detail", "")))
    return (
        frame.error_page(request, problem, status) if _is_page(request) else _json(problem, status)
    )


async def _on_surprise(request: Request, error: Exception) -> Response:
    """Say that something broke, without saying what: the log has the trace."""
    del error
    trace = getattr(request.state, "trace_id", "")
    problem = AskmqlError("INTERNAL", "Something broke.", hint=f"Trace {trace}")
    return frame.error_page(request, problem, 500) if _is_page(request) else _json(problem, 500)


def status_of(error: Exception) -> int:
    """Return the HTTP status of a product error."""
    return next((s for kind, s in _STATUS if isinstance(error, kind)), 500)


def _json(error: Exception, status: int | None = None) -> JSONResponse:
    found = status or status_of(error)
    headers = {"Retry-After": "3"} if found == 503 else {}
    headers |= {"WWW-Authenticate": "Bearer"} if found == 401 else {}
    return JSONResponse({"status": "error", "error": rest.error_info(error)}, found, headers)
