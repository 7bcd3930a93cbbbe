"""What several commands share: loading with progress, dates, output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from assistant import Assistant
    from semantic_layer import SemanticLayer
    from tools import Result


class DateType(click.ParamType[date]):
    """An ISO date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401 - click's signature
        """Return the date or fail with an example."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2026-10-28", param, ctx)


DATE = DateType()
today_option = click.option("--today", type=DATE, default=None, help="Day of asking, for replay.")
user_option = click.option("--as", "user", default=None, help="User id of policies.yml.")


def ensure_data(project: Path | None) -> None:
    """Build the sample company's data if it is needed, showing progress."""
    from semantic_layer.project import find_project

    found = find_project(project)
    if found.config.engine.kind != "sample" or found.data_path.exists():
        return
    build_sample(found.data_path)


def build_sample(path: Path) -> None:
    """Build the sample company, with a progress bar on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from semantic_layer.demo import ensure_world

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Building the sample company", total=1.0)

        def step(what: str, done: float) -> None:
            bar.update(task, completed=done, description=f"Building the sample company: {what}")

        ensure_world(path, step)


def load_layer(
    project: Path | None, today: date | None = None, *, data: bool = True
) -> SemanticLayer:
    """Load the semantic layer, building sample data first if needed."""
    from semantic_layer import SemanticLayer

    if data:
        ensure_data(project)
    return SemanticLayer.load(project, today=today, data=data)


def load_assistant(project: Path | None, today: date | None = None) -> Assistant:
    """Load the assistant, building sample data first if needed."""
    from assistant import Assistant

    return Assistant(load_layer(project, today))


def run_as(layer: SemanticLayer, name: str, args: Any, user: str | None) -> Result:  # noqa: ANN401 - JSON
    """Run a tool for a user (default: the project's) and record it.

    Raises:
        AskmqlError: The tool refused, or the audit could not be written.
    """
    from assistant.recording import open_audit, run_recorded
    from tools import ToolContext

    asker = user or layer.project.config.default_user
    audit = open_audit(layer.project)
    return run_recorded(
        audit, name, args, lambda: ToolContext(layer, layer.scope(user), asker=asker), asker=asker
    )


def batch(handle: Callable[[dict[str, Any]], str]) -> None:
    """Answer JSON lines from standard input, one line each, in order, errors as objects."""
    for line in _lines():
        try:
            item = json.loads(line)
        except json.JSONDecodeError:
            item = None
        bad = error_json("BAD_INPUT", "each line must be one JSON object")
        click.echo(handle(item) if isinstance(item, dict) else bad)
        sys.stdout.flush()


def _lines() -> Iterator[str]:
    for line in sys.stdin:
        if line.strip():
            yield line


def error_json(code: str, message: str, hint: str = "", candidates: tuple[str, ...] = ()) -> str:
    """Return an error as one line of JSON."""
    info = {"code": code, "message": message, "hint": hint, "candidates": list(candidates)}
    return json.dumps({"status": "error", "error": info}, ensure_ascii=False)


def parse_date(text: object) -> date | None:
    """Return an ISO date from a batch item, or None when absent.

    Raises:
        ValueError: It is not an ISO date.
    """
    return date.fromisoformat(str(text)) if text else None
