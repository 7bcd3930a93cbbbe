"""The SQL lane: what must be refused, what must run, and that a bomb is killed."""

import math
import time
from pathlib import Path

import duckdb
import pytest
import yaml

from semantic_layer import AskmqlError, DeniedError, QueryError, SemanticLayer
from tools import ToolContext, get_tool

CORPUS = Path(__file__).with_name("attacks")
TABLES = """
CREATE TABLE leads AS SELECT * FROM (VALUES
  (1, 'East', 'ads', '13800000001', 'e1@canary-east.example', 'NOTE-CANARY', TIMESTAMP '2026-01-03 10:00:00'),
  (2, 'East', 'web', '13800000002', 'e2@canary-east.example', 'NOTE-CANARY', TIMESTAMP '2026-01-20 10:00:00'),
  (3, 'East', NULL, NULL, NULL, NULL, TIMESTAMP '2026-02-03 23:00:00'),
  (5, 'East', 'ads', '021', 'x', 'NOTE-CANARY', TIMESTAMP '2026-04-03 10:00:00'),
  (4, 'West', 'WEST-CANARY', '13900000001', 'w@x.example', 'NOTE-CANARY', TIMESTAMP '2026-03-03 10:00:00')
) t(id, region, channel, phone, email, note, created);
CREATE TABLE deals AS SELECT * FROM (VALUES
  (10, 1, 'East', 'pump', 1.5), (11, 1, 'East', 'valve', 2.5), (12, 2, 'East', 'pump', 4.0),
  (13, 4, 'West', 'WEST-CANARY', 777777.0), (14, 9, 'East', 'pump', 8.0)
) t(id, lead_id, region, product, amount);
CREATE TABLE payroll AS SELECT 1 AS id, 'PAY-CANARY' AS name, 888888 AS pay;
CREATE TABLE salaries AS SELECT 1 AS id, 'SAL-CANARY' AS name;
CREATE VIEW hidden_view AS SELECT * FROM salaries;
"""
DEFINITIONS = """
dimensions: {region: {label: Region}, email: {label: Email, personal: true}}
models:
  leads: {source: leads, key: [id], time: created, dims: {region: region, email: email}}
  deals: {source: deals, key: [id], dims: {region: region}}
  payroll: {source: payroll, key: [id], dims: {region: name}}
metrics: {leads: {model: leads, agg: count, label: Leads}}
"""
POLICIES = """
roles:
  analyst: {preset: analyst, rows: {region: [East]}, denied: [payroll], hide: {leads: [note]}, mask: {leads: {phone: phone}}}
  quoted: {preset: analyst, rows: {region: ["East' OR '1'='1", "--", "{{x}}"]}, denied: [payroll]}
  rep: {rows: {region: [East]}}
users: {amy: {role: analyst}, quo: {role: quoted}, rep: {role: rep}}
"""
SECRETS = (
    "CANARY",
    "777777",
    "888888",
    "13900000001",
    "0000000",
    "w@x",
    "canary-east",
    "salaries",
    "hidden_view",
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    root = tmp_path_factory.mktemp("desk")
    (root / "semantic_layer").mkdir()
    (root / "semantic_layer" / "defs.yml").write_text(DEFINITIONS, "utf-8")
    (root / "askmql.yml").write_text(
        "timezone: UTC\ntoday: 2026-06-01\nengine: {path: data.duckdb}\n", "utf-8"
    )
    (root / "policies.yml").write_text(POLICIES, "utf-8")
    (root / "secret.csv").write_text("a\nFILE-CANARY\n", "utf-8")
    with duckdb.connect(str(root / "data.duckdb")) as con:
        con.execute(TABLES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_CANARY", "ENV-CANARY")
        layer = SemanticLayer.load(root)
        yield layer
        layer.sql.close()


def run(layer, sql, user="amy", **args):
    return get_tool("run_sql").run({"sql": sql, **args}, ToolContext(layer, layer.scope(user)))


def statements():
    corpus = yaml.safe_load((CORPUS / "statements.yml").read_text("utf-8"))
    for kind, items in corpus["refused"].items():
        yield from (pytest.param(sql, True, id=f"{kind}-{n}") for n, sql in enumerate(items))
    yield from (
        pytest.param(sql, False, id=f"harmless-{n}") for n, sql in enumerate(corpus["harmless"])
    )


ATTACKS = list(statements())
HONEST = yaml.safe_load((CORPUS / "honest.yml").read_text("utf-8"))


def test_the_corpora_are_large_enough():
    assert len(ATTACKS) >= 150
    assert len({p.values[0] for p in ATTACKS}) >= 150
    assert len(HONEST) >= 60


def leaks(text, sql):
    """Secrets in `text` that the statement itself did not say."""
    return [s for s in SECRETS if s in text and s not in sql]


@pytest.mark.parametrize(("sql", "refused"), ATTACKS)
def test_attacks_are_refused_or_harmless(desk, sql, refused):
    caught = None
    try:
        found = run(desk, sql)
    except AskmqlError as error:
        caught = error
    if caught is None:
        assert not refused, found.sql
        assert not leaks(repr(found.rows) + repr(found.columns), sql)
        assert found.lane == "ungoverned-sql"
        return
    said = " ".join((str(caught), caught.hint, *caught.candidates, str(caught.params)))
    assert not leaks(said, sql)
    assert caught.__cause__ is None
    assert caught.__context__ is None or not leaks(str(caught.__context__), sql)


@pytest.fixture(scope="module")
def permitted():
    """The same tables in plain DuckDB, without what the asker may not see."""
    con = duckdb.connect()
    con.execute(TABLES)
    con.execute(
        "DELETE FROM leads WHERE region <> 'East'; DELETE FROM deals WHERE region <> 'East'"
    )
    con.execute("ALTER TABLE leads DROP COLUMN note")
    return con


def same(one, other):
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other


@pytest.mark.parametrize("sql", HONEST)
def test_honest_statements_equal_plain_duckdb(desk, permitted, sql):
    from semantic_layer.convert import cell

    expected = [[cell(v) for v in row] for row in permitted.execute(sql).fetchall()]
    found = run(desk, sql)
    assert len(found.rows) == len(expected)
    assert all(
        same(a, b)
        for x, y in zip(found.rows, expected, strict=True)
        for a, b in zip(x, y, strict=True)
    )


def test_masked_and_personal_columns(desk):
    found = run(desk, "SELECT id, phone, email FROM leads ORDER BY id")
    assert found.rows == (
        (1, "138*****01", "***"),
        (2, "138*****02", "***"),
        (3, None, None),
        (5, "***", "***"),
    )
    assert any("leads.phone" in note.en for note in found.notes)
    with pytest.raises(DeniedError) as caught:
        run(desk, "SELECT id FROM leads WHERE email = 'x'")
    assert caught.value.code == "COLUMN_MASKED"


def test_only_roles_that_may_write_sql(desk):
    with pytest.raises(DeniedError) as caught:
        run(desk, "SELECT 1 AS one", user="rep")
    assert caught.value.code == "SQL_DENIED"


def test_values_of_rules_are_literals(desk):
    assert run(desk, "SELECT count(*) AS n FROM leads", user="quo").rows == ((0,),)


def test_rows_are_capped_and_it_is_said(desk):
    found = run(desk, "SELECT a.id FROM leads a CROSS JOIN leads b", limit=3)
    assert len(found.rows) == 3
    assert found.truncated
    assert any("3" in note.zh for note in found.notes)
    assert not run(desk, "SELECT id FROM leads LIMIT 2", limit=3).truncated


def test_the_rows_are_shown_as_ungoverned(desk):
    from assistant.tell import tell

    found = run(desk, "SELECT product, sum(amount) AS total FROM deals GROUP BY product ORDER BY 1")
    told = tell(found, "zh")
    assert "未治理" in told.headline
    assert [c.type for c in told.tables[0].columns] == ["string", "number"]
    assert told.tables[0].rows == (("pump", 13.5), ("valve", 2.5))
    assert "Ungoverned" in tell(found, "en").text


def test_a_statement_that_does_not_end_is_stopped(desk):
    """Nothing but permitted parts, and yet too much: the process has a time limit and is killed."""
    text = """
    WITH a AS (SELECT x.id FROM leads x, leads y, leads z), b AS (SELECT x.id FROM a x, a y, a z)
    SELECT count(*) FROM b x, b y WHERE x.id + y.id < 100
    """
    guarded = desk.sql.guard(desk.context, desk.scope("amy"), text, 10)
    begin = time.perf_counter()
    with pytest.raises(Exception, match="ENGINE_TIMEOUT"):
        desk.sql.run(guarded, 10, 0.5)
    assert time.perf_counter() - begin < 60
    assert run(desk, "SELECT 1 AS one").rows == ((1,),)


def test_a_deaf_process_is_killed_and_replaced(desk):
    run(desk, "SELECT 1 AS one")
    process = desk.sql.process
    old = process._process
    import signal

    old.send_signal(signal.SIGSTOP)  # as deaf as a function that no interrupt reaches
    with pytest.raises(Exception, match="ENGINE_TIMEOUT"):
        process.run("SELECT 1", timeout_s=0.2, max_rows=1, data=desk.engine.fingerprint())
    assert old.poll() is not None
    assert run(desk, "SELECT 1 AS one").rows == ((1,),)


def test_the_process_knows_no_secret(desk):
    run(desk, "SELECT 1 AS one")
    environ = Path(f"/proc/{desk.sql.process._process.pid}/environ")
    if not environ.exists():
        pytest.skip("needs /proc")  # other systems show no environment of a process
    assert b"ENV-CANARY" not in environ.read_bytes()


def test_other_days_of_asking_share_the_process(desk):
    from datetime import date

    assert desk.at(date(2026, 1, 1)).sql is desk.sql
    assert desk.at(date(2026, 1, 1)).access is desk.access


def test_a_small_group_model_is_not_there(desk):
    from dataclasses import replace

    scope = replace(desk.scope("amy"), small_groups={"leads": 5})
    with pytest.raises(QueryError) as caught:
        desk.sql.guard(desk.context, scope, "SELECT count(*) FROM leads", 10)
    assert caught.value.code == "UNKNOWN_TABLE"
