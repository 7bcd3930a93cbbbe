"""Whether a crowd that waits for a slow model holds up those who need none."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from assistant import Answer, Assistant
from assistant.agent.settings import read_settings
from assistant.waiting import holding
from evals.bench.asking import QUESTIONS
from evals.bench.measure import Measure, percentile
from semantic_layer.project import sample_root

CROWD = 200
_GOAL = 2.0
_PLACES = 4
_DELAY_S = 3.0
_SETTLED_S = 20.0


@contextmanager
def slow_model(metric: str, delay_s: float) -> Iterator[str]:
    """Run a model in a process of its own that answers late; yields its address."""
    command = [sys.executable, "-m", "evals.fake_model", str(delay_s), metric]
    with subprocess.Popen(  # noqa: S603 - our own module, with our own arguments
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        if process.stdout is None or process.stdin is None:
            return
        yield process.stdout.readline().strip()
        process.stdin.close()


def measure(*, quick: bool = False, crowd: int = CROWD) -> tuple[Measure, ...]:
    """Time lexicon questions alone, then while `crowd` people wait for a model.

    Everybody goes through as many places to compute in as the server has by default.
    """
    assistant = Assistant.load(sample_root())
    questions = [q for q in QUESTIONS if _is_plain(assistant, q)][: 10 if quick else 30]
    places = threading.BoundedSemaphore(_PLACES)
    metric = next(iter(assistant.layer.definitions.metrics))
    with slow_model(metric, _DELAY_S) as url, tempfile.TemporaryDirectory() as home:
        found = read_settings({"base_url": url, "model": "slow", "protocol": "tools"}, {})
        if found is not None:
            assistant.router.use(found, Path(home))
        _ask(assistant, places, metric, "llm")  # the libraries are loaded before the clock starts
        alone = _times(assistant, places, questions)
        with _crowd(assistant, places, metric, crowd) as waiting:
            beside = _times(assistant, places, questions)
            still = waiting()
    p95 = [percentile(t, 0.95) for t in (alone, beside)]
    return (
        Measure("lexicon p95 alone", p95[0], "ms"),
        Measure(f"lexicon p95 beside {crowd} who wait", p95[1], "ms", None, f"{still} still waited"),
        Measure("  against alone", p95[1] / p95[0], "times", _GOAL),
    )  # fmt: skip


def _is_plain(assistant: Assistant, question: str) -> bool:
    return assistant.ask(question, planner="lexicon").status == "answered"


def _ask(assistant: Assistant, places: threading.Semaphore, question: str, planner: str) -> Answer:
    with holding(places):
        return assistant.ask(question, planner="llm" if planner == "llm" else "lexicon")


def _times(assistant: Assistant, places: threading.Semaphore, questions: list[str]) -> list[float]:
    """Milliseconds of each question, waiting for a place included."""
    out = []
    for question in questions:
        begin = time.perf_counter()
        _ask(assistant, places, question, "lexicon")
        out.append((time.perf_counter() - begin) * 1000)
    return out


@contextmanager
def _crowd(
    assistant: Assistant, places: threading.Semaphore, question: str, size: int
) -> Iterator[Callable[[], int]]:
    """So many people ask a model at once; yields how many of them still wait."""
    gone = threading.Event()
    asked = threading.Barrier(size + 1)

    def one() -> None:
        asked.wait(_SETTLED_S)
        with holding(places):
            assistant.ask(question, planner="llm", cancelled=gone)

    with ThreadPoolExecutor(size) as pool:
        people = [pool.submit(one) for _ in range(size)]
        asked.wait(_SETTLED_S)
        try:
            yield lambda: sum(not p.done() for p in people)
        finally:
            gone.set()
