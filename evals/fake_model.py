"""An OpenAI-compatible server on loopback that says what it is told: for tests and for `bench`.

It reproduces the quirks of real servers: slow, broken, cut off, chatty or silent replies.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import click


@dataclass(frozen=True)
class Say:
    """One scripted reply.

    Attributes:
        calls: Tool calls as (name, arguments); text arguments are sent as they are.
        delay_s: Before the first byte; `drip_s` between pieces of a stream.
        drop: Close the connection after this many bytes of the body.
        usage: None leaves the figures out.
        raw: The whole body, in place of all else.
    """

    content: str | None = None
    calls: tuple[tuple[str, Any], ...] = ()
    finish: str | None = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    drip_s: float = 0.0
    drop: int | None = None
    usage: tuple[int, int] | None = (700, 60)
    extra: dict[str, Any] = field(default_factory=dict)
    raw: str | None = None


Script = Callable[[dict[str, Any], int], Say]


class FakeModel:
    """Runs the script in a thread.

    Args:
        script: (request body, number of the request) -> reply.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=lambda: self._server.serve_forever(0.02), daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Address up to /v1."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _next(self, body: dict[str, Any]) -> Say:
        with self._lock:
            number = len(self.requests)
            self.requests.append(body)
        return self.script(body, number)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                """Write no log."""

            def do_POST(self) -> None:
                length = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(length))
                say = owner._next(body)
                try:
                    _reply(self, body, say)
                except OSError:
                    self.close_connection = True

        return Handler


@contextmanager
def fake_model(script: Script) -> Iterator[FakeModel]:
    """Serve a script for the length of a block."""
    server = FakeModel(script)
    try:
        yield server
    finally:
        server.close()


def _reply(handler: BaseHTTPRequestHandler, body: dict[str, Any], say: Say) -> None:
    if say.delay_s:
        time.sleep(say.delay_s)
    if body.get("stream") and say.status == 200 and say.raw is None:
        _stream(handler, body, say)
        return
    text = say.raw if say.raw is not None else json.dumps(_body(say), ensure_ascii=False)
    data = text.encode()
    handler.send_response(say.status)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(data)))
    for name, value in say.headers:
        handler.send_header(name, value)
    handler.end_headers()
    if say.drop is not None:
        handler.wfile.write(data[: say.drop])
        handler.wfile.flush()
        handler.close_connection = True
        handler.connection.close()
        return
    handler.wfile.write(data)


def _body(say: Say) -> dict[str, Any]:
    if say.status != 200:
        return {"error": {"message": say.content or "error", "type": "error", "code": None}}
    message: dict[str, Any] = {"role": "assistant", "content": say.content, **say.extra}
    if say.calls:
        message["tool_calls"] = [_call(i, n, a) for i, (n, a) in enumerate(say.calls)]
    finish = say.finish or ("tool_calls" if say.calls else "stop")
    out: dict[str, Any] = {
        "id": "x", "object": "chat.completion", "created": 0, "model": "fake",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }  # fmt: skip
    if say.usage is not None:
        sent, got = say.usage
        out["usage"] = {
            "prompt_tokens": sent,
            "completion_tokens": got,
            "total_tokens": sent + got,
        }
    return out


def _call(index: int, name: str, args: object) -> dict[str, Any]:
    text = args if isinstance(args, str) else json.dumps(args, ensure_ascii=False)
    return {"id": f"c{index}", "type": "function", "function": {"name": name, "arguments": text}}


def _stream(handler: BaseHTTPRequestHandler, body: dict[str, Any], say: Say) -> None:
    """Server-sent events cut into small pieces of bytes, in the middle of characters too."""
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.send_header("connection", "close")
    handler.end_headers()
    handler.close_connection = True
    data = b"".join(_events(body, say))
    if say.drop is not None:
        data = data[: say.drop]
    step = 37 if not say.drip_s else 200
    for start in range(0, len(data), step):
        handler.wfile.write(data[start : start + step])
        handler.wfile.flush()
        if say.drip_s:
            time.sleep(say.drip_s)


def _events(body: dict[str, Any], say: Say) -> Iterator[bytes]:
    whole = _body(say)["choices"][0]
    message, finish = whole["message"], whole["finish_reason"]
    deltas: list[dict[str, Any]] = [{"role": "assistant", **say.extra}]
    deltas += [{"content": c} for c in message.get("content") or ""]
    for index, call in enumerate(message.get("tool_calls", ())):
        head = {**call, "index": index}
        args = call["function"]["arguments"]
        head["function"] = {"name": call["function"]["name"], "arguments": ""}
        deltas.append({"tool_calls": [head]})
        pieces = [args[i : i + 5] for i in range(0, len(args), 5)]
        deltas += [{"tool_calls": [{"index": index, "function": {"arguments": p}}]} for p in pieces]
    for delta in deltas:
        yield _event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    asked = (body.get("stream_options") or {}).get("include_usage")
    if asked and say.usage is not None:
        sent, got = say.usage
        used = {"prompt_tokens": sent, "completion_tokens": got, "total_tokens": sent + got}
        yield _event({"choices": [], "usage": used})
    yield b"data: [DONE]\n\n"


def _event(fields: dict[str, Any]) -> bytes:
    base = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "fake"}
    return f"data: {json.dumps({**base, **fields}, ensure_ascii=False)}\n\n".encode()


def main() -> None:
    """Serve one reply, so many seconds late, until standard input ends: a slow model's process."""
    delay = float(sys.argv[1])
    args = {"metrics": [sys.argv[2]]}
    with fake_model(
        lambda body, number: Say(calls=(("query_metrics", args),), delay_s=delay)
    ) as server:
        click.echo(server.url)
        sys.stdin.read()


if __name__ == "__main__":
    main()
