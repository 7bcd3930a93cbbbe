"""`askmql token`: REST and MCP tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bots.accounts import Tokens


@click.group()
def command() -> None:
    """Create, list and revoke the tokens of REST and MCP."""


@command.command("create")
@click.argument("user")
@click.option("--days", type=click.IntRange(1, 3650), default=None, help="Valid for so long.")
@click.pass_obj
def create(project: Path | None, user: str, days: int | None) -> None:
    """Print a new token of USER. It is shown once; only a hash is kept."""
    from bots.commands.common import load_layer

    load_layer(project, data=False).scope(user)  # raises for a user who may see nothing
    click.echo(_tokens(project).create(user, days=days))


@command.command("list")
@click.argument("user", required=False)
@click.pass_obj
def list_tokens(project: Path | None, user: str | None) -> None:
    """List the tokens, of USER or of everybody."""
    for token in _tokens(project).list(user):
        state = "revoked" if token.revoked_at else f"ends {_day(token.ends_at)}"
        used = f"used {_day(token.used_at)}"
        click.echo(f"{token.id}  {token.asker:<20} made {_day(token.made_at)}  {used}  {state}")


@command.command("revoke")
@click.argument("user")
@click.option("--id", "token_id", default=None, help="One token only, as `list` shows it.")
@click.pass_obj
def revoke(project: Path | None, user: str, token_id: str | None) -> None:
    """Revoke the tokens of USER, all or one."""
    click.echo(f"{_tokens(project).revoke(user, token_id)} revoked")


def _tokens(project: Path | None) -> Tokens:
    from bots.accounts import Tokens
    from semantic_layer.project import find_project
    from semantic_layer.state import open_state

    return Tokens(open_state(find_project(project).home))


def _day(seconds: float | None) -> str:
    return "never" if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()
