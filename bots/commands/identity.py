"""`askmql identity`: which records are one human, why, and what people decided."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bots.commands.common import load_layer, user_option

if TYPE_CHECKING:
    from pydantic import BaseModel

    from tools.base import ToolContext
    from tools.identity.store import Progress

form_option = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
comment_option = click.option("--comment", default="", help="Why.")


@click.group()
def command() -> None:
    """Find out which records are one human; undo it where it is wrong."""


@command.command("run")
@user_option
@form_option
@click.pass_obj
def run_all(project: Path | None, user: str | None, form: str) -> None:
    """Load what has changed and link everything; goes on after an interruption."""
    from tools.identity.service import run_identity

    with _bar() as progress:
        report = run_identity(_context(project, user), progress)
    _show(report, form)


@command.command("report")
@user_option
@form_option
@click.pass_obj
def show_report(project: Path | None, user: str | None, form: str) -> None:
    """Show how many humans there are, and the duplicate rate before and after."""
    from tools.identity.service import report_identity

    report = report_identity(_context(project, user))
    if form == "json":
        extra = {}
        if report.duplicates is not None:
            extra = {
                "duplicate_rate": {
                    "before": report.duplicates.before,
                    "after": report.duplicates.after,
                }
            }
        click.echo(json.dumps({**report.model_dump(), **extra}, ensure_ascii=False))
        return
    click.echo(
        f"{report.records:,} records are {report.persons:,} people; {report.review:,} pairs to look at"
    )
    click.echo("Linked by: " + ", ".join(f"{c.name} {c.count:,}" for c in report.links))
    click.echo(
        "Values not trusted: "
        + (", ".join(f"{c.name} {c.count:,}" for c in report.conflicts) or "none")
    )
    click.echo(f"{report.accounts:,} accounts have {report.account_names:,} distinct company names")
    if report.duplicates is not None:
        d = report.duplicates
        click.echo(
            f"Duplicate leads: {d.before:.1%} before, {d.after:.1%} after ({d.flagged:,} and {d.unresolved:,} of {d.leads:,})"
        )
    if report.agreement is not None and report.agreement.precision is not None:
        a = report.agreement
        click.echo(
            f"Against the stored identity: precision {a.precision or 0:.3f}, recall {a.recall or 0:.3f}"
        )


@command.command("explain")
@click.argument("record")
@user_option
@form_option
@click.pass_obj
def explain_one(project: Path | None, record: str, user: str | None, form: str) -> None:
    """Show why RECORD belongs to whom it does."""
    from tools.identity.service import explain_identity

    found = explain_identity(_context(project, user), record)
    if form == "json":
        click.echo(json.dumps(found.model_dump(), ensure_ascii=False))
        return
    click.echo(f"{record} is person {found.person}, with {len(found.records)} records")
    for why in (*found.links, *found.proposals):
        chance = f" p={why.probability:.3f}" if why.probability is not None else ""
        bits = " ".join(f"{b.name}{b.count:+d}" for b in why.bits)
        click.echo(f"  {why.a} - {why.b}: {why.rule} {why.value}{chance} {bits}".rstrip())


@command.command("merge")
@click.argument("a")
@click.argument("b")
@comment_option
@user_option
@click.pass_obj
def merge_two(project: Path | None, a: str, b: str, comment: str, user: str | None) -> None:
    """Say that records A and B are one human. It wins over every rule, for ever."""
    from tools.identity.service import decide

    number = decide(_context(project, user), "merge", (a, b), comment)
    click.echo(f"Decision {number}: {a} and {b} are one human from the next run on.")


@command.command("split")
@click.argument("record")
@comment_option
@user_option
@click.pass_obj
def split_one(project: Path | None, record: str, comment: str, user: str | None) -> None:
    """Say that RECORD stands alone. It wins over every rule, for ever."""
    from tools.identity.service import decide

    number = decide(_context(project, user), "split", (record,), comment)
    click.echo(f"Decision {number}: {record} stands alone from the next run on.")


@command.command("undo")
@click.argument("decision", type=int)
@click.pass_obj
def undo_one(project: Path | None, decision: int) -> None:
    """Take a decision back."""
    from semantic_layer.project import find_project
    from tools.identity.decisions import DecisionStore

    DecisionStore(find_project(project).home).undo(decision)
    click.echo(f"Decision {decision} is undone from the next run on.")


def _context(project: Path | None, user: str | None) -> ToolContext:
    from tools import ToolContext

    layer = load_layer(project)
    asker = user or layer.project.config.default_user
    return ToolContext(layer, layer.scope(user), asker=asker)


def _show(report: BaseModel, form: str) -> None:
    if form == "json":
        click.echo(report.model_dump_json())
        return
    for name, value in report.model_dump().items():
        click.echo(f"{name:<10} {value:,}")


@contextmanager
def _bar() -> Iterator[Progress]:
    """Show progress on standard error."""
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("load", total=None)

        def step(what: str, records: int) -> None:
            bar.update(task, description=f"{what}: {records:,}")

        yield step
