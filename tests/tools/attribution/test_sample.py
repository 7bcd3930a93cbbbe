"""The public 10,000-path sample through the whole tool: rows in a database, not path strings."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tools.attribution.contract import AttributeArgs

DATA = Path(__file__).parent / "data"
CONVERSIONS = 19_785
SCALE = 10**6
"""Values have fractions of a cent; money has none. A path's whole value is on its first conversion."""

DEFINITIONS = """
dimensions: {channel: {label: Channel}}
models:
  touches: {source: touches, key: [id], time: ts, dims: {channel: channel}}
  sales: {source: sales, key: [id], time: ts}
roles:
  touchpoint: {model: touches, id: id, at: ts, account: who}
  stages:
    - {id: sale, label: Sale, kind: order, model: sales, at: ts, amount: paid, account: who}
"""
TABLES = f"""
CREATE TABLE paths AS SELECT row_number() OVER () AS path, string_split(path, ' > ') AS steps,
  total_conversions AS won, total_null AS lost, total_conversion_value AS value
  FROM read_csv('{DATA.as_posix()}/ca_sample_paths.csv.gz');
CREATE TABLE walks AS SELECT path, steps, value, unnest(range(won + lost)) AS copy, won FROM paths;
ALTER TABLE walks ADD COLUMN who VARCHAR;
UPDATE walks SET who = path || '-' || copy;
CREATE TABLE touches AS SELECT row_number() OVER () AS id, who, steps[i] AS channel,
  TIMESTAMP '2025-01-01' + to_minutes(i) AS ts
  FROM (SELECT *, unnest(range(1, len(steps) + 1)) AS i FROM walks);
CREATE TABLE sales AS SELECT who AS id, who, TIMESTAMP '2025-02-01' AS ts,
  CASE WHEN copy = 0 THEN (value * {SCALE})::DECIMAL(18, 0) ELSE 0 END AS paid
  FROM walks WHERE copy < won;
"""


def expected(name: str) -> dict[str, dict[str, float]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {r.pop("channel"): {k: float(v) for k, v in r.items()} for r in rows}


@pytest.fixture(scope="module")
def sample(company):
    world = company(TABLES, DEFINITIONS)
    models = ("first_touch", "last_touch", "linear", "u_shaped", "shapley", "markov", "markov_2")
    return world.run("attribute_revenue", None, **AttributeArgs(models=models).model_dump())


def column(result, model: str, of: str = "conversions") -> dict[str, float]:
    return {row.group: getattr(row.models[model], of) for row in result.rows}


@pytest.mark.parametrize(
    ("model", "name"),
    [("first_touch", "first"), ("last_touch", "last"), ("linear", "linear"), ("u_shaped", "u"), ("shapley", "shapley")],
)
def test_rules_equal_five_other_tools(sample, model, name):
    want = {c: r[name] for c, r in expected("expected.sample.rules.csv").items()}
    assert column(sample, model) == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize(
    ("model", "name"), [("first_touch", "first"), ("last_touch", "last"), ("linear", "linear"), ("u_shaped", "u")]
)
def test_values_of_rules_equal_other_tools(sample, model, name):
    want = {c: r[f"{name}_value"] for c, r in expected("expected.sample.rules.csv").items()}
    got = {c: v / SCALE for c, v in column(sample, model, "amount").items()}
    assert got == pytest.approx(want, rel=1e-9, abs=1e-5)  # printed with ten digits


def test_removal_effects_of_order_one(sample):
    want = {c: r["removal_effect"] for c, r in expected("expected.sample.markov_exact.ours.csv").items()}
    got = column(sample, "markov", "removal_effect")
    assert got == pytest.approx(want, abs=5.1e-11)  # the file prints ten digits; brute force is tested below


def test_removal_effects_of_order_two(sample):
    rows = expected("expected.sample.markov_order2_exact.ours.csv")
    got = column(sample, "markov_2", "removal_effect")
    assert got == pytest.approx({c: r["removal_effect"] for c, r in rows.items()}, abs=1e-12)
    credit = column(sample, "markov_2")
    assert credit == pytest.approx({c: r["conversions"] for c, r in rows.items()}, abs=1e-8)


def test_markov_counts_and_values(sample):
    counts = {c: r["conversions"] for c, r in expected("expected.sample.markov_exact.ours.csv").items()}
    assert column(sample, "markov") == pytest.approx(counts, rel=1e-9)
    values = {c: r["value_exact"] for c, r in expected("expected.sample.markov_value_exact.ours.csv").items()}
    got = {c: v / SCALE for c, v in column(sample, "markov", "amount").items()}
    assert got == pytest.approx(values, rel=1e-9)


def test_nothing_is_lost(sample):
    whole = round(sample.totals.amount * 100)
    for model in (m.id for m in sample.models):
        rows = [*sample.rows, sample.unattributed]
        assert sum(row.models[model].conversions for row in rows) == pytest.approx(CONVERSIONS)
        assert sum(round(row.models[model].amount * 100) for row in rows) == whole
