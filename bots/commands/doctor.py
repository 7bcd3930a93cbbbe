"""`askmql doctor`: is everything in place?"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path

import click


@click.command()
@click.argument("channel", required=False, type=click.Choice(["slack", "wecom"]))
@click.option(
    "--request", default="", help="WeCom: address of a callback that failed, to be explained."
)
@click.pass_obj
def command(project: Path | None, channel: str | None, request: str) -> None:
    """Check the installation, the project, its definitions and its data; exit 1 on a problem.

    With a CHANNEL, check its tokens, keys and access instead.
    """
    if channel is not None:
        from bots.commands.channels import examine_channel

        sys.exit(examine_channel(project, channel, request))
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", lambda: platform.python_version()),
        ("duckdb", _duckdb),
        ("project", lambda: _project(project)),
        ("definitions and data", lambda: _layer(project)),
        ("model", lambda: _model(project)),
    ]
    failed = False
    for name, check in checks:
        try:
            click.echo(f"ok    {name}: {check()}")
        except Exception as error:
            failed = True
            message = getattr(error, "message", str(error)) or type(error).__name__
            click.echo(f"FAIL  {name}: {message}")
            hint = getattr(error, "hint", "")
            if hint:
                click.echo(f"      {hint}")
    sys.exit(1 if failed else 0)


def _duckdb() -> str:
    import duckdb

    return str(duckdb.__version__)


def _project(project: Path | None) -> str:
    from semantic_layer.project import find_project

    found = find_project(project)
    return f"{found.root} ({found.config.name.get('en')}), state in {found.home}"


def _layer(project: Path | None) -> str:
    from bots.commands.common import load_layer

    layer = load_layer(project)
    policies = layer.policies
    who = (
        f"{len(policies.users)} users" if policies else "no policies.yml: everybody sees everything"
    )
    as_of = layer.context.as_of
    shown = sum(not m.hidden for m in layer.definitions.metrics.values())
    return f"{shown} metrics, {len(layer.context.catalog)} tables, data through {as_of}, {who}"


def _model(project: Path | None) -> str:
    from assistant.agent.settings import read_settings
    from semantic_layer.project import find_project

    found = read_settings(find_project(project).config.llm)
    if found is None:
        return "none configured (the lexicon lane needs none)"
    return ", then ".join(e.key for e in found.endpoints) + " (configured, not asked)"
