"""`askmql simulate slack|wecom`: the bot without an account at either."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import click


@click.command()
@click.argument("platform", type=click.Choice(["slack", "wecom"]))
@click.option("--port", default=8010, show_default=True, help="Port of the page; 0 takes any.")
@click.pass_obj
def command(project: Path | None, platform: str, port: int) -> None:
    """Open a page on this machine on which you write to the bot as any user of the project.

    Messages go through the real bot and a simulated PLATFORM that enforces its limits.
    """
    with tempfile.TemporaryDirectory(prefix="askmql-simulate-") as home:
        asyncio.run(_run(project, platform, port, Path(home)))


async def _run(project: Path | None, platform: str, port: int, home: Path) -> None:
    from bots.commands.common import load_assistant
    from bots.simulators.playground import Playground

    playground = Playground(load_assistant(project), platform, home)
    await playground.start(port)
    click.echo(f"{playground.url} · Ctrl-C 停止 / to stop", err=True)
    try:
        await asyncio.Event().wait()
    finally:
        await playground.stop()
