"""What a model adds to its table: computed columns, a filter, joins that lose no row."""

import pytest

TABLES = """
CREATE TABLE a AS SELECT * FROM (VALUES (1, 1, 10.0, 'ok'), (2, 1, 20.0, 'ok'), (3, 9, 40.0, 'ok'),
  (4, NULL, 80.0, 'ok'), (5, 2, 160.0, 'test'), (6, 2, 320.0, NULL)) t(id, b_id, x, status);
CREATE TABLE b AS SELECT * FROM (VALUES (1, 7, 'one', 'cn'), (2, 8, 'two', 'us')) t(id, c_id, name, country);
CREATE TABLE c AS SELECT * FROM (VALUES (7, 'cn', 'seven'), (8, 'xx', 'eight')) t(id, country, name);
"""
DEFS = """
dimensions: {b: {label: B}, c: {label: C}, size: {label: Size}, status: {label: Status}}
models:
  a:
    source: a
    key: [id]
    joins: {b: b_id}
    columns: {double: x * 2, size: "CASE WHEN double >= 80 THEN 'big' ELSE 'small' END", sum_or: 1 + 1}
    dims: {b: b.name, c: b.c.name, size: size, status: status}
  live: {source: a, key: [id], filter: "status <> 'test' OR status IS NULL", joins: {b: b_id}, dims: {b: b.name}}
  b: {source: b, key: [id], joins: {c: {model: c, by: [c_id, country]}}, columns: {loud: upper(name)}}
  c: {source: c, key: [id, country]}
metrics:
  x: {model: a, agg: sum, expr: x, label: X}
  double: {model: a, agg: sum, expr: double, label: Double}
  twice_two: {model: a, agg: sum, expr: sum_or * 2, label: Twice two}
  loud: {model: a, agg: max, expr: b.loud, label: Loud}
  big: {model: a, agg: sum, expr: x, filter: size = 'big' OR x = 10, label: Big}
  live: {model: live, agg: sum, expr: x, label: Live}
  rows: {model: a, agg: count, label: Rows}
  named: {model: a, agg: count, expr: b.name, label: Named}
"""


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


CASES = [
    ("x", {}, [(630.0,)]),
    ("double", {}, [(1260.0,)]),
    ("twice_two", {}, [(24,)]),  # (1 + 1) * 2 for six rows: the parts stay together
    ("loud", {}, [("TWO",)]),
    ("big", {}, [(610.0,)]),
    ("live", {}, [(470.0,)]),
    ("named", {}, [(4,)]),
    ("x", {"by": ["b"]}, [("two", 480.0), (None, 120.0), ("one", 30.0)]),
    ("x", {"by": ["c"]}, [(None, 600.0), ("seven", 30.0)]),
    ("x", {"by": ["size"]}, [("big", 600.0), ("small", 30.0)]),
    ("live", {"by": ["b"]}, [("two", 320.0), (None, 120.0), ("one", 30.0)]),
    (
        "rows",
        {"by": ["b"], "order": ({"by": "b", "desc": False},)},
        [("one", 2), ("two", 2), (None, 2)],
    ),
]


@pytest.mark.parametrize(("metric", "parts", "rows"), CASES)
def test_values(world, metric, parts, rows):
    assert world.ask(metric, **parts) == rows


def test_two_joins_to_one_model_do_not_mix(build):
    world = build(
        "CREATE TABLE f AS SELECT * FROM (VALUES (1, 1, 2), (2, 2, 1), (3, 2, 2)) t(id, seller, buyer);"
        " CREATE TABLE p AS SELECT * FROM (VALUES (1, 'x'), (2, 'y')) t(id, name)",
        """
dimensions: {seller: {label: Seller}, buyer: {label: Buyer}}
models:
  f:
    source: f
    key: [id]
    joins: {seller: {model: p, by: seller}, buyer: {model: p, by: buyer}}
    dims: {seller: seller.name, buyer: buyer.name}
  p: {source: p, key: [id]}
metrics: {rows: {model: f, agg: count, label: Rows}}
""",
    )
    rows = world.ask("rows", by=["seller", "buyer"], order=({"by": "seller"}, {"by": "buyer"}))
    assert rows == [("y", "y", 1), ("y", "x", 1), ("x", "y", 1)]
