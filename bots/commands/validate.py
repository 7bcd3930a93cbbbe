"""`askmql validate`: every mistake of the definitions, with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bots.commands.common import ensure_data


@click.command()
@click.option("--no-data", is_flag=True, help="Do not check tables and columns against the data.")
@click.pass_obj
def command(project: Path | None, *, no_data: bool) -> None:
    """Check definitions and policies; exit 2 when there is a mistake."""
    from semantic_layer import DefinitionError, SemanticLayer

    if not no_data:
        ensure_data(project)
    try:
        layer = SemanticLayer.load(project, data=not no_data)
        _ = layer.policies
    except DefinitionError as error:
        for issue in error.issues:
            click.echo(str(issue), err=True)
        count = len(error.issues)
        click.echo(f"{count} mistake{'s' if count != 1 else ''}", err=True)
        sys.exit(2)
    defs = layer.definitions
    shown = sum(not m.hidden for m in defs.metrics.values())
    click.echo(
        f"OK: {len(defs.models)} models, {len(defs.dimensions)} dimensions, {shown} metrics ({len(defs.metrics) - shown} building blocks)"
    )
