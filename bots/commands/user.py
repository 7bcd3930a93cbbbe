"""`askmql user`: sign-in links."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from semantic_layer.project import Project


@click.group()
def command() -> None:
    """Make sign-in links."""


@command.command("link")
@click.argument("user")
@click.option("--minutes", type=click.IntRange(1, 1440), default=10, show_default=True)
@click.pass_obj
def link(project: Path | None, user: str, minutes: int) -> None:
    """Print a link that signs USER in, once."""
    from urllib.parse import quote

    from bots.accounts import SignInLinks, read_secret
    from bots.server.settings import read_settings
    from semantic_layer.state import open_state

    found = _known(project, user)
    links = SignInLinks(open_state(found.home), read_secret(found.home))
    base = read_settings(found.config.channels).public_url or "http://127.0.0.1:8000"
    code = links.create(user, minutes=minutes)
    click.echo(f"{base.rstrip('/')}/login/link?code={quote(code)}")


def _known(project: Path | None, user: str) -> Project:
    """Return the project, once it is sure that the user may see something."""
    from bots.commands.common import load_layer

    layer = load_layer(project, data=False)
    layer.scope(user)
    return layer.project
