"""Workspaces that have installed the app, in the state: every process over it knows them all.

Tokens are sealed with a key made from the server's own secret, which is not in the database.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from semantic_layer.state import Store

_META = sa.MetaData()
_INSTALLED = sa.Table(
    "slack_installations",
    _META,
    sa.Column("enterprise", sa.String(40), primary_key=True),
    sa.Column("team", sa.String(40), primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
)
_STATES = sa.Table(
    "slack_install_states",
    _META,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("until", sa.Float(53), nullable=False),
)
STATE_SECONDS = 600.0


class Installs(Store, AsyncInstallationStore):
    """Keeps one installation for a workspace: the last one.

    Args:
        engine: The state.
        secret: The server's secret, see `bots.accounts.read_secret`.
        clock: Unix seconds.
    """

    meta = _META

    def __init__(
        self, engine: sa.Engine, secret: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        from cryptography.fernet import Fernet

        super().__init__(engine, clock=clock)
        key = hashlib.sha256(f"askmql.slack.installs:{secret}".encode()).digest()
        self._seal = Fernet(base64.urlsafe_b64encode(key))

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation in place of the workspace's former one."""
        kept = {**vars(installation), "user_token": None, "user_refresh_token": None}
        await asyncio.to_thread(self._save, kept)

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """Return the bot of a workspace; None where the app is not installed."""
        found = await self.async_find_installation(
            enterprise_id=enterprise_id,
            team_id=team_id,
            is_enterprise_install=is_enterprise_install,
        )
        return found.to_bot() if found is not None else None

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """Return the installation of a workspace, whoever of it installed."""
        team = "" if is_enterprise_install else team_id or ""
        found = await asyncio.to_thread(self._find, enterprise_id or "", team)
        return Installation(**found) if found is not None else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget a workspace: its tokens were revoked."""
        await asyncio.to_thread(self._delete, enterprise_id or "", team_id or "")

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Keep the workspace's bot: the tokens of single users are not kept anyway."""

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget a workspace: the app was uninstalled."""
        await self.async_delete_bot(enterprise_id=enterprise_id, team_id=team_id)

    # --- the table ------------------------------------------------------------------------------

    def _save(self, kept: dict[str, Any]) -> None:
        enterprise = kept["enterprise_id"] or ""
        team = "" if kept["is_enterprise_install"] else kept["team_id"] or ""
        sealed = self._seal.encrypt(json.dumps(kept).encode()).decode()
        row = {"enterprise": enterprise, "team": team, "sealed": sealed, "at": self._now()}
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_INSTALLED).where(*_of(enterprise, team)))
            connection.execute(_INSTALLED.insert(), row)

    def _find(self, enterprise: str, team: str) -> dict[str, Any] | None:
        """Return an installation; a token that another secret has sealed is as good as none."""
        from cryptography.fernet import InvalidToken

        # Slack does not always tell the enterprise of a workspace that installed by itself.
        where = _of(enterprise, team) if enterprise or not team else (_INSTALLED.c.team == team,)
        query = sa.select(_INSTALLED.c.sealed).where(*where).order_by(_INSTALLED.c.at.desc())
        with self._engine.connect() as connection:
            sealed = connection.scalar(query.limit(1))
        if sealed is None:
            return None
        try:
            found: dict[str, Any] = json.loads(self._seal.decrypt(sealed.encode()))
        except InvalidToken:
            return None
        return found

    def _delete(self, enterprise: str, team: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_INSTALLED).where(*_of(enterprise, team)))


def _of(enterprise: str, team: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (_INSTALLED.c.enterprise == enterprise, _INSTALLED.c.team == team)


class InstallStates(Store, AsyncOAuthStateStore):
    """Keeps what an installation began with: each is valid once, at whichever process it ends."""

    meta = _META

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        """Return a new state."""
        state = secrets.token_urlsafe(24)
        await asyncio.to_thread(self._add, state)
        return state

    async def async_consume(self, state: str) -> bool:
        """Use a state up; False when it is forged, used or too old."""
        return await asyncio.to_thread(self._take, state)

    def _add(self, state: str) -> None:
        row = {"digest": _digest(state), "until": self._now() + STATE_SECONDS}
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_STATES).where(_STATES.c.until < self._now()))
            connection.execute(_STATES.insert(), row)

    def _take(self, state: str) -> bool:
        mine = (_STATES.c.digest == _digest(state), _STATES.c.until >= self._now())
        with self._engine.begin() as connection:
            return connection.execute(sa.delete(_STATES).where(*mine)).rowcount == 1


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
