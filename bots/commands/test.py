"""`askmql test`: run the tests that metrics carry."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bots.commands.common import load_layer


@click.command()
@click.pass_obj
def command(project: Path | None) -> None:
    """Run every metric's own tests: hand SQL with the same rows, or assertions."""
    from semantic_layer.metric_tests import run_tests

    outcomes = run_tests(load_layer(project))
    for outcome in outcomes:
        mark = "ok  " if outcome.passed else "FAIL"
        click.echo(f"{mark} {outcome.metric} [{outcome.index}] {outcome.message}")
    failed = sum(not o.passed for o in outcomes)
    click.echo(f"{len(outcomes) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
