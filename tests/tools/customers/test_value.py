"""Lifetime value: formulas against published figures and simulation, history against hand SQL."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import beta as beta_function
from scipy.special import gamma

from semantic_layer import QueryError
from tools.customers.value import age_curve, bgnbd, gamma_gamma
from tools.customers.value.forecast import backtest, later_step, poisson_deviance, predict
from tools.customers.value.history import WEEK, Histories, Order, histories, spent_between

CDNOW = bgnbd.Purchases(0.243, 4.414, 0.793, 2.426)
"""The parameters of the CDNOW customers in Fader, Hardie and Lee (2005), in weeks."""


def one(*values: float) -> list[np.ndarray]:
    return [np.array([v]) for v in values]


def test_expectation_is_the_published_one():
    """Their worked example: 2 repeat purchases, the last in week 30.43, of 38.86 weeks."""
    found = bgnbd.expected(CDNOW, 39, *one(2, 30.43, 38.86))
    assert found[0] == pytest.approx(1.226, abs=0.0005)


def test_value_of_a_purchase_is_the_published_mean():
    """CDNOW's p = 6.25, q = 3.74, v = 15.44 give a population mean of about 35."""
    found = gamma_gamma.Values(6.25, 3.74, 15.44, 1.0).expected(*one(1e-12, 10))
    assert found[0] == pytest.approx(6.25 * 15.44 / 2.74)


@pytest.mark.parametrize(("x", "t_x", "age"), [(0, 0.0, 30.0), (1, 12.0, 30.0), (4, 29.0, 30.0)])
def test_likelihood_is_the_integral_of_its_definition(x, t_x, age):
    """Integrate over rate and drop-out: (1-p)^x l^x e^(-lT) + [x>0] p (1-p)^(x-1) l^x e^(-l t_x)."""
    m = bgnbd.Purchases(0.8, 6.0, 1.3, 2.1)

    def over_rate(p: float) -> float:
        def inside(rate: float) -> float:
            stayed = (1 - p) ** x * rate**x * math.exp(-rate * age)
            left = p * (1 - p) ** (x - 1) * rate**x * math.exp(-rate * t_x) if x else 0.0
            weight = m.alpha**m.r * rate ** (m.r - 1) * math.exp(-rate * m.alpha) / gamma(m.r)
            return (stayed + left) * weight

        mixed = p ** (m.a - 1) * (1 - p) ** (m.b - 1) / beta_function(m.a, m.b)
        return quad(inside, 0, np.inf)[0] * mixed

    found = math.exp(bgnbd.log_likelihood(m, *one(x, t_x, age))[0])
    assert found == pytest.approx(quad(over_rate, 0, 1)[0], rel=1e-5)


def simulated(model: bgnbd.Purchases, n: int, seed: int = 3) -> tuple[Histories, np.ndarray]:
    """Customers as the model says, seen for up to 78 weeks, and what they buy in the next 39."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(model.r, 1 / model.alpha, n)
    leave = rng.beta(model.a, model.b, n)
    age = rng.uniform(20, 78, n)
    rows, later = [], []
    for rate_i, p, t in zip(rate, leave, age, strict=True):
        at, count, last, then = 0.0, 0, 0.0, 0
        while True:
            at += rng.exponential(1 / rate_i)
            if at > t + 39:
                break
            if at <= t:
                count, last = count + 1, at
            else:
                then += 1
            if rng.random() < p:
                break
        rows.append((count, last, t, 100.0, 100.0 * (count + 1), 100.0))
        later.append(then)
    columns = np.array(rows, dtype=float)
    names = tuple(map(str, range(n)))
    return Histories(names, *(columns[:, i] for i in range(6))), np.array(later)


def test_parameters_are_found_again_and_the_future_is_met():
    known, later = simulated(bgnbd.Purchases(1.2, 14.0, 0.9, 3.0), 4_000)
    found = bgnbd.fit(known)
    assert found.r / found.alpha == pytest.approx(1.2 / 14.0, rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(0.9 / 3.9, rel=0.25)
    said = bgnbd.expected(found, 39, known.repeats, known.recency, known.age)
    assert said.sum() == pytest.approx(later.sum(), rel=0.08)


def test_values_are_found_again():
    rng = np.random.default_rng(5)
    n = rng.integers(1, 9, 4_000)
    scale = 1 / rng.gamma(4.0, 1 / 300.0, 4_000)
    mean = np.array([rng.gamma(6.0, 1 / (1 / s), k).mean() for s, k in zip(scale, n, strict=True)])
    found = gamma_gamma.fit(n.astype(float), mean)
    assert found.p == pytest.approx(6.0, rel=0.15)
    assert found.q == pytest.approx(4.0, rel=0.2)


@given(st.integers(0, 8), st.floats(0, 1), st.floats(1, 120), st.floats(0, 60), st.floats(0.1, 60))
def test_more_time_never_means_fewer_purchases(x, share, age, weeks, more):
    t_x = share * age if x else 0.0
    shorter = bgnbd.expected(CDNOW, weeks, *one(x, t_x, age))[0]
    longer = bgnbd.expected(CDNOW, weeks + more, *one(x, t_x, age))[0]
    assert 0 <= shorter <= longer + 1e-9
    assert 0 <= bgnbd.alive(CDNOW, *one(x, t_x, age))[0] <= 1


def test_the_age_curve_is_counted_by_hand():
    """Ages 10, 20, 30 weeks; purchases at age 5 (3 at risk), 15 (2) and 15 again by one."""
    end = date(2026, 1, 1)
    first = {"a": 10, "b": 20, "c": 30}
    orders = [Order(n, end - timedelta(weeks=w), 1.0) for n, w in first.items()]
    orders += [
        Order("a", end - timedelta(weeks=5), 1.0),
        Order("c", end - timedelta(weeks=15), 1.0),
    ]
    orders += [Order("b", end - timedelta(weeks=5), 1.0)]
    curve = age_curve.AgeCurve(*_by_hand())
    found = age_curve.fit(orders, end)
    assert found.levels == pytest.approx(curve.levels)
    assert found.ages == pytest.approx(curve.ages)


def _by_hand() -> tuple[np.ndarray, np.ndarray, float]:
    # fewer than ten customers: the limit is the age of the youngest, 10 weeks
    return np.array([5.0]), np.array([1 / 3]), 10.0


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 700)), min_size=12, max_size=60))
def test_the_age_curve_never_falls_and_goes_on(rows):
    end = date(2026, 1, 1)
    curve = age_curve.fit([Order(str(a), end - timedelta(days=d), 1.0) for a, d in rows], end)
    ages = np.linspace(0, 300, 61)
    levels = curve.at(ages)
    assert (np.diff(levels) >= -1e-9).all()
    assert (curve.expected(10, ages) >= -1e-9).all()


def test_yearly_renewals_are_seen_by_the_curve_and_not_by_the_rates():
    """Everybody buys once a year: the backtest must choose the curve, and the total be near."""
    rng = np.random.default_rng(8)
    end, orders = date(2026, 6, 30), []
    for i in range(400):
        day = end - timedelta(days=int(rng.integers(30, 1_000)))
        while day <= end:
            orders.append(Order(str(i), day, float(rng.gamma(4, 50))))
            day += timedelta(days=int(rng.normal(365, 6)))
    tested = backtest(orders, end, 180)
    assert tested.tried[0].method == "age_curve"
    assert tested.tried[0].predicted_orders == pytest.approx(tested.orders, rel=0.15)
    naive = min(t.deviance for t in tested.tried if t.method in {"own_rate", "pooled_rate"})
    assert tested.tried[0].deviance < naive


def test_the_backtest_sees_nothing_of_the_time_it_holds_back():
    end = date(2026, 6, 30)
    past = [Order(str(i), end - timedelta(days=300 + i % 90), 100.0) for i in range(60)]
    past += [Order(str(i), end - timedelta(days=200 + i % 40), 100.0) for i in range(40)]
    later = [Order(str(i), end - timedelta(days=5), 1e9) for i in range(60)]
    without, with_later = backtest(past, end, 90), backtest([*past, *later], end, 90)
    assert {t.method: t.predicted_value for t in without.tried} == {
        t.method: t.predicted_value for t in with_later.tried
    }
    assert with_later.value == pytest.approx(60e9)


def test_deviance_is_least_for_the_truth():
    y = np.array([0.0, 1.0, 3.0])
    assert poisson_deviance(y, y + 0.002) < poisson_deviance(y, np.array([1.0, 1.0, 1.0]))
    assert poisson_deviance(y, y) == pytest.approx(0, abs=0.002)


# --------------------------------------------------------------------------- the tool


def test_value_to_date_is_the_hand_written_one(sample):
    rows = sample.hand(
        "SELECT account_id, sum(amount), count(*), min(signed_on) FROM orders WHERE cancelled_on IS NULL GROUP BY 1"
    )
    found = sample.run("customer_value", limit=200)
    known = {a: (float(v), n, d) for a, v, n, d in rows}
    assert found.total == len(known)
    assert found.value == pytest.approx(sum(v for v, _, _ in known.values()))
    for r in found.rows:
        assert (r.value, r.orders, r.customer_since) == known[r.account]
    best = sorted((v for v, _, _ in known.values()), reverse=True)[:200]
    assert [r.value for r in found.rows] == pytest.approx(best)


def test_cohorts_are_the_hand_written_ones(sample):
    rows = sample.hand(
        """WITH o AS (SELECT *, min(signed_on) OVER (PARTITION BY account_id) f FROM orders WHERE cancelled_on IS NULL)
           SELECT CAST(date_trunc('quarter', f) AS DATE), count(DISTINCT account_id), sum(amount),
                  count(DISTINCT account_id) FILTER (signed_on > f), sum(amount) FILTER (signed_on < f + 365), max(f)
           FROM o GROUP BY 1 ORDER BY 1"""
    )
    found = sample.run("customer_value").cohorts
    assert len(found) == len(rows)
    for cohort, (start, n, value, again, early, last) in zip(found, rows, strict=True):
        assert (cohort.start, cohort.customers, cohort.repeaters) == (start, n, again)
        assert cohort.per_customer == pytest.approx(float(value) / n, abs=0.01)
        is_mature = last + timedelta(days=365) <= date(2026, 10, 28)
        assert (cohort.first_year is not None) == is_mature
        if is_mature:
            assert cohort.first_year == pytest.approx(float(early) / n, abs=0.01)


def test_the_prediction_shows_its_backtest_against_what_happened(sample):
    found = sample.run("customer_value", view="predicted", limit=200)
    tested = found.backtest
    rows = sample.hand(
        f"""SELECT count(DISTINCT (account_id, signed_on)), sum(amount) FROM orders WHERE cancelled_on IS NULL
            AND signed_on BETWEEN DATE '{tested.start}' AND DATE '{tested.end}' AND account_id IN
            (SELECT account_id FROM orders WHERE cancelled_on IS NULL AND signed_on < DATE '{tested.start}')"""
    )
    assert (tested.orders, tested.value) == (rows[0][0], float(rows[0][1]))
    assert [m.deviance for m in tested.methods] == sorted(m.deviance for m in tested.methods)
    assert {m.is_naive for m in tested.methods} == {True, False}
    assert found.method == tested.methods[0].method
    assert found.beats_naive
    assert found.low < found.expected < found.high
    assert all(r.low <= r.high for r in found.rows)


def test_a_part_is_predicted_by_the_same_model(sample):
    whole = sample.run("customer_value", view="predicted", limit=200)
    east = sample.run(
        "customer_value", view="predicted", limit=200, filters=[{"dimension": "region", "values": ["华东"]}]
    )  # fmt: skip
    by_account = {r.account: r.expected for r in whole.rows}
    both = [r for r in east.rows if r.account in by_account]
    assert both
    assert all(r.expected == by_account[r.account] for r in both)
    assert east.expected < whole.expected
    assert east.method == whole.method


def test_margin_counts_where_it_is_declared(gym):
    office = gym("""
    INSERT INTO firm_list VALUES (7, 'Acme', 'Gary', 'Kim', '2025-01-01');
    INSERT INTO plan_book VALUES (1, 7, 'gold', 1000, 400, '2025-06-01', '2026-06-17'), (2, 7, 'spa', 500, 90, '2025-09-01', '2026-06-17');
    """)
    found = office.run("customer_value", account="Acme")
    assert found.is_margin
    assert found.rows[0].value == 490


def test_too_few_repeats_are_refused_with_the_numbers(gym):
    # orders 1 to 59 of firms 0 to 39: firms 1 to 19 have two
    rows = ",".join(
        f"({n}, {n % 40}, 'gold', 10, 4, DATE '2024-01-01' + {n * 7}, NULL)" for n in range(1, 60)
    )
    office = gym(f"INSERT INTO plan_book VALUES {rows};")
    with pytest.raises(QueryError) as caught:
        office.run("customer_value", view="predicted")
    assert caught.value.code == "TOO_FEW_REPEATS"
    assert (caught.value.params["have"], caught.value.params["needed"]) == ("19", "30")


def test_orders_of_one_day_are_one_purchase():
    end = date(2026, 1, 1)
    known = histories([Order("a", end, 5.0), Order("a", end, 7.0)], end)
    assert (known.repeats[0], known.mean[0], known.total[0]) == (0, 12.0, 12.0)
    assert WEEK == 7
    assert predict("own_rate", [Order("a", end, 5.0)], end, 30).value.sum() == 0


def buyers(count: int, later: float) -> list[Order]:
    """Customers who buy for about 100 first and for `later` times as much every 90 days."""
    rng, start = np.random.default_rng(5), date(2025, 1, 1)
    out: list[Order] = []
    for i in range(count):
        level, first = 100 * rng.gamma(9.0, 1 / 9.0), start + timedelta(days=int(rng.integers(90)))
        out += [
            Order(f"a{i:03}", first + timedelta(days=90 * n), level * (later if n else 1.0))
            for n in range(5)
        ]
    return out


@pytest.mark.parametrize("later", [0.5, 1.0, 1.6])
def test_what_is_to_come_are_later_purchases(later):
    """First purchases were larger on the sample company, and the forecast was 19 % too high for it."""
    orders, end = buyers(300, later), date(2025, 10, 1)
    known = histories(orders, end)
    assert later_step(known) == pytest.approx(later ** (300 / 330), rel=0.01)
    said = predict("age_curve", orders, end, 120)
    came = spent_between(orders, end, end + timedelta(days=120)).values()
    worth = float(said.value.sum() / said.counts.sum())
    assert worth == pytest.approx(sum(v for _, v in came) / sum(n for n, _ in came), rel=0.08)


def test_too_few_who_came_back_move_nothing():
    assert later_step(histories([Order("a", date(2025, 1, 1), 10.0)], date(2025, 6, 1))) == 1.0
    one = [Order("a", date(2025, 1, 1), 100.0), Order("a", date(2025, 3, 1), 10.0)]
    assert later_step(histories(one, date(2025, 6, 1))) > 0.9
