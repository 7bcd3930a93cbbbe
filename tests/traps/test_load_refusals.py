"""What has no meaning is refused when the definitions are loaded, not when someone asks.

Non-additive metrics have no running total, and a join path is written down, never guessed
(cube #6390 "ultimately gives me the wrong results", supersonic #1470 a Cartesian product).
"""

import pytest

from semantic_layer.errors import DefinitionError

TABLES = """
CREATE TABLE a AS SELECT 1 AS id, 1 AS b_id, DATE '2026-01-01' AS day, 2.0 AS x;
CREATE TABLE b AS SELECT 1 AS id, 'East' AS region;
"""
BASE = """
dimensions: {{region: {{label: Region}}}}
models:
  a: {{source: a, key: [id], time: day, joins: {{b: b_id}}, dims: {{region: {region}}}}}
  b: {{source: b, key: [id]}}
metrics:
  rows: {{model: a, agg: count, label: N}}
  x: {{model: a, agg: sum, expr: x, label: X}}
  avg_x: {{model: a, agg: avg, expr: x, label: Mean X}}
  mid_x: {{model: a, agg: median, expr: x, label: Median X}}
  x_per_n: {{type: ratio, numerator: x, denominator: rows, label: X per N}}
  extra: {extra}
"""
GOOD = {"region": "b.region", "extra": "{type: cumulative, of: x, label: Extra}"}


def issues(build, **changes):
    with pytest.raises(DefinitionError) as caught:
        build(TABLES, BASE.format(**GOOD | changes))
    return [(i.code, i.line) for i in caught.value.issues]


def test_the_template_itself_is_good(build):
    world = build(TABLES, BASE.format(**GOOD))
    assert world.ask("rows", by=["region"]) == [("East", 1)]


@pytest.mark.parametrize("of", ["avg_x", "mid_x", "x_per_n"])
@pytest.mark.parametrize("kind", ["", ", to_date: year"])
def test_non_additive_cumulative(build, of, kind):
    extra = f"{{type: cumulative, of: {of}, label: Extra{kind}}}"
    assert issues(build, extra=extra) == [("CUMULATIVE_NOT_ADDITIVE", 12)]


PATHS = [
    ("c.region", "UNKNOWN_JOIN"),
    ("b.c.region", "UNKNOWN_JOIN"),
    ("region", "UNKNOWN_COLUMN"),
    ("b.regions", "UNKNOWN_COLUMN"),
    ("(SELECT region FROM b)", "BAD_EXPRESSION"),
]


@pytest.mark.parametrize(("path", "code"), PATHS)
def test_join_path_is_never_guessed(build, path, code):
    assert issues(build, region=path) == [(code, 4)]


MEANINGLESS = [
    "{model: a, agg: avg, expr: x, per: id, label: Extra}",
    "{model: a, agg: min, expr: x, per: id, label: Extra}",
    "{model: a, agg: count, exists: {model: b, by: {b_id: id}, within: 9 days}, label: Extra}",
    "{type: snapshot, model: a, agg: percentile, expr: x, opened: day, label: Extra}",
    "{type: snapshot, model: a, agg: count, within: 9 days, closed: day, label: Extra}",
]


@pytest.mark.parametrize("extra", MEANINGLESS)
def test_a_key_that_would_be_ignored_is_refused(build, extra):
    assert issues(build, extra=extra)
