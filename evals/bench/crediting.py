"""One timed step of attribution in a process of its own: `python -m evals.bench.crediting STEP FOLDER`.

Prints JSON: CPU seconds, wall seconds and peak memory of the process. Everything starts from the
same two Parquet files; peers' path building is part of their time.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from evals.bench import credit_data
from semantic_layer import SemanticLayer
from semantic_layer.compile.dialects import to_sql
from tools import ToolContext
from tools.attribution.bindings import bind
from tools.attribution.compute import chosen_models
from tools.attribution.contract import AttributeArgs
from tools.attribution.credits import Method, group_tree
from tools.attribution.journeys import Journeys
from tools.attribution.markov import (
    CONVERSION,
    NULL,
    START,
    Transition,
    removal_effects,
    single_members,
)
from tools.attribution.transitions import chain_of, transition_tree

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SIX = ("first_touch", "last_touch", "linear", "u_shaped", "w_shaped", "time_decay")
_CONFIG = "timezone: UTC\ntoday: 2027-01-01\nattribution: {lookback_days: 90}\n"
_PAIRS = (
    "FROM deals d JOIN touches t ON t.account_id = d.account_id "
    "AND t.touched_at <= d.closed_at AND t.touched_at >= d.closed_at - INTERVAL 90 DAY"
)
_SCAN = "SELECT channel, count(*), sum(touch_id), max(touched_at), max(length(account_id)) FROM touches GROUP BY 1"
_JOIN = f"SELECT channel, count(*), sum(touch_id), max(touched_at), sum(amount) {_PAIRS} GROUP BY 1"
_STRINGS = f"""
WITH won AS (SELECT d.deal_id, string_agg(t.channel, ' > ' ORDER BY t.touched_at, t.touch_id) AS path {_PAIRS} GROUP BY 1),
lost AS (SELECT account_id, string_agg(channel, ' > ' ORDER BY touched_at, touch_id) AS path
  FROM touches ANTI JOIN deals USING (account_id) GROUP BY 1)
SELECT path, 1 AS won, 0 AS lost FROM won UNION ALL SELECT path, 0, 1 FROM lost
"""  # noqa: S608 - constants


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


def _rules(*models: str, exact: bool) -> Callable[[DuckDBPyConnection], object]:
    where, method = journeys("channel", models)
    sql = to_sql(group_tree(where, method, has_amount=exact))
    return lambda con: con.execute(sql).fetchall()


def _markov(by: str = "channel") -> Callable[[DuckDBPyConnection], object]:
    where, _ = journeys(by, ("markov",))
    sql = to_sql(transition_tree(where, 1, has_amount=True))

    def run(con: DuckDBPyConnection) -> object:
        chain = chain_of(con.execute(sql).fetchall(), 1)
        return removal_effects(chain, single_members(chain))

    return run


def _matrix(states: int = 2_000) -> Callable[[DuckDBPyConnection], object]:
    """The matrix part alone, for many campaigns: every state leads to ten others."""
    names = [f"c{n}" for n in range(states)]
    chain = [Transition(START, n, 1) for n in names]
    for place, name in enumerate(names):
        chain += [Transition(name, names[(place * 7 + k * 31) % states], 1) for k in range(10)]
        chain += [Transition(name, CONVERSION, 1, 5.0), Transition(name, NULL, 2)]
    return lambda _: removal_effects(chain, single_members(chain))


def _frame(con: DuckDBPyConnection) -> object:
    return con.execute(_STRINGS).df()


def _channel_attribution(call: str, **options: object) -> Callable[[DuckDBPyConnection], object]:
    import ChannelAttribution  # type: ignore[import-not-found]  # a peer, timed only where installed

    function = getattr(ChannelAttribution, call)
    return lambda con: function(_frame(con), "path", "won", **options)


def _mam(call: str) -> Callable[[DuckDBPyConnection], object]:
    import marketing_attribution_models as mam  # type: ignore[import-not-found]  # the same

    def run(con: DuckDBPyConnection) -> object:
        frame = con.execute(_STRINGS).df()
        model = mam.MAM(frame, channels_colname="path", journey_with_conv_colname="won",
                        group_channels=False, path_separator=" > ")  # fmt: skip
        return getattr(model, call)()

    return run


def _mta(call: str) -> Callable[[DuckDBPyConnection], object]:
    import mta  # type: ignore[import-not-found]  # the same

    def run(con: DuckDBPyConnection) -> object:
        frame = con.execute(
            f"SELECT path, sum(won) AS total_conversions, sum(lost) AS total_null, 0.0 AS total_conversion_value FROM ({_STRINGS}) GROUP BY 1"  # noqa: S608 - constants
        ).df()
        return getattr(mta.MTA(data=frame, allow_loops=True), call)()

    return run


STEPS: dict[str, Callable[[], Callable[[DuckDBPyConnection], object]]] = {
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
    "ca_rules": lambda: _channel_attribution("heuristic_models"),
    "ca_markov": lambda: _channel_attribution("markov_model", var_null="lost"),
    "mam_markov": lambda: _mam("attribution_markov"),
    "mta_shapley": lambda: _mta("shapley"),
}


def step(name: str, folder: Path) -> dict[str, float]:
    """Run one step; compiling and connecting are not in the time."""
    action = STEPS[name]()
    con = credit_data.connect(folder)
    cpu, wall = time.process_time(), time.perf_counter()
    action(con)
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(step(sys.argv[1], Path(sys.argv[2]))))
