"""`askmql mcp`: one MCP client over standard input and output."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from bots.commands.common import load_assistant, today_option, user_option


@click.command()
@user_option
@today_option
@click.pass_obj
def command(project: Path | None, user: str | None, today: date | None) -> None:
    """Serve the tools to an MCP client such as an editor or an agent, with one user's rights."""
    import asyncio

    from semantic_layer import AskmqlError

    try:
        from bots.mcp_server import serve_stdio
    except ImportError as error:
        raise AskmqlError(
            "NO_BOTS_EXTRA", f"MCP needs the `bots` extra ({error.name} is missing).",
            hint="pip install -e '.[bots]'",
        ) from error  # fmt: skip
    assistant = load_assistant(project, today)
    assistant.layer.scope(user)  # an unknown user is told now, not at the first call
    asyncio.run(serve_stdio(assistant, user or ""))
