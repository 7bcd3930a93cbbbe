"""The workers: each event is answered once, each part delivered at most once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from bots import tracing
from bots.inbox.channel import Channel, Fate, Handler, NotSent, Rejected
from bots.inbox.model import Draft, InboundEvent, Job, Part
from bots.inbox.store import Inbox

_LOG = logging.getLogger("askmql.inbox")
T = TypeVar("T")
_POLL_SECONDS = 1.0
_BACKOFF_SECONDS = 2.0
_LONGEST_SECONDS = 60.0
_HURRY = 0.8
"""Share of a lease in which a part must be delivered, so that nobody else sends it meanwhile."""


class _LeaseLostError(Exception):
    """Making a part took so long that another worker has taken it."""


class Runner:
    """Runs the workers of one process inside its event loop.

    Args:
        inbox: The state.
        answering: How many events are worked on at once.
        delivering: How many parts are sent at once.
        poll_seconds: How often to look for work that another process has stored.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        answering: int = 4,
        delivering: int = 4,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        self._inbox = inbox
        self._sizes = (answering, delivering)
        self._poll = poll_seconds
        self._channels: dict[str, Channel] = {}
        self._handlers: dict[str, Handler] = {}
        self._apologies: dict[str, Handler] = {}
        self._wake = asyncio.Condition()
        self._news = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._working: set[asyncio.Task[None]] = set()
        self._stopping = False

    def add(self, channel: Channel, handler: Handler, apology: Handler) -> None:
        """Register a channel.

        Args:
            channel: Delivers.
            handler: Answers its events.
            apology: Says that an event could not be answered; must be quick and plain.
        """
        self._channels[channel.name] = channel
        self._handlers[channel.name] = handler
        self._apologies[channel.name] = apology

    async def start(self) -> None:
        """Take over what a dead process left behind and start the workers."""
        await asyncio.to_thread(self._inbox.take_over)
        answering, delivering = self._sizes
        loops = (
            self._loop(answering, self._next_event, self._answer),
            self._loop(delivering, self._next_part, self._deliver),
            self._tick(),
        )
        self._tasks += [asyncio.create_task(loop) for loop in loops]

    async def stop(self, *, grace_seconds: float = 20.0) -> None:
        """Take no new work, let the running work finish, and cut off what does not."""
        self._stopping = True
        await self.wake()
        # First those who look for work, for the last of them may have found some.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await _ended(self._tasks)
                await _ended(self._working)
        late = [t for t in (*self._tasks, *self._working) if not t.done()]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        self._tasks.clear()

    async def wake(self) -> None:
        """Say that there may be something to do."""
        self._news += 1
        async with self._wake:
            self._wake.notify_all()

    @property
    def is_running(self) -> bool:
        """Whether new work is looked for; true before the start."""
        return not self._stopping and not any(t.done() for t in self._tasks)

    async def _tick(self) -> None:
        """Look now and then: for what another process has stored, and for what has become due."""
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll):
                    await self._asleep()
            if not self._stopping:
                await self.wake()

    async def _asleep(self) -> None:
        """Wait for the end; being woken before is no reason to look up."""
        while not self._stopping:
            async with self._wake:
                await self._wake.wait()

    async def _loop(
        self, size: int, find: Callable[[], T | None], work: Callable[[T], Awaitable[None]]
    ) -> None:
        """Find work while there is room for it, and begin it; whoever waits takes no room."""
        room = asyncio.Semaphore(size)
        while not self._stopping:
            await room.acquire()
            seen = self._news
            found = await self._found(find)
            if found is None:
                room.release()
                await self._rest(seen)
                continue
            task = asyncio.create_task(self._worked(work, found, room))
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    async def _found(self, find: Callable[[], T | None]) -> T | None:
        if self._stopping:
            return None
        try:
            return await asyncio.to_thread(find)
        except Exception:  # the state is away: keep trying, say so
            _LOG.exception("no work can be looked for")
            return None

    async def _worked(
        self, work: Callable[[T], Awaitable[None]], found: T, room: asyncio.Semaphore
    ) -> None:
        try:
            await work(found)
        except Exception:  # the same
            _LOG.exception("worker failed")
        finally:
            room.release()

    async def _rest(self, seen: int) -> None:
        """Wait for news, unless there are some already."""
        async with self._wake:
            while self._news == seen and not self._stopping:
                await self._wake.wait()

    def _next_event(self) -> Job | None:
        return self._inbox.next_event(tuple(self._channels))

    def _next_part(self) -> Part | None:
        return self._inbox.next_part(tuple(self._channels))

    # --- answering ----------------------------------------------------------------------------

    async def answer_one(self) -> bool:
        """Answer the next event; False when there is none."""
        job = await asyncio.to_thread(self._next_event)
        if job is not None:
            await self._answer(job)
        return job is not None

    async def _answer(self, job: Job) -> None:
        with tracing.trace("event"):
            await self._work_on(job)

    async def _work_on(self, job: Job) -> None:
        if job.attempt > self._inbox.limits.attempts:
            await self._give_up(job, "given up: every attempt was cut short")
            return
        try:
            drafts = await self._held(job, self._handlers[job.event.channel])
        except Exception as error:
            await self._failed(job, error)
        else:
            await asyncio.to_thread(self._inbox.answer, job, drafts)
        await self.wake()

    async def _held(self, job: Job, handler: Handler) -> Sequence[Draft]:
        """Run a handler while its lease is being prolonged."""
        keeper = asyncio.create_task(self._keep(job))
        try:
            return await handler(job.event)
        finally:
            keeper.cancel()

    async def _keep(self, job: Job) -> None:
        while True:
            await asyncio.sleep(self._inbox.limits.lease_seconds / 3)
            await asyncio.to_thread(self._inbox.renew, job)

    async def _failed(self, job: Job, error: Exception) -> None:
        _LOG.exception("handler failed", extra={"event_key": job.event.key})
        reason = type(error).__name__
        if job.attempt >= self._inbox.limits.attempts:
            await self._give_up(job, reason)
            return
        after = _BACKOFF_SECONDS**job.attempt
        await asyncio.to_thread(self._inbox.retry, job, reason, after=after)

    async def _give_up(self, job: Job, reason: str) -> None:
        drafts = await self._apologise(job.event)
        await asyncio.to_thread(self._inbox.answer, job, drafts, error=reason)
        await self.wake()

    async def _apologise(self, event: InboundEvent) -> Sequence[Draft]:
        try:
            return await self._apologies[event.channel](event)
        except Exception:
            _LOG.exception("apology failed", extra={"event_key": event.key})
            return ()

    # --- delivering ---------------------------------------------------------------------------

    async def deliver_one(self) -> bool:
        """Deliver the next part; False when there is none."""
        part = await asyncio.to_thread(self._next_part)
        if part is not None:
            await self._deliver(part)
        return part is not None

    async def _deliver(self, part: Part) -> None:
        channel = self._channels[part.channel]
        if part.is_doubtful and await self._settled(channel, part):
            await self.wake()
            return
        try:
            async with asyncio.timeout(self._inbox.limits.lease_seconds * _HURRY):
                receipt = await channel.deliver(replace(part, sends=partial(self._sends, part)))
        except _LeaseLostError:
            _LOG.warning("another worker sends it", extra={"part_key": part.key})
        except NotSent as refusal:
            await self._again(part, str(refusal), refusal.after)
        except Rejected as refusal:
            await asyncio.to_thread(self._inbox.bury, part, str(refusal))
        except Exception as error:
            _LOG.exception("delivery cut short", extra={"part_key": part.key})
            if not await self._settled(channel, part):
                after = min(_BACKOFF_SECONDS**part.attempt, _LONGEST_SECONDS)
                await self._again(part, type(error).__name__, after)
        else:
            await asyncio.to_thread(self._inbox.sent, part, receipt)
        await self.wake()

    async def _sends(self, part: Part) -> None:
        if not await asyncio.to_thread(self._inbox.sending, part):
            raise _LeaseLostError

    async def _again(self, part: Part, reason: str, after: float) -> None:
        if self._inbox.is_hopeless(part):
            await asyncio.to_thread(self._inbox.bury, part, reason)
        else:
            await asyncio.to_thread(self._inbox.postpone, part, reason, after=after)

    async def _settled(self, channel: Channel, part: Part) -> bool:
        """Find out about a part whose sending was cut short; False if it may be sent."""
        if await asyncio.to_thread(self._inbox.is_unsent, part):
            return False
        try:
            fate = await channel.confirm(part)
        except Exception:
            _LOG.exception("confirm failed", extra={"part_key": part.key})
            fate = Fate.UNKNOWN
        if fate is Fate.ABSENT:
            return False
        if fate is Fate.SENT:
            await asyncio.to_thread(self._inbox.sent, part, "confirmed")
        else:
            reason = "it is not known whether it arrived; not sent again"
            await asyncio.to_thread(self._inbox.bury, part, reason)
        return True


async def _ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Wait until tasks have ended, without cutting them off when the waiting is."""
    waiting = set(tasks)
    if waiting:
        await asyncio.wait(waiting)
