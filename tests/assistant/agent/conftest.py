from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.agent.settings import LlmSettings, read_settings
from assistant.router import Router
from evals.fake_model import FakeModel, Say, Script, fake_model

Serve = Callable[..., tuple[Assistant, FakeModel]]


def ready(body: dict) -> bool:
    """Whether a request is the start-up probe."""
    return any(t["function"]["name"] == "ready" for t in body.get("tools", ()))


@pytest.fixture(scope="session", name="with_model")
def with_model_fixture() -> Callable[..., Assistant]:
    """Give a test the maker of assistants with a model."""
    return with_model


@pytest.fixture
def serve(starforge: Assistant, tmp_path: Path) -> Iterator[Serve]:
    """Start a scripted model and return the sample company's assistant that uses it."""
    with ExitStack() as stack:

        def start(script: Script | list[Say], **settings: object) -> tuple[Assistant, FakeModel]:
            steps = script if callable(script) else in_turn(script)
            server = stack.enter_context(fake_model(steps))
            return with_model(starforge, tmp_path, server.url, **settings), server

        yield start


def in_turn(says: list[Say]) -> Script:
    """Answer request after request; the last one again and again."""
    return lambda body, number: says[min(number, len(says) - 1)]


def with_model(starforge: Assistant, home: Path, url: str, **settings: object) -> Assistant:
    """Return an assistant of its own: same data, its own state and model."""
    fields = {"base_url": url, "model": "fake", "protocol": "tools", "timeout_s": 8, **settings}
    found = read_settings(fields, {})
    assert isinstance(found, LlmSettings)
    out = Assistant(starforge.layer)
    out._planners = starforge._planners  # the lexicon is built once for all tests
    router = Router(starforge.layer.project)
    from assistant.store import ConversationStore

    router.use(found, home)
    out.__dict__["router"] = router
    out.__dict__["store"] = ConversationStore(home)
    return out
