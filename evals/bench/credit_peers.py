"""One timed step of another attribution package: `python -m evals.bench.credit_peers STEP FOLDER`.

It needs nothing of the product but the data, so that peers can live in an environment of their
own. They take paths as text; building those from the same two files is part of their time.
Each gets what its own documents ask for: rules only the journeys that convert, Markov chains and
Shapley values all of them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from evals.bench.credit_data import PAIRS
from evals.bench.one_step import Action, timed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WON = f"""
SELECT string_agg(t.channel, ' > ' ORDER BY t.touched_at, t.touch_id) AS path, 1 AS won, 0 AS lost
{PAIRS} GROUP BY d.deal_id
"""
_LOST = """
SELECT string_agg(channel, ' > ' ORDER BY touched_at, touch_id) AS path, 0 AS won, 1 AS lost
FROM touches ANTI JOIN deals USING (account_id) GROUP BY account_id
"""
_ALL = f"{_WON} UNION ALL {_LOST}"
_GROUPED = f"""
SELECT path, sum(won)::BIGINT AS won, sum(lost)::BIGINT AS lost FROM ({_ALL}) GROUP BY path
"""  # noqa: S608 - constants


def _channel_attribution(call: str, paths: str, **options: object) -> Action:
    import ChannelAttribution  # type: ignore[import-not-found]  # a peer, timed only where installed

    function = getattr(ChannelAttribution, call)
    return lambda con: function(con.execute(paths).df(), "path", "won", flg_pro=False, **options)


def _mam() -> Action:
    from mam import MAM  # type: ignore[import-not-found]  # the same

    counted = f"SELECT path, won > 0 AS won, count(*) AS times FROM ({_ALL}) GROUP BY 1, 2"  # noqa: S608 - constants

    def run(con: DuckDBPyConnection) -> object:
        frame = con.execute(counted).df()
        names = {"channels_colname": "path", "journey_with_conv_colname": "won"}
        return MAM(frame, "grouped_journey", **names, occurrences_colname="times").run_markov()

    return run


def _mta() -> Action:
    from mta import MTA  # type: ignore[import-not-found]  # the same

    renamed = f"SELECT path, won AS total_conversions, lost AS total_null FROM ({_GROUPED})"  # noqa: S608 - constants
    options = {"add_timepoints": False, "allow_loops": True}
    return lambda con: MTA(data=con.execute(renamed).df(), **options).shapley()


MODULES = {
    "ca_rules": "ChannelAttribution",
    "ca_markov": "ChannelAttribution",
    "mam_markov": "mam",
    "mta_shapley": "mta",
}
"""Step -> the module that it times."""
STEPS: dict[str, Callable[[], Action]] = {
    "paths_won": lambda: lambda con: con.execute(_WON).fetchall(),
    "ca_rules": lambda: _channel_attribution("heuristic_models", _WON),
    "ca_markov": lambda: _channel_attribution(
        "markov_model", _ALL, var_null="lost", verbose=False, seed=1
    ),
    "mam_markov": _mam,
    "mta_shapley": _mta,
}


def installed() -> list[str]:
    """Return the steps whose package is there."""
    return [step for step, module in MODULES.items() if find_spec(module)]


def main(arguments: list[str]) -> None:
    """Print the result of a step as the last line, after what peers print themselves."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if arguments == ["installed"]:
        found: object = installed()
    else:
        found = timed(STEPS[arguments[0]](), Path(arguments[1]))
    sys.stdout.write("\n" + json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
