"""How often one conversation may be written to: WeCom drops silently what goes beyond."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from bots.wecom import limits

_MINUTE = 60.0
_HOUR = 3600.0


class Rate:
    """Counts messages by conversation in two sliding windows.

    Args:
        per_minute: Messages in any 60 seconds.
        per_hour: Messages in any 3,600 seconds.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        per_minute: int = limits.PER_MINUTE,
        per_hour: int = limits.PER_HOUR,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._windows = ((_MINUTE, per_minute), (_HOUR, per_hour))
        self._now = clock
        self._sent: dict[str, deque[float]] = {}

    def take(self, conversation: str) -> float:
        """Count a message and return 0; or count nothing and return the seconds to wait."""
        now = self._now()
        self._forget(now)
        sent = self._sent.setdefault(conversation, deque())
        wait = 0.0
        for seconds, most in self._windows:
            if len(sent) >= most:
                wait = max(wait, sent[-most] + seconds - now)
        if wait <= 0:
            sent.append(now)
        return max(wait, 0.0)

    def _forget(self, now: float) -> None:
        for name in list(self._sent):
            sent = self._sent[name]
            while sent and sent[0] <= now - _HOUR:
                sent.popleft()
            if not sent:
                del self._sent[name]
