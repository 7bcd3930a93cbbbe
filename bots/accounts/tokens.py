"""REST tokens: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from semantic_layer.state import Store

_PREFIX = "askmql_"
_NOTED_SECONDS = 60.0
"""The last use is noted this often, so that reading does not mean writing."""
_META = sa.MetaData()
_TOKENS = sa.Table(
    "api_tokens",
    _META,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("asker", sa.String(200), nullable=False, index=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("made_at", sa.Float(53), nullable=False),
    sa.Column("ends_at", sa.Float(53)),
    sa.Column("used_at", sa.Float(53)),
    sa.Column("revoked_at", sa.Float(53)),
)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; the token itself is not.

    Attributes:
        id: Its public part.
        asker: Whose rights it has.
        made_at: Unix seconds.
        ends_at: Unix seconds; None if it does not end.
        used_at: Unix seconds of the last use.
        revoked_at: Unix seconds.
    """

    id: str
    asker: str
    made_at: float
    ends_at: float | None
    used_at: float | None
    revoked_at: float | None


class Tokens(Store):
    """Makes, checks and revokes tokens."""

    meta = _META

    def create(self, asker: str, *, days: int | None = None) -> str:
        """Return a new token; it cannot be shown again.

        Args:
            asker: Whose rights it has.
            days: How long it is valid; None means until it is revoked.
        """
        token_id = secrets.token_hex(6)
        text = f"{_PREFIX}{token_id}_{secrets.token_urlsafe(32)}"
        now = self._now()
        ends = None if days is None else now + days * 86_400
        row = {"id": token_id, "asker": asker, "hash": _hash(text), "made_at": now, "ends_at": ends}
        with self._engine.begin() as connection:
            connection.execute(_TOKENS.insert().values(**row))
        return text

    def asker_of(self, text: str) -> str | None:
        """Return whose token this is; None when it is unknown, revoked or over."""
        now = self._now()
        t = _TOKENS.c
        valid = sa.and_(
            t.hash == _hash(text),
            t.revoked_at.is_(None),
            sa.or_(t.ends_at.is_(None), t.ends_at > now),
        )
        with self._engine.begin() as connection:
            row = connection.execute(sa.select(t.asker, t.used_at).where(valid)).first()
            if row is not None and now - (row.used_at or 0) > _NOTED_SECONDS:
                connection.execute(_TOKENS.update().where(valid).values(used_at=now))
        return row.asker if row is not None else None

    def list(self, asker: str | None = None) -> tuple[Token, ...]:
        """Return the tokens, of one asker or of all, oldest first."""
        query = sa.select(_TOKENS).order_by(_TOKENS.c.made_at, _TOKENS.c.id)
        if asker is not None:
            query = query.where(_TOKENS.c.asker == asker)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Token(r.id, r.asker, r.made_at, r.ends_at, r.used_at, r.revoked_at) for r in rows
        )

    def revoke(self, asker: str, token_id: str | None = None) -> int:
        """Revoke one token of an asker, or all; return how many were valid until now."""
        t = _TOKENS.c
        mine = sa.and_(t.asker == asker, t.revoked_at.is_(None))
        if token_id is not None:
            mine = sa.and_(mine, t.id == token_id)
        with self._engine.begin() as connection:
            change = _TOKENS.update().where(mine).values(revoked_at=self._now())
            return connection.execute(change).rowcount


def _hash(text: str) -> str:
    """Return the stored form; a token has 256 random bits, so a plain hash cannot be guessed."""
    return hashlib.sha256(text.encode()).hexdigest()
