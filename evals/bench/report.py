"""Measures as a table for people, or as JSON for machines."""

from __future__ import annotations

import json
import math

import click

from evals.bench.measure import Measure

SMALL = 0.1
"""Below this, values are shown with four digits after the point."""


def as_data(measure: Measure) -> dict[str, object]:
    """Return a measure as plain data (an endless value as null)."""
    return {
        "measure": measure.name.strip(),
        "value": round(measure.value, 3) if math.isfinite(measure.value) else None,
        "unit": measure.unit,
        "goal": measure.goal,
        "ratio": round(measure.ratio, 3)
        if measure.ratio and math.isfinite(measure.ratio)
        else None,
        "met": measure.met,
        "note": measure.note,
    }


def show(
    measures: tuple[Measure, ...],
    *,
    as_json: bool = False,
    title: str = "Speed of the semantic layer",
) -> None:
    """Print the measures."""
    if as_json:
        click.echo(json.dumps([as_data(m) for m in measures], ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title)
    table.add_column("measure", no_wrap=True)
    for column in ("value", "goal", "ratio"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("met")
    table.add_column("note", overflow="fold")
    for m in measures:
        met = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}[m.met]
        goal = f"{m.goal:g}" if m.goal is not None else ""
        ratio = f"{m.ratio:.2f}" if m.ratio is not None else ""
        value = f"{m.value:.4f}" if m.value < SMALL else f"{m.value:,.2f}"
        table.add_row(m.name, f"{value} {m.unit}", goal, ratio, met, m.note)
    console = Console()
    # A file or a pipe has no width of its own: rows there should not be folded.
    console = console if console.is_terminal else Console(width=140)
    console.print(table)
    missed = [m.name.strip() for m in measures if m.met is False]
    goals = sum(m.met is not None for m in measures)
    said = f"{goals - len(missed)} of {goals} goals are met. Missed: " + ", ".join(missed)
    click.echo(said if missed else "Every goal is met.")
