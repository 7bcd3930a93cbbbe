"""Attribution against its floor and against peers, in CPU seconds, each step in a fresh process.

The floor is what any method must do: read the touches and match them to the deals.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from evals.bench.credit_peers import MODULES
from evals.bench.measure import Measure, fresh

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
_GOAL_SIZE = SIZES[-1]
_OURS = (
    "scan",
    "join",
    "three",
    "six",
    "exact",
    "six_exact",
    "shapley",
    "markov",
    "markov_campaigns",
)
_GROWING = ("join", "six", "exact", "markov")
_FLOOR_GOALS = {"six": 2.2, "exact": 2.5}
_PEERS = {
    "ca_rules": ("three", 3.5),
    "ca_markov": ("markov", 5.0),
    "mam_markov": ("markov", 4.0),
    "mta_shapley": ("shapley", 25.0),
}
"""Peer's step -> our step beside it, how many times faster ours should be."""
_LESS_MEMORY = {"mam_markov": 8.0}
_MEMORY_MB = 500
_TIMEOUT = 1200

Runs = dict[str, dict[str, float]]


def run(
    *, quick: bool = False, sizes: Sequence[int] = (), peers: str | None = None
) -> tuple[Measure, ...]:
    """Measure every size.

    Args:
        quick: Take the two small sizes, once.
        sizes: Numbers of touches instead of the usual ones; above five million only growth is measured.
        peers: A Python interpreter that has the peers; this one by default.
    """
    sizes = sorted(sizes) or (SIZES[:2] if quick else SIZES)
    rounds = 1 if quick else 2
    python = peers or sys.executable
    matrix = _best(["matrix"], Path(), rounds)["matrix"]["cpu"]
    out = [Measure("Markov matrix, 2,000 campaigns", matrix, "CPU s", 1)]
    base: tuple[int, Runs] | None = None
    for touches in sizes:
        sys.stderr.write(f"{touches:,} touches\n")
        with tempfile.TemporaryDirectory(prefix="askmql-bench-") as folder:
            fresh(["-m", "evals.bench.credit_data", folder, str(touches)], timeout=_TIMEOUT)
            if touches > _GOAL_SIZE:
                found = _best(_GROWING, Path(folder), 1)
                out += _shown(touches, found) + _growth(touches, found, base)
                continue
            found = _best(_OURS, Path(folder), rounds)
            out += _size(touches, found) + _peers(touches, Path(folder), found, python)
            base = touches, found
    return tuple(out)


def _best(steps: Sequence[str], folder: Path, rounds: int) -> Runs:
    """The least CPU time of some rounds; every round runs all the steps, in turns."""
    best: Runs = {}
    for _ in range(rounds):
        for step in steps:
            found = _last_line(["-m", "evals.bench.crediting", step, str(folder)])
            if step not in best or found["cpu"] < best[step]["cpu"]:
                best[step] = found
    return best


def _last_line(arguments: Sequence[str], python: str = sys.executable) -> dict[str, float]:
    said = fresh(arguments, python=python, timeout=_TIMEOUT).strip().splitlines()
    found: dict[str, float] = json.loads(said[-1])
    return found


def _shown(touches: int, found: Runs) -> list[Measure]:
    return [
        Measure(
            f"{touches:,} touches: {step}",
            run_["cpu"],
            "CPU s",
            None,
            f"{run_['wall']:.2f} s wall, {run_['mb']:.0f} MB",
        )
        for step, run_ in found.items()
    ]


def _size(touches: int, found: Runs) -> list[Measure]:
    name, has_goal = f"{touches:,} touches", touches == _GOAL_SIZE
    out = _shown(touches, found)
    for step in ("six", "exact", "six_exact"):
        ratio = found[step]["cpu"] / found["join"]["cpu"]
        goal = _FLOOR_GOALS.get(step) if has_goal else None
        out.append(Measure(f"{name}: {step} over join", ratio, "x floor", goal))
    if has_goal:
        out.append(Measure(f"{name}: six, memory", found["six"]["mb"], "MB", _MEMORY_MB))
    return out


def _growth(touches: int, found: Runs, base: tuple[int, Runs] | None) -> list[Measure]:
    """Cost beside that of the last smaller size, over what n log n would make of it."""
    if base is None:
        return []
    fewer, before = base
    expected = touches * math.log(touches) / (fewer * math.log(fewer))
    return [
        Measure(
            f"{touches:,} touches: {step}, growth over n log n",
            run_["cpu"] / before[step]["cpu"] / expected,
            "x",
            1,
            f"from {fewer:,} touches",
        )
        for step, run_ in found.items()
    ]


def _peers(touches: int, folder: Path, found: Runs, python: str) -> list[Measure]:
    name, has_goal = f"{touches:,} touches", touches == _GOAL_SIZE
    present = _last_line(["-m", "evals.bench.credit_peers", "installed"], python)
    out = []
    for step, (ours, times) in _PEERS.items():
        if step not in present:
            missing = f"{MODULES[step]} is not installed"
            out.append(Measure(f"{name}: {step}", float("nan"), "", None, missing))
            continue
        try:
            theirs = _last_line(["-m", "evals.bench.credit_peers", step, str(folder)], python)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            note = f"{MODULES[step]} failed: {str(error)[-200:]}"
            out.append(Measure(f"{name}: {step}", float("nan"), "", None, note))
            continue
        goal = 1 / times if has_goal else None
        share = found[ours]["cpu"] / theirs["cpu"]
        note = f"theirs {theirs['cpu']:.2f} CPU s with paths, {theirs['mb']:.0f} MB; {1 / share:.1f} x ours"
        out.append(Measure(f"{name}: {ours} over {step}", share, "x peer", goal, note))
        if step in _LESS_MEMORY:
            goal = 1 / _LESS_MEMORY[step] if has_goal else None
            share = found[ours]["mb"] / theirs["mb"]
            out.append(Measure(f"{name}: {ours} over {step}, memory", share, "x peer", goal))
    return out
