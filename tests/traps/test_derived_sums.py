"""In a sum of metrics, a side without rows counts as nothing, not as unknown.

A channel with new revenue and no renewals must show its new revenue. Three terms are the trap:
guarding only the outer plus turns `new + renewal + upsell` into the last term alone.
"""

import pytest

TABLES = """
CREATE TABLE f AS SELECT * FROM (VALUES ('a', 'new', 1), ('a', 'renewal', 2), ('a', 'upsell', 4),
  ('b', 'new', 1), ('b', 'upsell', 4), ('c', 'renewal', 2), ('d', 'upsell', 4), ('e', 'other', 8))
  t(k, kind, amount);
"""
DEFS = """
dimensions: {k: {label: Key}}
models: {f: {source: f, dims: {k: k}}}
metrics:
  new: {model: f, agg: sum, expr: amount, filter: "kind = 'new'", label: New}
  r: {model: f, agg: sum, expr: amount, filter: "kind = 'renewal'", label: Renewal}
  u: {model: f, agg: sum, expr: amount, filter: "kind = 'upsell'", label: Upsell}
  two: {type: derived, expr: new + r, label: Two}
  three: {type: derived, expr: new + r + u, label: Three}
  grouped: {type: derived, expr: new - (r - u), label: Grouped}
  nested: {type: derived, expr: two + u, label: Nested}
  half: {type: derived, expr: (new + r + u) / 2, label: Half}
"""


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


CASES = [
    ("two", {"a": 3, "b": 1, "c": 2}),
    ("three", {"a": 7, "b": 5, "c": 2, "d": 4}),
    ("grouped", {"a": 3, "b": 5, "c": -2, "d": 4}),
    ("nested", {"a": 7, "b": 5, "c": 2, "d": 4}),
    ("half", {"a": 3.5, "b": 2.5, "c": 1.0, "d": 2.0}),
]


@pytest.mark.parametrize(("metric", "expected"), CASES)
def test_a_missing_term_counts_as_nothing(world, metric, expected):
    found = dict(world.ask(metric, by=["k"]))
    assert {k: v for k, v in found.items() if v is not None} == expected
