"""`askmql serve` as a process of its own: started, measured, killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bots.bench.company import Company

if TYPE_CHECKING:
    import aiohttp

_READY_SECONDS = 240
_OURS = "ASKMQL_"


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ServerProcess:
    """A server that serves a company on loopback.

    Args:
        company: What is served.
        log: Where its standard error goes.
        port: Where it listens; one for each process.
    """

    def __init__(self, company: Company, log: Path, port: int = 0) -> None:
        self._company = company
        self._log = log
        self.port = port or free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Address without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Number of the process; 0 when it does not run."""
        return self._process.pid if self._process is not None else 0

    async def start(self, session: aiohttp.ClientSession) -> None:
        """Start, and wait until questions can be answered.

        Raises:
            TimeoutError: It did not become ready.
        """
        kept = {k: v for k, v in os.environ.items() if not k.startswith(_OURS)}
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "from bots.cli import main; main()",
                "--project", str(self._company.project), "serve", "--port", str(self.port),
                env={**kept, **self._company.environment}, stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(_READY_SECONDS):
            while not await self._is_ready(session):
                await asyncio.sleep(0.1)

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        import aiohttp

        try:
            async with session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def kill(self) -> None:
        """End it without a word, as a crash does."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """Let it finish what runs."""
        await self._end(signal.SIGTERM)

    async def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(sign)
            await process.wait()

    def memory_mb(self) -> float:
        """Return the resident memory of it and of its children (Linux)."""
        pages = [int(_proc(pid, "statm").split()[1]) for pid in self._family()]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def cpu_seconds(self) -> float:
        """Return the CPU time that it and its children have taken so far (Linux)."""
        fields = [_proc(pid, "stat").rsplit(")", 1)[1].split() for pid in self._family()]
        ticks = sum(int(user) + int(system) for user, system in (f[11:13] for f in fields))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _family(self) -> tuple[int, ...]:
        children = _proc(self.pid, f"task/{self.pid}/children").split()
        return (self.pid, *map(int, children))


def _proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
