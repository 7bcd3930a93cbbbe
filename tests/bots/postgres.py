"""A PostgreSQL server of the tests' own: in a temporary folder, on loopback, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

_UNPRIVILEGED = "nobody"
_DEBIAN = Path("/usr/lib/postgresql")


def binaries() -> Path | None:
    """Return the folder of initdb and pg_ctl: the newest version, or whatever is on the path."""
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    found = shutil.which("initdb")
    return versions[-1].parent if versions else Path(found).resolve().parent if found else None


class Postgres:
    """A running server."""

    def __init__(self, port: int) -> None:
        self._url = f"postgresql+psycopg://askmql@127.0.0.1:{port}"
        self._count = 0

    def new(self) -> str:
        """Return the URL of a new, empty database."""
        self._count += 1
        name = f"state{self._count}"
        engine = sa.create_engine(f"{self._url}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        return f"{self._url}/{name}"


@contextmanager
def running(bin_: Path) -> Iterator[Postgres]:
    """Make a cluster, start it, and throw it away. The server refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="askmql-postgres-"))
    user = _UNPRIVILEGED if os.geteuid() == 0 else None
    if user:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def call(name: str, *args: str) -> None:
        # Output goes to a file: a pipe would stay open in the server and the call never return.
        with (folder / f"{name}.log").open("wb") as log:
            command = [str(bin_ / name), "-D", str(folder / "data"), *args]
            subprocess.run(
                command, check=True, cwd=folder, user=user, stdout=log, stderr=log, timeout=120,
                stdin=subprocess.DEVNULL, env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
            )  # fmt: skip

    try:
        call("initdb", "-U", "askmql", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        call("pg_ctl", "-w", "-t", "60", "-o", options, "start")
        try:
            yield Postgres(port)
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
