"""Everything that is measured, in one run."""

from __future__ import annotations

from evals.bench import asking, compiling, executing, rights
from evals.bench.measure import Measure


def run(*, quick: bool = False, only: str = "semantic") -> tuple[Measure, ...]:
    """Measure a suite; `quick` uses small data and few rounds."""
    if only == "agent":
        from evals.bench import agent, crowd

        return (*agent.measure(quick=quick), *crowd.measure(quick=quick))
    return (
        *compiling.measure(quick=quick),
        *executing.measure(quick=quick),
        *rights.measure(quick=quick),
        *asking.measure(quick=quick),
    )
