"""The database of the product's own state: SQLite in the project's home, or any by URL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine

URL_VARIABLE = "ASKMQL_STATE_URL"


def state_engine(home: Path, url: str | None = None) -> Engine:
    """Open the state database.

    Args:
        home: Folder of the state, used when no URL is given.
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


def _tune(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    """Readers do not block writers, and a commit waits for no disk: a crash loses no order."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.close()
