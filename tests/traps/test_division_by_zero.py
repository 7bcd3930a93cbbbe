"""A division by zero is empty: never inf, never 0, never an error.

DuckDB answers inf, other engines 0, NULL or an error (orionbelt #319 counts five meanings). The
nested forms matter: guarding only the outermost division turns `a / (b / 0)` into a confident 0.
"""

import pytest

TABLES = """
CREATE TABLE f AS SELECT * FROM (VALUES ('a', 6.0, 3, 2), ('zero', 5.0, 0, 2), ('none', 0.0, 0, 0),
  ('null', NULL, NULL, NULL)) t(k, x, y, z);
"""
DEFS = """
dimensions: {k: {label: Key}}
models: {f: {source: f, dims: {k: k}}}
metrics:
  x: {model: f, agg: sum, expr: x, label: X}
  den: {model: f, agg: sum, expr: y, label: Y}
  z: {model: f, agg: sum, expr: z, label: Z}
  ratio: {type: ratio, numerator: x, denominator: den, label: Ratio}
  ints: {type: ratio, numerator: den, denominator: z, label: Integers}
  derived: {type: derived, expr: x / den, label: Derived}
  nested: {type: derived, expr: x / (z / den), label: Nested}
  chained: {type: derived, expr: x / den / z, label: Chained}
  over_ratio: {type: derived, expr: x / ratio, label: Over a ratio}
  one_over_zero: {type: derived, expr: 1 / (x - x), label: One over zero}
"""


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


CASES = [
    ("ratio", {"a": 2.0}),
    ("ints", {"a": 1.5, "zero": 0.0}),
    ("derived", {"a": 2.0}),
    ("nested", {"a": 9.0}),
    ("chained", {"a": 1.0}),
    ("over_ratio", {"a": 3.0}),
    ("one_over_zero", {}),
]


@pytest.mark.parametrize(("metric", "known"), CASES)
def test_empty_where_the_divisor_is_zero(world, metric, known):
    found = dict(world.ask(metric, by=["k"]))
    assert found == {"a": None, "zero": None, "none": None, "null": None} | known


@pytest.mark.parametrize("metric", [name for name, _ in CASES])
def test_the_engine_never_sees_inf(world, metric):
    raw = world.layer.engine.execute(
        f"SELECT count(*) FROM ({world.sql(metric, by=['k'])}) q "
        f'WHERE isinf(CAST(q."{metric}" AS DOUBLE))'
    )
    assert raw.rows == ((0,),)
