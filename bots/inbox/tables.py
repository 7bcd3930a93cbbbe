"""The two tables. Times are Unix seconds, so that every database keeps them alike."""

from __future__ import annotations

import sqlalchemy as sa

from bots.inbox.model import State

META = sa.MetaData()


def _common() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(200), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False, server_default=""),
        sa.Column("lease_until", sa.Float(53), nullable=False, server_default="0"),
        sa.Column("not_before", sa.Float(53), nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.Column("at", sa.Float(53), nullable=False),
    ]


EVENTS = sa.Table(
    "inbox_events",
    META,
    *_common(),
    sa.Column("event_key", sa.String(400), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("sender", sa.String(200), nullable=False),
    sa.Column("conversation", sa.String(400), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.UniqueConstraint("channel", "tenant", "event_key"),
)
PARTS = sa.Table(
    "outbox_parts",
    META,
    *_common(),
    sa.Column("answer_key", sa.String(700), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("target", sa.String(400), nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("receipt", sa.String(400), nullable=False, server_default=""),
    sa.UniqueConstraint("answer_key", "number"),
)

UNSENT = sa.Table(
    "outbox_unsent",
    META,
    sa.Column("answer_key", sa.String(700), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
)
"""Parts that are still being made: whoever was cut short has certainly not sent them."""


def _one_at_a_time(table: sa.Table, thread: str) -> None:
    """Let the database itself refuse a second lease in the same conversation."""
    leased = table.c.state == State.LEASED
    sa.Index(
        f"{table.name}_one_leased", table.c.channel, table.c.tenant, table.c[thread],
        unique=True, sqlite_where=leased, postgresql_where=leased,
    )  # fmt: skip
    sa.Index(f"{table.name}_state", table.c.state, table.c.id)


_one_at_a_time(EVENTS, "conversation")
_one_at_a_time(PARTS, "target")
