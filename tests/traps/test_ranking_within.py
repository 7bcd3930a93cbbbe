"""The best of each group is not the best of all: `LIMIT 1` over everything drops whole groups."""

import pytest

from semantic_layer.query import Query

TABLES = """
CREATE TABLE f AS SELECT * FROM (VALUES
  (1, DATE '2026-01-01', 'a', 'p', 60.0), (2, DATE '2026-01-02', 'a', 'q', 60.0),
  (3, DATE '2026-02-02', 'b', 'p', 5.0), (4, DATE '2026-02-03', 'b', 'q', 3.0),
  (5, DATE '2026-02-04', 'a', 'q', 1.0), (6, DATE '2026-01-05', 'b', 'r', NULL)) t(id, day, k, person, amount);
"""
DEFS = """
dimensions: {k: {label: Key}, person: {label: Person}}
models: {f: {source: f, key: [id], time: day, dims: {k: k, person: person}}}
metrics:
  amount: {model: f, agg: sum, expr: amount, label: Amount}
"""
TOP = {"order": ({"by": "amount"},), "limit": 1}


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


def test_each_group_keeps_its_own_best(world):
    rows = world.ask("amount", by=["k", "person"], per=("k",), **TOP)
    assert rows == [("a", "q", 61.0), ("b", "p", 5.0)]


def test_each_period_keeps_its_own_best_with_ties_by_name(world):
    result = world.result(
        "amount", by=["person"], grain="month", per=("period",),
        time=("2026-01-01", "2026-03-01"), **TOP,
    )  # fmt: skip
    assert result.rows == (("p", "2026-01-01", 60.0), ("p", "2026-02-01", 5.0))
    assert result.total_rows == 5


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": ("m",), "dimensions": ("a",), "per": ("a",), "limit": 1},
        {"metrics": ("m",), "dimensions": ("a", "b"), "per": ("a",)},
        {"metrics": ("m",), "dimensions": ("a", "b"), "per": ("c",), "limit": 1},
        {"metrics": ("m",), "dimensions": ("a", "b"), "per": ("a",), "limit": 1, "other": True},
        {"metrics": ("m",), "dimensions": ("a",), "per": ("period",), "limit": 1},
    ],
)
def test_a_ranking_within_nothing_is_refused(query):
    with pytest.raises(ValueError, match="`per`"):
        Query.model_validate(query)
