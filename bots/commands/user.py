"""`askmql user`: sign-in links, and who people are in other channels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from semantic_layer.project import Project


@click.group()
def command() -> None:
    """Make sign-in links, and bind people of Slack, WeCom or OIDC to users."""


@command.command("link")
@click.argument("user")
@click.option("--minutes", type=click.IntRange(1, 1440), default=10, show_default=True)
@click.pass_obj
def link(project: Path | None, user: str, minutes: int) -> None:
    """Print a link that signs USER in, once."""
    from urllib.parse import quote

    from assistant.state import open_state
    from bots.accounts import SignInLinks, read_secret
    from bots.server.settings import read_settings

    found = _known(project, user)
    links = SignInLinks(open_state(found.home), read_secret(found.home))
    base = read_settings(found.config.channels).public_url or "http://127.0.0.1:8000"
    code = links.create(user, minutes=minutes)
    click.echo(f"{base.rstrip('/')}/login/link?code={quote(code)}")


@command.command("bind")
@click.argument("channel")
@click.argument("external_id")
@click.argument("user")
@click.option("--tenant", default="", help="Workspace, company or issuer.")
@click.pass_obj
def bind(project: Path | None, channel: str, external_id: str, user: str, tenant: str) -> None:
    """Say that EXTERNAL_ID of CHANNEL is USER."""
    from assistant.state import open_state
    from bots.accounts import Identities, Identity

    found = _known(project, user)
    identity = Identity(channel, tenant, external_id, user, "admin")
    Identities(open_state(found.home)).bind(identity)
    click.echo(f"{channel} {external_id} → {user}")


@command.command("list")
@click.pass_obj
def list_people(project: Path | None) -> None:
    """List who is bound."""
    from assistant.state import open_state
    from bots.accounts import Identities
    from semantic_layer.project import find_project

    for one in Identities(open_state(find_project(project).home)).list():
        click.echo(
            f"{one.channel:<8} {one.tenant:<12} {one.external_id:<28} {one.asker} ({one.how})"
        )


def _known(project: Path | None, user: str) -> Project:
    """Return the project, once it is sure that the user may see something."""
    from bots.commands.common import load_layer

    layer = load_layer(project, data=False)
    layer.scope(user)
    return layer.project
