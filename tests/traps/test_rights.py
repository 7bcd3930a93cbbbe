"""Rights are part of every scan: rows outside the scope do not exist, nor do hidden columns.

They hold for joins, semi-joins, query models, dimension values and the range of the data too; a
row that joins to a record outside the scope shows an empty group, as a broken key would.
"""

import pytest

from semantic_layer.errors import AskmqlError, DefinitionError, DeniedError
from semantic_layer.scope import Scope

TABLES = """
CREATE TABLE accounts AS SELECT * FROM (VALUES (1, 'East', 'Acme', 10), (2, 'West', 'Bolt', 20),
  (3, 'East', 'Cone', 30)) t(id, region, name, size);
CREATE TABLE orders AS SELECT * FROM (VALUES
  (1, 1, DATE '2026-01-01', 'rep1', 1.0), (2, 2, DATE '2026-02-01', 'rep1', 2.0),
  (3, 3, DATE '2026-03-01', 'rep2', 4.0), (4, 2, DATE '2026-04-01', 'rep2', 8.0),
  (5, NULL, DATE '2026-05-01', 'rep3', 16.0), (6, 99, DATE '2026-06-01', 'rep1', 32.0)
) t(id, account_id, day, rep, amount);
CREATE TABLE visits AS SELECT * FROM (VALUES (1, 1, DATE '2025-12-01'), (2, 2, DATE '2025-12-01'),
  (3, 3, DATE '2026-02-15')) t(id, account_id, day);
"""
DEFS = """
dimensions: {region: {label: Region}, name: {label: Name}, rep: {label: Rep}, band: {label: Band}}
models:
  accounts:
    {source: accounts, key: [id], columns: {big: size >= 20}, dims: {region: region, name: name, band: big}}
  orders:
    source: orders
    key: [id]
    time: day
    joins: {accounts: account_id}
    columns: {margin: amount / 2}
    dims: {region: accounts.region, name: accounts.name, rep: rep, band: accounts.big}
  visits: {source: visits, key: [id], time: day, joins: {accounts: account_id}, dims: {region: accounts.region}}
  best:
    query: |
      SELECT o.account_id AS account_id, MAX(a.region) AS region, SUM(o.amount) AS amount, MAX(o.day) AS day
      FROM orders AS o LEFT JOIN accounts AS a ON a.id = o.account_id GROUP BY o.account_id
    time: day
    dims: {region: region}
  cte:
    query: |
      WITH big AS (SELECT o.id AS id, o.rep AS rep FROM orders AS o WHERE o.amount > 1)
      SELECT b.id AS id, b.rep AS rep FROM big AS b UNION ALL SELECT v.id AS id, 'v' AS rep FROM visits AS v
    dims: {rep: rep}
metrics:
  revenue: {model: orders, agg: sum, expr: amount, label: Revenue}
  margin: {model: orders, agg: sum, expr: margin, label: Margin}
  visits: {model: visits, agg: count, label: Visits}
  best: {model: best, agg: sum, expr: amount, label: Best}
  rows: {model: cte, agg: count, label: Rows}
  accounts: {model: accounts, agg: count, label: Accounts}
  visited: {model: orders, agg: sum, expr: amount, label: Visited, exists: {model: visits, by: {account_id: account_id}}}
  total: {type: cumulative, of: revenue, label: Total}
  per_visit: {type: ratio, numerator: revenue, denominator: visits, label: Per visit}
"""


@pytest.fixture(scope="module")
def world(build):
    return build(TABLES, DEFS)


def rows(**predicates):
    return Scope(rows={m: (p,) if isinstance(p, str) else p for m, p in predicates.items()})


ALL = 63.0
CASES = [
    (rows(), "revenue", ALL),
    (rows(orders="rep = 'rep1'"), "revenue", 35.0),
    (rows(orders="rep IN ('rep1', 'rep3')"), "revenue", 51.0),
    (rows(orders="FALSE"), "revenue", None),
    (rows(orders="rep = 'rep1' AND amount > 1"), "revenue", 34.0),
    (rows(orders=("rep = 'rep1'", "amount > 1")), "revenue", 34.0),
    (rows(orders="accounts.region = 'East'"), "revenue", 5.0),
    (rows(orders="accounts.region = 'East' OR rep = 'rep3'"), "revenue", 21.0),
    (rows(orders="rep = 'rep3' OR accounts.region = 'East' AND rep = 'rep2'"), "revenue", 20.0),
    (rows(orders=("rep = 'rep1' OR rep = 'rep2'", "amount < 9")), "revenue", 15.0),
    (rows(orders="NOT rep = 'rep1'"), "revenue", 28.0),
    (rows(orders="accounts.big"), "revenue", 14.0),
    (rows(orders="margin > 3"), "revenue", 56.0),
    (rows(orders="margin > 3"), "margin", 28.0),
    (rows(orders="accounts.region = 'East'", accounts="size < 30"), "revenue", 1.0),
    (rows(orders="accounts.region = 'East'", accounts=("size < 30", "id > 0")), "revenue", 1.0),
    (rows(visits="accounts.region = 'West'"), "visited", 10.0),
    (rows(orders="rep = 'rep1'"), "visited", 3.0),
    (rows(orders="rep = 'rep1'"), "best", 35.0),
    (rows(accounts="region = 'East'"), "best", ALL),
    (rows(best="region = 'East'"), "best", 5.0),
    (rows(best="region = 'East'", orders="rep = 'rep2'"), "best", 4.0),
    (rows(orders="rep = 'rep1'"), "rows", 2 + 3),
    (rows(orders="rep = 'rep1'", visits="id = 1"), "rows", 2 + 1),
    (rows(orders="rep = 'rep1'", visits="id = 1"), "per_visit", 35.0),
    (rows(accounts="region = 'West'"), "accounts", 1),
]


@pytest.mark.parametrize(("scope", "metric", "expected"), CASES)
def test_only_rows_in_scope_count(world, scope, metric, expected):
    assert world.one(metric, scope=scope) == expected


@pytest.mark.parametrize("grain", ["month", "year"])
def test_running_totals_stay_in_scope(world, grain):
    parts = {"grain": grain, "time": ("2026-01-01", "2027-01-01")}
    found = world.ask("total", scope=rows(orders="rep = 'rep1'"), **parts)
    assert found[-1][1] == 35.0


def test_joined_records_outside_the_scope_are_an_empty_group(world):
    west = rows(accounts="region = 'West'")
    assert world.ask("revenue", by=["region"], scope=west) == [(None, 53.0), ("West", 10.0)]
    assert world.ask("revenue", by=["region"]) == [(None, 48.0), ("West", 10.0), ("East", 5.0)]


def test_values_and_ranges_stay_in_scope(world):
    west = rows(accounts="region = 'West'", orders="accounts.region = 'West'")
    assert world.layer.values("region", west) == ("West",)
    assert world.layer.values("name", west) == ("Bolt",)
    assert world.layer.values("name") == ("Acme", "Bolt", "Cone")
    span = world.layer.data_range(world.query("revenue"), west)
    assert (str(span.start), str(span.end)) == ("2026-02-01", "2026-04-02")


HIDDEN = [
    ("accounts", "name", {"by": ["name"]}, "revenue"),
    ("accounts", "name", {"filters": ({"dimension": "name", "values": ("Acme",)},)}, "revenue"),
    ("accounts", "size", {"by": ["band"]}, "revenue"),
    ("accounts", "big", {"by": ["band"]}, "revenue"),
    ("orders", "amount", {}, "revenue"),
    ("orders", "amount", {}, "margin"),
    ("orders", "margin", {}, "margin"),
    ("orders", "amount", {}, "best"),
    ("orders", "amount", {}, "rows"),
    ("best", "amount", {}, "best"),
    ("visits", "account_id", {}, "visited"),
    ("orders", "day", {"grain": "month"}, "revenue"),
]


@pytest.mark.parametrize(("model", "column", "parts", "metric"), HIDDEN)
def test_hidden_columns_are_refused(world, model, column, parts, metric):
    with pytest.raises(DeniedError) as caught:
        world.ask(metric, scope=Scope(hidden={model: frozenset({column})}), **parts)
    assert caught.value.code == "COLUMN_DENIED"
    assert column in caught.value.message


def test_other_columns_of_the_model_stay_usable(world):
    scope = Scope(hidden={"accounts": frozenset({"name"})})
    assert world.ask("revenue", by=["region"], scope=scope)[2] == ("East", 5.0)


DENIED = [
    ("orders", "revenue", {}),
    ("accounts", "revenue", {"by": ["region"]}),
    ("orders", "best", {}),
    ("accounts", "best", {}),
    ("visits", "visited", {}),
    ("visits", "per_visit", {}),
    ("visits", "rows", {}),
]


@pytest.mark.parametrize(("model", "metric", "parts"), DENIED)
def test_denied_models_are_refused(world, model, metric, parts):
    with pytest.raises(DeniedError) as caught:
        world.ask(metric, scope=Scope(denied=frozenset({model})), **parts)
    assert caught.value.code == "DENIED"
    assert model in caught.value.message


def test_a_denied_model_beside_the_question_is_no_obstacle(world):
    assert world.one("revenue", scope=Scope(denied=frozenset({"accounts", "visits"}))) == ALL


@pytest.mark.parametrize("name", ["orders", "accounts"])
def test_a_query_cannot_hide_a_table_behind_a_name_of_its_own(build, name):
    """`WITH orders AS (SELECT ... FROM orders)` reads the table, so it needs its rights."""
    definitions = f"""
dimensions: {{}}
models:
  orders: {{source: orders, key: [id]}}
  accounts: {{source: accounts, key: [id]}}
  sneaky:
    query: WITH {name} AS (SELECT x.id AS id FROM {name} AS x) SELECT y.id AS id FROM {name} AS y
metrics: {{all: {{model: sneaky, agg: count, label: All}}}}
"""
    try:
        world = build(TABLES, definitions)
        found = world.one("all", scope=rows(**{name: "id = 1"}))
    except (AskmqlError, DefinitionError):
        return
    assert found == 1


@pytest.mark.parametrize("metric", ["revenue", "visited", "best", "total"])
def test_the_finished_query_is_checked_again(world, metric, monkeypatch):
    """A builder that forgets the rights is caught before anything runs."""
    from semantic_layer.compile import door
    from semantic_layer.errors import CompilationError

    real = door.scan

    def forgetful(ctx, scope, *rest):
        return real(ctx, Scope(denied=scope.denied), *rest)

    monkeypatch.setattr(door, "scan", forgetful)
    with pytest.raises(CompilationError) as caught:
        world.ask(metric, scope=rows(orders="rep = 'rep1'"))
    assert caught.value.code == "RIGHTS_NOT_PROVEN"
    assert world.ask(metric, scope=Scope()) == world.ask(metric)


def test_scopes_differ_in_their_fingerprint():
    scopes = [scope for scope, _, _ in CASES] + [
        Scope(hidden={"orders": frozenset({"x"})}), Scope(denied=frozenset({"orders"})),
    ]  # fmt: skip
    prints = {s.fingerprint: (s.rows, s.hidden, s.denied) for s in scopes}
    distinct = [s for i, s in enumerate(scopes) if s not in scopes[:i]]
    assert len(prints) == len(distinct)


POLICIES = """
roles:
  region: {rows: {region: user.region}}
  rep: {rows: {rep: user.rep}, shared: [accounts]}
  hidden: {hide: {accounts: [name]}}
users:
  east: {role: region, attributes: {region: [East]}}
  nobody: {role: region, attributes: {region: []}}
  rep1: {role: rep, attributes: {rep: ["rep1"]}}
  quote: {role: rep, attributes: {rep: ["rep1' OR '1'='1"]}}
  shy: {role: hidden}
"""


@pytest.fixture(scope="module")
def policed(build):
    world = build(TABLES, DEFS)
    world.layer.project.policies_file.write_text(POLICIES, encoding="utf-8")
    return world


USERS = [("east", 5.0), ("nobody", None), ("rep1", 35.0), ("quote", None), ("shy", ALL)]


@pytest.mark.parametrize(("user", "expected"), USERS)
def test_policies_become_scopes(policed, user, expected):
    assert policed.one("revenue", scope=policed.layer.scope(user)) == expected


@pytest.mark.parametrize("user", [None, "", "stranger", "East"])
def test_unknown_users_see_nothing(policed, user):
    with pytest.raises(DeniedError):
        policed.layer.scope(user)


def test_a_model_that_cannot_tell_is_denied(policed):
    with pytest.raises(DeniedError):
        policed.one("visits", scope=policed.layer.scope("rep1"))
