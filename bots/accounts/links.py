"""One-time sign-in links, as a bot or an administrator hands them out."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from semantic_layer.state import Store

SECRET_VARIABLE = "ASKMQL_SECRET"  # noqa: S105 - the name of a variable
LINK_MINUTES = 10
_SALT = "askmql.sign-in"
_META = sa.MetaData()
_USED = sa.Table(
    "used_links",
    _META,
    sa.Column("nonce", sa.String(40), primary_key=True),
    sa.Column("at", sa.Float(53), nullable=False),
)


def read_secret(home: Path) -> str:
    """Return the key that signs sessions and links: `ASKMQL_SECRET`, else a file made once."""
    named = os.environ.get(SECRET_VARIABLE)
    if named:
        return named
    path = home / "secret.key"
    home.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


class SignInLinks(Store):
    """Makes and redeems signed links that work once and not for long.

    Args:
        engine: The state, which remembers the links that were used.
        secret: The signing key.
        clock: Unix seconds.
    """

    meta = _META

    def __init__(
        self, engine: sa.Engine, secret: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        from itsdangerous import URLSafeSerializer

        super().__init__(engine, clock=clock)
        self._serializer = URLSafeSerializer(secret, salt=_SALT)

    def create(self, asker: str, *, minutes: int = LINK_MINUTES) -> str:
        """Return the code of a link that signs `asker` in."""
        data = [asker, self._now() + minutes * 60, secrets.token_hex(12)]
        return str(self._serializer.dumps(data))

    def redeem(self, code: str) -> str | None:
        """Return who signs in; None when the code is forged, over or already used."""
        from itsdangerous import BadData

        try:
            asker, ends, nonce = self._serializer.loads(code)
        except BadData:
            return None
        if ends < self._now():
            return None
        try:
            with self._engine.begin() as connection:
                connection.execute(_USED.insert().values(nonce=nonce, at=self._now()))
        except IntegrityError:
            return None
        return str(asker)
