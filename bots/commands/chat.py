"""`askmql chat`: a conversation in the terminal."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bots.commands.common import load_assistant, today_option, user_option

if TYPE_CHECKING:
    from assistant import Answer


@click.command()
@user_option
@today_option
@click.pass_obj
def command(project: Path | None, user: str | None, today: date | None) -> None:
    """Talk in the terminal. An empty line or Ctrl-D ends it."""
    from bots.render.terminal import print_answer

    assistant = load_assistant(project, today)
    thread = f"terminal-{uuid.uuid4().hex[:12]}"
    config = assistant.layer.project.config
    click.echo(
        f"askmql · {config.name.get(config.locale)} · 直接提问，空行退出 / just ask, empty line to leave"
    )
    for example in config.tour[:3]:
        click.echo(f"  · {example}")
    while True:
        try:
            question = click.prompt(">", prompt_suffix=" ", default="", show_default=False)
        except (click.Abort, EOFError):
            break
        if not question.strip():
            break
        answer = assistant.ask(
            question, asker=user, today=today, conversation=thread, channel="terminal"
        )
        print_answer(answer)
        if answer.export:
            _write(answer)


def _write(answer: Answer) -> None:
    """Write the file that was asked for into the current folder, and say its name."""
    from bots.render.export import export
    from semantic_layer import AskmqlError

    path = Path(f"askmql-{answer.trace_id[:8]}.{answer.export}")
    try:
        path.write_bytes(export(answer, answer.export).data)
    except (AskmqlError, OSError) as error:
        click.echo(f"! {error}", err=True)
        return
    click.echo(f"→ {path}")
