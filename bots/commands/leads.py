"""`askmql leads`: a salesperson's morning list, and one lead in full."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from bots.commands.common import load_assistant, today_option
from bots.commands.output import FORMS, check_target, deliver, form_of, out_option

asker_option = click.option(
    "--user", "--as", "user", default=None, help="Whose view: a user id of policies.yml."
)
form_option = click.option("--format", "form", type=click.Choice(FORMS), default=None)
lang_option = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh")


@click.group()
def command() -> None:
    """Leads for sales: whom to call first, and what to know before the call."""


@command.command("morning")
@asker_option
@click.option("--limit", type=click.IntRange(1, 20), default=5, help="Leads in the list.")
@lang_option
@form_option
@out_option
@today_option
@click.pass_obj
def morning_list(
    project: Path | None,
    user: str | None,
    limit: int,
    lang: str,
    form: str | None,
    out: Path | None,
    today: date | None,
) -> None:
    """Print whom to call first, each summed up in a line."""
    question = ("今天先跟进谁" if lang == "zh" else "who should I call first") + f" ({limit})"
    args: dict[str, object] = {"limit": limit, "summaries": limit}
    _deliver(project, user, today, ("rank_leads", args, question), form, out)


@command.command("show")
@click.argument("lead")
@click.option("--company", default="", help="Part of the company's name, for namesakes.")
@asker_option
@lang_option
@form_option
@out_option
@today_option
@click.pass_obj
def show_one(
    project: Path | None,
    lead: str,
    company: str,
    user: str | None,
    lang: str,
    form: str | None,
    out: Path | None,
    today: date | None,
) -> None:
    """Print everything about LEAD: an id, or a name with the company."""
    question = f"介绍一下线索 {lead}" if lang == "zh" else f"summarize lead {lead}"
    args: dict[str, object] = {"lead": lead, "company": company}
    _deliver(project, user, today, ("summarize_lead", args, question), form, out)


def _deliver(
    project: Path | None,
    user: str | None,
    today: date | None,
    call: tuple[str, dict[str, object], str],
    form: str | None,
    out: Path | None,
) -> None:
    from assistant.answer import ClarifyChoice

    form = form or form_of(out)
    check_target(form, out)
    assistant = load_assistant(project, today)
    tool, args, question = call
    reading = ClarifyChoice(label=question, plan=({"tool": tool, "args": args},))
    answer = assistant.ask(question, asker=user, choice=reading)
    deliver(answer, form, out)
