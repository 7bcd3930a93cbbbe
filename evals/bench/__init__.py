"""How fast the product is, against fixed goals and against hand-written SQL.

Nothing is imported before it is needed, so that a fresh process measures the product alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evals.bench.measure import Measure


def run(*, quick: bool = False, only: str = "semantic") -> tuple[Measure, ...]:
    """Measure a suite (`semantic` or `agent`); `quick` uses small data and few rounds."""
    from evals.bench import suite

    return suite.run(quick=quick, only=only)


def show(measures: tuple[Measure, ...], *, as_json: bool = False) -> None:
    """Print the measures as a table, or as JSON."""
    from evals.bench import report

    report.show(measures, as_json=as_json)


__all__ = ["run", "show"]
