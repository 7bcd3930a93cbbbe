"""What a measurement is, and the ways to take one on a busy machine.

Python parts are in CPU time, which other processes disturb little. Executions are in wall
time, the best of interleaved rounds, so that a busy moment hits both sides alike.
"""

from __future__ import annotations

import atexit
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number, with its goal where there is one.

    Attributes:
        goal: The most that is wanted; None for a number that only explains another.
        note: What the number is made of.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Value over goal: above 1 the goal is missed."""
        return self.value / self.goal if self.goal else None

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        return self.value <= self.goal if self.goal is not None else None


def cpu_ms(action: Callable[[], object]) -> float:
    """Return the CPU milliseconds that one call takes."""
    begin = time.process_time()
    action()
    return (time.process_time() - begin) * 1000


def wall_ms(action: Callable[[], object]) -> float:
    """Return the wall milliseconds that one call takes."""
    begin = time.perf_counter()
    action()
    return (time.perf_counter() - begin) * 1000


def median_cpu_ms(action: Callable[[], object], rounds: int, warm_up: int = 3) -> float:
    """Return the median CPU milliseconds of warm calls."""
    for _ in range(warm_up):
        action()
    return statistics.median(cpu_ms(action) for _ in range(rounds))


def interleaved_ms(actions: Sequence[Callable[[], object]], rounds: int) -> tuple[float, ...]:
    """Return each action's best wall milliseconds; every round runs all of them, in turns."""
    best = [math.inf] * len(actions)
    for number in range(rounds):
        order = range(len(actions)) if number % 2 == 0 else reversed(range(len(actions)))
        for index in order:
            best[index] = min(best[index], wall_ms(actions[index]))
    return tuple(best)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    ranked = sorted(values)
    return ranked[max(math.ceil(share * len(ranked)), 1) - 1]


@cache
def _environment() -> dict[str, str]:
    """Return variables under which new processes keep their bytecode, as an installation does.

    A developer's checkout may not: then every start would compile every module again.
    """
    folder = tempfile.mkdtemp(prefix="askmql-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": folder}


def fresh(arguments: Sequence[str], *, python: str = sys.executable, timeout: float = 300) -> str:
    """Run a Python with arguments in a process of at most `timeout` seconds; return its output.

    Raises:
        RuntimeError: It failed; with what it wrote to standard error.
    """
    done = subprocess.run(  # noqa: S603 - an interpreter with arguments of ours
        [python, *arguments],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=timeout,
    )
    if done.returncode:
        msg = f"{' '.join(arguments)}: {done.stderr.strip()[-500:]}"
        raise RuntimeError(msg)
    return done.stdout


def fresh_cpu_ms(part: str, rounds: int) -> float:
    """Return the best CPU milliseconds of a part of `evals.bench.cold`; one start warms up."""
    return min(float(fresh(["-m", "evals.bench.cold", part])) for _ in range(rounds + 1))
