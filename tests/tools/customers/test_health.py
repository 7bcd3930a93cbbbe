"""Health of customers: facts against hand-written SQL, scores against hand arithmetic."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer import DefinitionError, DeniedError, QueryError
from semantic_layer.customer_roles import CustomerRole, HealthSpec
from tools.customers.judge import band, fall, judge
from tools.customers.roles import customer_role
from tools.customers.snapshot import Snapshot, read_snapshots
from tools.customers.spine import Wanted, customers_at

AS_OF, BEFORE = date(2026, 10, 27), date(2026, 9, 27)

FACTS = """
WITH o AS (SELECT account_id, min(signed_on) f, max(signed_on) l, count(*) n, sum(amount) r,
                  max(CAST(signed_on + INTERVAL 1 YEAR AS DATE)) AS ends
           FROM orders WHERE signed_on <= $d AND (cancelled_on IS NULL OR cancelled_on > $d) GROUP BY 1),
u AS (SELECT account_id, max(used_on) l, coalesce(sum(logins) FILTER (used_on > $d - 30), 0) n,
             coalesce(sum(logins) FILTER (used_on <= $d - 30 AND used_on > $d - 120), 0) b
      FROM product_usage WHERE logins > 0 AND used_on <= $d GROUP BY 1),
k AS (SELECT *, CAST(opened_at + INTERVAL 8 HOUR AS DATE) od, CAST(closed_at + INTERVAL 8 HOUR AS DATE) cd FROM tickets),
t AS (SELECT account_id, count(*) FILTER (cd IS NULL OR cd > $d) op,
             count(rating) FILTER (cd <= $d AND cd > $d - 180) rn, avg(rating) FILTER (cd <= $d AND cd > $d - 180) ra
      FROM k WHERE od <= $d GROUP BY 1),
i AS (SELECT o.account_id, o.order_id, o.amount, CAST(o.signed_on + INTERVAL 130 DAY AS DATE) due,
             coalesce((SELECT sum(p.amount) FROM payments p WHERE p.order_id = o.order_id AND p.amount > 0 AND p.paid_on <= $d), 0) paid
      FROM orders o WHERE CAST(o.signed_on + INTERVAL 130 DAY AS DATE) <= $d AND (o.cancelled_on IS NULL OR o.cancelled_on > $d)),
p AS (SELECT account_id, sum(amount) due, coalesce(sum(amount - paid) FILTER (amount - paid > amount * 0.005), 0) overdue,
             min(due) FILTER (amount - paid > amount * 0.005) since FROM i GROUP BY 1),
e AS (SELECT account_id, max(CAST(touched_at + INTERVAL 8 HOUR AS DATE)) l,
             count(*) FILTER (CAST(touched_at + INTERVAL 8 HOUR AS DATE) > $d - 90) n
      FROM touchpoints WHERE CAST(touched_at + INTERVAL 8 HOUR AS DATE) <= $d GROUP BY 1)
SELECT o.account_id, o.f, o.l, o.n, o.r, o.ends, u.l, coalesce(u.n, 0), coalesce(u.b, 0), coalesce(t.op, 0),
       coalesce(t.rn, 0), t.ra, coalesce(p.due, 0), coalesce(p.overdue, 0), p.since, e.l, coalesce(e.n, 0)
FROM o LEFT JOIN u USING (account_id) LEFT JOIN t USING (account_id) LEFT JOIN p USING (account_id)
LEFT JOIN e USING (account_id)
"""


@pytest.fixture(scope="module")
def snapshots(ask_as):
    context = ask_as("manager")
    spine = customers_at(context, customer_role(context).orders, (AS_OF, BEFORE), Wanted())
    return read_snapshots(context, spine)


@pytest.mark.parametrize("day", [AS_OF, BEFORE])
def test_every_fact_of_every_customer_is_the_hand_written_one(snapshots, hand, day):
    rows = hand(FACTS.replace("$d", f"DATE '{day}'"))
    assert len(rows) == sum(at == day for _, at in snapshots.rows)
    for account, *facts in rows:
        s = snapshots.rows[account, day]
        seen = [s.first_order, s.last_order, s.orders, s.revenue, s.contract_end, s.last_used, s.used_now,
                s.used_before, s.open, s.rated, s.rating, s.due, s.overdue, s.overdue_since, s.last_touch, s.touches]  # fmt: skip
        plain = [float(f) if hasattr(f, "as_tuple") else f for f in facts]
        assert (
            seen == pytest.approx(plain, abs=0.001)
            if None not in plain
            else seen == [pytest.approx(f, abs=0.001) if isinstance(f, float) else f for f in plain]
        )


def test_the_list_is_the_worst_first_and_the_bands_add_up(sample):
    listed = sample.run("account_health", limit=50)
    scores = [r.score for r in listed.rows]
    assert scores == sorted(scores)
    assert sum(b.customers for b in listed.bands) == listed.total == 1249
    assert all(r.score < listed.poor for r in listed.rows if r.band == "poor")
    best = sample.run("account_health", order="best", limit=1).rows[0]
    assert best.score >= max(scores)


def test_contracts_that_end_soon_are_the_hand_written_ones(sample):
    found = sample.run("account_health", expiring_days=90, limit=200)
    rows = sample.hand(
        """SELECT account_id FROM orders WHERE cancelled_on IS NULL GROUP BY 1
           HAVING max(CAST(signed_on + INTERVAL 1 YEAR AS DATE)) BETWEEN DATE '2026-10-27' AND DATE '2027-01-25'"""
    )
    assert {r.account for r in found.rows} == {a for (a,) in rows}
    ends = [r.contract_end for r in found.rows]
    assert ends == sorted(ends)


def test_a_filter_keeps_the_accounts_of_the_region(sample):
    east = sample.run(
        "account_health", filters=[{"dimension": "region", "values": ["华东"]}], limit=200
    )
    ((count,),) = sample.hand(
        """SELECT count(DISTINCT o.account_id) FROM orders o JOIN accounts a USING (account_id)
           WHERE o.cancelled_on IS NULL AND a.region = '华东'"""
    )
    assert east.total == count
    assert {k.value for r in east.rows for k in r.known if k.id == "region"} == {"华东"}


@pytest.mark.parametrize(
    "tool",
    ["account_health", "predict_customers", "customer_value", "suggest_cross_sell", "find_dormant_customers"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("dimension", "code"),
    [("channel", "NOT_AN_ACCOUNT_DIMENSION"), ("reigon", "UNKNOWN_DIMENSION")],
)
def test_a_filter_that_accounts_do_not_have_is_refused(sample, tool, dimension, code):
    with pytest.raises(QueryError) as caught:
        sample.run(tool, filters=[{"dimension": dimension, "values": ["x"]}])
    assert caught.value.code == code
    assert "region" in caught.value.candidates


def test_a_rep_sees_the_own_customers_only(sample):
    mine = sample.run("account_health", asker="rep_001", limit=200)
    rows = sample.hand(
        "SELECT DISTINCT account_id FROM orders WHERE owner_id = 'rep_001' AND cancelled_on IS NULL"
    )
    assert {r.account for r in mine.rows} == {a for (a,) in rows}
    other = sample.run("account_health", limit=200).rows
    stranger = next(r.account for r in other if r.account not in {a for (a,) in rows})
    with pytest.raises(QueryError, match="UNKNOWN_ACCOUNT"):
        sample.run("account_health", asker="rep_001", account=stranger)
    with pytest.raises(DeniedError):
        sample.run("account_health", asker="outsider")


def test_trend_is_the_same_rules_thirty_days_before(sample, snapshots):
    role = sample.layer.definitions.roles.customer
    for row in sample.run("account_health", limit=100).rows:
        before = snapshots.rows.get((row.account, BEFORE))
        expected = None if before is None else round(judge(before, role).score, 1)
        assert row.previous == expected


# --------------------------------------------------------------------------- another company


def test_another_company_with_other_tables(gym):
    """Every part by hand: 19 March 2026 is the last day, Chicago's evenings are the next UTC day."""
    office = gym("""
    INSERT INTO firm_list VALUES (7, 'Acme Mills', 'Gary', 'Kim', '2025-01-01');
    INSERT INTO plan_book VALUES (1, 7, 'gold', 1000, 400, '2025-06-01', '2026-06-17');
    INSERT INTO door_log VALUES (7, '2026-03-13 04:59:00'), (7, '2026-03-01 18:00:00'), (7, '2026-01-10 18:00:00'),
      (7, '2025-12-10 18:00:00'), (7, '2025-11-25 18:00:00');
    INSERT INTO bill_book VALUES (50, 7, 800, '2025-06-01', '2025-07-01'), (51, 7, 200, '2025-12-01', '2026-01-01'), (52, 7, 99, '2026-03-01', '2026-04-01');
    INSERT INTO till VALUES (50, '2025-07-05', 800), (51, '2026-01-03', 100);
    INSERT INTO help_desk VALUES (1, 7, '2026-02-01 12:00:00', '2026-02-02 12:00:00', 8), (2, 7, '2026-03-17 12:00:00', NULL, NULL);
    """)
    found = office.run("account_health", account="acme")
    (row,) = found.rows
    parts = {p.name: p for p in row.parts}
    assert {m.name: m.why for m in found.missing} == {"engagement": "undeclared"}
    # usage: last on 12 March, 7 days ago: fresh. 2 visits in 30 days; 3 in the 90 before, 1 usual.
    assert parts["usage"].score == 100
    # tickets: 8 of 10, less half of 20 for a young open one.
    assert parts["tickets"].score == 70
    # payments: 100 of 1000 overdue is a fifth of the limit.
    assert parts["payments"].score == 80
    assert parts["payments"].reasons[0].on == date(2026, 1, 1)
    # contract: 90 of 180 days.
    assert parts["contract"].score == 50
    weights = {"usage": 30, "tickets": 15, "payments": 20, "contract": 20}
    assert {n: p.weight for n, p in parts.items()} == {
        n: round(w / 85, 4) for n, w in weights.items()
    }
    score = (30 * 100 + 15 * 70 + 20 * 80 + 20 * 50) / 85
    assert row.score == round(score, 1)
    assert (row.owner, row.name, row.days_left) == ("Kim", "Acme Mills", 90)
    assert found.partly == "acme"


def test_what_is_not_declared_is_named_and_its_weight_shared(gym, gym_definitions):
    bare = (
        gym_definitions.split("    contract:")[0]
        + "    contract: {model: plans, account: firm_no, start: bought_on, term: 1 year}\n"
    )
    office = gym(
        "INSERT INTO firm_list VALUES (7, 'Acme', 'Gary', 'Kim', '2025-01-01');"
        "INSERT INTO plan_book VALUES (1, 7, 'gold', 10, 4, '2025-06-01', NULL);",
        bare,
    )
    found = office.run("account_health")
    assert {m.name for m in found.missing} == {"usage", "tickets", "payments", "engagement"}
    assert [(w.name, w.weight) for w in found.weights] == [("contract", 1.0)]
    assert found.rows[0].contract_end == date(2026, 6, 1)


def test_nothing_to_judge_by_is_said(gym, gym_definitions):
    bare = gym_definitions.split("    contract:")[0]
    office = gym("INSERT INTO plan_book VALUES (1, 7, 'gold', 10, 4, '2025-06-01', NULL);", bare)
    with pytest.raises(QueryError, match="NO_HEALTH_PARTS"):
        office.run("account_health")


def test_no_customer_role_is_said(studio):
    with pytest.raises(QueryError, match="NO_CUSTOMER_ROLE"):
        studio().run("account_health")


def test_a_prospect_is_not_judged(gym):
    office = gym("INSERT INTO firm_list VALUES (8, 'Lead Ltd', 'Gary', 'Kim', '2025-01-01')")
    with pytest.raises(QueryError, match="NOT_A_CUSTOMER"):
        office.run("account_health", account="Lead Ltd")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("at: bought_on, amount: price", "at: bought, amount: price", "UNKNOWN_COLUMN"),
        ("alike: [town]", "alike: [street]", "UNKNOWN_DIMENSION"),
        ("  account: {model: firms, id: firm_no, name: title}\n", "", "MISSING_ROLE"),
        ("end: ends_on}", "end: ends_on, term: 1 year}", "exactly one"),
        ("owner: coach\n", "owner: coach\n    late: [shoe]\n", "UNKNOWN_ATTRIBUTE"),
        ("owner: coach\n", "owner: coach\n    asked_by: {value: [worth]}\n", "UNKNOWN_METRIC"),
        ("owner: coach\n", "owner: coach\n    health: {good: 40, poor: 60}\n", "below"),
    ],
)  # fmt: skip
def test_wrong_definitions_are_refused(gym, gym_definitions, old, new, code):
    assert old in gym_definitions
    with pytest.raises(DefinitionError, match=code):
        gym(definitions=gym_definitions.replace(old, new))


# --------------------------------------------------------------------------- properties

DAYS = st.integers(0, 900).map(lambda n: AS_OF - timedelta(days=n))
MONEY = st.floats(0, 1e6)
ROLE = CustomerRole.model_validate(
    {
        "orders": {"model": "m", "id": "i", "account": "a", "at": "t", "amount": "x"},
        "tickets": {"model": "m", "account": "a", "opened": "o", "closed": "c", "rating": "r"},
    }
)


@st.composite
def a_snapshot(draw: st.DrawFn) -> Snapshot:
    first = draw(DAYS)
    due = draw(MONEY)
    return Snapshot(
        account="a", at=AS_OF, first_order=first, last_order=draw(DAYS), orders=1, revenue=due,
        contract_end=draw(st.none() | DAYS.map(lambda d: d + timedelta(days=400))),
        last_used=draw(st.none() | DAYS), used_now=draw(MONEY), used_before=draw(MONEY),
        open=draw(st.integers(0, 5)), open_late=0, oldest_open=first, rated=1,
        rating=draw(st.floats(1, 5)), due=due, overdue=due * draw(st.floats(0, 1)),
        overdue_since=draw(st.none() | DAYS), last_touch=draw(st.none() | DAYS), touches=3,
    )  # fmt: skip


@given(a_snapshot())
def test_scores_stay_within_bounds_and_are_the_mean_of_the_parts(snapshot):
    found = judge(snapshot, ROLE)
    assert 0 <= found.score <= 100
    assert all(0 <= p.score <= 100 for p in found.parts)
    assert sum(p.weight for p in found.parts) == pytest.approx(1, abs=0.001)
    assert found.score == pytest.approx(sum(p.weight * p.score for p in found.parts), abs=0.1)
    named = {p.name for p in found.parts} | {m.name for m in found.missing}
    assert named == set(ROLE.health.weights)
    assert all(p.reasons for p in found.parts)


@given(a_snapshot())
def test_leaving_a_part_out_never_changes_the_others(snapshot):
    whole = {p.name: p.score for p in judge(snapshot, ROLE).parts}
    part = {p.name: p.score for p in judge(snapshot, ROLE, ("usage",)).parts}
    assert part == {n: s for n, s in whole.items() if n != "usage"}


@given(st.floats(-10, 500), st.floats(0, 100), st.floats(0, 200))
def test_later_is_never_better(value, full, nothing):
    assert 0 <= fall(value, full, nothing) <= 100
    assert fall(value, full, nothing) >= fall(value + 1, full, nothing)


def test_bands_meet_at_their_limits():
    spec = HealthSpec()
    assert [band(s, spec) for s in (70, 69.9, 45, 44.9)] == ["good", "watch", "watch", "poor"]


POLICIES = """
version: 1
roles:
  desk: {denied: [pleas], hide: {firms: [title]}}
  gary: {rows: {town: user.town}}
users:
  dee: {role: desk}
  gus: {role: gary, attributes: {town: [Gary]}}
"""


def test_what_an_asker_may_not_see_is_missing_not_guessed(gym):
    office = gym("""
    INSERT INTO firm_list VALUES (7, 'Acme', 'Gary', 'Kim', '2025-01-01'), (8, 'Bolt', 'Hammond', 'Lou', '2025-01-01');
    INSERT INTO plan_book VALUES (1, 7, 'gold', 10, 4, '2025-06-01', '2026-06-17'), (2, 8, 'spa', 20, 4, '2025-06-01', '2026-06-17');
    INSERT INTO help_desk VALUES (1, 7, '2026-02-01 12:00:00', '2026-02-02 12:00:00', 0);
    """)
    (office.layer.project.root / "policies.yml").write_text(POLICIES, encoding="utf-8")
    desk = office.run("account_health", asker="dee")
    assert {m.name: m.why for m in desk.missing}["tickets"] == "denied"
    assert {r.account for r in desk.rows} == {"7", "8"}
    assert {r.name for r in desk.rows} == {None}
    gary = office.run("account_health", asker="gus")
    assert [r.name for r in gary.rows] == ["Acme"]
    assert "tickets" in {p.name for p in gary.rows[0].parts}
    assert office.run("customer_value", asker="gus").value == 4
    assert office.run("find_dormant_customers", asker="gus").customers == 1
    with pytest.raises(QueryError, match="UNKNOWN_ACCOUNT"):
        office.run("summarize_account", asker="gus", account="8")
    with pytest.raises(DeniedError):
        office.run("account_health", asker="zed")
