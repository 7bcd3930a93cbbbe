"""`askmql time`: how a phrase of time is read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bots.commands.common import batch, error_json, parse_date, today_option

if TYPE_CHECKING:
    from semantic_layer.project import ProjectConfig


@click.command()
@click.argument("phrase", required=False)
@today_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--batch", "is_batch", is_flag=True, help="Read JSON lines, write one JSON line each."
)
@click.pass_obj
def command(
    project: Path | None, phrase: str | None, today: date | None, form: str, *, is_batch: bool
) -> None:
    """Show how PHRASE is read: dates (end excluded), grain, complete or partial."""
    from semantic_layer.project import find_project

    config = find_project(project).config
    if is_batch:
        batch(lambda item: _item(config, item, today))
        return
    if phrase is None:
        raise click.UsageError("Give a phrase, or --batch.")
    found = read(config, phrase, today)
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False))
    elif found is None:
        click.echo(f"没有识别出时间 / no time understood in {phrase!r}")
    else:
        state = "complete" if found["complete"] else "not complete"
        click.echo(
            f"{found['matched']}: {found['start']} .. {found['end']} (end excluded), {found['reading']}, {state}"
        )
        if found.get("note"):
            click.echo(f"  {found['note']}")


def _item(config: ProjectConfig, item: dict[str, Any], today: date | None) -> str:
    phrase = item.get("phrase")
    if not isinstance(phrase, str):
        return error_json("BAD_INPUT", "`phrase` is missing")
    try:
        day = parse_date(item.get("today")) or today
    except ValueError:
        return error_json("BAD_INPUT", "`today` is not a date such as 2026-10-28")
    return json.dumps(read(config, phrase, day), ensure_ascii=False)


def read(config: ProjectConfig, phrase: str, today: date | None) -> dict[str, Any] | None:
    """Return the contract's object for a phrase, or None."""
    from assistant.timeparse import parse_period

    day = config.today_or(today)
    # On its own the contract knows no data: a running period goes up to the day of asking.
    match = parse_period(phrase, today=day, as_of=day, calendar=config.calendar)
    period = (match.period or (match.shift.period if match.shift else None)) if match else None
    if match is None or period is None:
        return None
    zh = any("\u4e00" <= c <= "\u9fff" for c in phrase)
    return {
        "start": period.start.isoformat() if period.start else None,
        "end": period.end.isoformat() if period.end else None,
        "grain": period.grain.value if period.grain else None,
        "complete": period.complete,
        "reading": period.reading.value,
        "matched": match.text,
        "note": period.note_zh if zh else period.note_en,
    }
