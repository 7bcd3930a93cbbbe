"""How fast the product is, against fixed goals and against hand-written SQL.

Nothing is imported before it is needed, so that a fresh process measures the product alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evals.bench.measure import Measure


def run(*, quick: bool = False, only: str = "semantic") -> tuple[Measure, ...]:
    """Measure a suite (`semantic` or `agent`); `quick` uses small data and few rounds."""
    from evals.bench import suite

    return suite.run(quick=quick, only=only)


def run_attribution(
    *, quick: bool = False, sizes: Sequence[int] = (), peers: str | None = None
) -> tuple[Measure, ...]:
    """Measure attribution on up to 5 million touches (`quick`: 100,000), or on `sizes`.

    `peers` is a Python interpreter that has the packages to compare with.
    """
    from evals.bench import attribution

    return attribution.run(quick=quick, sizes=sizes, peers=peers)


def run_identity(*, quick: bool = False) -> tuple[Measure, ...]:
    """Measure how identity resolution grows with the number of records."""
    from evals.bench import identity

    return identity.measure(quick=quick)


def run_leads(*, quick: bool = False) -> tuple[Measure, ...]:
    """Measure how long summaries of leads and customers take, on the sample company as it is."""
    from evals.bench import leads

    return leads.measure(quick=quick)


def show(
    measures: tuple[Measure, ...],
    *,
    as_json: bool = False,
    title: str = "Speed of the semantic layer",
) -> None:
    """Print the measures as a table, or as JSON."""
    from evals.bench import report

    report.show(measures, as_json=as_json, title=title)


__all__ = ["run", "run_attribution", "run_identity", "run_leads", "show"]
