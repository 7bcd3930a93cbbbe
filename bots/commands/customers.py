"""`askmql customers`: train and measure who may leave, or buy again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bots.commands.common import load_layer, user_option
from bots.commands.score import form_option, print_report

if TYPE_CHECKING:
    from tools.customers.training import Goal

goal_argument = click.argument("goal", type=click.Choice(["churn", "repurchase"]))


@click.group()
def command() -> None:
    """Train and measure who may leave, or buy again."""


@command.command("train")
@goal_argument
@user_option
@form_option
@click.pass_obj
def train_model(
    project: Path | None, goal: Goal, user: str | None, form: Literal["text", "json"]
) -> None:
    """Train on the earlier cases, measure on the later ones, keep the model."""
    from tools import ToolContext
    from tools.customers.propensity import has_earned_it, model_folder
    from tools.customers.training import training_rows
    from tools.propensity.artefact import save, version_of
    from tools.propensity.train import train

    layer = load_layer(project)
    context = ToolContext(layer, layer.scope(user))
    raw, spec = training_rows(context, goal)
    trained = train(raw, spec)
    version = version_of(raw, spec)
    place = save(trained, model_folder(context, goal), version)
    report = trained.report.model_copy(update={"version": version})
    print_report(report, form)
    click.echo(f"Model {version} written to {place}", err=True)
    if not has_earned_it(report):
        click.echo("It is not clearly better than chance and the simple rule: not used.", err=True)


@command.command("report")
@goal_argument
@form_option
@click.pass_obj
def show_report(project: Path | None, goal: Goal, form: Literal["text", "json"]) -> None:
    """Show how the latest model was measured."""
    from semantic_layer.project import find_project
    from tools.customers.propensity import folder_of
    from tools.propensity.artefact import read_meta
    from tools.propensity.report import ModelReport

    meta = read_meta(folder_of(find_project(project).home, goal))
    print_report(ModelReport.model_validate(meta["report"]), form)
