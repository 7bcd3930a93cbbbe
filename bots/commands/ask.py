"""`askmql ask`: one question, or a batch."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bots.commands.common import (
    batch,
    error_json,
    load_assistant,
    parse_date,
    today_option,
    user_option,
)
from bots.commands.output import FORMS, check_target, deliver, form_of, out_option

if TYPE_CHECKING:
    from assistant import Assistant


@click.command()
@click.argument("question", required=False)
@user_option
@click.option(
    "--planner",
    type=click.Choice(["auto", "lexicon", "llm"]),
    default="auto",
    help="Which lane may answer.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default=None,
    help="Output form (default: by the ending of --out, else text).",
)
@out_option
@click.option("--conversation", default=None, help="Conversation id, for follow-up questions.")
@today_option
@click.option(
    "--batch", "is_batch", is_flag=True, help="Read JSON lines, write one JSON line each."
)
@click.option("--agree", "is_agreement", is_flag=True, help="Ask both lanes and show where they differ.")  # fmt: skip
@click.option("--sql", "show_sql", is_flag=True, help="Show the SQL that was run.")
@click.pass_obj
def command(
    project: Path | None,
    question: str | None,
    user: str | None,
    planner: str,
    form: str | None,
    out: Path | None,
    conversation: str | None,
    today: date | None,
    *,
    is_batch: bool,
    is_agreement: bool,
    show_sql: bool,
) -> None:
    r"""Answer one QUESTION in Chinese or English.

    \b
    askmql ask "上季度各渠道线索成本是多少，环比如何"
    askmql ask "top 5 campaigns by pipeline in Q2" --format json
    askmql ask "今年每月线索数" --out leads.png
    """
    chosen = form or form_of(out)
    check_target(chosen, out)
    assistant = load_assistant(project, today)
    if is_batch:
        batch(lambda item: _one(assistant, item, user, planner, today))
        return
    if question is None:
        raise click.UsageError("Give a question, or --batch.")
    if is_agreement:
        _agree(assistant, question, user)
        return
    answer = assistant.ask(
        question,
        asker=user,
        planner=planner,  # type: ignore[arg-type]
        today=today,
        conversation=conversation,
    )
    deliver(answer, chosen, out, show_sql=show_sql)
    sys.exit(1 if answer.status == "error" else 0)


def _agree(assistant: Assistant, question: str, user: str | None) -> None:
    from assistant.agreement import agree

    found = agree(assistant, question, asker=user)
    click.echo(f"lexicon: {found.lexicon.headline}\nmodel:   {found.model.headline}")
    for what, one, other in found.differences:
        click.echo(f"  {what}: {one} | {other}")
    click.echo("The lanes differ." if found.differences else "The lanes agree.")


def _one(
    assistant: Assistant, item: dict[str, Any], user: str | None, planner: str, today: date | None
) -> str:
    question = item.get("question")
    if not isinstance(question, str):
        return error_json("BAD_INPUT", "`question` is missing")
    try:
        day = parse_date(item.get("today")) or today
    except ValueError:
        return error_json("BAD_INPUT", "`today` is not a date such as 2026-10-28")
    asker = item.get("as") or user
    conversation = item.get("conversation")
    return assistant.ask(
        question,
        asker=asker,
        planner=planner,  # type: ignore[arg-type]
        today=day,
        conversation=str(conversation) if conversation else None,
    ).to_json()
