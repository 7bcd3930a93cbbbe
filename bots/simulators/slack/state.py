"""What the simulated Slack remembers."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
TEAM = "T1"
BOT_USER = "UBOT"
TOKEN = "xoxb-simulated"  # noqa: S105 - of a simulated workspace
APP_TOKEN = "xapp-simulated"  # noqa: S105 - the same
SECRET = "simulated-signing-secret"  # noqa: S105 - the same


@dataclass
class Stream:
    """A message that is being streamed."""

    channel: str
    started: float
    text: str = ""
    is_open: bool = True


@dataclass
class Workspace:
    """Users, channels, messages and what was asked of the API.

    Attributes:
        native: The workspace knows the blocks of 2026.
        faults: Method -> what its next calls answer instead: an error code, or seconds to
            wait with `ratelimited:30`.
        calls: Method and arguments of every call, in order.
        on_post: Hears every message that the bot posts or changes.
    """

    tokens: dict[str, str] = field(default_factory=lambda: {TOKEN: TEAM})
    users: dict[str, Json] = field(default_factory=dict)
    channels: dict[str, list[str]] = field(default_factory=dict)
    messages: list[Json] = field(default_factory=list)
    ephemeral: list[Json] = field(default_factory=list)
    responses: list[Json] = field(default_factory=list)
    files: dict[str, Json] = field(default_factory=dict)
    homes: dict[str, Json] = field(default_factory=dict)
    views: list[Json] = field(default_factory=list)
    statuses: list[Json] = field(default_factory=list)
    prompts: list[Json] = field(default_factory=list)
    streams: dict[str, Stream] = field(default_factory=dict)
    triggers: dict[str, float] = field(default_factory=dict)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    native: bool = True
    on_post: Callable[[Json], None] = lambda _: None
    counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def next_ts(self) -> str:
        """Return a message timestamp later than every one before."""
        return f"1790000000.{next(self.counter):06d}"

    def add_user(self, user: str, email: str = "", team: str = TEAM, **flags: Any) -> None:
        """Add a member; flags such as `is_restricted` are Slack's own."""
        self.users[user] = {
            "id": user,
            "team_id": team,
            "is_email_confirmed": bool(email),
            "profile": {"email": email},
            **flags,
        }

    def posted(self, channel: str = "") -> list[Json]:
        """Return the bot's messages, of one channel or of all."""
        return [m for m in self.messages if not channel or m["channel"] == channel]
