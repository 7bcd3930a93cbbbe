"""The simulated WeCom over real HTTP and WebSockets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bots.simulators.serving import Served
from bots.simulators.wecom.state import (
    APP_SECRET,
    BOT_ID,
    BOT_SECRET,
    CORP_ID,
    HOOK_KEY,
    Company,
    Json,
    check,
)

if TYPE_CHECKING:
    from aiohttp import web

_IMAGE = 2 * 1024 * 1024


class WeComServer:
    """REST, robots, response addresses and the long connection.

    Args:
        clock: Seconds that never go back, for rate limits.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        from aiohttp import web

        self.company = Company(clock)
        self.socket: web.WebSocketResponse | None = None
        self.subscriptions = 0
        self.acknowledged: list[Json] = []
        self.is_deaf = False
        app = web.Application(client_max_size=50 * 1024 * 1024)
        app.router.add_get("/cgi-bin/gettoken", self._token)
        app.router.add_post("/cgi-bin/message/send", self._send)
        app.router.add_post("/cgi-bin/message/update_template_card", self._update_card)
        app.router.add_post("/cgi-bin/media/upload", self._upload)
        app.router.add_get("/cgi-bin/agent/get", self._agent)
        app.router.add_post("/cgi-bin/webhook/send", self._hook)
        app.router.add_post("/cgi-bin/aibot/response", self._response)
        app.router.add_get("/socket", self._socket)
        self._served = Served(app)

    @property
    def url(self) -> str:
        """Address without a trailing slash."""
        return self._served.url

    @property
    def socket_url(self) -> str:
        """Address of the long connection."""
        return f"{self.url}/socket".replace("http", "ws", 1)

    @property
    def hook_url(self) -> str:
        """A robot's address."""
        return f"{self.url}/cgi-bin/webhook/send?key={HOOK_KEY}"

    async def start(self) -> None:
        """Listen on loopback."""
        await self._served.start()

    async def stop(self) -> None:
        """Close everything."""
        if self.socket is not None:
            await asyncio.wait_for(self.socket.close(), timeout=1)
        await self._served.stop()

    # --- REST ---------------------------------------------------------------------------------

    async def _token(self, request: web.Request) -> web.Response:
        self.company.token_fetches += 1
        fault = self.company.fault("gettoken")
        if fault:
            return _json(fault, "injected")
        if request.query.get("corpid") != CORP_ID:
            return _json(40013, "invalid corpid")
        if request.query.get("corpsecret") != APP_SECRET:
            return _json(40001, "invalid credential")
        token = f"token-{next(self.company.counter)}"
        self.company.tokens = {token}
        await asyncio.sleep(0)  # so that callers that do not wait for each other would show
        return _json(0, "ok", access_token=token, expires_in=7200)

    def _refused(self, request: web.Request) -> web.Response | None:
        fault = self.company.fault(request.path)
        if fault:
            return _json(fault, "injected")
        if request.query.get("access_token") not in self.company.tokens:
            return _json(42001, "access_token expired")
        return None

    async def _send(self, request: web.Request) -> web.Response:
        body = await request.json()
        refused = self._refused(request)
        if refused is not None:
            return refused
        code, why = check("app", body, self.company)
        if code:
            return _json(code, why)
        user = str(body.get("touser"))
        if user not in self.company.members:
            return _json(0, "ok", invaliduser=user)
        if not self.company.is_over(f"app:{user}", 30):  # what is over is dropped without a word
            self.company.keep({"way": "app", "chat": user, **body})
        return _json(0, "ok", msgid=f"M{next(self.company.counter)}")

    async def _update_card(self, request: web.Request) -> web.Response:
        """A clicked card is changed with the code of the click, once."""
        body = await request.json()
        refused = self._refused(request)
        if refused is not None:
            return refused
        code = str(body.get("response_code"))
        if not code or code in self.company.used_addresses:
            return _json(40058, "invalid response_code")
        wrong, why = check("app", {"msgtype": "template_card", **body}, self.company)
        if not wrong:
            self.company.used_addresses.add(code)
            said = {"way": "app", "command": "update", "chat": body["userids"][0], **body}
            self.company.keep(said)
        return _json(wrong, why)

    async def _upload(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        part: Any = await (await request.multipart()).next()
        data = bytes(await part.read())
        return _json(0, "ok", media_id=self.company.media_of(data))

    async def _agent(self, request: web.Request) -> web.Response:
        return self._refused(request) or _json(0, "ok", name="askmql")

    async def _hook(self, request: web.Request) -> web.Response:
        body = await request.json()
        if request.query.get("key") != HOOK_KEY:
            return _json(93000, "invalid webhook url")
        fault = self.company.fault(request.path)
        if fault or self.company.is_over("hook", 20):
            return _json(fault or 45009, "api freq out of limit")
        code, why = check("hook", body, self.company)
        image = body.get("image") or {}
        if "base64" in image:
            data = base64.b64decode(image["base64"])
            if len(data) > _IMAGE or hashlib.md5(data).hexdigest() != image.get("md5"):  # noqa: S324
                code, why = 40009, "invalid image"
        if not code:
            self.company.keep({"way": "hook", "chat": "robot", **body})
        return _json(code, why)

    async def _response(self, request: web.Request) -> web.Response:
        """A response address takes one message."""
        code = str(request.query.get("response_code"))
        if code in self.company.used_addresses:
            return _json(60140, "response_url was used")
        body = await request.json()
        wrong, why = check("bot", body, self.company)
        if not wrong:
            self.company.used_addresses.add(code)
            self.company.keep({"way": "response", "chat": code, **body})
        return _json(wrong, why)

    # --- long connection ----------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        from aiohttp import WSMsgType, web

        socket = web.WebSocketResponse(max_msg_size=8 * 1024 * 1024)
        await socket.prepare(request)
        async for message in socket:
            if message.type == WSMsgType.TEXT and not self.is_deaf:
                await self._frame(socket, json.loads(message.data))
        if self.socket is socket:
            self.socket = None
        return socket

    async def _frame(self, socket: web.WebSocketResponse, frame: Json) -> None:
        command = str(frame.get("cmd"))
        body = frame.get("body") or {}
        code, why = 0, "ok"
        answer: Json = {}
        fault = self.company.fault(command)
        if fault:
            code, why = fault, "injected"
        elif command == "aibot_subscribe":
            code, why = await self._subscribe(socket, body)
        elif socket is not self.socket:
            code, why = 40058, "not subscribed"
        elif command.startswith("aibot_upload_media"):
            code, why, answer = self.company.chunk(command, body)
        elif command != "ping":
            code, why = self._bot_said(command, frame)
        reply = {"headers": frame.get("headers"), "errcode": code, "errmsg": why, "body": answer}
        if not socket.closed:
            await socket.send_json(reply)

    async def _subscribe(self, socket: web.WebSocketResponse, body: Json) -> tuple[int, str]:
        if (body.get("bot_id"), body.get("secret")) != (BOT_ID, BOT_SECRET):
            return 40001, "invalid secret"
        old, self.socket = self.socket, socket
        self.subscriptions += 1
        if old is not None and not old.closed and old is not socket:
            gone = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
            await old.send_json(self._callback("aibot_event_callback", gone))
            await old.close()
        return 0, "ok"

    def _callback(self, command: str, body: Json) -> Json:
        number = next(self.company.counter)
        common = {"msgid": f"MSG{number}", "aibotid": BOT_ID, "create_time": int(time.time())}
        return {"cmd": command, "headers": {"req_id": f"R{number}"}, "body": {**common, **body}}

    def _bot_said(self, command: str, frame: Json) -> tuple[int, str]:
        body = frame.get("body") or {}
        request = str(frame["headers"]["req_id"])
        if command == "aibot_respond_update_msg":
            card = {"msgtype": "template_card", "template_card": body.get("template_card")}
            code, why = check("bot", card, self.company)
        else:
            code, why = check("bot", body, self.company)
        chat = str(body.get("chatid") or request)
        if not code and command == "aibot_send_msg" and self.company.is_over(f"bot:{chat}", 30):
            code, why = 45009, "freq limit"
        if not code:
            said = {"way": "bot", "command": command, "chat": chat, "request": request, **body}
            self.company.keep(said)
        return code, why

    # --- what people and the network do ---------------------------------------------------------

    async def say(self, user: str, text: str, *, group: str = "", msgid: str = "") -> Json:
        """Let a member write to the bot; return the frame that was sent.

        Raises:
            ConnectionError: Nobody is connected.
        """
        frame = self.framed(user, text, group=group, msgid=msgid)
        await self.push(frame)
        return frame

    def framed(self, user: str, text: str, *, group: str = "", msgid: str = "") -> Json:
        """Return a member's message as the bot will hear it."""
        where = {"chattype": "group", "chatid": group} if group else {"chattype": "single"}
        content = f"@askmql {text}" if group else text
        body = {"msgtype": "text", "text": {"content": content}, "from": {"userid": user}, **where}
        frame = self._callback("aibot_msg_callback", body)
        if msgid:
            frame["body"]["msgid"] = msgid
        return frame

    async def happen(self, user: str, kind: str, group: str = "", **content: object) -> Json:
        """Let an event of a member reach the bot."""
        where = {"chattype": "group", "chatid": group} if group else {"chattype": "single"}
        event = {"eventtype": kind, **({kind: content} if content else {})}
        body = {"msgtype": "event", "event": event, "from": {"userid": user}, **where}
        frame = self._callback("aibot_event_callback", body)
        await self.push(frame)
        return frame

    async def push(self, frame: Json) -> None:
        """Send a frame to the subscriber.

        Raises:
            ConnectionError: Nobody is connected.
        """
        if self.socket is None:
            raise ConnectionError
        await self.socket.send_json(frame)

    async def hang_up(self, how: str) -> None:
        """End the connection: a close code, `abort` for a cut wire, `silent` for a dead peer."""
        socket = self.socket
        if socket is None:
            raise ConnectionError
        if how == "silent":
            self.is_deaf = True
            return
        self.socket = None
        if how == "abort":
            transport: Any = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()
        else:
            await socket.close(code=int(how))


def _json(code: int, message: str, **more: object) -> web.Response:
    from aiohttp import web

    return web.json_response({"errcode": code, "errmsg": message, **more})
