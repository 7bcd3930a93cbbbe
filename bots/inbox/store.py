"""What came in and what goes out, on disk: every step is a committed transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bots.inbox.leases import Leases, abandoned, held, new_owner, running_of_sender
from bots.inbox.model import (
    DeadLetter,
    Draft,
    InboundEvent,
    Job,
    Limits,
    Part,
    Received,
    State,
)
from bots.inbox.tables import EVENTS, META, PARTS, UNSENT
from semantic_layer.state import Store

_OPEN = (State.WAITING, State.LEASED)
_KEEP_SECONDS = 30 * 24 * 3600.0


class Inbox(Store):
    """Stores events before they are acknowledged, and answers before they are sent.

    Args:
        engine: The state, see `semantic_layer.state.open_state`.
        limits: How much is done at once.
        clock: Unix seconds.
    """

    meta = META

    def __init__(
        self,
        engine: sa.Engine,
        limits: Limits | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(engine, clock=clock)
        self.limits = limits or Limits()
        self.owner = new_owner()
        room = running_of_sender() < self.limits.running_per_sender
        self._events = Leases(engine, EVENTS, "conversation", room)
        self._parts = Leases(engine, PARTS, "target")

    # --- in -----------------------------------------------------------------------------------

    def receive(self, event: InboundEvent) -> Received:
        """Store an event; when this returns, it survives a crash and may be acknowledged."""
        mine = (
            EVENTS.c.channel == event.channel,
            EVENTS.c.tenant == event.tenant,
            EVENTS.c.sender == event.sender,
        )
        waiting = sa.select(sa.func.count()).where(*mine, EVENTS.c.state.in_(_OPEN))
        values = asdict(event)
        values["event_key"] = values.pop("key")
        with self._engine.begin() as connection:
            full = (connection.scalar(waiting) or 0) >= self.limits.open_per_sender
            state = State.LIMITED if full else State.WAITING
            row = EVENTS.insert().values(**values, state=state, at=self._now())
            try:
                connection.execute(row)
            except IntegrityError:
                return Received.DUPLICATE
        return Received.LIMITED if full else Received.NEW

    def next_event(self, channels: Sequence[str]) -> Job | None:
        """Lease the oldest event that is due in one of the channels; None when there is none."""
        row = self._take(self._events, channels)
        if row is None:
            return None
        event = InboundEvent(
            row.channel, row.tenant, row.event_key, row.sender, row.conversation, row.text,
            row.kind, row.payload,
        )  # fmt: skip
        return Job(row.id, event, row.attempts + 1, self.owner)

    def answer(self, job: Job, drafts: Sequence[Draft], *, error: str = "") -> bool:
        """Put an event's answer into the outbox and close the event, in one step.

        Args:
            job: The leased event.
            drafts: The messages that answer it, in order.
            error: Why it could not be answered: it becomes a dead letter, and the drafts say so.

        Returns:
            False when the lease was lost: another worker answers, and nothing was stored.
        """
        state = State.DEAD if error else State.DONE
        with self._engine.begin() as connection:
            closed = connection.execute(
                sa.update(EVENTS)
                .where(held(EVENTS, job.id, job.owner))
                .values(state=state, error=error, owner="")
            )
            if closed.rowcount != 1:
                return False
            self._put(connection, job.event.answer_key, job.event, drafts)
        return True

    def retry(self, job: Job, error: str, *, after: float) -> None:
        """Hand an event back, to be tried again in `after` seconds."""
        self._hand_back(EVENTS, job.id, job.owner, error, after)

    # --- out ----------------------------------------------------------------------------------

    def push(self, key: str, channel: str, tenant: str, drafts: Sequence[Draft]) -> bool:
        """Send messages that nobody asked for, such as a digest; False if `key` was sent before."""
        event = InboundEvent(channel, tenant, key, "", "", "")
        try:
            with self._engine.begin() as connection:
                self._put(connection, f"push:{key}", event, drafts)
        except IntegrityError:
            return False
        return True

    def next_part(self, channels: Sequence[str]) -> Part | None:
        """Lease the oldest part that is due for one of the channels; None when there is none."""
        row = self._take(self._parts, channels)
        if row is None:
            return None
        return Part(
            id=row.id,
            key=f"{row.answer_key}:{row.number}",
            number=row.number,
            channel=row.channel,
            tenant=row.tenant,
            target=row.target,
            body=row.body,
            attempt=row.attempts + 1,
            is_doubtful=row.state == State.LEASED
            and not self._is_unsent(row.answer_key, row.number),
            owner=self.owner,
            at=row.at,
        )

    def is_hopeless(self, part: Part) -> bool:
        """Whether a part was tried often enough and for long enough."""
        is_old = self._now() - part.at > self.limits.patience_seconds
        return is_old and part.attempt >= self.limits.attempts

    def sending(self, part: Part) -> bool:
        """Note that a part that was made first is being sent from now on.

        Returns:
            False when the lease was lost: another worker sends it.
        """
        until = self._now() + self.limits.lease_seconds
        mine = held(PARTS, part.id, part.owner)
        with self._engine.begin() as connection:
            kept = sa.update(PARTS).where(mine).values(lease_until=until)
            if connection.execute(kept).rowcount != 1:
                return False
            answer_key = part.key.rpartition(":")[0]
            connection.execute(sa.delete(UNSENT).where(*_unsent(answer_key, part.number)))
        return True

    def is_unsent(self, part: Part) -> bool:
        """Whether a part that is made first has certainly not been sent."""
        return self._is_unsent(part.key.rpartition(":")[0], part.number)

    def _is_unsent(self, answer_key: str, number: int) -> bool:
        query = sa.select(UNSENT.c.number).where(*_unsent(answer_key, number))
        with self._engine.connect() as connection:
            return connection.scalar(query) is not None

    def sent(self, part: Part, receipt: str) -> None:
        """Note that a part has arrived."""
        self._close(PARTS, part.id, part.owner, state=State.DONE, receipt=receipt)

    def postpone(self, part: Part, error: str, *, after: float) -> None:
        """Note that a part did not go out, and try again in `after` seconds."""
        self._hand_back(PARTS, part.id, part.owner, error, after)

    def bury(self, part: Part, error: str) -> None:
        """Make a part a dead letter; it is not sent again."""
        self._close(PARTS, part.id, part.owner, state=State.DEAD, error=error)

    # --- leases -------------------------------------------------------------------------------

    def renew(self, job: Job) -> bool:
        """Prolong a lease; False when it was lost."""
        until = self._now() + self.limits.lease_seconds
        return self._update(EVENTS, job.id, job.owner, lease_until=until)

    def take_over(self) -> int:
        """End the leases of processes of this machine that are no more; return how many."""
        ended = 0
        for table in (EVENTS, PARTS):
            query = sa.select(table.c.owner).where(table.c.state == State.LEASED).distinct()
            with self._engine.connect() as connection:
                owners = connection.scalars(query).all()
            gone = [o for o in owners if abandoned(o, self.owner)]
            over = sa.update(table).where(table.c.owner.in_(gone), table.c.state == State.LEASED)
            with self._engine.begin() as connection:
                ended += connection.execute(over.values(lease_until=0)).rowcount if gone else 0
        return ended

    # --- care ---------------------------------------------------------------------------------

    def dead_letters(self, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Return what could not be answered or delivered, newest first."""
        found: list[DeadLetter] = []
        with self._engine.connect() as connection:
            for box, table in (("inbox", EVENTS), ("outbox", PARTS)):
                dead = sa.select(table).where(table.c.state == State.DEAD)
                for row in connection.execute(dead.order_by(table.c.id.desc()).limit(limit)):
                    key = row.event_key if box == "inbox" else f"{row.answer_key}:{row.number}"
                    letter = DeadLetter(box, row.id, row.channel, key, row.attempts, row.error)
                    found.append(letter)
        return tuple(found)

    def counts(self) -> dict[tuple[str, str, str], int]:
        """Return how many rows there are by box, channel and state."""
        out: dict[tuple[str, str, str], int] = {}
        with self._engine.connect() as connection:
            for box, table in (("inbox", EVENTS), ("outbox", PARTS)):
                query = sa.select(table.c.channel, table.c.state, sa.func.count())
                for row in connection.execute(query.group_by(table.c.channel, table.c.state)):
                    out[box, row[0], row[1]] = row[2]
        return out

    def forget(self, *, older_than: float = _KEEP_SECONDS) -> int:
        """Delete what was finished long ago; return how many rows. Their keys may come again."""
        gone = 0
        with self._engine.begin() as connection:
            for table in (PARTS, EVENTS):
                old = table.c.at < self._now() - older_than
                done = table.c.state.in_((State.DONE, State.LIMITED))
                gone += connection.execute(sa.delete(table).where(old, done)).rowcount
            kept = sa.select(PARTS.c.answer_key).where(PARTS.c.answer_key == UNSENT.c.answer_key)
            connection.execute(sa.delete(UNSENT).where(~kept.exists()))
        return gone

    # --- shared -------------------------------------------------------------------------------

    def _take(self, leases: Leases, channels: Sequence[str]) -> Any | None:  # noqa: ANN401 - a row
        seconds = self.limits.lease_seconds
        return leases.take(channels, owner=self.owner, now=self._now(), seconds=seconds)

    def _put(
        self,
        connection: sa.Connection,
        answer_key: str,
        event: InboundEvent,
        drafts: Sequence[Draft],
    ) -> None:
        """Put the messages of an answer into the outbox."""
        rows = [
            {
                "answer_key": answer_key,
                "number": number,
                "channel": event.channel,
                "tenant": event.tenant,
                "target": draft.target or event.conversation,
                "body": dict(draft.body),
                "state": State.WAITING,
                "at": self._now(),
            }
            for number, draft in enumerate(drafts)
        ]
        if rows:
            connection.execute(PARTS.insert(), rows)
        made_first = [n for n, draft in enumerate(drafts) if draft.is_made_first]
        if made_first:
            unsent = [{"answer_key": answer_key, "number": n} for n in made_first]
            connection.execute(UNSENT.insert(), unsent)

    def _hand_back(self, table: sa.Table, row: int, owner: str, error: str, after: float) -> None:
        due = self._now() + after
        self._close(table, row, owner, state=State.WAITING, error=error, not_before=due)

    def _close(self, table: sa.Table, row: int, owner: str, **values: object) -> bool:
        return self._update(table, row, owner, owner="", **values)

    def _update(self, table: sa.Table, row: int, by: str, **values: object) -> bool:
        change = sa.update(table).where(held(table, row, by)).values(**values)
        with self._engine.begin() as connection:
            return connection.execute(change).rowcount == 1


def _unsent(answer_key: str, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    return UNSENT.c.answer_key == answer_key, UNSENT.c.number == number
