"""Compiled SQL against hand-written SQL: first the same rows, then the same speed."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from evals.bench.compiling import star_context
from evals.bench.measure import Measure, interleaved_ms
from evals.bench.star import LEADS, QUESTIONS, Question, build
from semantic_layer.compile import Context, compile_query
from semantic_layer.scope import EVERYTHING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Rows = list[tuple[object, ...]]


def same(ours: Rows, theirs: Rows) -> bool:
    """Whether two answers have the same rows in the same order."""
    return len(ours) == len(theirs) and all(
        len(a) == len(b) and all(map(_same_cell, a, b)) for a, b in zip(ours, theirs, strict=True)
    )


def _same_cell(one: object, other: object) -> bool:
    numbers = (int, float, Decimal)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return math.isclose(float(one), float(other), rel_tol=1e-9)
    return one == other


def measure(*, quick: bool = False) -> tuple[Measure, ...]:
    """Measure every question on the star data, ours over hand SQL."""
    import duckdb

    context = star_context()
    with tempfile.TemporaryDirectory(prefix="askmql-bench-") as folder:
        con = duckdb.connect(str(Path(folder) / "star.duckdb"), config={"threads": 2})
        try:
            build(con, 4_000 if quick else LEADS)
            con.execute("CHECKPOINT")
            return tuple(_question(con, context, q, 3 if quick else 21) for q in QUESTIONS)
        finally:
            con.close()


def _question(
    con: DuckDBPyConnection, context: Context, question: Question, rounds: int
) -> Measure:
    name = f"execute {question.name}"
    ours = compile_query(context, question.query, EVERYTHING).sql
    if not same(con.execute(ours).fetchall(), con.execute(question.hand).fetchall()):
        return Measure(name, math.inf, "x hand", 1.3, "NOT THE SAME ROWS")
    mine, hand = interleaved_ms((_runner(con, ours), _runner(con, question.hand)), rounds)
    return Measure(name, mine / hand, "x hand", 1.3, f"{mine:.1f} ms, by hand {hand:.1f} ms")


def _runner(con: DuckDBPyConnection, sql: str) -> Callable[[], object]:
    return lambda: con.execute(sql).fetchall()
