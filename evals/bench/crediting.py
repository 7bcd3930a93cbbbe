"""One timed step of attribution in a process of its own: `python -m evals.bench.crediting STEP FOLDER`.

Prints JSON: CPU seconds, wall seconds and peak memory of the process. Everything starts from the
same two Parquet files; compiling is not in the time.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from evals.bench import credit_data
from evals.bench.credit_data import PAIRS
from evals.bench.one_step import Action, timed
from semantic_layer import SemanticLayer
from semantic_layer.compile.dialects import to_sql
from tools import ToolContext
from tools.attribution.bindings import bind
from tools.attribution.compute import chosen_models
from tools.attribution.contract import AttributeArgs
from tools.attribution.credits import group_tree
from tools.attribution.journeys import Journeys
from tools.attribution.markov import (
    CONVERSION,
    NULL,
    START,
    Transition,
    removal_effects,
    single_members,
)
from tools.attribution.paths import Method
from tools.attribution.transitions import chain_of, transition_tree

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SIX = ("first_touch", "last_touch", "linear", "u_shaped", "w_shaped", "time_decay")
_CONFIG = "timezone: UTC\ntoday: 2027-01-01\nattribution: {lookback_days: 90}\n"
_SCAN = "SELECT channel, count(*), sum(touch_id), max(touched_at), max(length(account_id)) FROM touches GROUP BY 1"
_JOIN = f"SELECT channel, count(*), sum(touch_id), max(touched_at), sum(amount) {PAIRS} GROUP BY 1"


def journeys(by: str, models: tuple[str, ...]) -> tuple[Journeys, Method]:
    """Return what the product builds its statements from, without data."""
    with tempfile.TemporaryDirectory(prefix="askmql-bench-") as folder:
        root = Path(folder)
        (root / "semantic_layer").mkdir()
        (root / "askmql.yml").write_text(_CONFIG, encoding="utf-8")
        definitions = root / "semantic_layer" / "bench.yml"
        definitions.write_text(credit_data.DEFINITIONS, encoding="utf-8")
        layer = SemanticLayer.load(root, data=False)
    context = ToolContext(layer)
    args = AttributeArgs(models=models, by=by)
    method = Method(chosen_models(args, context))
    binding = bind(args, context)
    return Journeys(binding, context, by, method.milestones, method.with_direct), method


def _rules(*models: str, exact: bool) -> Action:
    where, method = journeys("channel", models)
    sql = to_sql(group_tree(where, method, has_amount=exact))
    return lambda con: con.execute(sql).fetchall()


def _markov(by: str = "channel") -> Action:
    where, _ = journeys(by, ("markov",))
    sql = to_sql(transition_tree(where, 1, has_amount=True))

    def run(con: DuckDBPyConnection) -> object:
        chain = chain_of(con.execute(sql).fetchall(), 1)
        return removal_effects(chain, single_members(chain))

    return run


def _matrix(states: int = 2_000) -> Action:
    """The matrix part alone, for many campaigns: every state leads to ten others."""
    names = [f"c{n}" for n in range(states)]
    chain = [Transition(START, n, 1) for n in names]
    for place, name in enumerate(names):
        chain += [Transition(name, names[(place * 7 + k * 31) % states], 1) for k in range(10)]
        chain += [Transition(name, CONVERSION, 1, 5.0), Transition(name, NULL, 2)]
    return lambda _: removal_effects(chain, single_members(chain))


STEPS: dict[str, Callable[[], Action]] = {
    "scan": lambda: lambda con: con.execute(_SCAN).fetchall(),
    "join": lambda: lambda con: con.execute(_JOIN).fetchall(),
    "six": lambda: _rules(*SIX, exact=False),
    "exact": lambda: _rules("linear", "u_shaped", exact=True),
    "six_exact": lambda: _rules(*SIX, exact=True),
    "three": lambda: _rules(*SIX[:3], exact=False),
    "markov": _markov,
    "markov_campaigns": lambda: _markov("campaign"),
    "shapley": lambda: _rules("shapley", exact=False),
    "matrix": _matrix,
}


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # threads that wait would count as work
    sys.stdout.write("\n" + json.dumps(timed(STEPS[sys.argv[1]](), Path(sys.argv[2]))) + "\n")
