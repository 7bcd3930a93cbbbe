"""What passes through the inbox and the outbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Received(StrEnum):
    """What became of an event that came in."""

    NEW = "new"
    DUPLICATE = "duplicate"
    LIMITED = "limited"
    """Stored, but not answered: the sender has too many open questions."""


class State(StrEnum):
    """Where an event or a part stands."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is done at once, and how often it is tried.

    Attributes:
        open_per_sender: Questions that one sender may have unanswered.
        running_per_sender: Of these, how many are worked on at once.
        lease_seconds: After so long without a sign of life, another worker takes over.
        attempts: After so many tries, an event or a part is a dead letter.
        patience_seconds: A part that certainly has not gone out is tried for at least so long: a
            platform that cannot be reached for some minutes loses no answer.
    """

    open_per_sender: int = 20
    running_per_sender: int = 2
    lease_seconds: float = 60.0
    attempts: int = 3
    patience_seconds: float = 900.0


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """Something that a person did in a channel.

    Attributes:
        channel: Name of the channel, such as `slack`.
        tenant: Workspace or company there; empty where there is only one.
        key: The channel's own id of the event; the same event has the same key again.
        sender: External id of the person.
        conversation: Thread in which answers are ordered.
        text: What was said.
        kind: question, action, command, feedback, open or stop.
        payload: Whatever the channel needs to answer; JSON.
    """

    channel: str
    tenant: str
    key: str
    sender: str
    conversation: str
    text: str
    kind: str = "question"
    payload: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answer_key(self) -> str:
        """Under what its answer is sent: the same however often it is computed."""
        return f"{self.channel}:{self.tenant}:{self.key}"


@dataclass(frozen=True, slots=True)
class Job:
    """An event that this worker has leased.

    Attributes:
        id: Row of the event.
        event: What came in.
        attempt: 1 at the first try.
        owner: The worker.
    """

    id: int
    event: InboundEvent
    attempt: int
    owner: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One message of an answer, before it is in the outbox.

    Attributes:
        body: The channel's own payload; JSON.
        target: Where to; empty means the event's conversation.
        is_made_first: Something is made before it is sent, such as a picture: being cut short
            does no harm until the channel calls `Part.sends`, which it must.
    """

    body: Mapping[str, Any]
    target: str = ""
    is_made_first: bool = False


async def _nothing() -> None:
    """Where nobody needs to know."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message in the outbox, leased for delivery.

    Attributes:
        id: Row of the part.
        key: Idempotency key, the same at every try: give it to the channel if it takes one.
        number: 0 for the first part of an answer.
        channel: Name of the channel.
        tenant: Workspace or company there.
        target: Conversation or person.
        body: The channel's payload.
        attempt: 1 at the first try.
        is_doubtful: An earlier try ended without a word: it may have been delivered.
        owner: The worker.
        at: When it was put into the outbox, in Unix seconds.
        sends: To be awaited between making and sending a part that is made first; from then
            on its fate is in doubt when it is cut short.
    """

    id: int
    key: str
    number: int
    channel: str
    tenant: str
    target: str
    body: Mapping[str, Any]
    attempt: int
    is_doubtful: bool
    owner: str
    at: float = 0.0
    sends: Callable[[], Awaitable[None]] = field(default=_nothing, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that could not be answered, or a part that could not be delivered.

    Attributes:
        box: inbox or outbox.
        id: Row there.
        channel: Name of the channel.
        key: The event's key, or the part's idempotency key.
        attempts: How often it was tried.
        error: The last reason.
    """

    box: str
    id: int
    channel: str
    key: str
    attempts: int
    error: str
