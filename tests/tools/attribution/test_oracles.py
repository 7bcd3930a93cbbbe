"""Credits against worked examples: exact fractions, vendors' published figures, other tools."""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import pytest

DATA = Path(__file__).parent / "data"
MODELS = {
    "first": "first_touch",
    "last": "last_touch",
    "linear": "linear",
    "last_non_direct": "last_non_direct",
    "u_40_20_40": "u_shaped",
    "u_first_lead": "u_lead",
    "j_20_20_60": "j_shaped",
    "w_30_30_30_10": "w_shaped",
    "full_path": "full_path",
    "decay_7d": "time_decay",
    "shapley_sum": "shapley",
}


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def evidence(tiny):
    """Deal -> its evidence under all eleven models."""
    deals = dict.fromkeys(r["opp_id"] for r in rows_of("tiny_expected_credits.csv"))
    return {d: tiny.credit(models=list(MODELS.values()), by="medium", explain=d).evidence for d in deals}


def test_all_462_credits_are_exact(evidence):
    expected = rows_of("tiny_expected_credits.csv")
    assert len(expected) == 462
    for row in expected:
        touches = {t.touch_id: t for t in evidence[row["opp_id"]].touches}
        touch = touches[row["touch_id"]]
        exact = float(Fraction(row["weight_exact"])) if row["weight_exact"] else float(row["weight"])
        tolerance = 1e-15 if row["weight_exact"] else 1e-11  # the printed digits of a decay weight
        assert touch.position == int(row["pos"])
        assert touch.weights[MODELS[row["model"]]] == pytest.approx(exact, abs=tolerance), row
        assert touch.amounts[MODELS[row["model"]]] == pytest.approx(float(row["credit"]), abs=0.01)
        assert touch.dimensions["medium"] == row["channel"]


def test_no_other_touch_is_credited(evidence):
    expected = defaultdict(set)
    for row in rows_of("tiny_expected_credits.csv"):
        expected[row["opp_id"]].add(row["touch_id"])
    assert {d: {t.touch_id for t in e.touches} for d, e in evidence.items()} == expected


@pytest.mark.parametrize("name", MODELS)
def test_channels_add_up_to_the_expected_credit(tiny, name):
    found = tiny.table(MODELS[name], by="medium")
    rest = found.pop("(unattributed)")
    for row in rows_of("tiny_expected_channels.csv"):
        assert found.pop(row["channel"], 0) == pytest.approx(float(row[name]), abs=0.03), row
    assert not any(found.values())
    assert rest == 850  # O8 without a touch, O9 whose only touch is too old


@pytest.mark.parametrize("name", MODELS)
def test_money_is_conserved_to_the_cent(tiny, name):
    cents = [round(v * 100) for v in tiny.table(MODELS[name], by="medium").values()]
    assert sum(cents) == 2_735_001  # the 17 won deals


def test_every_conversion_sums_to_one_and_to_its_amount(evidence):
    for found in evidence.values():
        for model in MODELS.values():
            assert sum(t.weights[model] for t in found.touches) == pytest.approx(1, abs=1e-12)
            paid = sum(round(t.amounts[model] * 100) for t in found.touches)
            assert paid == round(found.amount * 100)


PUBLISHED = [r for r in rows_of("published_examples.csv") if r["model"] not in {"any", "rank_halving", "decay_7d ratio"} and "attributed_conversions" not in r["model"]]
ROLE_NAMES = {"FT": "first", "LC": "lead", "OC": "opportunity", "CW": "last"}
PUBLISHED_MODELS = MODELS | {
    "inverse_j_60_20_20": "inverse_j",
    "decay_7d (rounded by Adobe to cents)": "time_decay",
}


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda r: f"{r['source'][:12]}-{r['case']}-{r['model'][:12]}")
def test_published_examples(journeys, row):
    path = row["path"].split(" > ")
    ago = [float(d) for d in row["days_before"].split(" > ")] if row["days_before"] else []
    days = ago or [float(n) for n in range(len(path) - 1, -1, -1)]
    stamp = "(TIMESTAMP '2025-06-30 12:00:00' - INTERVAL ({} * 24) HOUR)"
    touches = ", ".join(
        f"({n}, 'a', 'p', {stamp.format(d)}, '{c} {n}', 'x')" for n, (c, d) in enumerate(zip(path, days, strict=True))
    )
    marks = {ROLE_NAMES[c]: stamp.format(d) for c, d in zip(path, days, strict=True) if c in ROLE_NAMES}
    lead, opp = marks.get("lead", "NULL"), marks.get("opportunity", "NULL")
    deal = f"('d', 'a', {lead}, {opp}, TIMESTAMP '2025-06-30 12:00:00', {row['amount']}, 'won', '')"
    world = journeys(touches, deal)
    found = world.table(PUBLISHED_MODELS[row["model"]], by="medium")
    expected = [float(v) for v in row["expected"].split(" > ")]
    got = [found[f"{c} {n}"] for n, c in enumerate(path)]
    assert got == pytest.approx(expected, abs=0.0101)
    assert sum(round(v * 100) for v in got) == round(float(row["amount"]) * 100)


def test_a_half_life_halves(journeys):
    world = journeys(
        "(1,'a','p','2025-01-01','a','x'),(2,'a','p','2025-01-08','b','x')",
        "('d','a',NULL,NULL,'2025-01-09',3,'won','')",
    )
    assert world.table("time_decay", by="medium") == {"a": 1.0, "b": 2.0, "(unattributed)": 0.0}


def test_attributed_conversions_are_sums_of_weights(journeys):
    """One vendor prints 1.66 here, weighted by revenue; the credits count 1.8."""
    world = journeys(
        "(1,'a','p','2025-01-01','D','x'),(2,'a','p','2025-01-02','O','x'),(3,'a','p','2025-01-03','D','x'),(4,'b','q','2025-01-01','D','x')",
        "('d','a',NULL,NULL,'2025-01-09',140,'won',''),('e','b',NULL,NULL,'2025-01-09',24,'won','')",
    )
    assert world.table("u_shaped", "conversions", by="medium")["D"] == pytest.approx(1.8)
