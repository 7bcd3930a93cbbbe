"""A private, nameless view of a database file.

An open read-only DuckDB still lets `read_blob('<its own file>')` return every byte. So the
file is opened through a hard link in a 0700 directory and the link is removed right after:
queries go on through the open handle and there is no path left to read.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PREFIX: Final = ".askmql-engine-"
_LOCK: Final = ".in-use"


@dataclass(slots=True)
class PrivateDir:
    """A 0700 directory that lives as long as its engine."""

    path: Path
    lock_fd: int

    @classmethod
    def create(cls, parent: Path) -> PrivateDir:
        """Make one under `parent`, after removing what crashed processes left there."""
        import tempfile

        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(parent)
        while True:
            path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            fd = os.open(path / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
            if _try_flock(fd) is not False and path.exists():
                (path / "tmp").mkdir(mode=0o700)
                return cls(path, fd)
            os.close(fd)  # swept by another process before the lock was taken

    @property
    def temp(self) -> Path:
        """Where the engine may spill."""
        return self.path / "tmp"

    def remove(self) -> None:
        """Delete it with all content."""
        import shutil

        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self.lock_fd)
        self.lock_fd = -1


def default_parent(database: Path) -> Path:
    """Beside the file when that is writable (hard links need one file system), else temp."""
    import tempfile

    folder = database.parent
    if os.access(folder, os.W_OK | os.X_OK):
        return folder
    return Path(tempfile.gettempdir())


def bring(database: Path, folder: Path) -> tuple[Path, ...]:
    """Hard-link (or else copy) the file and its write-ahead log into `folder`.

    The file keeps its name because views inside may mention it as their catalogue.

    Returns:
        The paths made, the database first. The caller unlinks them once it is open.
    """
    database = database.resolve()  # a hard link to a symbolic link would keep its target's name
    target = folder / database.name
    log, target_log = Path(f"{database}.wal"), Path(f"{target}.wal")
    try:
        os.link(database, target)
        if log.exists():  # without it the last commits of a crashed writer would be missing
            os.link(log, target_log)
    except FileNotFoundError:
        raise
    except OSError:
        _copy(database, target, log, target_log)
    return (target, target_log) if target_log.exists() else (target,)


def _copy(database: Path, target: Path, log: Path, target_log: Path) -> None:
    import shutil

    import duckdb

    target.unlink(missing_ok=True)
    # Held open while copying: a copy has no lock of its own that a writer would collide with.
    with duckdb.connect(str(database), read_only=True):
        shutil.copyfile(database, target)
        if log.exists():
            shutil.copyfile(log, target_log)
    target.chmod(0o600)


def written_here(database: Path) -> bool:
    """Whether this very process has the file open for writing.

    POSIX locks do not conflict inside one process, and the private link hides the path from
    DuckDB's own check; the kernel's table still knows (Linux only).
    """
    try:
        info = database.stat()
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return False
    place = f"{os.major(info.st_dev):02x}:{os.minor(info.st_dev):02x}:{info.st_ino}"
    me = str(os.getpid())
    fields = [line.split() for line in lines]
    return any("WRITE" in f and me in f and place in f for f in fields)


def _sweep(parent: Path) -> None:
    import shutil

    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            fd = os.open(folder / _LOCK, os.O_RDWR)
        except OSError:
            continue  # being made right now, or not ours
        try:
            if _try_flock(fd):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(fd)


def _try_flock(fd: int) -> bool | None:
    """Take the lock; None where the system has none (then nothing is ever swept)."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
