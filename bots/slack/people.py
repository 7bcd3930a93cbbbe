"""Who a Slack user is, and who is in a channel. Kept for ten minutes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from bots.messaging.desk import Desk
from bots.messaging.identity import Person
from bots.slack.events import NAME

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

Clients = Callable[[str], Awaitable["AsyncWebClient"]]
_KEEP: Final = 600.0
_MEMBERS: Final = 50
_OUTSIDE: Final = ("is_bot", "deleted", "is_restricted", "is_ultra_restricted", "is_stranger")


class People:
    """Reads users and members through Slack.

    Args:
        clients: Gives the client of a workspace.
        desk: Knows users of policies.yml.
        teams: Workspaces of the company beside the one that the app is installed in.
        groups: Channel -> users who stand for everybody there.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        clients: Clients,
        desk: Desk,
        *,
        teams: tuple[str, ...] = (),
        groups: dict[str, tuple[str, ...]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clients = clients
        self._desk = desk
        self._teams = frozenset(teams)
        self._groups = groups or {}
        self._now = clock
        self._kept: dict[tuple[str, str], tuple[float, Person]] = {}

    async def person(self, team: str, user: str) -> Person:
        """Return a user; guests, bots and people of other companies are outside.

        Raises:
            SlackApiError: Slack could not be asked.
        """
        from slack_sdk.errors import SlackApiError

        until, found = self._kept.get((team, user), (0.0, None))
        if found is not None and until > self._now():
            return found
        client = await self._clients(team)
        try:
            answer = await client.users_info(user=user)
            person = self._read(team, user, answer["user"])
        except SlackApiError as error:
            if error.response.get("error") not in {"user_not_found", "user_not_visible"}:
                raise
            person = Person(NAME, team, user, is_outside=True)
        self._kept[team, user] = (self._now() + _KEEP, person)
        return person

    def _read(self, team: str, user: str, data: dict[str, Any]) -> Person:
        home = str(data.get("team_id") or "")
        ours = home == team or home in self._teams
        outside = not ours or any(data.get(flag) for flag in _OUTSIDE)
        vouched = bool(data.get("is_email_confirmed")) and not outside
        email = str((data.get("profile") or {}).get("email") or "") if vouched else ""
        return Person(NAME, team, user, email, is_outside=outside)

    async def members(self, team: str, channel: str, bot_user: str) -> tuple[str, ...] | None:
        """Return the users of policies.yml in a channel; None if anybody there is unknown."""
        from slack_sdk.errors import SlackApiError

        if channel in self._groups:
            return self._groups[channel]
        client = await self._clients(team)
        try:
            answer = await client.conversations_members(channel=channel, limit=_MEMBERS)
        except SlackApiError:
            return None
        ids = [m for m in answer["members"] if m != bot_user]
        if (answer.get("response_metadata") or {}).get("next_cursor"):
            return None
        users = []
        for member in ids:
            known = self._desk.known(await self.person(team, member))
            if known is None or known.user_id is None:
                return None
            users.append(known.user_id)
        return tuple(users)
