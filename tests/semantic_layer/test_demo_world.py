"""The sample company: every planted truth, asked in plain SQL."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from semantic_layer.demo import build_world, truths
from semantic_layer.demo.notes import INJECTED_NOTES
from semantic_layer.demo.schema import DDL

GOLDEN_SCALE = 0.05
GOLDEN_HASH = "d9f633287b54ae47ae678bc1834ca62ab3a4163da93a10044d8ae879f79f9ed0"
Q3 = "BETWEEN DATE '2026-07-01' AND DATE '2026-09-30'"
Q2 = "BETWEEN DATE '2026-04-01' AND DATE '2026-06-30'"
EVENTS = str(truths.EVENT_TYPES)


def local(column: str) -> str:
    """The Asia/Shanghai date of a UTC instant."""
    return f"CAST({column} + INTERVAL 8 HOUR AS DATE)"


class World:
    """A read-only connection with small helpers."""

    def __init__(self, path: Path) -> None:
        self.con = duckdb.connect(str(path), read_only=True)

    def rows(self, sql: str) -> list[tuple]:
        return self.con.execute(sql).fetchall()

    def row(self, sql: str) -> tuple:
        return self.rows(sql)[0]

    def one(self, sql: str):
        return self.row(sql)[0]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    path = tmp_path_factory.mktemp("world") / "demo.duckdb"
    build_world(path)
    assert path.stat().st_size < 100_000_000
    return World(path)


def content_hash(path: Path) -> str:
    """A hash over all rows of all tables, in order."""
    digest = hashlib.sha256()
    with duckdb.connect(str(path), read_only=True) as con:
        for table in DDL:
            digest.update(table.encode())
            for row in con.execute(f"SELECT * FROM {table}").fetchall():
                digest.update(repr(tuple(map(str, row))).encode())
    return digest.hexdigest()


def test_sizes(world: World) -> None:
    expected = {
        "campaigns": (380, 420), "leads": (40_000, 40_000), "contacts": (23_000, 28_000),
        "accounts": (9_000, 9_000), "opportunities": (4_500, 5_500), "orders": (1_600, 2_100),
        "touchpoints": (540_000, 660_000),
    }  # fmt: skip
    for table, (low, high) in expected.items():
        assert low <= world.one(f"SELECT count(*) FROM {table}") <= high, table
    for table in DDL:
        assert world.one(f"SELECT count(*) FROM {table}") > 0, table
    assert dict(world.rows("FROM dataset_info"))["as_of"] == "2026-10-27"


def test_t01_webinar_influence(world: World) -> None:
    t = truths.WEBINAR
    touched = f"""SELECT DISTINCT account_id, {local("touched_at")} AS d FROM touchpoints
        JOIN campaigns c USING (campaign_id) WHERE c.name = '{t.name}' AND is_marketing"""
    found = world.row(f"""
        WITH t AS ({touched}) SELECT count(*), sum(amount) FROM opportunities o WHERE EXISTS (
          SELECT 1 FROM t WHERE t.account_id = o.account_id
          AND t.d BETWEEN o.created_on - 365 AND o.created_on)""")
    assert found == (t.influenced_opportunities, t.influenced_pipeline)
    direct = world.one(f"""SELECT count(*) FROM opportunities o JOIN leads l USING (lead_id)
        JOIN campaigns c ON c.campaign_id = l.campaign_id WHERE c.name = '{t.name}'""")
    assert direct == t.direct_opportunities
    orders = world.row(f"""
        WITH t AS ({touched}) SELECT count(*), sum(amount) FROM orders o
        WHERE cancelled_on IS NULL AND EXISTS (
          SELECT 1 FROM t WHERE t.account_id = o.account_id AND t.d <= o.signed_on)""")
    assert orders == (t.influenced_orders, t.influenced_revenue)
    # No rule for the window makes a difference: nothing else of these accounts exists.
    assert (
        world.one(f"""SELECT count(*) FROM opportunities
        WHERE account_id IN (SELECT account_id FROM ({touched}))""")
        == 5
    )
    members = world.row(f"""SELECT count(registered_at), count(attended_at) FROM campaign_members
        JOIN campaigns c USING (campaign_id) WHERE c.name = '{t.name}'""")
    assert members == (t.registrations, t.attendees)


def test_t02_u_shaped(world: World) -> None:
    t = truths.U_SHAPED
    u_share, last_share, opps = world.row(f"""
        WITH t AS (
          SELECT o.opportunity_id, c.campaign_type AS type,
            row_number() OVER w AS k, count(*) OVER (PARTITION BY o.opportunity_id) AS n
          FROM opportunities o JOIN touchpoints p ON p.account_id = o.account_id
            AND p.is_marketing AND {local("p.touched_at")}
              BETWEEN o.created_on - 365 AND o.created_on
          LEFT JOIN campaigns c ON c.campaign_id = p.campaign_id
          WHERE o.industry = '{t.industry}'
          WINDOW w AS (PARTITION BY o.opportunity_id ORDER BY p.touched_at, p.touch_id)),
        credit AS (SELECT *, CASE WHEN n = 1 THEN 1.0 WHEN n = 2 THEN 0.5
          WHEN k IN (1, n) THEN 0.4 ELSE 0.2 / (n - 2) END AS u FROM t)
        SELECT sum(u) FILTER (type IN {t.campaign_types}) / sum(u),
          count(*) FILTER (k = n AND type IN {t.campaign_types}) / count(*) FILTER (k = n),
          count(DISTINCT opportunity_id) FROM credit""")
    assert opps > 300
    assert u_share > t.u_shaped_share_over
    assert last_share < t.last_touch_share_under


def test_t03_academic(world: World) -> None:
    t = truths.ACADEMIC
    rates = world.rows("""
        SELECT c.campaign_type, count(*) n, count(*) FILTER (EXISTS (SELECT 1 FROM orders o
          WHERE o.lead_id = l.lead_id AND o.cancelled_on IS NULL)) won, avg(score) score
        FROM leads l JOIN campaigns c USING (campaign_id) GROUP BY ALL""")
    by_type = {kind: (n, won, score) for kind, n, won, score in rates}
    n, won, score = by_type.pop(t.campaign_type)
    assert (n, won) == (t.leads, t.won_leads)
    assert score < world.one("SELECT avg(score) FROM leads") - 8
    assert max(w / m for m, w, _ in by_type.values()) < t.lead_to_won_rate / 2


def test_t04_baidu_landing_page(world: World) -> None:
    t = truths.BAIDU_DROP
    days = world.rows(f"""
        WITH l AS (SELECT {local("created_at")} d, count(*) n FROM leads
                   WHERE channel = '百度' GROUP BY 1),
             a AS (SELECT stat_on d, sum(clicks) clicks, sum(impressions) imp
                   FROM ad_stats WHERE platform = '百度' GROUP BY 1)
        SELECT d, coalesce(n, 0), clicks, imp FROM a LEFT JOIN l USING (d)
        WHERE d > DATE '2026-10-27' - 31 ORDER BY d""")
    before, last = days[:-3], days[-3:]
    assert len(before) == t.trailing_days
    base = sum(d[1] for d in before) / sum(d[2] for d in before)
    assert base == pytest.approx(t.trailing_conversion)
    assert tuple(d[0] for d in last) == t.days
    assert tuple(d[1] for d in last) == t.leads
    assert tuple(d[2] for d in last) == t.clicks
    for _, leads, clicks, impressions in last:
        assert leads / clicks < base * (1 - t.fall_at_least)
        assert abs(clicks / impressions - t.ctr) < t.ctr_tolerance


def test_t05_salon_deals(world: World) -> None:
    t = truths.DEAL_SIZE
    leads = world.rows("""SELECT campaign_type FROM leads JOIN campaigns c USING (campaign_id)
        GROUP BY 1 ORDER BY count(*) DESC""")
    assert leads[0][0] == t.most_leads_type
    average = dict(
        world.rows("""SELECT campaign_type, sum(amount) / count(*) FROM orders
        JOIN campaigns c USING (campaign_id) WHERE cancelled_on IS NULL GROUP BY 1""")
    )
    assert average[t.most_leads_type] == t.most_leads_average
    assert average[t.larger_deals_type] == t.larger_deals_average
    ratio = average[t.larger_deals_type] / average[t.most_leads_type]
    assert ratio == pytest.approx(t.ratio, abs=1e-12)


def test_t06_duplicates(world: World) -> None:
    t = truths.DUPLICATES
    total, raw = world.row("SELECT count(*), count(duplicate_of) FROM leads")
    left = world.one("""SELECT count(*) FROM leads l JOIN leads o ON o.lead_id = l.duplicate_of
        JOIN identities a ON a.contact_id = l.contact_id
        JOIN identities b ON b.contact_id = o.contact_id WHERE a.person_id <> b.person_id""")
    assert (raw, left) == (t.raw_leads, t.unresolved_leads)
    assert (raw / total, left / total) == (t.raw_rate, t.unresolved_rate)
    odd = world.one("""SELECT count(*) FROM leads l JOIN leads o ON o.lead_id = l.duplicate_of
        WHERE o.duplicate_of IS NOT NULL OR o.account_id <> l.account_id
        OR o.created_at > l.created_at OR l.created_at > o.created_at + INTERVAL 90 DAY""")
    assert odd == 0
    # A person that comes back without being a duplicate does so after half a year.
    gap = world.one("""SELECT min(gap) FROM (SELECT created_at - lag(created_at) OVER (
        PARTITION BY person_id ORDER BY created_at) gap FROM leads JOIN identities
        USING (contact_id) WHERE duplicate_of IS NULL)""")
    assert gap.days >= 180


def test_t07_whitepaper(world: World) -> None:
    t = truths.WHITEPAPER
    rates = {
        title: (n, opps)
        for title, n, opps in world.rows("""
        SELECT title, count(*), count(*) FILTER (lead_id IN (SELECT lead_id FROM opportunities))
        FROM leads JOIN contents USING (content_id) GROUP BY 1""")
    }
    assert rates.pop(t.title) == (t.leads, t.leads_with_opportunity)
    assert max(o / n for n, o in rates.values() if n >= 20) < t.others_under


def test_t08_toutiao(world: World) -> None:
    t = truths.AD_PLATFORM
    table = f"""
        WITH c AS (SELECT platform p, sum(cost) FILTER (stat_on {Q2}) q2,
                     sum(cost) FILTER (stat_on {Q3}) q3 FROM ad_stats GROUP BY 1),
             l AS (SELECT channel p, count(*) FILTER ({local("created_at")} {Q2}) l2,
                     count(*) FILTER ({local("created_at")} {Q3}) l3 FROM leads GROUP BY 1),
             o AS (SELECT channel p, count(*) FILTER (created_on {Q3}) n FROM opportunities
                   GROUP BY 1)
        SELECT p, q2, q3, l2, l3, n FROM c JOIN l USING (p) JOIN o USING (p)"""
    rows = {row[0]: row[1:] for row in world.rows(table)}
    assert len(rows) == 5
    q2, q3, l2, l3, _ = rows[t.platform]
    assert (q2, q3, l2, l3) == (t.q2_cost, t.q3_cost, t.q2_leads, t.q3_leads)
    assert q3 / l3 == t.q3_cost_per_lead >= 2 * t.q2_cost_per_lead == 2 * q2 / l2
    per_opportunity = {p: r[1] / r[4] for p, r in rows.items()}
    assert max(per_opportunity, key=lambda p: per_opportunity[p]) == t.platform


def test_t09_east_events(world: World) -> None:
    t = truths.EAST_EVENTS
    campaign = f"JOIN campaigns c USING (campaign_id) WHERE c.campaign_type IN {EVENTS}"

    def count(table: str, when: str, side: str) -> int:
        return world.one(f"SELECT count(*) FROM {table} {campaign} AND {when} {Q3} {side}")

    by_campaign = "AND c.region = '华东'"
    assert count("campaign_members", local("registered_at"), by_campaign) == t.registrations
    assert count("campaign_members", local("attended_at"), by_campaign) == t.attendees
    planted = {
        ("leads", local("created_at")): t.leads, ("leads", local("mql_at")): t.mqls,
        ("leads", local("sql_at")): t.sqls, ("opportunities", "created_on"): t.opportunities,
        ("orders", "cancelled_on IS NULL AND signed_on"): t.orders,
    }  # fmt: skip
    for (table, when), expected in planted.items():
        assert count(table, when, f"AND {table}.region = '华东'") == expected, (table, when)
        assert count(table, when, by_campaign) == expected, (table, when)
    cohort = world.row(f"""SELECT count(*), count(mql_at), count(sql_at) FROM leads {campaign}
        AND c.region = '华东' AND {local("created_at")} {Q3}""")
    assert cohort == (t.leads, t.mqls, t.sqls)


def test_t10_brand_lift(world: World) -> None:
    t = truths.BRAND_LIFT
    groups = world.rows(f"""
        SELECT attended_at IS NOT NULL, count(*), count(*) FILTER (EXISTS (
          SELECT 1 FROM opportunities o WHERE o.account_id = m.account_id
          AND o.created_on > c.start_on AND o.created_on <= c.start_on + {t.window_days}))
        FROM campaign_members m JOIN campaigns c USING (campaign_id)
        WHERE c.name = '{t.name}' AND c.is_brand GROUP BY 1 ORDER BY 1 DESC""")
    assert groups == [
        (True, t.attended, t.attended_converted),
        (False, t.not_attended, t.not_attended_converted),
    ]
    mix = """SELECT industry, region, size_band, count(*) FROM campaign_members
        JOIN campaigns c USING (campaign_id) JOIN accounts a USING (account_id)
        WHERE c.name = '{}' AND (attended_at IS NULL) = {} GROUP BY ALL ORDER BY ALL"""
    assert world.rows(mix.replace("region, ", "a.region, ").format(t.name, "true")) == world.rows(
        mix.replace("region, ", "a.region, ").format(t.name, "false")
    )
    lift = t.attended_converted / t.attended - t.not_attended_converted / t.not_attended
    assert lift == pytest.approx(t.lift_points)


@pytest.mark.parametrize("test", [truths.EXPERIMENT_WINNER, truths.EXPERIMENT_FLAT])
def test_t11_experiments(world: World, test: truths.Experiment) -> None:
    rows = world.rows(f"""SELECT variant, count(*), count(converted_at) FROM experiments
        WHERE experiment = '{test.name}' GROUP BY 1 ORDER BY 1""")
    n = test.exposures
    assert rows == [("A", n, test.converted_a), ("B", n, test.converted_b)]
    a, b = test.converted_a / n, test.converted_b / n
    pooled = (a + b) / 2
    z = (b - a) / (pooled * (1 - pooled) * 2 / n) ** 0.5
    assert (abs(z) > 1.96) is test.significant


def test_t12_stalled_team(world: World) -> None:
    t = truths.STALLED_TEAM
    rates = {
        team: (n, stalled / n)
        for team, n, stalled in world.rows(f"""
        SELECT team_id, count(*), count(*) FILTER (
          DATE '2026-10-27' - {local("entered_at")} >= {t.stalled_days})
        FROM opportunities o JOIN opportunity_stages s ON s.opportunity_id = o.opportunity_id
          AND s.left_at IS NULL JOIN org ON person_id = o.owner_id
        WHERE closed_on IS NULL GROUP BY 1""")
    }
    assert len(rates) == 11
    n, rate = rates.pop(t.team_id)
    assert rate == -(-n * t.planted_percent // 100) / n > t.over
    assert max(rate for _, rate in rates.values()) < t.others_under
    assert world.one(f"SELECT count(*) FROM org WHERE team_id = '{t.team_id}'") > 1


def test_t13_simpson(world: World) -> None:
    t = truths.SIMPSON
    table = {}
    for quarter, window in (("q2", Q2), ("q3", Q3)):
        for region, mql, sql in world.rows(f"""SELECT region, count(*), count(*) FILTER (
            sql_at <= mql_at + INTERVAL 30 DAY) FROM leads
            WHERE {local("mql_at")} {window} GROUP BY 1"""):
            table[quarter, region] = (mql, sql)
    assert None not in {region for _, region in table}
    for k, region in enumerate(truths.REGIONS):
        assert table["q2", region] == (t.q2_mql[k], t.q2_sql[k])
        assert table["q3", region] == (t.q3_mql[k], t.q3_sql[k])
        assert t.q3_sql[k] / t.q3_mql[k] > t.q2_sql[k] / t.q2_mql[k]
    assert (sum(t.q2_mql), sum(t.q2_sql)) == t.q2_total
    assert (sum(t.q3_mql), sum(t.q3_sql)) == t.q3_total
    assert t.q3_total[1] / t.q3_total[0] < t.q2_total[1] / t.q2_total[0]
    late = "sql_at > mql_at + INTERVAL 20 DAY"
    assert world.one(f"SELECT count(*) FROM leads WHERE {late}") == 0


def test_t14_traps(world: World) -> None:
    t = truths.TRAPS
    one = world.one
    assert one("SELECT count(*) FROM payments WHERE kind = '退款' AND amount < 0") == t.refunds
    assert one("SELECT count(*) FROM payments WHERE kind = '回款' AND amount <= 0") == 0
    assert one("SELECT count(cancelled_on) FROM orders") == t.cancelled_orders
    silent = "account_id NOT IN (SELECT account_id FROM touchpoints)"
    assert one(f"SELECT count(*) FROM orders WHERE {silent}") == t.orders_without_touch
    for moment, expected in (
        ("2026-06-30 16:00:00", t.leads_at_local_midnight),
        ("2026-06-30 16:30:00", t.leads_after_local_midnight),
        ("2026-06-30 15:59:59", t.leads_before_local_midnight),
    ):
        assert one(f"SELECT count(*) FROM leads WHERE created_at = '{moment}'") == expected
    w = truths.WEBINAR
    after = one(f"""SELECT count(*) FROM touchpoints p JOIN orders o USING (account_id)
        WHERE o.amount = {w.influenced_revenue} AND o.account_id = 'A000001'
        AND {local("p.touched_at")} > o.signed_on AND is_marketing""")
    assert after == w.touches_after_signing
    ties = one(f"""SELECT count(*) FROM (SELECT account_id FROM touchpoints p JOIN campaigns c
        USING (campaign_id) WHERE c.name = '{w.name}' AND kind = 'webinar_attend'
        GROUP BY account_id, touched_at HAVING count(*) > 1)""")
    assert ties == w.tied_accounts
    for table in ("contacts", "opportunities"):
        assert one(f"SELECT max(n) FROM (SELECT count(*) n FROM {table} GROUP BY account_id)") > 1
    for column in ("channel", "region", "industry"):
        assert one(f"SELECT count(*) FROM leads WHERE {column} IS NULL") > 100


def test_references(world: World) -> None:
    keys = {
        "account_id": "accounts", "contact_id": "contacts", "campaign_id": "campaigns",
        "content_id": "contents", "lead_id": "leads", "opportunity_id": "opportunities",
        "order_id": "orders",
    }  # fmt: skip
    for table, ddl in DDL.items():
        columns = [part.split()[0] for part in ddl.replace("(18,2)", "").split(", ")]
        for column in columns:
            home, key = keys.get(column), column
            if column in ("owner_id", "sdr_id"):
                home, key = "org", "person_id"
            if column == "duplicate_of":
                home, key = "leads", "lead_id"
            if home is None or (home == table and column == key):
                continue
            lost = world.one(f"""SELECT count(*) FROM {table} x ANTI JOIN {home} h
                ON x.{column} = h.{key} WHERE x.{column} IS NOT NULL""")
            assert lost == 0, (table, column)
    for key, home in keys.items():
        assert world.one(f"SELECT count(*) = count(DISTINCT {key}) FROM {home}"), home
    assert world.one("SELECT count(*) = count(DISTINCT name) FROM accounts")
    assert world.one("SELECT count(*) = count(DISTINCT name) FROM campaigns")


def test_time_stays_inside_the_data(world: World) -> None:
    planned = {"start_on", "end_on", "invited_at", "published_on", "created_on"}
    for table, ddl in DDL.items():
        for part in ddl.replace("(18,2)", "").split(", "):
            column, kind = part.split()[:2]
            if kind not in ("DATE", "TIMESTAMP") or column in planned:
                continue
            day = local(column) if kind == "TIMESTAMP" else column
            low, high = world.row(f"SELECT min({day}), max({day}) FROM {table}")
            inside = truths.HISTORY_START <= low <= high <= truths.AS_OF
            assert inside, (table, column, low, high)
    order = """created_at <= coalesce(mql_at, created_at) AND coalesce(mql_at, created_at) <=
        coalesce(sql_at, TIMESTAMP '2030-01-01') AND assigned_at IS DISTINCT FROM created_at"""
    assert world.one(f"SELECT count(*) FROM leads WHERE NOT ({order})") == 0
    assert world.one("SELECT count(*) FROM opportunities WHERE closed_on < created_on") == 0
    stage = "left_at < entered_at"
    assert world.one(f"SELECT count(*) FROM opportunity_stages WHERE {stage}") == 0


def test_shape_is_plausible(world: World) -> None:
    leads, mql, sql = world.row("SELECT count(*), count(mql_at), count(sql_at) FROM leads")
    win = world.one("SELECT avg(is_won::INT) FROM opportunities")
    opps = world.one("SELECT count(DISTINCT lead_id) FROM opportunities")
    assert 0.30 < mql / leads < 0.42
    assert 0.40 < sql / mql < 0.52
    assert 0.40 < opps / sql < 0.65
    assert 0.30 < win < 0.45
    active = world.one("""SELECT count(DISTINCT account_id) FROM product_usage
        WHERE used_on > DATE '2026-10-27' - 30""")
    dormant = world.one("""SELECT count(*) FROM (SELECT max(used_on) m FROM product_usage
        GROUP BY account_id) WHERE m <= DATE '2026-10-27' - 90""")
    assert active > 300
    assert dormant > 50
    notes = world.one("SELECT count(DISTINCT note) FROM followups")
    assert notes > 200
    injected = "', '".join(INJECTED_NOTES)
    assert world.one(f"SELECT count(*) FROM followups WHERE note IN ('{injected}')") > 10
    users = {"manager", "manager_east", "lead_east1", "rep_001", "rep_060", "sdr_01"}
    assert users <= {row[0] for row in world.rows("SELECT person_id FROM org")}


def test_deterministic(tmp_path: Path) -> None:
    hashes = []
    for name in ("a", "b"):
        build_world(tmp_path / f"{name}.duckdb", scale=GOLDEN_SCALE)
        hashes.append(content_hash(tmp_path / f"{name}.duckdb"))
    assert hashes[0] == hashes[1]
    assert hashes[0] == GOLDEN_HASH
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.duckdb", "b.duckdb"]


def test_larger_scale_adds_shards(tmp_path: Path) -> None:
    steps: list[float] = []
    path = tmp_path / "big.duckdb"
    build_world(path, scale=1.1, progress=lambda _, done: steps.append(done))
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    big = World(path)
    assert big.one("SELECT count(*) FROM leads") == 44_000
    for key, table in (("lead_id", "leads"), ("contact_id", "contacts"), ("account_id", "accounts"),
                       ("touch_id", "touchpoints"), ("name", "campaigns")):  # fmt: skip
        assert big.one(f"SELECT count(*) = count(DISTINCT {key}) FROM {table}"), table
    assert big.one("SELECT count(*) FROM leads ANTI JOIN contacts USING (contact_id)") == 0
    assert big.one(f"SELECT count(*) FROM campaigns WHERE name = '{truths.WEBINAR.name}'") == 1


def test_scale_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="scale"):
        build_world(tmp_path / "x.duckdb", scale=0)
