"""Who a person of a channel is in the project; whoever is not known gets no number."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bots.messaging.addresses import EMAIL, Addresses
from semantic_layer.state import make_tables

_META = sa.MetaData()
_LINKED = sa.Table(
    "channel_identities",
    _META,
    sa.Column("channel", sa.String(40), primary_key=True),
    sa.Column("tenant", sa.String(200), primary_key=True),
    sa.Column("external_id", sa.String(200), primary_key=True),
    sa.Column("user_id", sa.String(200), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
)
_LINKS = sa.Table(
    "channel_links",
    _META,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("tenant", sa.String(200), nullable=False),
    sa.Column("external_id", sa.String(200), nullable=False),
    sa.Column("until", sa.Float(53), nullable=False),
)
LINK_SECONDS = 600.0

How = Literal["account", "link", "email", "open"]


@dataclass(frozen=True)
class Person:
    """Somebody in a channel.

    Attributes:
        channel: slack or wecom.
        tenant: Workspace or company there.
        external_id: Their id there.
        email: Address that the channel vouches for, or "".
        is_outside: A guest, a bot, or a member of another company: never answered.
    """

    channel: str
    tenant: str
    external_id: str
    email: str = ""
    is_outside: bool = False


@dataclass(frozen=True)
class Known:
    """A user, and how that is known; no user where everybody sees everything."""

    user_id: str | None
    how: How


class Identities:
    """Finds the user behind a person.

    Order: an account that the project names, a link that the person confirmed, an e-mail that
    the channel vouches for.

    Args:
        engine: The state, see `semantic_layer.state.open_state`.
        clock: Unix seconds.
    """

    def __init__(self, engine: sa.Engine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._now = clock
        make_tables(_META, engine)

    def find(
        self, person: Person, addresses: Addresses | None, *, open_to_all: bool = False
    ) -> Known | None:
        """Return who a person is; None when nobody can tell.

        Args:
            person: Who asks.
            addresses: Of the project's people; None where there are no policies: then nobody
                has rights unless `open_to_all`.
            open_to_all: The project says that every member may see everything.
        """
        if person.is_outside:
            return None
        if addresses is None:
            return Known(None, "open") if open_to_all else None
        by_account = addresses.find(person.channel, person.external_id)
        if by_account:
            return Known(by_account, "account")
        linked = self._linked(person)
        if linked in addresses.users:
            return Known(linked, "link")
        by_email = addresses.find(EMAIL, person.email)
        return Known(by_email, "email") if by_email else None

    def _linked(self, person: Person) -> str:
        query = sa.select(_LINKED.c.user_id).where(
            _LINKED.c.channel == person.channel,
            _LINKED.c.tenant == person.tenant,
            _LINKED.c.external_id == person.external_id.casefold(),
        )
        with self._engine.connect() as connection:
            return connection.scalar(query) or ""

    # --- one-time links -----------------------------------------------------------------------

    def offer(self, person: Person) -> str:
        """Return a secret that ties a person to whoever confirms it, once, within ten minutes.

        The page that takes it must know its visitor by a login of its own and must ask before
        it confirms: a link alone proves nothing about who opened it.
        """
        secret = secrets.token_urlsafe(24)
        row = {
            "digest": _digest(secret),
            "channel": person.channel,
            "tenant": person.tenant,
            "external_id": person.external_id.casefold(),
            "until": self._now() + LINK_SECONDS,
        }
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_LINKS).where(_LINKS.c.until < self._now()))
            connection.execute(_LINKS.insert(), row)
        return secret

    def peek(self, secret: str) -> Person | None:
        """Return whom a link is for, to be shown before it is confirmed; it stays valid."""
        query = sa.select(_LINKS).where(
            _LINKS.c.digest == _digest(secret), _LINKS.c.until >= self._now()
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return Person(row.channel, row.tenant, row.external_id) if row else None

    def claim(self, secret: str, user_id: str) -> Person | None:
        """Tie the person of a link to a user who is logged in; None if it is used or too old."""
        person = self.peek(secret)
        if person is None:
            return None
        key = {
            "channel": person.channel,
            "tenant": person.tenant,
            "external_id": person.external_id,
        }
        with self._engine.begin() as connection:
            used = connection.execute(sa.delete(_LINKS).where(_LINKS.c.digest == _digest(secret)))
            if used.rowcount != 1:
                return None
            same = [_LINKED.c[k] == v for k, v in key.items()]
            connection.execute(sa.delete(_LINKED).where(*same))
            row = {**key, "user_id": user_id, "at": self._now()}
            try:
                connection.execute(_LINKED.insert(), row)
            except IntegrityError:
                return None
        return person


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
