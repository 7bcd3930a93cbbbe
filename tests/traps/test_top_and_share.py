"""Top lists: shares of the whole, and the folded rest recomputed from the facts.

The rest of a ratio is not the mean of its rows, and a share of what fits on the screen is not a
share. Distinct counts of groups are not added up either.
"""

import pytest

from semantic_layer.errors import QueryError

TABLES = """
CREATE TABLE f AS SELECT * FROM (VALUES
  (1, DATE '2026-01-01', 'a', 'p', 60.0), (2, DATE '2026-01-02', 'a', 'q', 40.0),
  (3, DATE '2026-02-02', 'b', 'p', 50.0), (4, DATE '2026-02-03', 'c', 'p', 30.0),
  (5, DATE '2026-02-04', 'c', 'q', 0.0), (6, DATE '2026-01-05', 'd', 'p', 20.0),
  (7, DATE '2026-02-05', NULL, 'r', 100.0)) t(id, day, k, person, amount);
"""
DEFS = """
dimensions: {k: {label: Key}, person: {label: Person}}
models: {f: {source: f, key: [id], time: day, dims: {k: k, person: person}}}
metrics:
  amount: {model: f, agg: sum, expr: amount, label: Amount}
  cnt: {model: f, agg: count, label: Count}
  people: {model: f, agg: count_distinct, expr: person, label: People}
  mid: {model: f, agg: median, expr: amount, label: Median}
  p90: {model: f, agg: percentile, percentile: 0.9, expr: amount, label: P90}
  mean: {type: ratio, numerator: amount, denominator: cnt, label: Mean}
  both: {type: derived, expr: amount + cnt, label: Both}
  overlapping: {model: f, agg: count, overlap: [k], label: Overlapping}
"""
BY_KEY = {"by": ["k"]}
ASC = ({"by": "k", "desc": False},)
BOTH = ("2026-01-01", "2026-03-01")


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


def test_share_is_of_the_total_before_the_limit(world):
    result = world.result("amount", share=True, limit=2, **BY_KEY, order=({"by": "amount"}, *ASC))
    assert result.rows == (("a", 100.0, 1 / 3), (None, 100.0, 1 / 3))
    assert result.total_rows == 5


def test_share_is_of_the_total_before_having(world):
    big = ({"metric": "amount", "op": "gte", "value": 100},)
    rows = world.ask("amount", share=True, having=big, **BY_KEY)
    assert [r[2] for r in rows] == [1 / 3, 1 / 3]


def test_share_within_each_period(world):
    rows = world.ask("amount", share=True, grain="month", time=BOTH, **BY_KEY)
    by_month = {m: sum(r[3] for r in rows if r[1] == m) for m in {r[1] for r in rows}}
    assert by_month == {"2026-01-01": pytest.approx(1), "2026-02-01": pytest.approx(1)}


def test_share_of_a_top_list_over_time_is_of_everything(world):
    rows = world.ask("amount", share=True, grain="month", time=BOTH, limit=1, order=ASC, **BY_KEY)
    assert rows == [("a", "2026-01-01", 100.0, pytest.approx(100 / 120))]


@pytest.mark.parametrize("metric", ["mean", "people", "mid", "overlapping"])
def test_no_share_of_what_does_not_add_up(world, metric):
    with pytest.raises(QueryError) as caught:
        world.ask(metric, share=True, **BY_KEY)
    assert caught.value.code == "SHARE_NOT_ADDITIVE"


def test_a_condition_on_a_ratio_does_not_forbid_a_share(world):
    high = ({"metric": "mean", "op": "gte", "value": 60},)
    rows = world.ask("amount", share=True, having=high, **BY_KEY)
    assert rows == [(None, 100.0, 1 / 3)]


METRICS = ["amount", "cnt", "people", "mid", "p90", "mean", "both"]


@pytest.mark.parametrize("metric", METRICS)
def test_the_rest_is_recomputed(world, metric):
    order = ({"by": metric}, *ASC)
    rows = world.ask(metric, limit=2, other=True, order=order, **BY_KEY)
    everything = world.ask(metric, order=order, **BY_KEY)
    assert rows[:2] == everything[:2]
    kept = [r[0] for r in rows[:2]]
    rest = [{"dimension": "k", "op": "not_in", "values": tuple(kept)}]
    assert rows[2:] == [("__other__", world.one(metric, filters=tuple(rest)))]


def test_the_rest_of_a_ratio_by_hand(world):
    rows = world.ask("mean", limit=1, other=True, **BY_KEY)
    assert rows == [(None, 100.0), ("__other__", 200 / 6)]


def test_the_rest_over_time(world):
    rows = world.ask("mean", grain="month", time=BOTH, limit=1, other=True, **BY_KEY)
    assert rows == [
        ("__other__", "2026-01-01", 40.0), ("__other__", "2026-02-01", pytest.approx(80 / 3)),
        (None, "2026-02-01", 100.0),
    ]  # fmt: skip


def test_the_best_are_chosen_over_the_whole_range(world):
    rows = world.ask("amount", grain="month", time=BOTH, limit=2, **BY_KEY)
    assert {r[0] for r in rows} == {None, "a"}
    in_order_of_time = ({"by": "time", "desc": False},)
    again = world.ask("amount", grain="month", time=BOTH, limit=2, order=in_order_of_time, **BY_KEY)
    assert again == rows


def test_a_top_list_of_nothing_is_empty(world):
    nobody = ({"dimension": "k", "values": ("nobody",)},)
    for parts in ({"grain": "month", "time": BOTH}, {}, {"other": True}):
        assert world.ask("amount", limit=2, filters=nobody, **parts, **BY_KEY) == []


def test_no_row_of_others_when_all_fit(world):
    assert len(world.ask("amount", limit=5, other=True, **BY_KEY)) == 5


def test_distinct_people_are_not_added_up(world):
    assert sum(r[1] for r in world.ask("people", **BY_KEY)) == 7
    assert world.one("people") == 3
    monthly = world.ask("people", grain="month")
    assert monthly == [("2026-01-01", 2), ("2026-02-01", 3)]
    assert world.ask("people", grain="year") == [("2026-01-01", 3)]


def test_percentiles_interpolate(world):
    assert world.ask("mid", "p90") == [(40.0, pytest.approx(76.0))]
    assert world.ask("mid", "p90") == world.hand(
        "SELECT quantile_cont(amount, 0.5), quantile_cont(amount, 0.9) FROM f"
    )


def test_ties_are_always_cut_in_the_same_place(world):
    first = world.ask("amount", limit=1, **BY_KEY)
    assert first == [("a", 100.0)]
    assert world.ask("amount", limit=1, filters=(), **BY_KEY) == first
