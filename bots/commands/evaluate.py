"""`askmql eval`: the question sets."""

from __future__ import annotations

import sys

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def command(args: tuple[str, ...]) -> None:
    """Score the answers to every question set; see --help-sets for its options.

    Exit 1 when more than 0.5 % of the answers are wrong, or when a question that must not be
    answered was.
    """
    # evals may read the whole product, the product never imports evals: load it by name.
    from importlib import import_module

    options = ["--help"] if "--help-sets" in args else list(args)
    sys.exit(import_module("evals.run").main(options))
