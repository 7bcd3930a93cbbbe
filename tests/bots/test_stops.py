"""A stop reaches what is being computed, in this process or in another one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.server.stops import StopNotes, Stops
from semantic_layer.state import open_state


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new()
    engine = open_state(tmp_path, url)
    yield engine
    engine.dispose()


@pytest.fixture
def two(state: sa.Engine, clock: Clock) -> tuple[Stops, Stops]:
    """Two processes over one state."""
    one, other = (Stops(StopNotes(state, clock=clock), clock=clock) for _ in range(2))
    return one, other


def test_a_stop_reaches_the_process_that_computes(two: tuple[Stops, Stops], clock: Clock) -> None:
    here, there = two

    async def story() -> None:
        with there.stoppable("talk") as stopped, there.stoppable("another") as another:
            clock.now += 1
            assert await here.stop("talk") == 0
            assert await there.heed() == 1
            assert stopped.is_set()
            assert not another.is_set()
            assert await there.heed() == 0
        clock.now += 1
        with there.stoppable("talk") as later:  # begun after the stop
            assert await there.heed() == 0
            assert not later.is_set()

    asyncio.run(story())


def test_what_runs_here_is_stopped_without_a_note(two: tuple[Stops, Stops], clock: Clock) -> None:
    here, there = two

    async def story() -> None:
        with here.stoppable("talk") as mine, there.stoppable("talk") as theirs:
            clock.now += 1
            assert await here.stop("talk") == 1
            assert mine.is_set()
            assert await there.heed() == 0
            assert not theirs.is_set()

    asyncio.run(story())


def test_old_notes_are_forgotten(state: sa.Engine, clock: Clock) -> None:
    notes = StopNotes(state, clock=clock)
    notes.leave("old")
    clock.now += 4_000
    notes.leave("new")
    assert notes.about(("old", "new")) == {"new": clock.now}
