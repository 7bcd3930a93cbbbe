"""Who leaves, buys again, might want more, has fallen silent: facts by hand, honesty by construction."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer import QueryError
from tools import ToolContext
from tools.customers.alike import Market, wilson_low
from tools.customers.propensity import auc_low, has_earned_it, model_folder
from tools.customers.training import training_rows
from tools.propensity.artefact import save, version_of
from tools.propensity.report import ModelReport
from tools.propensity.train import train

pytest.importorskip("sklearn", reason="the ml extra is not installed")

EAST = [{"dimension": "region", "values": ["华东"]}]
LAST = date(2026, 3, 19)

# --------------------------------------------------------------------------- dormant


def test_the_dormant_are_as_many_as_the_metric_says(sample):
    from semantic_layer.query import Query

    found = sample.run("find_dormant_customers", limit=200)
    metric = sample.layer.run(Query(metrics=("dormant_customers",)), sample.layer.scope(None))
    assert found.total == metric.rows[0][0] == 200


def test_the_dormant_are_the_hand_written_ones(sample):
    rows = sample.hand(
        """WITH c AS (SELECT account_id, min(signed_on) f FROM orders WHERE cancelled_on IS NULL GROUP BY 1),
           d AS (SELECT DISTINCT account_id, used_on FROM product_usage WHERE logins > 0),
           g AS (SELECT account_id, used_on, used_on - lag(used_on) OVER (PARTITION BY account_id ORDER BY used_on) gap FROM d),
           s AS (SELECT account_id, max(used_on) l, median(gap) m, count(*) n FROM g GROUP BY 1)
           SELECT c.account_id, greatest(c.f, coalesce(s.l, c.f)) last_on, CASE WHEN s.n > 2 THEN s.m END
           FROM c LEFT JOIN s USING (account_id) WHERE DATE '2026-10-27' - greatest(c.f, coalesce(s.l, c.f)) >= 90"""
    )
    found = {r.account: r for r in sample.run("find_dormant_customers", limit=200).rows}
    assert {a for a, _, _ in rows} == set(found)
    for account, last_on, gap in rows:
        assert found[account].last_on == last_on
        assert found[account].usual_gap == (None if gap is None else float(gap))


def test_silence_is_held_against_the_own_rhythm(gym):
    """Somebody who comes every 40 days is not silent after 100; somebody who comes daily is."""
    days = lambda firm, gap, last, n: ",".join(  # noqa: E731 - a line of data
        f"({firm}, TIMESTAMP '{LAST - timedelta(days=last + gap * i)} 18:00:00')" for i in range(n)
    )
    office = gym(
        "INSERT INTO firm_list VALUES (1, 'Rare', 'Gary', 'Kim', '2024-01-01'), (2, 'Often', 'Gary', 'Kim', '2024-01-01');"
        "INSERT INTO plan_book VALUES (1, 1, 'gold', 9, 4, '2024-06-01', '2027-06-17'), (2, 2, 'gold', 9, 4, '2024-06-01', '2027-06-17');"
        f"INSERT INTO door_log VALUES {days(1, 40, 100, 6)}, {days(2, 1, 100, 6)};"
    )
    found = office.run("find_dormant_customers")
    assert [r.name for r in found.rows] == ["Often"]
    assert found.missing == ("touch",)
    rare = office.run("find_dormant_customers", account="Rare").rows[0]
    assert (rare.days, rare.usual_gap, rare.is_dormant) == (100, 40.0, False)


# --------------------------------------------------------------------------- cross-selling


def test_shares_of_similar_customers_are_the_hand_written_ones(sample):
    found = sample.run("suggest_cross_sell", account="A001155")
    for r in found.rows:
        assert r.product not in r.owned
        ((peers, having),) = sample.hand(
            f"""WITH own AS (SELECT DISTINCT account_id, product FROM orders WHERE cancelled_on IS NULL),
                peers AS (SELECT DISTINCT o.account_id FROM own o JOIN accounts a USING (account_id)
                  WHERE o.account_id <> 'A001155' AND a.industry = (SELECT industry FROM accounts WHERE account_id = 'A001155')
                  AND o.product IN (SELECT product FROM own WHERE account_id = 'A001155'))
                SELECT count(*), count(*) FILTER (account_id IN (SELECT account_id FROM own WHERE product = '{r.product}')) FROM peers"""
        )
        assert (r.peers, r.having) == (peers, having)
        ((usual,),) = sample.hand(
            f"""WITH own AS (SELECT DISTINCT account_id, product FROM orders WHERE cancelled_on IS NULL),
                other AS (SELECT DISTINCT account_id FROM own WHERE product <> '{r.product}')
                SELECT avg(CASE WHEN account_id IN (SELECT account_id FROM own WHERE product = '{r.product}') THEN 1.0 ELSE 0 END) FROM other"""
        )
        assert r.usual == pytest.approx(usual, abs=0.0001)
        assert r.lift == pytest.approx(r.share / usual, abs=0.02)


def test_a_product_is_never_offered_to_who_has_it(sample):
    found = sample.run("suggest_cross_sell", product="星河MES", filters=EAST, limit=200)
    owners = {
        a
        for (a,) in sample.hand(
            "SELECT DISTINCT account_id FROM orders WHERE product = '星河MES' AND cancelled_on IS NULL"
        )
    }
    assert not {r.account for r in found.rows} & owners
    assert {r.product for r in found.rows} == {"星河MES"}
    with pytest.raises(QueryError, match="UNKNOWN_PRODUCT"):
        sample.run("suggest_cross_sell", product="星河ERP")


OWNED = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.frozensets(st.sampled_from("PQRS"), min_size=1),
    min_size=1,
    max_size=30,
)


@given(OWNED, st.integers(2, 5))
def test_candidates_are_counted_by_brute_force(owned, least):
    segments = {a: len(a) for a in owned}
    market = Market(owned, segments, least)
    for account, mine in owned.items():
        alike = [a for a in owned if a != account and owned[a] & mine and len(a) == len(account)]
        anywhere = [a for a in owned if a != account and owned[a] & mine]
        peers = alike if len(alike) >= least else anywhere
        found = {c.product: c for c in market.candidates(account)}
        if len(peers) < least:
            assert not found
            continue
        having = {p: sum(p in owned[a] for a in peers) for p in set("PQRS") - mine}
        assert {p: c.having for p, c in found.items()} == {p: n for p, n in having.items() if n}
        for product, c in found.items():
            assert c.peers == len(peers)
            assert 0 <= c.low <= c.share <= 1
            owners = {a for a in owned if product in owned[a]}
            cosines = [
                len(owners & (own := {a for a in owned if o in owned[a]}))
                / math.sqrt(len(owners) * len(own))
                for o in mine
            ]
            assert c.cosine == pytest.approx(max(cosines))


@pytest.mark.parametrize(("hits", "n", "low"), [(12, 15, 0.5481), (0, 10, 0.0), (5, 5, 0.5655)])
def test_wilson_is_the_published_interval(hits, n, low):
    assert wilson_low(hits, n) == pytest.approx(low, abs=0.0005)


def test_too_few_alike_are_refused(gym):
    office = gym(
        "INSERT INTO firm_list VALUES (1, 'One', 'Gary', 'Kim', '2024-01-01');"
        "INSERT INTO plan_book VALUES (1, 1, 'gold', 9, 4, '2024-06-01', '2027-06-17'), (2, 2, 'gold', 9, 4, '2024-06-01', '2027-06-17');"
    )
    with pytest.raises(QueryError) as caught:
        office.run("suggest_cross_sell", account="One")
    assert (caught.value.code, caught.value.params["have"]) == ("TOO_FEW_ALIKE", "1")


# --------------------------------------------------------------------------- propensity


def test_churn_rows_are_the_hand_written_ones(sample):
    raw, spec = training_rows(ToolContext(sample.layer, sample.layer.scope("manager")), "churn")
    rows = sample.hand(
        """WITH o AS (SELECT * FROM orders), c AS (
             SELECT DISTINCT account_id, CAST(signed_on + INTERVAL 1 YEAR AS DATE) - 60 AS looked FROM o
             WHERE CAST(signed_on + INTERVAL 1 YEAR AS DATE) - 60 + 95 <= DATE '2026-10-27'),
           k AS (SELECT c.*, (SELECT max(CAST(signed_on + INTERVAL 1 YEAR AS DATE)) FROM o WHERE o.account_id = c.account_id
                  AND signed_on <= looked AND (cancelled_on IS NULL OR cancelled_on > looked)) AS ends FROM c)
           SELECT account_id, looked, NOT EXISTS (SELECT 1 FROM o WHERE o.account_id = k.account_id AND cancelled_on IS NULL
                  AND signed_on > looked AND signed_on <= looked + 95)
           FROM k WHERE ends = looked + 60"""
    )
    seen = set(zip(raw["account"], raw["looked_at"], raw["outcome"], strict=True))
    assert seen == {(a, str(d), "1" if left else "0") for a, d, left in rows}
    assert spec.order == "looked_at"
    assert list(raw["looked_at"]) == sorted(raw["looked_at"])


def test_the_sample_has_too_few_churned_and_says_how_many_are_needed(sample):
    raw, spec = training_rows(ToolContext(sample.layer, sample.layer.scope("manager")), "churn")
    with pytest.raises(QueryError) as caught:
        train(raw, spec)
    assert caught.value.code == "TOO_FEW_OUTCOMES"
    assert int(caught.value.params["have"]) == int((raw["outcome"] == "1").sum())
    assert int(caught.value.params["needed"]) > int(caught.value.params["have"])


def test_without_a_model_the_order_is_by_health_and_says_so(sample):
    found = sample.run("predict_customers", goal="churn", filters=EAST, limit=200)
    assert found.rules == "untrained"
    scores = [r.health.score for r in found.rows]
    assert scores == sorted(scores)
    assert all(r.probability is None for r in found.rows)
    assert all(0 <= r.health.days_left <= 60 for r in found.rows)


def clinic(gym, *, tells: bool):
    """800 firms with a yearly plan; the silent do not renew if `tells`, else it is a coin."""
    rng = random.Random(11)
    firms, plans, visits, number = [], [], [], 0
    for firm in range(1, 801):
        start = date(2024, 1, 1) + timedelta(days=rng.randrange(300))
        end, is_silent = start + timedelta(days=365), rng.random() < 0.4
        leaves = is_silent if tells and rng.random() < 0.9 else rng.random() < 0.4
        firms.append(
            f"({firm}, 'Firm {firm}', '{rng.choice(['Gary', 'Hammond'])}', 'Kim', '2024-01-01')"
        )
        plans.append(
            f"({(number := number + 1)}, {firm}, 'gold', {rng.randrange(50, 90)}, 9, '{start}', '{end}')"
        )
        if not leaves:
            again = end - timedelta(days=rng.randrange(30))
            plans.append(
                f"({(number := number + 1)}, {firm}, 'gold', 70, 9, '{again}', '{end + timedelta(days=365)}')"
            )
        until = end - timedelta(days=rng.randrange(90, 200) if is_silent else 30)
        day = start
        while day < until:
            visits.append(f"({firm}, '{day} 18:00:00')")
            day += timedelta(days=rng.randrange(5, 20))
    return gym(
        f"INSERT INTO firm_list VALUES {','.join(firms)}; INSERT INTO plan_book VALUES {','.join(plans)};"
        f"INSERT INTO door_log VALUES {','.join(visits)};"
    )


def trained(office):
    context = ToolContext(office.layer, office.layer.scope(None))
    raw, spec = training_rows(context, "churn")
    model = train(raw, spec)
    save(model, model_folder(context, "churn"), version_of(raw, spec))
    return model


@pytest.mark.slow
def test_a_model_that_has_earned_it_gives_chances_with_reasons(gym):
    office = clinic(gym, tells=True)
    report = trained(office).report
    assert report.split == "time"
    assert report.auc > 0.75
    assert has_earned_it(report)
    found = office.run("predict_customers", goal="churn", limit=200)
    assert found.rules is None
    assert found.version
    chances = [r.probability for r in found.rows]
    assert chances == sorted(chances, reverse=True)
    assert chances
    strongest = [r.pushes[0].field for r in found.rows[:5]]
    assert set(strongest) <= {"days_since_use", "used_30_days", "used_90_days_before"}


@pytest.mark.slow
def test_a_model_of_a_coin_is_not_used(gym):
    office = clinic(gym, tells=False)
    report = trained(office).report
    assert not has_earned_it(report)
    found = office.run("predict_customers", goal="churn")
    assert found.rules == "no_better"
    assert found.auc == report.auc
    assert all(r.probability is None for r in found.rows)


def report(auc: float, hits: int, rows: int, rules: float | None = None) -> ModelReport:
    return ModelReport(
        rows=rows, outcomes=hits, train_rows=rows, test_rows=rows, test_outcomes=hits, split="time",
        model="logistic", candidates=(), auc=auc, brier=0.1, log_loss=0.3, base_rate=0.1,
        top_decile_precision=0.2, lift=2, top_fifth_share=0.3, rules_auc=rules, calibration=(),
        features=(), weights=(), leaks=(), suspects=(), left_out=(), fairness=(),
    )  # fmt: skip


def test_the_bar_is_chance_and_the_simple_rule():
    """Hanley and McNeil: AUC 0.6 of 40 and 60 has a standard error of 0.0585 (sqrt(8.2243 / 2400))."""
    assert auc_low(report(0.6, 40, 100)) == pytest.approx(0.6 - 1.96 * 0.0585, abs=0.001)
    assert not has_earned_it(report(0.6, 40, 100))
    assert has_earned_it(report(0.6, 400, 1_000))
    assert not has_earned_it(report(0.6, 400, 1_000, rules=0.7))


def test_churn_needs_contracts(gym, gym_definitions):
    head, rest = gym_definitions.split("    contract:")
    office = gym(definitions=head + rest.split("\n", 1)[1])
    with pytest.raises(QueryError, match="NO_CHURN_DEFINITION"):
        office.run("predict_customers", goal="churn")
