"""Run the tests that metrics carry in YAML.

A test is either hand-written SQL whose rows must equal the metric's (`query` + `sql`), or
a condition that every row must meet (`query` + `check`, over the result's columns).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from pydantic import ValidationError
from sqlglot.executor import execute

from semantic_layer.convert import cell
from semantic_layer.errors import AskmqlError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import MetricTest
from semantic_layer.query import Query
from semantic_layer.result import Cell


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one test found."""

    metric: str
    index: int
    passed: bool
    message: str


def run_tests(layer: SemanticLayer) -> tuple[Outcome, ...]:
    """Run every metric's tests against the data, with all rights."""
    return tuple(
        _run(layer, name, i, test)
        for name, metric in layer.definitions.metrics.items()
        for i, test in enumerate(metric.tests)
    )


def _run(layer: SemanticLayer, metric: str, index: int, test: MetricTest) -> Outcome:
    try:
        query = Query.model_validate({"metrics": [metric], **test.query})
        problem = next(_problems(layer, query, test), "")
    except ValidationError as error:
        problem = f"bad query: {error.errors(include_url=False)[0]['msg']}"
    except AskmqlError as error:
        problem = f"{error.code}: {error.message}"
    return Outcome(metric, index, not problem, problem or "ok")


def _problems(layer: SemanticLayer, query: Query, test: MetricTest) -> Iterator[str]:
    result = layer.run(query)
    if test.sql is not None and layer.engine is not None:
        raw = layer.engine.execute(test.sql)
        theirs = sorted((tuple(cell(v) for v in row) for row in raw.rows), key=repr)
        ours = sorted(result.rows, key=repr)
        if len(ours) != len(theirs):
            yield f"{len(ours)} rows, the SQL gives {len(theirs)}"
        for a, b in zip(ours, theirs, strict=False):
            if not all(_same(x, y) for x, y in zip(a, b, strict=False)):
                yield f"{a} is not {b}"
    if test.check is not None:
        rows = [dict(zip((c.name for c in result.columns), r, strict=True)) for r in result.rows]
        sql = sqlglot.select("*").from_("result").where(f"NOT ({test.check})")
        broken = execute(sql, tables={"result": rows}) if rows else None
        if broken is not None and broken.rows:
            yield f"{test.check} does not hold for {broken.rows[0]}"


def _same(a: Cell, b: Cell) -> bool:
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
    return a == b
