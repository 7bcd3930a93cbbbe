"""`askmql metrics`: the catalogue."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bots.commands.common import load_layer, run_as, user_option


@click.group()
def command() -> None:
    """List, show or search the metrics."""


@command.command("list")
@user_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def list_metrics(project: Path | None, user: str | None, form: str) -> None:
    """List every metric the user may ask for."""
    _print_list(project, "", user, form)


@command.command("search")
@click.argument("text")
@user_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def search(project: Path | None, text: str, user: str | None, form: str) -> None:
    """List metrics whose id, label or synonyms contain TEXT."""
    _print_list(project, text, user, form)


@command.command("show")
@click.argument("metric")
@user_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def show(project: Path | None, metric: str, user: str | None, form: str) -> None:
    """Show one METRIC in full."""
    from assistant.tell import tell

    layer = load_layer(project, data=False)
    result = run_as(layer, "describe_metric", {"metric": metric}, user)
    if form == "json":
        click.echo(result.model_dump_json())
        return
    told = tell(result, layer.project.config.locale)
    click.echo(f"{told.headline}\n{told.text}")


def _print_list(project: Path | None, text: str, user: str | None, form: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from tools.catalog import MetricList

    layer = load_layer(project, data=False)
    result = run_as(layer, "list_metrics", {"search": text}, user)
    if not isinstance(result, MetricList):
        return
    if form == "json":
        click.echo(json.dumps([m.model_dump() for m in result.metrics], ensure_ascii=False))
        return
    table = Table("id", "中文", "English", "unit", "level", box=None)
    for metric in result.metrics:
        table.add_row(metric.id, metric.label.zh, metric.label.en, metric.unit, metric.level)
    Console().print(table)
    click.echo(f"{len(result.metrics)} metrics")
