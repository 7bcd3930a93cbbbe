"""`askmql audit`: the record of who asked what."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from assistant.audit import AuditLog, Record
    from semantic_layer.project import Project


@click.group()
def command() -> None:
    """Search, verify, export or erase the record of questions."""


def _filters(function: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--text", default=None, help="Words in the question, plan or SQL."),
        click.option("--outcome", default=None, help="answered, denied, refused, error ..."),
        click.option(
            "--withheld", is_flag=True, help="Answers that withheld groups of few people."
        ),
        click.option("--until", default=None, help="First instant too late, UTC (2026-10-02)."),
        click.option("--since", default=None, help="First instant, UTC (2026-10-01)."),
        click.option("--as", "asker", default=None, help="User id of the asker."),
    ):
        function = option(function)
    return function


@command.command()
@_filters
@click.option("--limit", type=click.IntRange(1), default=20, help="How many at most.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def search(project: Path | None, /, limit: int, form: str, **filters: Any) -> None:
    """Show the newest records that meet every condition."""
    for record in _log(project).search(limit=limit, **filters):
        click.echo(_json(record) if form == "json" else _line(record))


@command.command()
@_filters
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None)
@click.pass_obj
def export(project: Path | None, /, out: Path | None, **filters: Any) -> None:
    """Write records as JSON lines, newest first."""
    from semantic_layer import AskmqlError

    lines = (_json(record) + "\n" for record in _log(project).search(**filters))
    if out is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    problem = ""
    try:
        with out.open("w", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        problem = error.strerror or str(error)
    if problem:
        raise AskmqlError("CANNOT_WRITE", f"{out} cannot be written: {problem}")


@command.command()
@click.option("--head", default=None, help="number:hash noted earlier; it must still be there.")
@click.pass_obj
def verify(project: Path | None, head: str | None) -> None:
    """Check the chain; exit 1 when a record was changed or is missing."""
    if head is not None and not head.split(":")[0].isdigit():
        raise click.UsageError("--head is number:hash, as `audit verify` prints it")
    verdict = _log(project).verify(head)
    if verdict.problem:
        click.echo(f"BROKEN: {verdict.problem} ({verdict.records} records hold)", err=True)
        sys.exit(1)
    click.echo(f"OK: {verdict.records} records, head {verdict.head or '-'}")


@command.command()
@click.argument("user")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(project: Path | None, user: str, *, yes: bool) -> None:
    """Erase what USER asked: questions, plans, SQL, name, conversations. The chain still holds."""
    from assistant.store import ConversationStore

    if not yes:
        click.confirm(f"Erase everything that {user} has asked?", abort=True)
    found = _project(project)
    emptied = _audit(found).erase(user, getpass.getuser())
    turns = ConversationStore(found.home).erase(user)
    click.echo(f"{emptied} records emptied, {turns} turns of conversations deleted")


@command.command()
@click.option("--days", type=click.IntRange(1), default=None, help="Default: audit.keep_days.")
@click.pass_obj
def prune(project: Path | None, days: int | None) -> None:
    """Delete records older than the retention; the chain verifies from there."""
    found = _project(project)
    kept = days or found.config.audit.keep_days
    click.echo(f"{_audit(found).prune(kept, getpass.getuser())} records deleted")


def _project(project: Path | None) -> Project:
    from semantic_layer.project import find_project

    return find_project(project)


def _log(project: Path | None) -> AuditLog:
    return _audit(_project(project))


def _audit(project: Project) -> AuditLog:
    from assistant.recording import open_audit

    return open_audit(project)


def _json(record: Record) -> str:
    return json.dumps(record.as_dict(), ensure_ascii=False)


def _line(record: Record) -> str:
    personal: Any = record.personal or {}
    plan = [step.get("tool") for step in personal.get("plan", ())]
    what = personal.get("question") or ", ".join(filter(None, plan)) or "(erased)"
    return f"{record.seq:>7} {record.at} {record.asker or '-':<14} {record.outcome:<9} {what}"
