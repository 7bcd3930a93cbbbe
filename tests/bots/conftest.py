"""A server over the sample company, reached through a real socket; and a browser to look at it.

Without a browser the tests of the page say so and are skipped; with NEED_BROWSER set they fail.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from assistant import Assistant
from bots.server.app import create_app
from bots.server.service import Service
from bots.server.settings import WebSettings

BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
REASON = "no Chromium here (apt-get install chromium, or set CHROMIUM): the page is NOT tested"
# Every name but this machine is unknown, so that a request to the outside becomes visible.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


@dataclass(frozen=True)
class Running:
    """A server in a thread: where it is, and its insides for preparing a test."""

    url: str
    service: Service
    stop: Callable[[], None]

    def client(self, **options: object) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False, **options)  # type: ignore[arg-type]


Start = Callable[..., Running]


@pytest.fixture(scope="session")
def starforge(demo_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant over the sample company, with its state in a folder of its own."""
    from semantic_layer.project import sample_root

    home = tmp_path_factory.mktemp("home")
    (home / "sample.duckdb").hardlink_to(demo_db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(home))
        return Assistant.load(sample_root())


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

        def stop() -> None:
            server.should_exit = True
            thread.join(30)

        return Running(url, app.state.service, stop)

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


# --- a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser. Not kept for longer: its event loop would be in the way of other tests' own."""
    if BROWSER is None:
        if os.environ.get("NEED_BROWSER"):
            pytest.fail(REASON)
        pytest.skip(REASON)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


class Visitor:
    """One person with a browser window; remembers what went wrong in it."""

    def __init__(self, chromium: Any, url: str, **options: Any) -> None:
        self.url = url
        self.outside: list[str] = []
        self.errors: list[str] = []
        settings = {"locale": "zh-CN", "viewport": {"width": 1200, "height": 900}, **options}
        self.context = chromium.new_context(**settings)
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.page.on("request", self._request)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("console", self._console)

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.outside.append(request.url)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, path: str = "/") -> Any:
        self.page.goto(self.url + path)
        return self.page

    def ask(self, question: str) -> Any:
        """Type a question and return its answer, once it is there and its charts are drawn."""
        page = self.page
        before = page.locator("[data-answer]").count()
        page.fill("#question", question)
        page.press("#question", "Enter")
        answer = page.locator("[data-answer]").nth(before)
        answer.wait_for()
        for n in range(answer.locator("figure").count()):
            answer.locator("figure").nth(n).locator("[data-state=drawn]").wait_for()
        return answer


@pytest.fixture
def visit(chromium: Any, local: Any) -> Iterator[Any]:
    """Opens a window; at the end no window may have reached outside or had an error."""
    visitors: list[Visitor] = []

    def go(**options: Any) -> Visitor:
        visitor = Visitor(chromium, local.url, **options)
        visitors.append(visitor)
        return visitor

    yield go
    for visitor in visitors:
        visitor.context.close()
        assert visitor.outside == []
        assert visitor.errors == []


# --- a database server ------------------------------------------------------------------------

NO_POSTGRES = "no PostgreSQL here (apt-get install postgresql): several processes are NOT tested"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A PostgreSQL server; `postgres.new()` is the URL of an empty database."""
    spec = importlib.util.spec_from_file_location(
        "postgres", Path(__file__).with_name("postgres.py")
    )
    assert spec is not None
    assert spec.loader is not None
    server = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(server)
    found = server.binaries()
    if found is None:
        if os.environ.get("NEED_POSTGRES"):
            pytest.fail(NO_POSTGRES)
        pytest.skip(NO_POSTGRES)
    with server.running(found) as made:
        yield made
