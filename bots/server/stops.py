"""Stopping what is being computed: a stop reaches the running statement and the model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from semantic_layer.engine.base import CANCEL, CancelToken


class Stops:
    """Knows what can be stopped in this process. Used from one event loop."""

    def __init__(self) -> None:
        self._running: dict[str, set[CancelToken]] = {}

    def is_running(self, key: str) -> bool:
        """Whether something runs or waits under a key."""
        return key in self._running

    def stop(self, key: str) -> int:
        """Stop what runs under a key; return how many questions. They answer that they stopped."""
        tokens = list(self._running.get(key, ()))
        for token in tokens:
            token.cancel()
        return len(tokens)

    @contextmanager
    def stoppable(self, key: str) -> Iterator[threading.Event]:
        """Let what runs inside be stopped under a key; the event is set when it was."""
        token, stopped = CancelToken(), threading.Event()
        token.attach(stopped.set)
        if key:
            self._running.setdefault(key, set()).add(token)
        reset = CANCEL.set(token)
        try:
            yield stopped
        finally:
            CANCEL.reset(reset)
            self._forget(key, token)

    def _forget(self, key: str, token: CancelToken) -> None:
        tokens = self._running.get(key, set())
        tokens.discard(token)
        if not tokens:
            self._running.pop(key, None)
