"""The simulated Slack over real HTTP and WebSockets."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from bots.simulators.serving import Served
from bots.simulators.slack.api import Methods, Refused
from bots.simulators.slack.rules import problems
from bots.simulators.slack.state import APP_TOKEN, Json, Workspace

if TYPE_CHECKING:
    from aiohttp import web

_OPEN = frozenset({"oauth.v2.access", "apps.connections.open"})


class SlackServer:
    """Web API, upload address, response addresses and Socket Mode.

    Args:
        workspace: What is in it.
        methods: How it answers; made from `workspace` by default.
    """

    def __init__(self, workspace: Workspace | None = None, methods: Methods | None = None) -> None:
        from aiohttp import web

        self.workspace = workspace or (methods.workspace if methods else Workspace())
        self.methods = methods or Methods(self.workspace)
        self.sockets: list[web.WebSocketResponse] = []
        self.acknowledged: list[str] = []
        self.connected = 0
        self.is_deaf = False
        app = web.Application(client_max_size=50 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_post("/response/{number}", self._response)
        app.router.add_get("/socket", self._socket)
        self._served = Served(app)

    @property
    def url(self) -> str:
        """Address without a trailing slash."""
        return self._served.url

    @property
    def api_url(self) -> str:
        """Base address of the Web API."""
        return f"{self.url}/api/"

    async def start(self) -> None:
        """Listen on loopback."""
        await self._served.start()
        self.methods.base_url = self.url

    async def stop(self) -> None:
        """Close everything."""
        for socket in self.sockets:
            await asyncio.wait_for(socket.close(), timeout=1)
        await self._served.stop()

    # --- HTTP ---------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.Response:
        from aiohttp import web

        method = request.match_info["method"]
        args = await _arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = token or str(args.pop("token", ""))
        self.workspace.calls.append((method, args))
        fault = self.workspace.faults[method].pop(0) if self.workspace.faults[method] else ""
        if fault == "drop":
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        name, _, seconds = fault.partition(":")
        if name == "ratelimited":
            answer = {"ok": False, "error": "ratelimited"}
            return web.json_response(answer, status=429, headers={"Retry-After": seconds or "1"})
        if name:
            return web.json_response({"ok": False, "error": name})
        return web.json_response(self._answer(method, args, token))

    def _answer(self, method: str, args: Json, token: str) -> Json:
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                return {"ok": False, "error": "invalid_auth"}
            return {"ok": True, "url": f"{self.url}/socket".replace("http", "ws", 1)}
        team = self.workspace.tokens.get(token, "")
        if not team and method not in _OPEN:
            return {"ok": False, "error": "invalid_auth" if token else "not_authed"}
        try:
            return {"ok": True, **self.methods.call(method, args, team)}
        except Refused as refusal:
            told = {"response_metadata": {"messages": refusal.messages}} if refusal.messages else {}
            return {"ok": False, "error": refusal.error, **told}

    async def _upload(self, request: web.Request) -> web.Response:
        from aiohttp import web

        kept = self.workspace.files.get(request.match_info["file"])
        if kept is None:
            return web.Response(status=404)
        kept["data"] = await request.read()
        return web.Response(text=f"OK - {len(kept['data'])}")

    async def _response(self, request: web.Request) -> web.Response:
        from aiohttp import web

        payload = await request.json()
        error, _ = problems(payload, native=self.workspace.native)
        if error:
            return web.json_response({"ok": False, "error": error}, status=400)
        self.workspace.responses.append({**payload, "number": request.match_info["number"]})
        return web.Response(text="ok")

    # --- Socket Mode --------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        from aiohttp import WSMsgType, web

        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        self.connected += 1
        await socket.send_json({"type": "hello", "num_connections": len(self.sockets)})
        async for message in socket:
            if message.type == WSMsgType.PING and not self.is_deaf:
                await socket.pong(message.data)
            elif message.type == WSMsgType.TEXT and not self.is_deaf:
                self.acknowledged.append(json.loads(message.data).get("envelope_id", ""))
        if socket in self.sockets:
            self.sockets.remove(socket)
        return socket

    async def push(self, payload: Json, kind: str = "events_api") -> str:
        """Send an envelope over the newest socket and return its id.

        Raises:
            IndexError: Nobody is connected.
        """
        envelope = f"E{next(self.workspace.counter)}"
        body = {"type": kind, "envelope_id": envelope, "payload": payload}
        await self.sockets[-1].send_json({**body, "accepts_response_payload": True})
        return envelope

    async def hang_up(self, how: str) -> None:
        """End every socket: `refresh` asks first, `1011` closes, `abort` cuts the wire."""
        for socket in list(self.sockets):
            if how == "refresh":
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            elif how == "1011":
                await socket.close(code=1011)
            else:
                _abort(socket)
            if how != "refresh" and socket in self.sockets:
                self.sockets.remove(socket)


def _abort(socket: web.WebSocketResponse) -> None:
    transport: Any = socket.get_extra_info("peername") and socket._req
    if transport is not None and transport.transport is not None:
        transport.transport.abort()


async def _arguments(request: web.Request) -> Json:
    """Return the arguments, wherever the client put them: query, JSON or form."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args.update(await request.json())
    elif request.method == "POST":
        args.update({k: v for k, v in (await request.post()).items() if isinstance(v, str)})
    for name in ("blocks", "view", "files", "prompts", "metadata"):
        if isinstance(args.get(name), str):
            args[name] = json.loads(args[name])
    return args
