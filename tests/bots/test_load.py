"""The load and the soak at small size: that they measure, and that what they count holds."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from bots.bench.askers import Asked
from bots.bench.figures import Figure, percentile
from bots.bench.load import Plan, Seen, figures
from bots.bench.soak import SoakPlan, Story, soak, soak_figures


@pytest.fixture(autouse=True)
def sample_home(demo_db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "sample"
    home.mkdir()
    (home / "sample.duckdb").hardlink_to(demo_db)
    monkeypatch.setenv("ASKMQL_HOME", str(home))


@pytest.mark.slow
def test_people_who_ask_while_the_server_is_killed_are_answered_once(tmp_path: Path) -> None:
    plan = SoakPlan(kills=2, every_seconds=1.0, askers=6, think_seconds=0.5)
    story = asyncio.run(soak(plan, tmp_path / "soak"))
    assert len(story.starts) == 2
    assert {a.channel for a in story.asked} == {"slack", "wecom"}
    assert Counter(a.answers for a in story.asked) == Counter({1: len(story.asked)})
    assert not any(a.error for a in story.asked)


def asked(wait: float, *, answers: int = 1, error: str = "", channel: str = "rest") -> Asked:
    end = 100.0 + wait if answers else 0.0
    return Asked(channel, 100.0, 100.0 + wait / 10 if answers else 0.0, end, answers, error)


def by_name(found: tuple[Figure, ...]) -> dict[str, Figure]:
    return {f.name: f for f in found}


def test_what_went_wrong_is_counted_and_misses_its_goal() -> None:
    plan = dataclasses.replace(Plan(), channels=("rest",))
    asks = [asked(0.1)] * 97 + [
        asked(9, answers=0, error="lost"),
        asked(0.1, answers=2),
        asked(0.1, error="HTTP 500"),
    ]
    found = by_name(figures(plan, [asked(2.0)], asks, Seen([100.0] * 9 + [120.0], 5.0, 10.0, 1.0)))
    missed = {n for n, f in found.items() if not f.is_met}
    assert missed == {"errors", "lost", "double", "dead letters", "memory, furthest from it"}
    assert found["all: answered, p95"].value == pytest.approx(0.1)
    assert found["CPU of the server per answer"].value == pytest.approx(5000 / 98)


def test_slow_answers_miss_the_goal() -> None:
    found = by_name(figures(Plan(channels=("rest",)), [], [asked(4.0)] * 10, Seen([100.0])))
    missed = {n for n, f in found.items() if not f.is_met}
    assert missed == {"all: answered, p95", "all: acknowledged, p99"}


def test_a_question_answered_twice_or_never_is_told() -> None:
    story = Story([asked(1), asked(1, answers=2), asked(1, answers=0)], [3.0])
    missed = {f.name for f in soak_figures(story) if not f.is_met}
    assert missed == {"never answered", "answered twice"}


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([], 0.5) == 0
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile(range(1, 101), 0.99) == 99
