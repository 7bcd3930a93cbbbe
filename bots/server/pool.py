"""A bounded pool of threads for the blocking pipeline."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from assistant.waiting import holding
from semantic_layer import AskmqlError

T = TypeVar("T")


class BusyError(AskmqlError):
    """There are too many questions waiting."""


class Pool:
    """Runs functions in threads, so many at once, and refuses more than may wait.

    A call that waits for a model gives up its place while it waits, so that slow models do not
    hold up the questions that need none.

    Args:
        workers: Calls that compute at the same time.
        waiting: Calls that may be open.
        per_asker: Calls that one person may have open.
    """

    def __init__(self, workers: int, waiting: int, per_asker: int) -> None:
        self._threads = ThreadPoolExecutor(waiting, thread_name_prefix="askmql")
        self._places = threading.BoundedSemaphore(workers)
        self._waiting = waiting
        self._per_asker = per_asker
        self._open: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """Calls that wait or run."""
        return self._open.total()

    async def run(self, asker: str, call: Callable[[], T], *, patient: bool = False) -> T:
        """Run a function in a thread, in the caller's context.

        Args:
            asker: Who asks.
            call: What to run.
            patient: Wait however many are open. For chat channels, whose inbox has limits of
                its own and which have told the platform already that the question was taken.

        Raises:
            BusyError: BUSY or TOO_MANY_QUESTIONS; come back later.
        """
        if not patient:
            self._check(asker)
        self._open[asker] += 1
        try:
            context = contextvars.copy_context()
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: context.run(self._held, call))
        finally:
            self._open[asker] -= 1
            if not self._open[asker]:
                del self._open[asker]

    def _check(self, asker: str) -> None:
        hint = "Try again in a few seconds."
        if self._open.total() >= self._waiting:
            raise BusyError("BUSY", "Too many questions are waiting.", hint=hint)
        if self._open[asker] >= self._per_asker:
            message = "You have too many questions open."
            raise BusyError("TOO_MANY_QUESTIONS", message, hint=hint)

    def _held(self, call: Callable[[], T]) -> T:
        with holding(self._places):
            return call()

    def close(self) -> None:
        """Let the running calls finish and take no more."""
        self._threads.shutdown(wait=True, cancel_futures=True)
