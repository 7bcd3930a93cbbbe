"""Traps 14-25: money, time zones, cost, data-driven models and names."""

from __future__ import annotations

import random
from functools import partial

import pytest

from assistant.tell.remarks import remark
from semantic_layer import QueryError

ONE = "('d', 'a', NULL, NULL, '2025-03-01 12:00:00', 100, 'won', '')"
ALL = ("first_touch", "last_touch", "last_non_direct", "linear", "u_shaped", "u_lead", "j_shaped", "inverse_j",
       "w_shaped", "full_path", "time_decay", "shapley", "markov", "markov_2", "markov_path", "shapley_rate")  # fmt: skip


def touch(n: int, at: str, channel: str = "mail", who: str = "a") -> str:
    return f"({n}, '{who}', 'p', '{at}', '{channel}', 'x')"


def walk(*channels: str) -> str:
    return ", ".join(touch(n, f"2025-02-{n:02}", c) for n, c in enumerate(channels, 1))


def codes(result) -> list[str]:
    return [n.code for n in result.notes]


def test_trap_14_lost_is_nothing_and_refunds_are_net(tiny):
    """O16 is lost, O17 fully refunded: neither has a row, and no group earns from them."""
    result = tiny.credit(by="medium")
    assert result.totals.conversions == 17
    assert result.totals.amount == 27_350.01
    with pytest.raises(QueryError) as error:
        tiny.credit(by="medium", explain="O17")
    assert error.value.code == "UNKNOWN_CONVERSION"


VOID = """
    - id: signed
      label: Signed
      kind: order
      model: deals
      at: close_ts
      amount: net
      void: lead_ts
      account: account_id
    - id: paid
      label: Paid
      kind: payment
      model: receipts
      at: paid_on
      amount: paid
      account: who
      journey_end: deals.close_ts
  cost:"""


@pytest.fixture(scope="module")
def refunding(journeys, definitions):
    head, rest = definitions.split("    - id: signed", 1)
    text = head.rstrip() + VOID + rest.split("  cost:", 1)[1]
    extra = (
        "  receipts: {source: receipts, key: [rid], time: paid_on, joins: {deals: deal}}\nroles:"
    )
    deals = ONE + ", ('gone', 'a', '2025-04-01', NULL, '2025-03-02', 7, 'won', '')"
    more = """CREATE TABLE receipts AS SELECT * FROM (VALUES (1, 'd', 'a', DATE '2025-03-10', 60.0),
      (2, 'd', 'a', DATE '2025-04-10', 40.0), (3, 'd', 'a', DATE '2025-06-10', -30.0)) t(rid, deal, who, paid_on, paid);"""
    touches = f"{walk('a', 'b')}, {touch(9, '2025-05-01', 'later')}"
    return journeys(touches, deals, more=more, definitions=text.replace("roles:", extra, 1))


def test_trap_14_voided_conversions_count_as_nothing(refunding):
    result = refunding.credit(by="medium")
    assert (result.totals.conversions, result.totals.amount) == (1, 100)
    assert [n.params["count"] for n in result.notes if n.code == "VOID"] == [1]


def test_trap_14_a_refund_takes_back_the_original_credit(refunding):
    """The refund of June does not fall on the touch of May."""
    found = refunding.table("linear", by="medium", conversion="paid")
    assert found == {"a": 35.0, "b": 35.0, "(unattributed)": 0.0}
    june = refunding.table(
        "linear", by="medium", conversion="paid", time={"start": "2025-06-01", "end": "2025-07-01"}
    )
    assert june == {"a": -15.0, "b": -15.0, "(unattributed)": 0.0}


def test_trap_15_currencies_are_never_added(journeys, definitions):
    text = definitions.replace("      amount: net\n", "      amount: net\n      currency: note\n")
    both = "('d', 'a', NULL, NULL, '2025-03-01', 100, 'won', 'CNY'), ('e', 'a', NULL, NULL, '2025-03-01', 10, 'won', 'USD')"
    world = journeys(walk("a"), both, definitions=text)
    with pytest.raises(QueryError) as error:
        world.credit(by="medium")
    assert error.value.code == "MIXED_CURRENCIES"
    one = world.credit(by="medium", filters=[{"dimension": "note", "values": ["USD"]}])
    assert (one.currency, one.totals.amount) == ("USD", 10)


def test_trap_16_sources_in_utc_and_local_time_meet_as_instants(journeys, definitions):
    """A UTC touch at 05:00 is at 13:00 in Shanghai: after a deal closed there at 12:00."""
    text = definitions.replace("    time: ts\n", "    time: ts\n    zone: UTC\n", 1)
    build = partial(journeys, deals=ONE, definitions=text, config="timezone: Asia/Shanghai")
    late = build(touch(1, "2025-03-01 05:00:00"))
    assert late.table("linear", by="medium") == {"(unattributed)": 100.0}
    early = build(touch(1, "2025-03-01 04:00:00"))
    assert early.table("linear", by="medium")["mail"] == 100


def test_trap_16_periods_are_cut_in_local_time(journeys, definitions):
    text = definitions.replace("    time: close_ts\n", "    time: close_ts\n    zone: UTC\n", 1)
    deal = "('d', 'a', NULL, NULL, '2025-02-28 16:30:00', 100, 'won', '')"
    world = journeys(walk("a"), deal, definitions=text, config="timezone: Asia/Shanghai")
    march = world.credit(by="medium", time={"start": "2025-03-01", "end": "2025-04-01"})
    assert march.totals.amount == 100


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
def test_trap_16_a_day_lost_to_summer_time_is_still_86400_seconds(journeys, definitions, zone):
    """Clocks moved between touch and deal; the closed lookback is counted on instants."""
    text = definitions.replace("    time: ts\n", "    time: ts\n    zone: UTC\n", 1)
    text = text.replace("    time: close_ts\n", "    time: close_ts\n    zone: UTC\n", 1)
    deal = "('d', 'a', NULL, NULL, '2025-04-05 12:00:00', 100, 'won', '')"
    for at, counts in (("2025-03-06 12:00:00", 100), ("2025-03-06 11:59:59", 0)):
        world = journeys(touch(1, at), deal, definitions=text, config=f"timezone: {zone}")
        assert world.table("linear", by="medium", lookback_days=30).get("mail", 0) == counts


@pytest.fixture(scope="module")
def crowd(journeys):
    """Many random journeys: ties, repeats, no touches, late touches, shared accounts."""
    return tuple(journeys(*rows) for rows in (_crowd(0), _crowd(1)))


def _crowd(shuffle: int) -> tuple[str, str]:
    dice = random.Random(7)  # the same data for both companies
    hits = [
        touch(n, f"2025-{dice.randint(1, 6):02}-{dice.randint(1, 28):02} {dice.choice(['09', '12'])}:00:00",
              dice.choice(["direct", "a", "b", "c", "d > e"]), f"acc{dice.randint(1, 60)}")
        for n in range(1, 400)
    ]  # fmt: skip
    deals = []
    for n in range(120):
        lead, opp = (
            f"'2025-0{dice.randint(1, 4)}-05'" if dice.random() < 0.7 else "NULL" for _ in range(2)
        )
        cents = dice.choice([1, 100, 3333, 123_457, 10**9 + 1])
        deals.append(
            f"('d{n}', 'acc{dice.randint(1, 70)}', {lead}, {opp}, '2025-0{dice.randint(3, 7)}-10 12:00:00', {cents / 100}, 'won', '')"
        )
    if shuffle:
        random.Random(1).shuffle(hits)
        deals.reverse()
    return ", ".join(hits), ", ".join(deals)


def test_trap_17_nothing_leaks_in_any_model(crowd):
    result = crowd[0].credit(models=list(ALL), by="medium", lookback_days=90)
    whole = round(result.totals.amount * 100)
    for model in (m.id for m in result.models):
        rows = [*result.rows, result.unattributed]
        assert sum(round(r.models[model].amount * 100) for r in rows) == whole, model
        assert sum(r.models[model].conversions for r in rows) == pytest.approx(120), model
        assert sum(r.models[model].share for r in rows) == pytest.approx(1), model
        if model != "shapley_rate":
            assert all(r.models[model].amount >= 0 for r in rows), model


def test_trap_17_the_order_of_rows_does_not_matter(crowd):
    one, other = (c.credit(models=list(ALL), by="medium", lookback_days=90) for c in crowd)
    for model in (m.id for m in one.models):
        a, b = ({r.group: r.models[model].amount for r in x.rows} for x in (one, other))
        assert a == pytest.approx(
            b, abs=0.011 if model.startswith(("markov", "shapley_rate")) else 0
        ), model


def test_trap_17_splitting_a_group_keeps_its_credit(crowd):
    """Finer groups of the same touches add up to the coarser one under rule models."""
    rules = ["linear", "u_shaped", "w_shaped", "time_decay"]
    coarse = crowd[0].credit(models=rules, by="push", lookback_days=90)
    fine = crowd[0].credit(models=rules, by="medium", lookback_days=90)
    for model in rules:
        (whole,) = (r.models[model].amount for r in coarse.rows)
        assert sum(r.models[model].amount for r in fine.rows) == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize(
    ("amount", "parts"), [(100, [33.33, 33.34, 33.33]), (0.01, [0.0, 0.01, 0.0])]
)
def test_trap_18_cents_telescope(journeys, amount, parts):
    deal = f"('d', 'a', NULL, NULL, '2025-03-01', {amount}, 'won', '')"
    found = journeys(walk("a", "b", "c"), deal).table("linear", by="medium")
    assert [found[c] for c in "abc"] == parts


def test_trap_18_parts_of_a_cent_are_rounded_and_said(journeys):
    deal = "('d', 'a', NULL, NULL, '2025-03-01', 10.005, 'won', '')"
    assert "ROUNDED" in codes(journeys(walk("a"), deal).credit(by="medium"))


def test_trap_19_credited_conversions_are_sums_of_weights(journeys):
    """Not revenue over an average: a share of a large deal and one of a small deal count alike."""
    deals = (
        "('big', 'a', NULL, NULL, '2025-03-01', 900, 'won', ''), "
        "('small', 'b', NULL, NULL, '2025-03-01', 100, 'won', '')"
    )
    touches = (
        "('t1', 'a', 'p', '2025-02-01', 'ads', 'x'), ('t2', 'a', 'p', '2025-02-02', 'fair', 'x'), "
        "('t3', 'b', 'q', '2025-02-01', 'fair', 'x')"
    )
    firm = journeys(touches, deals)
    assert firm.table("linear", "conversions", by="medium") == {
        "ads": 0.5,
        "fair": 1.5,
        "(unattributed)": 0,
    }
    assert firm.table("linear", by="medium")["ads"] == 450


def test_trap_20_funded_groups_without_credit_stay(tiny):
    result = tiny.credit(
        models=["linear"], by="medium", time={"start": "2025-01-01", "end": "2026-01-01"}
    )
    rows = {r.group: r for r in result.rows}
    radio = rows["radio"]
    assert (radio.cost, radio.models["linear"].amount, radio.models["linear"].roi) == (500, 0, -1)
    mail = rows["email"].models["linear"]
    assert mail.roi == pytest.approx((mail.amount - 1000) / 1000)
    assert mail.roas == pytest.approx(mail.amount / 1000)
    assert rows["email"].budget_share == pytest.approx(1000 / 1500)


def test_trap_20_no_cost_is_no_roi_rather_than_infinity(tiny):
    rows = {r.group: r for r in tiny.credit(models=["linear"], by="medium").rows}
    assert rows["event"].cost == 0
    assert rows["content"].cost is None
    assert rows["event"].models["linear"].roi is rows["content"].models["linear"].roi is None


def test_trap_21_journeys_that_may_still_convert_are_left_out_and_said(journeys):
    """Data ends 2025-06-30: the touch of June may lead to a sale, that of January no more."""
    hits = f"{walk('a', 'b')}, {touch(8, '2025-01-01', 'a', 'lost')}, {touch(9, '2025-06-20', 'b', 'open')}"
    result = journeys(hits, ONE, config="today: 2025-07-01").credit(models=["markov"], by="medium")
    (said,) = (n.params for n in result.notes if n.code == "NULL_JOURNEYS")
    assert (said["count"], said["open"]) == (1, 1)
    assert {r.group: r.models["markov"].removal_effect for r in result.rows} == pytest.approx(
        {"a": 1, "b": 1}
    )


def test_trap_22_share_and_path_forms_are_two_models(tiny):
    both = tiny.credit(models=["markov", "markov_path"], by="medium")
    assert [m.id for m in both.models] == ["markov", "markov_path"]
    assert both.distances[0].total_variation > 0.01


def test_trap_23_the_rate_game_warns_and_has_a_limit(journeys):
    world = journeys(walk(*(f"c{n}" for n in range(16))), ONE)
    with pytest.raises(QueryError) as error:
        world.credit(models=["shapley_rate"], by="medium")
    assert error.value.code == "TOO_MANY_GROUPS"
    assert "MAY_BE_NEGATIVE" in codes(
        journeys(walk("a"), ONE).credit(models=["shapley_rate"], by="medium")
    )


def test_trap_24_the_half_life_is_printed(journeys):
    result = journeys(walk("a"), ONE).credit(
        models=["time_decay"], by="medium", half_life_days=12.5
    )
    assert "12.5" in next(remark(n, "en") for n in result.notes if n.code == "HALF_LIFE")


def test_trap_25_names_are_never_split_or_merged(journeys):
    world = journeys(walk("a > b", "a", "b", "''; --"), ONE)
    for model in ("linear", "markov", "shapley"):
        found = world.table(model, by="medium")
        assert {k: round(v) for k, v in found.items()} == {
            "a > b": 25,
            "a": 25,
            "b": 25,
            "'; --": 25,
            "(unattributed)": 0,
        }


def test_few_conversions_are_warned_of(tiny):
    assert {"SMALL", "SMALL_GROUPS"} <= set(codes(tiny.credit(models=["markov"], by="medium")))
    assert "SMALL" not in codes(tiny.credit(models=["linear"], by="medium"))
