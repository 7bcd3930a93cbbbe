"""The state database: one way to open it, whatever is kept there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from sqlalchemy import Engine, MetaData

URL_VARIABLE = "ASKMQL_STATE_URL"
_BUSY_MS = 15_000
_MAKING = 0x61736B6D  # our own number among the advisory locks of a database


def open_state(home: Path, url: str | None = None) -> Engine:
    """Return an engine for the state: SQLite in `home`, or any database by URL.

    Args:
        home: Folder of the state; made if it is needed.
        url: Database URL; default `ASKMQL_STATE_URL`, else `state.db` in `home`.
    """
    import sqlalchemy as sa

    chosen = url or os.environ.get(URL_VARIABLE)
    if chosen is None:
        home.mkdir(parents=True, exist_ok=True)
        chosen = f"sqlite:///{home / 'state.db'}"
    engine = sa.create_engine(chosen)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _tune)
    return engine


def _tune(connection: Any, record: object) -> None:  # noqa: ANN401 - a driver's connection
    """Let readers and one writer work side by side, and wait for each other."""
    del record
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(
        "PRAGMA synchronous=NORMAL"
    )  # a crash loses no order, and commits wait for no disk
    cursor.close()


def make_tables(meta: MetaData, engine: Engine) -> None:
    """Make the tables that are absent; several processes may do so at once."""
    import sqlalchemy as sa

    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":  # until the transaction ends
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MAKING)))
            meta.create_all(connection)
    except sa.exc.OperationalError:  # SQLite: another process made one between look and make
        meta.create_all(engine)


def is_state_error(error: Exception) -> bool:
    """Whether the state database failed, as opposed to the code that uses it."""
    from sqlalchemy.exc import SQLAlchemyError

    return isinstance(error, SQLAlchemyError)


class Store:
    """Base of what keeps something in the state: makes its tables when they are absent.

    Args:
        engine: The state, see `open_state`.
        clock: Unix seconds.
    """

    meta: ClassVar[MetaData]

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._now = clock
        make_tables(self.meta, engine)
