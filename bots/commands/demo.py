"""`askmql demo`: the sample company, and a tour of questions."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from bots.commands.common import build_sample, today_option


@click.command()
@today_option
@click.option(
    "--scale", type=float, default=None, help="Rebuild the sample company this many times as large."
)
def command(today: date | None, scale: float | None) -> None:
    """Build the sample company if it is absent and answer a tour of questions.

    The company 星河智造 (Starforge) and everybody in it are invented.
    """
    from assistant import Assistant
    from bots.render.terminal import print_answer
    from semantic_layer.project import find_project, sample_root

    project = find_project(sample_root())
    if scale is not None:
        _rebuild(project.data_path, scale)
    build_sample(project.data_path)
    assistant = Assistant.load(sample_root(), today=today)
    config = assistant.layer.project.config
    click.echo(
        f"{config.name.get('zh')} / {config.name.get('en')} · 示例公司，全部为虚构 / sample company, all invented"
    )
    for question in config.tour:
        click.echo(f"\n> {question}")
        print_answer(assistant.ask(question))
    click.echo(
        '\n接着问 / go on:  .venv/bin/askmql chat   ·   .venv/bin/askmql ask "…"   ·   .venv/bin/askmql metrics list'
    )


def _rebuild(path: Path, scale: float) -> None:
    from semantic_layer.demo import build_world

    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".version").unlink(missing_ok=True)
    build_world(
        path, scale=scale, progress=lambda what, done: click.echo(f"{done:4.0%} {what}", err=True)
    )
