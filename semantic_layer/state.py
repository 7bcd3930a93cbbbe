"""The state database: one way to open it, whatever is kept there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

URL_VARIABLE = "ASKMQL_STATE_URL"


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
    return sa.create_engine(chosen)
