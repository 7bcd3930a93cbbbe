"""The other side of `SqlProcess`: opens the data and answers JSON lines until its input ends."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from semantic_layer.convert import cell
from semantic_layer.engine import DuckDBEngine, EngineError, Limits

_SPARE_BYTES = 6 << 30  # address space beside DuckDB's own limit: code, stacks, mapped files


def main() -> None:
    """Serve until standard input ends."""
    settings = json.loads(sys.argv[1])
    _limit_process()
    limits = Limits(memory=settings["memory"], temp="1GB", threads=1)
    engine = DuckDBEngine.open(
        Path(settings["path"]), limits=limits, cache_dir=Path(settings["cache"])
    )
    with engine:
        for line in sys.stdin:
            sys.stdout.write(
                json.dumps(_answer(engine, json.loads(line)), ensure_ascii=False) + "\n"
            )
            sys.stdout.flush()


def _limit_process() -> None:
    """No core dumps, no new files beyond the spill, bounded address space."""
    try:
        import resource
    except ImportError:  # not on Windows: the kill remains
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_SPARE_BYTES, _SPARE_BYTES))
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
