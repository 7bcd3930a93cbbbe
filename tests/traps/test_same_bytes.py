"""The same question gives the same bytes of SQL, in every process: caches and audits rely on it."""

import json
import os
import subprocess
import sys

DEFS = """
dimensions: {k: {label: Key}, r: {label: Region}}
models:
  f: {source: f, key: [id], time: day, joins: {d: d_id}, dims: {k: k, r: d.region}}
  g: {source: g, key: [id], time: day, dims: {k: k}}
  d: {source: d, key: [id]}
metrics:
  cnt: {model: f, agg: count, label: Count}
  g: {model: g, agg: sum, expr: x, label: G}
  per: {type: ratio, numerator: g, denominator: cnt, label: Per}
  total: {type: cumulative, of: cnt, label: Total}
  touched: {model: f, agg: count, label: Touched, exists: [{model: g, by: {k: k}}, {model: g, by: {id: id}}]}
"""
TABLES = """
CREATE TABLE f AS SELECT 1 AS id, 1 AS d_id, 'a' AS k, DATE '2026-01-01' AS day;
CREATE TABLE g AS SELECT 1 AS id, 'a' AS k, DATE '2026-01-01' AS day, 1.5 AS x;
CREATE TABLE d AS SELECT 1 AS id, 'East' AS region;
"""
SCRIPT = """
import json, sys
from semantic_layer import SemanticLayer
from semantic_layer.query import Query
from semantic_layer.scope import Scope
layer = SemanticLayer.load(sys.argv[1])
scope = Scope(rows={"f": ("k IN ('a', 'b') OR d.region = 'East'",), "g": ("k = 'a'",), "d": ("id > 0",)})
base = {"time": {"start": "2026-01-01", "end": "2026-03-01"}}
queries = [
    {"metrics": ["cnt", "g", "per"], "dimensions": ["k"], "grain": "month", **base},
    {"metrics": ["total", "touched"], "dimensions": ["r", "k"], "grain": "week", **base},
    {"metrics": ["cnt"], "dimensions": ["r"], "compare": {"kind": "previous_year"}, "share": True,
     "filters": [{"dimension": "k", "op": "not_in", "values": ["z", None, "y"]}], "limit": 3, **base},
]
dialects = ("duckdb", "clickhouse", "spark", "postgres")
out = [layer.compile(Query(**q), scope, dialect=d).sql for q in queries for d in dialects]
print(json.dumps([out, scope.fingerprint, layer.version]))
"""


def test_in_every_process_and_dialect(build):
    root = build(TABLES, DEFS).layer.project.root
    outputs = set()
    for seed in ("0", "1", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(root)],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        outputs.add(run.stdout)
    (only,) = outputs
    assert len(set(json.loads(only)[0])) == 12


def test_twice_in_one_process(build):
    world = build(TABLES, DEFS)
    parts = {"by": ["k"], "grain": "month", "time": ("2026-01-01", "2026-03-01")}
    assert world.sql("per", "total", **parts) == world.sql("per", "total", **parts)
    fresh = build(TABLES, DEFS)
    assert world.sql("per", "total", **parts) == fresh.sql("per", "total", **parts)
