"""`askmql bench`: how fast the product is."""

from __future__ import annotations

import click

from bots.commands.common import ensure_data


@click.command()
@click.argument(
    "suite",
    type=click.Choice(["semantic", "attribution", "identity", "agent"]),
    default="semantic",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--quick", is_flag=True, help="Small data and few rounds: does it run at all?")
@click.option(
    "--touches", type=int, multiple=True, help="Attribution: this many touches; may be repeated."
)
@click.option(
    "--peers",
    type=click.Path(exists=True, dir_okay=False),
    help="Attribution: a Python interpreter with the packages to compare with.",
)
def command(
    suite: str, *, as_json: bool, quick: bool, touches: tuple[int, ...], peers: str | None
) -> None:
    """Measure speed against the goals and against hand-written SQL.

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
    bench.show(bench.run(quick=quick, only=suite), as_json=as_json)
