"""A dimension that one fact lacks is refused, and the refusal says what would work.

OrionBelt answered a question about the East region with national spend and a warning: 50.76 where
regional spend gives 13.15. Broadcasting a fact or ignoring a filter is a wrong number.
"""

import pytest

from semantic_layer.errors import QueryError

TABLES = """
CREATE TABLE spend AS SELECT DATE '2026-01-01' AS day, 'Ads' AS channel, 100.0 AS cost;
CREATE TABLE leads AS SELECT 1 AS id, DATE '2026-01-01' AS day, 'Ads' AS channel, 'East' AS region;
CREATE TABLE notes AS SELECT 1 AS id, 'Ads' AS channel;
"""
DEFS = """
dimensions: {channel: {label: Channel}, region: {label: Region}}
models:
  spend: {source: spend, time: day, dims: {channel: channel}}
  leads: {source: leads, key: [id], time: day, dims: {channel: channel, region: region}}
  notes: {source: notes, key: [id], dims: {channel: channel}}
metrics:
  cost: {model: spend, agg: sum, expr: cost, label: Cost}
  leads: {model: leads, agg: count, label: Leads}
  notes: {model: notes, agg: count, label: Notes}
  cpl: {type: ratio, numerator: cost, denominator: leads, label: CPL}
  cpl_mom: {type: compare, of: cpl, offset: 1 month, label: CPL MoM}
"""


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


EAST = ({"dimension": "region", "values": ("East",)},)


@pytest.mark.parametrize("parts", [{"by": ["region"]}, {"filters": EAST}])
@pytest.mark.parametrize("metrics", [("cpl",), ("cost",), ("leads", "cost"), ("cpl_mom",)])
def test_refused_with_names_and_a_way_out(world, metrics, parts):
    with pytest.raises(QueryError) as caught:
        world.ask(*metrics, **parts)
    error = caught.value
    assert error.code == "DIMENSION_NOT_SHARED"
    known = {"metric": "cost", "model": "spend", "dimension": "region"}
    assert {k: error.params[k] for k in known} == known
    assert error.candidates == ("channel",)
    assert "channel" in error.hint
    assert all(word in error.message for word in ("cost", "spend", "region"))
    world.ask(*metrics, by=list(error.candidates), time=("2026-01-01", "2026-02-01"))


def test_the_shared_part_works(world):
    assert world.ask("leads", by=["region"]) == [("East", 1)]
    assert world.ask("cpl", by=["channel"]) == [("Ads", 100.0)]


UNKNOWN = [
    (("cpll",), {}, "UNKNOWN_METRIC", "cpl"),
    (("cpl",), {"by": ["chanel"]}, "UNKNOWN_DIMENSION", "channel"),
    (("cpl",), {"filters": ({"dimension": "regoin", "values": ("x",)},)}, "UNKNOWN_DIMENSION", "region"),
    (("cpl",), {"having": ({"metric": "leds", "op": "gt", "value": 1},)}, "UNKNOWN_METRIC", "leads"),
    (("cpl",), {"order": ({"by": "nonsense"},)}, "UNKNOWN_ORDER", "cpl"),
]  # fmt: skip


@pytest.mark.parametrize(("metrics", "parts", "code", "near"), UNKNOWN)
def test_unknown_names(world, metrics, parts, code, near):
    with pytest.raises(QueryError) as caught:
        world.ask(*metrics, **parts)
    assert caught.value.code == code
    assert near in caught.value.candidates


@pytest.mark.parametrize("parts", [{"grain": "month"}, {"time": ("2026-02-01", "2026-03-01")}])
def test_a_period_is_not_ignored_by_a_model_without_time(world, parts):
    with pytest.raises(QueryError) as caught:
        world.ask("notes", **parts)
    assert caught.value.code == "NO_TIME"


def test_compare_metric_needs_a_period(world):
    with pytest.raises(QueryError) as caught:
        world.ask("cpl_mom")
    assert caught.value.code == "COMPARE_NEEDS_PERIOD"


BAD_VALUES = [
    {"filters": ({"dimension": "channel", "op": op, "values": values},)}
    for op, values in [("gt", (None,)), ("between", ("a", None)), ("contains", (None,))]
] + [{"having": ({"metric": "leads", "op": "between", "value": 1.0},)}]


@pytest.mark.parametrize("parts", BAD_VALUES)
def test_a_comparison_with_nothing_is_refused(world, parts):
    with pytest.raises((QueryError, ValueError)) as caught:
        world.ask("leads", **parts)
    assert "values to unpack" not in str(caught.value)
