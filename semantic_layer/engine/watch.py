"""Stops one running call when its time is up or its caller gives up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from semantic_layer.engine.errors import CANCELLED, TIMEOUT

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from semantic_layer.engine.base import CancelToken

_AGAIN_S = 0.02


class Watch:
    """Guards one cursor for the time of a `with` block.

    An interrupt that arrives between two statements is lost, so it is sent again until the
    call has really ended.
    """

    def __init__(
        self, cursor: DuckDBPyConnection, timeout_s: float, token: CancelToken | None
    ) -> None:
        """Prepare; the clock starts with the `with` block."""
        self.reason: str | None = None
        self._cursor = cursor
        self._timeout_s = timeout_s
        self._token = token
        self._wake = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine-watch", daemon=True)

    def __enter__(self) -> Watch:
        """Start the clock."""
        self._thread.start()
        if self._token is not None:
            self._token.attach(self.cancel)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the clock; after this no interrupt can reach the cursor."""
        self._done.set()
        self._wake.set()
        if self._token is not None:
            self._token.detach(self.cancel)
        self._thread.join()

    def cancel(self) -> None:
        """Interrupt the call because somebody asked for it."""
        self.reason = self.reason or CANCELLED
        self._wake.set()

    def _run(self) -> None:
        self._wake.wait(self._timeout_s)
        if self._done.is_set():
            return
        self.reason = self.reason or TIMEOUT
        while not self._done.is_set():
            self._cursor.interrupt()
            self._done.wait(_AGAIN_S)
