"""The other side of `SqlProcess`: opens the data and answers JSON lines until its input ends."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from semantic_layer.convert import cell
from semantic_layer.engine import DuckDBEngine, EngineError, Limits

_SPARE_BYTES = 1 << 30  # private memory beside DuckDB's own limit: code, stacks, long texts


_TELLING = (
    "statistics_propagation",
    "projection_placement",
    "projection_pullup",
    "scalar_fn_pushdown",
)
"""Rewrites by which a statement's failure could tell of rows that are not shown: by the least and
greatest value of a whole column, or by computing something before the rules are applied."""


def main() -> None:
    """Serve until standard input ends."""
    settings = json.loads(sys.argv[1])
    _limit_process(_bytes(settings["memory"]))
    limits = Limits(memory=settings["memory"], temp="1GB", threads=1, disabled_optimizers=_TELLING)
    engine = DuckDBEngine.open(
        Path(settings["path"]), limits=limits, cache_dir=Path(settings["cache"])
    )
    with engine:
        for line in sys.stdin:
            sys.stdout.write(
                json.dumps(_answer(engine, json.loads(line)), ensure_ascii=False) + "\n"
            )
            sys.stdout.flush()


def _bytes(size: str) -> int:
    """Return the bytes of a size such as `1GB` or `512MB`."""
    units = {"GB": 1 << 30, "MB": 1 << 20, "KB": 1 << 10}
    return int(float(size[:-2]) * units[size[-2:].upper()])


def _limit_process(memory_bytes: int) -> None:
    """No core dumps, bounded memory: DuckDB's own limit does not count the texts of a row."""
    try:
        import resource
    except ImportError:  # not on Windows: the kill remains
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = memory_bytes + _SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    os.nice(5)


def _answer(engine: DuckDBEngine, job: dict[str, Any]) -> dict[str, Any]:
    if engine.fingerprint() != job["data"]:
        return {"code": "STALE_DATA"}
    try:
        found = engine.execute(job["sql"], timeout_s=job["timeout_s"], max_rows=job["max_rows"])
    except EngineError as error:
        return {"code": error.code}
    rows = [[cell(value) for value in row] for row in found.rows]
    return {
        "columns": found.columns,
        "types": found.types,
        "rows": rows,
        "truncated": found.truncated,
        "ms": found.elapsed_ms,
    }


if __name__ == "__main__":
    main()
