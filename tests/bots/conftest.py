"""A server over the sample company, reached through a real socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from assistant import Assistant
from bots.server.app import create_app
from bots.server.service import Service
from bots.server.settings import WebSettings


@dataclass(frozen=True)
class Running:
    """A server in a thread: where it is, and its insides for preparing a test."""

    url: str
    service: Service

    def client(self, **options: object) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False, verify=False, **options)  # type: ignore[arg-type]


Start = Callable[..., Running]


@pytest.fixture(scope="module")
def start(demo_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a server with settings and a state of its own; all are stopped at the end."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def go(settings: WebSettings | None = None, port: int = 0) -> Running:
        from semantic_layer.project import sample_root

        home = tmp_path_factory.mktemp("home")
        (home / "sample.duckdb").hardlink_to(demo_db)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ASKMQL_HOME", str(home))
            app = create_app(Assistant.load(sample_root()), settings or WebSettings())
        listener = socket.create_server(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        wait_until_ready(url)
        return Running(url, app.state.service)

    yield go
    for server, thread in running:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def wait_until_ready(url: str) -> None:
    """Connect until the server answers; connecting itself waits, so there is no sleep."""
    transport = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=transport, timeout=60, trust_env=False) as client:
        for _ in range(200):
            if client.get(f"{url}/readyz").status_code == 200:
                return
    pytest.fail("the server did not become ready")


@pytest.fixture(scope="module")
def local(start: Start) -> Running:
    """A server without a login."""
    return start()


@pytest.fixture(scope="module")
def guarded(start: Start) -> Running:
    """A server with sign-in links and tokens."""
    return start(WebSettings(login="link"))
