"""Leasing rows: one statement, so that two workers never get the same row."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bots.inbox.model import State
from bots.inbox.tables import EVENTS

_OPEN = (State.WAITING, State.LEASED)
_READ = ("id", "state", "attempts", "owner")
NOW: sa.BindParameter[float] = sa.bindparam("now", type_=sa.Float(53))
"""Unix seconds, in a condition that is given to `Leases`."""


def new_owner() -> str:
    """Return a name for this process that tells a later one where and what it was."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


class Leases:
    """Leases rows of one table. Its statements are built once: building takes longer than running.

    Args:
        engine: The state.
        table: Events or parts.
        thread: Column of the conversation, in which rows are worked on in order, one at a time.
        also: A further condition; its parameters, beside `now` and `channels`, are given to `take`.
    """

    def __init__(
        self,
        engine: sa.Engine,
        table: sa.Table,
        thread: str,
        also: sa.ColumnElement[bool] | None = None,
    ) -> None:
        self._engine = engine
        self._due = _oldest_due(table, thread, also)
        # The row must still be as it was read, for not every database locks what it reads.
        unchanged = (table.c[c] == sa.bindparam(f"its_{c}") for c in _READ)
        changed: dict[str, Any] = {
            c: sa.bindparam(f"new_{c}") for c in ("owner", "lease_until", "attempts")
        }
        self._taken = sa.update(table).where(*unchanged).values(state=State.LEASED, **changed)

    def take(
        self, channels: Sequence[str], *, owner: str, now: float, seconds: float
    ) -> Any | None:  # noqa: ANN401 - a row of the table
        """Lease the oldest row that is due; None when there is none.

        Args:
            channels: Of which channels.
            owner: Who leases.
            now: Unix seconds.
            seconds: How long for.

        Returns:
            The row as it was before: its state tells whether an earlier lease had run out.
        """
        with self._engine.begin() as connection:
            row = connection.execute(self._due, {"now": now, "channels": list(channels)}).first()
            if row is None:
                return None
            new = {"new_owner": owner, "new_lease_until": now + seconds}
            values = {**new, "new_attempts": row.attempts + 1}
            values |= {f"its_{c}": getattr(row, c) for c in _READ}
            try:
                won = connection.execute(self._taken, values).rowcount == 1
            except IntegrityError:  # another row of the conversation was leased meanwhile
                return None
        return row if won else None


def _oldest_due(
    table: sa.Table, thread: str, also: sa.ColumnElement[bool] | None
) -> sa.Select[Any]:
    """Select the oldest row that may be leased: due, and the first open one of its thread."""
    older = table.alias("older")
    due = sa.or_(
        sa.and_(table.c.state == State.WAITING, table.c.not_before <= NOW),
        sa.and_(table.c.state == State.LEASED, table.c.lease_until < NOW),
    )
    first = ~sa.exists().where(
        older.c.channel == table.c.channel,
        older.c.tenant == table.c.tenant,
        older.c[thread] == table.c[thread],
        older.c.id < table.c.id,
        older.c.state.in_(_OPEN),
    )
    here = table.c.channel.in_(sa.bindparam("channels", expanding=True))
    chosen = sa.select(table).where(due, first, here, *([also] if also is not None else []))
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


def running_of_sender() -> sa.ScalarSelect[int]:
    """Count the other events of an event's sender that are being worked on."""
    busy = EVENTS.alias("busy")
    return (
        sa.select(sa.func.count())
        .select_from(busy)
        .where(
            busy.c.channel == EVENTS.c.channel,
            busy.c.tenant == EVENTS.c.tenant,
            busy.c.sender == EVENTS.c.sender,
            busy.c.id != EVENTS.c.id,
            busy.c.state == State.LEASED,
            busy.c.lease_until >= NOW,
        )
        .scalar_subquery()
    )
