"""A process of its own for analysts' SQL: what does not stop is killed.

DuckDB's `interrupt` does not reach every function, and a bomb must not take the assistant
with it. The process has no secrets in its environment, opens the data read-only and locked,
and answers one JSON line for each JSON line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semantic_layer.engine import EngineError, EngineResult
from semantic_layer.engine import errors as codes

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "PYTHONPATH", "VIRTUAL_ENV")
_GRACE_S = 1.0  # for the engine's own timeout, which answers more kindly than a kill
_START_S = 30.0


@dataclass
class SqlProcess:
    """Runs governed SQL, one statement at a time, restarting when it had to be killed.

    Attributes:
        path: The data file or folder.
        cache: Where a database made from a folder is kept.
        memory: What the engine may use, such as `1GB`.
    """

    path: Path
    cache: Path
    memory: str = "1GB"
    _process: subprocess.Popen[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, sql: str, *, timeout_s: float, max_rows: int, data: str) -> EngineResult:
        """Run one statement.

        Args:
            sql: Governed SQL.
            timeout_s: Seconds after which it is stopped, or else killed.
            max_rows: Rows to return at most.
            data: Fingerprint of the data that the caller governs; another is refused.

        Raises:
            EngineError: ENGINE_TIMEOUT when it had to be killed, or what the engine says.
        """
        job = {"sql": sql, "timeout_s": timeout_s, "max_rows": max_rows, "data": data}
        with self._lock:
            answer = self._ask(job, timeout_s)
            if answer.get("code") == _STALE:
                self._kill()
                answer = self._ask(job, timeout_s)
        if "code" in answer:
            raise EngineError(_known(answer["code"]))
        rows = tuple(tuple(row) for row in answer["rows"])
        cut = bool(answer["truncated"])
        return EngineResult(
            tuple(answer["columns"]), tuple(answer["types"]), rows, cut, answer["ms"]
        )

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._kill()

    def __del__(self) -> None:
        """End the process with its owner."""
        self._kill()

    def _ask(self, job: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        fresh = self._process is None or self._process.poll() is not None
        process = self._process if not fresh and self._process else self._start()
        allowance = timeout_s + _GRACE_S + (_START_S if fresh else 0)
        timer = threading.Timer(allowance, process.kill)
        timer.start()
        line = ""
        try:
            if process.stdin is not None and process.stdout is not None:
                process.stdin.write(json.dumps(job) + "\n")
                process.stdin.flush()
                line = process.stdout.readline()
        except (BrokenPipeError, OSError):
            line = ""
        finally:
            timer.cancel()
        if not line.endswith("\n"):
            self._kill()
            raise EngineError(codes.TIMEOUT)
        found: dict[str, Any] = json.loads(line)
        return found

    def _start(self) -> subprocess.Popen[str]:
        self._kill()
        package_root = str(Path(__file__).resolve().parents[2])
        env = {k: v for k, v in os.environ.items() if k in _KEPT}
        env["PYTHONPATH"] = os.pathsep.join(p for p in (package_root, env.get("PYTHONPATH")) if p)
        command = [sys.executable, "-m", "semantic_layer.rawsql.worker"]
        settings = {"path": str(self.path), "cache": str(self.cache), "memory": self.memory}
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter, arguments of ours
            [*command, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
            text=True,
            encoding="utf-8",
        )
        return self._process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


_STALE = "STALE_DATA"


def _known(code: str) -> str:
    return code if code in codes.MESSAGES else codes.FAILED
