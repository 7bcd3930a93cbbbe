"""Versioned publishing under running readers.

A new version is built beside the target, checked, and renamed over it, so a reader sees the
old file or the new one and never half of either. Engines hold their version through a
private link, so an old version's disk space is freed when its last reader closes.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from semantic_layer.engine import errors
from semantic_layer.engine.errors import EngineError


def publish(build: Callable[[Path], None], target: Path) -> Path:
    """Build a new version and make it the one that `target` names.

    Args:
        build: Writes a complete DuckDB file to the path it is given, and closes it. When it
            raises, the target stays as it was.
        target: The path that readers open.

    Returns:
        The version file `<stem>.pub-<n>.duckdb`. It and the version before it are kept, for
        a roll-back; older ones are removed.

    Raises:
        EngineError: ENGINE_UNREADABLE when `build` left no readable database.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _publisher_lock(target):
        staging = target.with_name(f".{target.name}.building")
        _forget(staging)
        try:
            build(staging)
            _settle(staging)
            versions = published_versions(target)
            number = _number(versions[-1]) + 1 if versions else 1
            version = target.with_name(f"{target.stem}.pub-{number}.duckdb")
            staging.replace(version)
        finally:
            _forget(staging)
        _point(target, version)
        for old in published_versions(target)[:-2]:
            with contextlib.suppress(OSError):  # still open on Windows: the next publish tries
                old.unlink()
    return version


def published_versions(target: Path) -> list[Path]:
    """The version files kept for `target`, oldest first."""
    target = Path(target)
    pattern = re.compile(re.escape(target.stem) + r"\.pub-\d+\.duckdb")
    found = [p for p in target.parent.iterdir() if pattern.fullmatch(p.name)]
    return sorted(found, key=_number)


def _number(version: Path) -> int:
    return int(version.stem.rsplit("-", 1)[1])


def _settle(staging: Path) -> None:
    import duckdb

    if not staging.is_file():
        raise EngineError(errors.UNREADABLE, "The build made no database file.")
    failure: EngineError | None = None
    try:
        with duckdb.connect(str(staging)) as con:
            con.execute("CHECKPOINT")  # a write-ahead log would stay behind at the rename
            con.execute("SELECT count(*) FROM duckdb_columns()").fetchall()
    except duckdb.Error as exc:
        failure = errors.from_open(exc)
    if failure is not None:
        raise failure
    fd = os.open(staging, os.O_RDONLY)
    try:
        os.fsync(fd)  # a rename that outlives a power cut must not name an empty file
    finally:
        os.close(fd)


def _point(target: Path, version: Path) -> None:
    import shutil

    fresh = target.with_name(f".{target.name}.next")
    fresh.unlink(missing_ok=True)
    try:
        os.link(version, fresh)
    except OSError:
        shutil.copy2(version, fresh)
    fresh.replace(target)
    Path(f"{target}.wal").unlink(missing_ok=True)  # would belong to the file replaced just now


def _forget(staging: Path) -> None:
    staging.unlink(missing_ok=True)
    Path(f"{staging}.wal").unlink(missing_ok=True)


@contextlib.contextmanager
def _publisher_lock(target: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows: the caller runs one publisher at a time
        yield
        return
    fd = os.open(target.with_name(f".{target.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
