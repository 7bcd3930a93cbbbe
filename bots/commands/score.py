"""`askmql score`: train, measure and use a propensity model, honestly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bots.commands.common import load_layer, user_option

if TYPE_CHECKING:
    import pandas as pd

    from tools.propensity.report import ModelReport
    from tools.propensity.spec import TrainingSpec

csv_option = click.option(
    "--csv", "table", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
    help="A table with outcomes; default: the project's own leads.",
)  # fmt: skip
form_option = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
out_option = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder of the model.",
)


@click.group()
def command() -> None:
    """Train, measure and use a propensity model, honestly."""


@command.command("train")
@csv_option
@click.option(
    "--spec", "spec_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
    help="YAML: outcome, id, order, late, early, …",
)  # fmt: skip
@out_option
@user_option
@form_option
@click.pass_obj
def train_model(
    project: Path | None,
    table: Path | None,
    spec_file: Path | None,
    out: Path | None,
    user: str | None,
    form: str,
) -> None:
    """Train on the earlier rows, measure on the later ones, keep the model."""
    if (table is None) != (spec_file is None):
        raise click.UsageError("--csv and --spec go together")
    from tools.propensity.artefact import save, version_of
    from tools.propensity.train import train

    raw, spec = _rows(project, table, spec_file, user)
    trained = train(raw, spec)
    version = version_of(raw, spec)
    folder = _folder(project, out) if table is None else out or _csv_folder(project, table)
    save(trained, folder, version)
    report = trained.report.model_copy(update={"version": version})
    print_report(report, form)
    again = "" if table is None else f"; report and predict with --out {folder}"
    click.echo(f"Model {version} written to {folder}{again}", err=True)


@command.command("report")
@out_option
@form_option
@click.option(
    "--chart", type=click.Path(dir_okay=False, path_type=Path), default=None,
    help="Also draw the calibration, beside the rules: a png, svg, html, csv or xlsx file.",
)  # fmt: skip
@click.pass_obj
def show_report(project: Path | None, out: Path | None, form: str, chart: Path | None) -> None:
    """Show how the latest model was measured."""
    from assistant.leads.calibration import calibration_answer
    from bots.commands.output import check_target, deliver, form_of
    from tools.propensity.artefact import read_meta
    from tools.propensity.report import ModelReport

    report = ModelReport.model_validate(read_meta(_folder(project, out))["report"])
    if chart is not None:
        check_target(form_of(chart), chart)
        deliver(calibration_answer(report), form_of(chart), chart)
    print_report(report, form)


@command.command("drift")
@out_option
@user_option
@click.pass_obj
def show_drift(project: Path | None, out: Path | None, user: str | None) -> None:
    """Print how far the leads of the last 90 days have moved from what the model learnt."""
    from tools import ToolContext
    from tools.propensity.artefact import load
    from tools.propensity.live import moved

    layer = load_layer(project)
    trained = load(_folder(project, out))
    found = moved(ToolContext(layer, layer.scope(user)), trained)
    for item in found:
        click.echo(f"{item.field:<30} {item.psi:.3f}{'  moved' if item.has_moved else ''}")
    share = f"{sum(d.has_moved for d in found)} of {len(found)} columns have moved"
    click.echo(f"{share} (PSI over 0.25): train again if these matter")


@command.command("predict")
@click.option(
    "--csv", "table", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True
)
@out_option
@click.option("--limit", type=click.IntRange(min=1), default=20)
@click.pass_obj
def predict_rows(project: Path | None, table: Path, out: Path | None, limit: int) -> None:
    """Print probabilities with reasons as JSON, best first, and what has drifted."""
    from tools.propensity.artefact import load
    from tools.propensity.drift import drift
    from tools.propensity.models import ready
    from tools.propensity.reasons import explain
    from tools.propensity.table import as_trained, read_csv

    trained = load(_folder(project, out))
    raw = read_csv(table)
    frame = as_trained(raw[list(trained.features)], trained.spec, trained.numeric)
    frame = ready(frame, trained.numeric)
    ids = list(raw[trained.spec.id]) if trained.spec.id else [str(n) for n in range(len(raw))]
    found = sorted(explain(trained, frame, ids), key=lambda p: (-p.probability, p.id))
    moved = [d for d in drift(frame, trained.profile, trained.numeric) if d.has_moved]
    click.echo(
        json.dumps(
            {
                "rows": [p.model_dump() for p in found[:limit]],
                "drifted": [d.model_dump() for d in moved],
                "version": trained.report.version,
            },
            ensure_ascii=False,
        )
    )


def _rows(
    project: Path | None, table: Path | None, spec_file: Path | None, user: str | None
) -> tuple[pd.DataFrame, TrainingSpec]:
    if table is not None and spec_file is not None:
        from tools.propensity.spec import read_spec
        from tools.propensity.table import read_csv

        return read_csv(table), read_spec(spec_file)
    from tools import ToolContext
    from tools.propensity.leads import training_rows

    layer = load_layer(project)
    return training_rows(ToolContext(layer, layer.scope(user)))


def _folder(project: Path | None, out: Path | None) -> Path:
    from semantic_layer.project import find_project
    from tools.propensity.artefact import leads_folder

    return out or leads_folder(find_project(project).home)


def _csv_folder(project: Path | None, table: Path) -> Path:
    """Return a folder apart from the project's own models: that of its leads is in use."""
    return _folder(project, None).parent / "csv" / table.stem


def print_report(report: ModelReport, form: str) -> None:
    """Print how a model was measured, as text or JSON."""
    if form == "json":
        click.echo(json.dumps(report.model_dump(mode="json"), ensure_ascii=False))
        return
    for line in _lines(report):
        click.echo(line)


def _lines(r: ModelReport) -> list[str]:
    split = f"rows from {r.boundary} on" if r.split == "time" else "a random part"
    tried = ", ".join(f"{c.model} AUC {c.auc:.3f} Brier {c.brier:.3f}" for c in r.candidates)
    rules = f"; the rule score has {r.rules_auc:.3f}" if r.rules_auc is not None else ""
    return [
        f"{r.rows:,} rows, {r.outcomes:,} outcomes; measured on {split}: {r.test_rows:,} rows",
        f"Model: {r.model} (inside the training rows: {tried})",
        f"AUC {r.auc:.3f}{rules}   Brier {r.brier:.3f}   log loss {r.log_loss:.3f}",
        f"Best tenth: {r.top_decile_precision:.1%} converted (lift {r.lift:.2f}); best fifth holds {r.top_fifth_share:.1%} of outcomes",
        *(f"Left out, knows the outcome: {k.field} ({k.detail or k.kind})" for k in r.leaks),
        *(f"Suspect, kept: {k.field} (declare it under `late` or `early`)" for k in r.suspects),
        *(
            [f"Without the suspect columns: AUC {r.unsuspected_auc:.3f}"]
            if r.unsuspected_auc
            else []
        ),
        *(f"Left out, {k.why}: {k.field}" for k in r.left_out),
        "Calibration (predicted → happened): "
        + "  ".join(f"{b.predicted:.0%}→{b.happened:.0%}" for b in r.calibration),
        "Weight: " + ", ".join(f"{w.field} {w.loss:.3f}" for w in r.weights[:8]),
        *(_group(g) for g in r.fairness),
        *r.notes,
    ]


def _group(g: Any) -> str:  # noqa: ANN401 - a Group, imported lazily
    auc = f", AUC {g.auc:.3f}" if g.auc is not None else ""
    return f"{g.field} = {g.value}: {g.rows} rows, predicted {g.predicted:.1%}, happened {g.happened:.1%}{auc}"
