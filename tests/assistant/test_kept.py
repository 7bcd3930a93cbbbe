"""What is dear to make is made once, and nobody waits for another's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.kept import Kept


def test_many_threads_make_one_thing_once():
    kept: Kept[str, int] = Kept(4)
    made: list[str] = []
    gate = threading.Event()

    def make() -> int:
        gate.wait(10)
        made.append("a")
        return len(made)

    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(kept.get, "a", make) for _ in range(8)]
        assert kept.get("b", lambda: 7) == 7  # while the other one is still being made
        gate.set()
        assert {w.result() for w in waiting} == {1}
    assert made == ["a"]


def test_the_one_used_longest_ago_goes_first():
    kept: Kept[int, int] = Kept(2)
    for key in (1, 2, 1, 3):
        kept.get(key, lambda key=key: key * 10)
    assert len(kept) == 2
    assert kept.get(1, lambda: -1) == 10
    assert kept.get(2, lambda: -1) == -1


def test_a_failure_is_not_kept():
    kept: Kept[str, int] = Kept(2)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: 1 // 0)
    assert kept.get("a", lambda: 5) == 5
