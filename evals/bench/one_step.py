"""One timed step on the two Parquet files, in the process that it is called in."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from evals.bench import credit_data

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Action = Callable[["DuckDBPyConnection"], object]


def timed(action: Action, folder: Path) -> dict[str, float]:
    """Return CPU seconds, wall seconds and peak megabytes; connecting is not in the time."""
    con = credit_data.connect(folder)
    cpu, wall = time.process_time(), time.perf_counter()
    action(con)
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
