"""Leasing rows: one statement, so that two workers never get the same row."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bots.inbox.model import State

_OPEN = (State.WAITING, State.LEASED)


def new_owner() -> str:
    """Return a name for this process that tells a later one where and what it was."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def lease(
    engine: sa.Engine,
    table: sa.Table,
    thread: str,
    *,
    owner: str,
    now: float,
    seconds: float,
    also: sa.ColumnElement[bool] | None = None,
) -> Any | None:  # noqa: ANN401 - a row of `table`
    """Lease the oldest row that is due; None when there is none.

    Args:
        engine: The state.
        table: Events or parts.
        thread: Column of the conversation, in which rows are worked on in order, one at a time.
        owner: Who leases.
        now: Unix seconds.
        seconds: How long for.
        also: A further condition.

    Returns:
        The row as it was before: its state tells whether an earlier lease had run out.
    """
    with engine.begin() as connection:
        row = connection.execute(_oldest_due(table, thread, now, also)).first()
        if row is None:
            return None
        # The row must still be as it was read, for not every database locks what it reads.
        unchanged = (
            table.c.id == row.id,
            table.c.state == row.state,
            table.c.attempts == row.attempts,
            table.c.owner == row.owner,
        )
        values = {"owner": owner, "lease_until": now + seconds, "attempts": row.attempts + 1}
        taken = sa.update(table).where(*unchanged).values(state=State.LEASED, **values)
        try:
            won = connection.execute(taken).rowcount == 1
        except IntegrityError:  # another row of the conversation was leased meanwhile
            return None
    return row if won else None


def _oldest_due(
    table: sa.Table, thread: str, now: float, also: sa.ColumnElement[bool] | None
) -> sa.Select[Any]:
    """Select the oldest row that may be leased: due, and the first open one of its thread."""
    older = table.alias("older")
    due = sa.or_(
        sa.and_(table.c.state == State.WAITING, table.c.not_before <= now),
        sa.and_(table.c.state == State.LEASED, table.c.lease_until < now),
    )
    first = ~sa.exists().where(
        older.c.channel == table.c.channel,
        older.c.tenant == table.c.tenant,
        older.c[thread] == table.c[thread],
        older.c.id < table.c.id,
        older.c.state.in_(_OPEN),
    )
    chosen = sa.select(table).where(due, first, *([also] if also is not None else []))
    return chosen.order_by(table.c.id).limit(1).with_for_update(skip_locked=True)


def held(table: sa.Table, row: int, owner: str) -> sa.ColumnElement[bool]:
    """Return the condition that a row is still leased to its owner."""
    return sa.and_(table.c.id == row, table.c.owner == owner, table.c.state == State.LEASED)


def abandoned(owner: str, me: str) -> bool:
    """Whether an owner is a process of this machine that is no more; False when in doubt."""
    host, pid, _ = owner.rsplit(":", 2) if owner.count(":") >= 2 else ("", "", "")
    mine = me.rsplit(":", 2)
    if owner == me or host != mine[0] or not pid.isdigit():
        return False
    if pid == mine[1]:
        return True  # in a container every process that is started again has the same number
    with suppress(PermissionError):
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
    return False
