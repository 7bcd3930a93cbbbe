"""`askmql serve`: the page, REST, MCP and chat callbacks, in one process."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from bots.commands.common import load_assistant, today_option

_GRACE_SECONDS = 20
_TURN_SECONDS = 0.0002


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 takes any.")
@today_option
@click.pass_obj
def command(project: Path | None, host: str, port: int, today: date | None) -> None:
    """Serve the page, REST and MCP.

    Without a login in askmql.yml only this machine is served (see docs/serve.md).
    """
    try:
        import uvicorn

        from bots.server.app import create_app, extensions_of
        from bots.server.logs import configure
    except ImportError as error:
        raise _missing(error) from error
    from bots.server.settings import check_binding, read_settings
    from semantic_layer.project import find_project

    channels = find_project(project).config.channels
    settings = read_settings(channels)
    check_binding(settings, host)
    assistant = load_assistant(project, today)
    app = create_app(assistant, settings, extensions_of(channels))
    configure()
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS, proxy_headers=not settings.is_local,
    )  # fmt: skip
    shown = settings.public_url or f"http://{host}:{port}"
    # Answers compute in threads: the loop that acknowledges must not wait long for its turn.
    sys.setswitchinterval(_TURN_SECONDS)
    click.echo(f"askmql · {shown} · Ctrl-C 停止 / to stop", err=True)
    uvicorn.Server(config).run()


def _missing(error: ImportError) -> Exception:
    from semantic_layer import AskmqlError

    return AskmqlError(
        "NO_BOTS_EXTRA", f"The server needs the `bots` extra ({error.name} is missing).",
        hint="pip install -e '.[bots]'",
    )  # fmt: skip
