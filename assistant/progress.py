"""Progress of one question, for those who wait: a channel listens, the pipeline reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LISTENER: ContextVar[Callable[[str], None] | None] = ContextVar("progress", default=None)


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Call `listener` with every step that is reported in this context."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def report(step: str) -> None:
    """Report a step: understand, run or present. Nobody needs to listen."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(step)
