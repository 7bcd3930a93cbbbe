"""An engine that follows a published target from version to version."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from semantic_layer.engine import errors
from semantic_layer.engine.base import CancelToken, EngineResult, Limits
from semantic_layer.engine.duck import DuckDBEngine
from semantic_layer.engine.errors import EngineError

_Stamp = tuple[int, int, int]


@dataclass(slots=True)
class _Version:
    engine: DuckDBEngine
    stamp: _Stamp
    users: int = 0
    retired: bool = False


class LiveEngine:
    """Reads the newest published version; a running call keeps the one it began with.

    When a new version cannot be opened, the last good one goes on serving and
    `last_error` says why.
    """

    dialect = "duckdb"

    def __init__(self, target: Path, limits: Limits, private_dir: Path | None) -> None:
        """Use `LiveEngine.open`."""
        self._target = Path(target)
        self._limits = limits
        self._private_dir = private_dir
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._closed = False
        self._bad_stamp: _Stamp | None = None
        self.last_error: EngineError | None = None
        self._version = self._load()

    @classmethod
    def open(
        cls, target: Path, *, limits: Limits | None = None, private_dir: Path | None = None
    ) -> LiveEngine:
        """Open the current version of a published `.duckdb` file."""
        return cls(target, limits or Limits(), private_dir)

    def execute(
        self,
        sql: str,
        *,
        timeout_s: float | None = None,
        max_rows: int | None = None,
        token: CancelToken | None = None,
    ) -> EngineResult:
        """Run one SELECT on the newest version; see `DuckDBEngine.execute`."""
        with self.pinned() as engine:
            return engine.execute(sql, timeout_s=timeout_s, max_rows=max_rows, token=token)

    @contextlib.contextmanager
    def pinned(self) -> Iterator[DuckDBEngine]:
        """Hold one version for several calls that must agree with each other."""
        self._refresh()
        with self._lock:
            if self._closed:
                raise EngineError(errors.CLOSED)
            version = self._version
            version.users += 1
        try:
            yield version.engine
        finally:
            with self._lock:
                version.users -= 1
                drained = version.retired and version.users == 0
            if drained:
                version.engine.close()

    def catalog(self) -> dict[str, dict[str, str]]:
        """The catalogue of the newest version."""
        with self.pinned() as engine:
            return engine.catalog()

    def fingerprint(self) -> str:
        """The fingerprint of the newest version."""
        with self.pinned() as engine:
            return engine.fingerprint()

    def cancel(self, token: CancelToken) -> None:
        """Stop the calls that run with `token`."""
        token.cancel()

    def close(self) -> None:
        """Stop running calls on the current version and free it; older ones drain."""
        with self._lock:
            self._closed = True
        self._version.engine.close()

    def _refresh(self) -> None:
        stamp = self._stamp()
        if stamp is None or stamp in (self._version.stamp, self._bad_stamp):
            return
        if not self._opening.acquire(blocking=False):
            return  # another thread is at it; the old version is good until then
        try:
            if stamp != self._version.stamp and not self._closed:
                self._swap(stamp)
        finally:
            self._opening.release()

    def _swap(self, stamp: _Stamp) -> None:
        try:
            fresh = self._load()
        except EngineError as exc:
            self._bad_stamp, self.last_error = stamp, exc
            return
        with self._lock:
            old, self._version = self._version, fresh
            self.last_error = None
            old.retired = True
            idle = old.users == 0
            late = self._closed
        if idle:
            old.engine.close()
        if late:
            fresh.engine.close()

    def _load(self) -> _Version:
        while True:
            before = self._stamp()
            if before is None:
                raise EngineError(errors.MISSING_DATA, detail=str(self._target))
            engine = DuckDBEngine.open(
                self._target, limits=self._limits, private_dir=self._private_dir
            )
            if self._stamp() == before:  # else it was replaced in between: which one is this?
                return _Version(engine, before)
            engine.close()

    def _stamp(self) -> _Stamp | None:
        try:
            info = self._target.stat()
        except OSError:
            return None
        return info.st_ino, info.st_size, info.st_mtime_ns
