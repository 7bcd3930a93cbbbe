"""`askmql tools`: the typed tools behind every answer."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from bots.commands.common import (
    batch,
    error_json,
    load_layer,
    parse_date,
    run_as,
    today_option,
    user_option,
)


@click.group()
def command() -> None:
    """List the tools, or run one with JSON arguments."""


@command.command("list")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def list_tools(name: str | None, form: str) -> None:
    """List the tools; with NAME, show the JSON Schema of its arguments."""
    from tools import TOOLS, get_tool

    found = (get_tool(name),) if name else TOOLS
    if form == "json" or name:
        data = [
            {"name": t.name, "summary": t.summary, "args": t.args.model_json_schema()}
            for t in found
        ]
        click.echo(json.dumps(data[0] if name else data, ensure_ascii=False, indent=2))
        return
    for tool in found:
        click.echo(f"{tool.name:<18} {tool.summary}")


@command.command("run")
@click.argument("name")
@click.option("--args", "text", default="{}", help="Arguments as JSON.")
@user_option
@today_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="json")
@click.option(
    "--batch", "is_batch", is_flag=True, help="Read JSON lines, write one JSON line each."
)
@click.pass_obj
def run_tool(
    project: Path | None,
    name: str,
    text: str,
    user: str | None,
    today: date | None,
    form: str,
    *,
    is_batch: bool,
) -> None:
    """Run tool NAME with --args JSON and print its result as JSON."""
    del form
    layer = load_layer(project, today)
    if is_batch:
        batch(lambda item: _run_item(layer, name, item, user))
        return
    try:
        args = json.loads(text)
    except json.JSONDecodeError as error:
        raise click.UsageError(f"--args is not JSON: {error.msg} at column {error.colno}") from None
    click.echo(_run(layer, name, args, user))


def _run_item(layer: Any, name: str, item: dict[str, Any], user: str | None) -> str:  # noqa: ANN401 - SemanticLayer, imported lazily
    from semantic_layer import AskmqlError
    from semantic_layer.engine import EngineError

    try:
        day = parse_date(item.get("today"))
        asked = layer.at(day) if day else layer
        return _run(asked, name, item.get("args", {}), item.get("as") or user)
    except ValueError:
        return error_json("BAD_INPUT", "`today` is not a date such as 2026-10-28")
    except AskmqlError as error:
        return error_json(error.code, error.message, error.hint, error.candidates)
    except EngineError as error:
        return error_json(error.code, error.message, error.hint)


def _run(layer: Any, name: str, args: Any, user: str | None) -> str:  # noqa: ANN401 - SemanticLayer, JSON
    from tools.plain import plain

    result = run_as(layer, name, args, user)
    return json.dumps(
        {"status": "ok", "tool": name, "result": plain(result)}, ensure_ascii=False, default=str
    )
