"""Who waits for a model holds up nobody who needs none."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from assistant.waiting import holding, set_aside
from evals.fake_model import Say

CALL = ("query_metrics", {"metrics": ["leads"], "time": "上个月"})
ODD = "上个月咱们捞了多少潜客"
PATIENCE_S = 60


def test_a_place_is_free_while_its_holder_waits():
    places = threading.BoundedSemaphore(1)
    with holding(places):
        assert not places.acquire(blocking=False)
        with set_aside():
            assert places.acquire(blocking=False)
            places.release()
        assert not places.acquire(blocking=False)
    assert places.acquire(blocking=False)


def test_without_a_place_waiting_changes_nothing():
    with set_aside():
        pass


def test_a_place_comes_back_after_an_error():
    places = threading.BoundedSemaphore(1)
    try:
        with holding(places), set_aside():
            raise ValueError
    except ValueError:
        pass
    assert places.acquire(blocking=False)


def test_the_lexicon_answers_while_others_wait_for_a_model(serve):
    """One place to compute in, four who wait for a model that has not answered: there is room."""
    answered, asked = threading.Event(), threading.Semaphore(0)

    def late(body: dict, number: int) -> Say:
        asked.release()
        answered.wait(PATIENCE_S)
        return Say(calls=(CALL,))

    assistant, _ = serve(late, at_once=2, timeout_s=PATIENCE_S)
    places = threading.BoundedSemaphore(1)

    def one() -> str:
        with holding(places):
            return assistant.ask(ODD, planner="llm").status

    with ThreadPoolExecutor(4) as pool:
        crowd = [pool.submit(one) for _ in range(4)]
        assert asked.acquire(timeout=PATIENCE_S)
        assert asked.acquire(timeout=PATIENCE_S)
        with holding(places):
            assert assistant.ask("上个月线索量").status == "answered"
        assert not any(c.done() for c in crowd)
        answered.set()
        assert [c.result() for c in crowd] == ["answered"] * 4
