"""Which of several processes holds the long connection: WeCom keeps one for a bot."""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from semantic_layer.state import make_tables

_META = sa.MetaData()
_LEADER = sa.Table(
    "wecom_leader",
    _META,
    sa.Column("bot", sa.String(200), primary_key=True),
    sa.Column("owner", sa.String(200), nullable=False),
    sa.Column("until", sa.Float(53), nullable=False),
)


class Leader:
    """A lease in the state.

    Args:
        engine: The state.
        bot: Which bot.
        owner: This process.
        seconds: How long a lease lasts without being taken again.
        clock: Unix seconds.
    """

    def __init__(
        self,
        engine: sa.Engine,
        bot: str,
        owner: str,
        *,
        seconds: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine = engine
        self._bot = bot
        self._owner = owner
        self._seconds = seconds
        self._now = clock
        make_tables(_META, engine)

    def take(self) -> bool:
        """Take or prolong the lease; False while another process has it."""
        now = self._now()
        free = sa.or_(_LEADER.c.owner == self._owner, _LEADER.c.until < now)
        change = sa.update(_LEADER).where(_LEADER.c.bot == self._bot, free)
        values = {"owner": self._owner, "until": now + self._seconds}
        with self._engine.begin() as connection:
            if connection.execute(change.values(**values)).rowcount == 1:
                return True
        try:
            with self._engine.begin() as connection:
                connection.execute(_LEADER.insert(), {"bot": self._bot, **values})
        except IntegrityError:
            return False
        return True

    def release(self) -> None:
        """Give the lease back, so that another process need not wait for its end."""
        mine = (_LEADER.c.bot == self._bot, _LEADER.c.owner == self._owner)
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_LEADER).where(*mine))
