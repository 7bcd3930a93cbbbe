"""Attribution against its floor and against peers, in CPU seconds, each step in a fresh process.

The floor is what any method must do: read the touches and match them to the deals.
"""

from __future__ import annotations

import json
import tempfile
from importlib.util import find_spec
from pathlib import Path

from evals.bench import credit_data
from evals.bench.measure import Measure, fresh

SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
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
_FLOOR_GOALS = {"six": 2.2, "exact": 2.5}
_PEERS = {
    "ca_rules": ("ChannelAttribution", "three", 3.5),
    "ca_markov": ("ChannelAttribution", "markov", 5.0),
    "mam_markov": ("marketing_attribution_models", "markov", 4.0),
    "mta_shapley": ("mta", "shapley", 25.0),
}
"""Step -> module, our step beside it, how many times faster ours should be."""
_MEMORY_MB = 500


def run(*, quick: bool = False) -> tuple[Measure, ...]:
    """Measure every size; `quick` takes the two small ones, once."""
    sizes = SIZES[:2] if quick else SIZES
    out = [Measure("Markov matrix, 2,000 campaigns", _best("matrix", Path(), 1)["cpu"], "CPU s", 1)]
    for touches in sizes:
        with tempfile.TemporaryDirectory(prefix="askmql-bench-") as folder:
            credit_data.write(Path(folder), touches)
            out += _size(touches, Path(folder), 1 if quick else 3)
    return tuple(out)


def _best(step: str, folder: Path, rounds: int) -> dict[str, float]:
    """The least CPU time of some rounds."""
    runs = [
        json.loads(fresh(["-m", "evals.bench.crediting", step, str(folder)])) for _ in range(rounds)
    ]
    return min(runs, key=lambda r: float(r["cpu"]))


def _size(touches: int, folder: Path, rounds: int) -> list[Measure]:
    found = {step: _best(step, folder, rounds) for step in _OURS}
    name = f"{touches:,} touches"
    is_largest = touches == SIZES[-1]
    out = []
    for step, run_ in found.items():
        note = f"{run_['wall']:.2f} s wall, {run_['mb']:.0f} MB"
        out.append(Measure(f"{name}: {step}", run_["cpu"], "CPU s", None, note))
    for step, goal in _FLOOR_GOALS.items():
        ratio = found[step]["cpu"] / found["join"]["cpu"]
        goal_here = goal if is_largest else None
        out.append(Measure(f"{name}: {step} over join", ratio, "x floor", goal_here))
    if is_largest:
        out.append(Measure(f"{name}: six, memory", found["six"]["mb"], "MB", _MEMORY_MB))
    return [*out, *_peers(name, folder, found, is_largest=is_largest)]


def _peers(
    name: str, folder: Path, found: dict[str, dict[str, float]], *, is_largest: bool
) -> list[Measure]:
    out = []
    for step, (module, ours, times) in _PEERS.items():
        if find_spec(module) is None:
            out.append(
                Measure(f"{name}: {step}", float("nan"), "", None, f"{module} is not installed")
            )
            continue
        theirs = _best(step, folder, 1)
        share = found[ours]["cpu"] / theirs["cpu"]
        note = f"theirs {theirs['cpu']:.2f} CPU s with paths, {theirs['mb']:.0f} MB; {1 / share:.1f} x ours"
        goal = 1 / times if is_largest else None
        out.append(Measure(f"{name}: {ours} over {step}", share, "x peer", goal, note))
    return out
