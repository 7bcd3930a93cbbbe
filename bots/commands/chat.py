"""`askmql chat`: a conversation in the terminal."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path

import click

from bots.commands.common import load_assistant, today_option, user_option


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
        print_answer(assistant.ask(question, asker=user, today=today, conversation=thread))
