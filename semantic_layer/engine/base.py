"""What every engine offers, free of any database driver."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Protocol

_SIZE: Final = re.compile(r"\d+(\.\d+)? ?([KMGT]i?)?B")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one engine may use. Memory, temp and threads are shared by its calls."""

    timeout_s: float = 30
    max_rows: int = 100_000
    memory: str = "2GB"
    temp: str = "8GB"
    threads: int = 2
    disabled_optimizers: tuple[str, ...] = ()
    """Rewrites of plans that must not be made (names of `duckdb_optimizers()`)."""

    def __post_init__(self) -> None:
        """Refuse limits that would mean "no limit" to some layer below."""
        if self.timeout_s <= 0 or self.max_rows < 1 or self.threads < 1:
            message = "limits must be positive"
            raise ValueError(message)
        for size in (self.memory, self.temp):
            if not _SIZE.fullmatch(size):
                message = f"not a size such as '2GB': {size!r}"
                raise ValueError(message)


@dataclass(frozen=True, slots=True)
class EngineResult:
    """The rows of one query as plain Python values.

    DECIMAL stays `decimal.Decimal`, DATE is `date`, timestamps are naive UTC `datetime`,
    every integer type is `int`, and NaN or infinite floats are None.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    truncated: bool
    elapsed_ms: float


class CancelToken:
    """Lets another thread stop the calls it was given to. Once cancelled, stays so."""

    __slots__ = ("_callbacks", "_cancelled", "_lock")

    def __init__(self) -> None:
        """Make a token that nobody has cancelled yet."""
        self._lock = threading.Lock()
        self._cancelled = False
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """Stop the calls that run with this token, and refuse those still to come."""
        with self._lock:
            self._cancelled = True
            callbacks = tuple(self._callbacks)
        for callback in callbacks:
            callback()

    def attach(self, callback: Callable[[], None]) -> None:
        """Run `callback` on cancel; at once when already cancelled."""
        with self._lock:
            self._callbacks.append(callback)
            due = self._cancelled
        if due:
            callback()

    def detach(self, callback: Callable[[], None]) -> None:
        """Forget a callback whose call has ended."""
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)


CANCEL: ContextVar[CancelToken | None] = ContextVar("askmql_cancel", default=None)
"""The token of the question that is being answered here, so that a stop reaches its queries."""


class Engine(Protocol):
    """A place where compiled SQL runs. Safe to use from many threads."""

    @property
    def dialect(self) -> str:
        """The sqlglot dialect that `execute` understands."""

    def execute(
        self,
        sql: str,
        *,
        timeout_s: float | None = None,
        max_rows: int | None = None,
        token: CancelToken | None = None,
    ) -> EngineResult:
        """Run exactly one reading statement; raises `EngineError`."""

    def catalog(self) -> dict[str, dict[str, str]]:
        """Table -> column -> upper-case SQL type name."""

    def fingerprint(self) -> str:
        """A short text that changes when the data version changes."""

    def cancel(self, token: CancelToken) -> None:
        """Stop the calls that run with `token`."""

    def close(self) -> None:
        """Stop running calls and free everything; later calls fail."""
