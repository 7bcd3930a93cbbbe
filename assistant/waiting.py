"""Places to compute in: who only waits for a model gives up its place while it waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_PLACE: ContextVar[threading.Semaphore | None] = ContextVar("place", default=None)


@contextmanager
def holding(places: threading.Semaphore) -> Iterator[None]:
    """Take one of some places for as long as the block runs."""
    with places:
        token = _PLACE.set(places)
        try:
            yield
        finally:
            _PLACE.reset(token)


@contextmanager
def set_aside() -> Iterator[None]:
    """Let somebody else have the place, if one is held, while the block waits for something."""
    places = _PLACE.get()
    if places is None:
        yield
        return
    places.release()
    try:
        yield
    finally:
        places.acquire()
