"""`askmql slack manifest`: the app, to be pasted into Slack."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group()
def command() -> None:
    """Set up the Slack app."""


@command.command()
@click.option("--host", default="", help="Public host of `askmql serve`, such as bot.example.com.")
@click.option("--socket", is_flag=True, help="Socket Mode: no public host is needed.")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml")
@click.pass_obj
def manifest(project: Path | None, host: str, form: str, *, socket: bool) -> None:
    """Print the manifest for api.slack.com/apps > Create New App > From a manifest."""
    from bots.messaging.settings import slack_settings
    from bots.slack.manifest import manifest as made
    from semantic_layer.project import find_project

    if not host and not socket:
        raise click.UsageError("Give --host, or --socket for Socket Mode.")
    config = find_project(project).config
    command_name = slack_settings(config).command
    found = made(host, config.tour, command=command_name, socket_mode=socket)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    import yaml

    click.echo(yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=100), nl=False)
