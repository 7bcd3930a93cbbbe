"""Names in other channels: which user of `policies.yml` a Slack or WeCom person is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

_META = sa.MetaData()
_IDENTITIES = sa.Table(
    "identities",
    _META,
    sa.Column("channel", sa.String(40), primary_key=True),
    sa.Column("tenant", sa.String(200), primary_key=True),
    sa.Column("external_id", sa.String(200), primary_key=True),
    sa.Column("asker", sa.String(200), nullable=False, index=True),
    sa.Column("how", sa.String(40), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """One person in one channel.

    Attributes:
        channel: Such as `slack`, `wecom` or `oidc`.
        tenant: Workspace, company or issuer.
        external_id: The person's id there; compared without regard to case.
        asker: User of `policies.yml`.
        how: Who said so: email, link or admin.
    """

    channel: str
    tenant: str
    external_id: str
    asker: str
    how: str


class Identities:
    """Binds external ids to users, and finds them.

    Args:
        engine: The state.
        clock: Unix seconds.
    """

    def __init__(self, engine: sa.Engine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._now = clock
        _META.create_all(engine)

    def find(self, channel: str, tenant: str, external_id: str) -> str | None:
        """Return the user; None when nobody has bound this person."""
        query = sa.select(_IDENTITIES.c.asker).where(*_key(channel, tenant, external_id))
        with self._engine.connect() as connection:
            found: str | None = connection.scalar(query)
        return found

    def bind(self, identity: Identity) -> None:
        """Say who a person is, in place of what was said before."""
        key = _key(identity.channel, identity.tenant, identity.external_id)
        row = {
            "channel": identity.channel,
            "tenant": identity.tenant,
            "external_id": identity.external_id.casefold(),
            "asker": identity.asker,
            "how": identity.how,
            "at": self._now(),
        }
        with self._engine.begin() as connection:
            connection.execute(_IDENTITIES.delete().where(*key))
            connection.execute(_IDENTITIES.insert().values(**row))

    def unbind(self, channel: str, tenant: str, external_id: str) -> bool:
        """Forget a person; False when there was nothing to forget."""
        gone = _IDENTITIES.delete().where(*_key(channel, tenant, external_id))
        with self._engine.begin() as connection:
            return connection.execute(gone).rowcount > 0

    def list(self) -> tuple[Identity, ...]:
        """Return everybody who is bound, by channel."""
        t = _IDENTITIES.c
        query = sa.select(_IDENTITIES).order_by(t.channel, t.tenant, t.external_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return tuple(Identity(r.channel, r.tenant, r.external_id, r.asker, r.how) for r in rows)


def _key(channel: str, tenant: str, external_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    t = _IDENTITIES.c
    return (
        t.channel == channel,
        t.tenant == tenant,
        t.external_id == external_id.casefold(),
    )
