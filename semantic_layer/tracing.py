"""Times of the steps of an answer, for whoever listens; nobody does by default.

Nothing here knows what records the spans: a channel hands in an opener, such as OpenTelemetry's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
Opener = Callable[[str], AbstractContextManager[object]]
"""Opens a span of a name; it ends with the context."""
_NOTHING: AbstractContextManager[object] = nullcontext()
_opener: Opener | None = None


def listen(opener: Opener | None) -> None:
    """Send every span of this process to an opener; None ends it."""
    global _opener
    _opener = opener


def span(name: str) -> AbstractContextManager[object]:
    """Open a span: ask, plan, compile, execute or render."""
    return _opener(name) if _opener is not None else _NOTHING


def traced(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let every call of a function be a span."""

    def around(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with span(name):
                return function(*args, **kwargs)

        return call

    return around
