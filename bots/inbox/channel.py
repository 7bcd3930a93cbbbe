"""What a channel must offer, and how it says that a message did not go out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Protocol

from bots.inbox.model import Draft, InboundEvent, Part


class Fate(StrEnum):
    """Whether a message whose sending was cut short has arrived."""

    SENT = "sent"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class NotSent(Exception):  # noqa: N818 - it states a fact, and the runner tries again
    """The message certainly did not go out; it may be tried again.

    Attributes:
        after: Seconds to wait, as the channel asked.
    """

    def __init__(self, reason: str, *, after: float = 1.0) -> None:
        super().__init__(reason)
        self.after = after


class Rejected(Exception):  # noqa: N818 - it states a fact
    """The channel will never take this message."""


class Channel(Protocol):
    """Delivers parts of answers.

    Any other exception than `NotSent` and `Rejected` means that the fate of the message is
    unknown: `confirm` is asked before the part is tried again.
    """

    @property
    def name(self) -> str:
        """The name that its events carry."""

    async def deliver(self, part: Part) -> str:
        """Send a part and return the channel's id of the message.

        A part that is made first (see `Draft`) is made, then `part.sends` is awaited, then it
        is sent.

        Raises:
            NotSent: Try again later.
            Rejected: Never try again.
        """

    async def confirm(self, part: Part) -> Fate:
        """Say whether a doubtful part has arrived; `Fate.UNKNOWN` where that cannot be found out.

        What cannot be found out is not sent again: it becomes a dead letter.
        """


Handler = Callable[[InboundEvent], Awaitable[Sequence[Draft]]]
"""Turns an event into the messages that answer it; called again if it fails or is cut short."""
