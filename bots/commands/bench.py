"""`askmql bench`: how fast the product is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bots.commands.common import ensure_data

if TYPE_CHECKING:
    from bots.bench import Figure


@click.command()
@click.argument(
    "suite",
    type=click.Choice(["semantic", "attribution", "identity", "leads", "agent", "load", "soak"]),
    default="semantic",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--quick", is_flag=True, help="Small data and few rounds: does it run at all?")
@click.option("--state", default="", help="load, soak: database of the server's state.")
@click.option(
    "--touches", type=int, multiple=True, help="Attribution: this many touches; may be repeated."
)
@click.option(
    "--peers",
    type=click.Path(exists=True, dir_okay=False),
    help="Attribution: a Python interpreter with the packages to compare with.",
)
def command(
    suite: str,
    state: str,
    *,
    as_json: bool,
    quick: bool,
    touches: tuple[int, ...],
    peers: str | None,
) -> None:
    """Measure speed against the goals and against hand-written SQL.

    `load` has a hundred people ask a real server for five minutes, `soak` kills it while they ask.
    It asks the sample company or made-up data, whatever the --project. Speed is no test: it always exits with 0.
    """
    # By name at run time: `bots` and `evals` are siblings, and neither may depend on the other.
    from importlib import import_module

    from semantic_layer.project import sample_root

    bench = import_module("evals.bench")
    if suite == "attribution":
        measures = bench.run_attribution(quick=quick, sizes=touches, peers=peers)
        bench.show(measures, as_json=as_json, title="Speed of attribution")
        return
    if suite == "identity":
        bench.show(
            bench.run_identity(quick=quick), as_json=as_json, title="Speed of identity resolution"
        )
        return
    ensure_data(sample_root())
    if suite == "leads":
        bench.show(bench.run_leads(quick=quick), as_json=as_json, title="Speed of summaries")
        return
    if suite in {"load", "soak"}:
        figures = _under_load(suite, state, quick=quick)
        kind = import_module("evals.bench.measure").Measure
        made = tuple(kind(f.name, f.value, f.unit, f.goal, f.note) for f in figures)
        bench.show(made, as_json=as_json, title="The server under load")
        return
    bench.show(bench.run(quick=quick, only=suite), as_json=as_json)


def _under_load(suite: str, state: str, *, quick: bool) -> tuple[Figure, ...]:
    from bots.bench import Plan, SoakPlan, run_load, run_soak

    if suite == "soak":
        return run_soak(SoakPlan(kills=1 if quick else 5, state_url=state))
    if quick:
        return run_load(Plan(askers=12, seconds=20, arrive_seconds=10, state_url=state))
    return run_load(Plan(state_url=state))
