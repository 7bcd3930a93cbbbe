"""The SQL lane over the sample company, attacked by somebody who had not read its guard."""

import math
import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from semantic_layer import AskmqlError, SemanticLayer
from semantic_layer.convert import cell
from tools import ToolContext, get_tool

CORPUS = yaml.safe_load(
    Path(__file__).with_name("attacks").joinpath("second.yml").read_text("utf-8")
)
REFUSED = [
    pytest.param(sql, id=f"{kind}-{n}".replace(" ", "-"))
    for kind, items in CORPUS["refused"].items()
    for n, sql in enumerate(items)
]
ROLE = {
    "rows": {"region": ["华东"]},
    "shared": ["campaigns", "contents", "org", "employee_shares", "employees", "data_horizon"],
    "may_use_sql": True,
    "mask": {
        "contacts": {"name": "name", "phone": "phone", "email": "email", "wechat_unionid": "hash"}
    },
    "hide": {"quotes": ["discount"], "tickets": ["nps"]},
}
PERMITTED = """
DELETE FROM accounts WHERE region IS DISTINCT FROM '华东';
DELETE FROM leads WHERE region IS DISTINCT FROM '华东';
DELETE FROM orders WHERE region IS DISTINCT FROM '华东';
DELETE FROM opportunities WHERE region IS DISTINCT FROM '华东';
DELETE FROM contacts WHERE coalesce(account_id, '') NOT IN (SELECT account_id FROM accounts);
DELETE FROM touchpoints WHERE coalesce(account_id, '') NOT IN (SELECT account_id FROM accounts);
DELETE FROM tickets WHERE coalesce(account_id, '') NOT IN (SELECT account_id FROM accounts);
DELETE FROM payments WHERE coalesce(order_id, '') NOT IN (SELECT order_id FROM orders);
DELETE FROM quotes WHERE coalesce(opportunity_id, '') NOT IN (SELECT opportunity_id FROM opportunities);
DELETE FROM identities WHERE coalesce(contact_id, '') NOT IN (SELECT contact_id FROM contacts);
DELETE FROM email_sends WHERE coalesce(contact_id, '') NOT IN (SELECT contact_id FROM contacts);
DELETE FROM experiments WHERE coalesce(contact_id, '') NOT IN (SELECT contact_id FROM contacts);
DELETE FROM campaign_costs WHERE coalesce(campaign_id, '') NOT IN (SELECT campaign_id FROM campaigns WHERE region = '华东');
DELETE FROM campaign_members WHERE coalesce(campaign_id, '') NOT IN (SELECT campaign_id FROM campaigns WHERE region = '华东');
UPDATE contacts SET name = substr(name, 1, 1) || '**',
  phone = CASE WHEN phone IS NULL THEN NULL WHEN length(phone) >= 8 THEN substr(phone, 1, 3) || '*****' || right(phone, 2) ELSE '***' END,
  email = CASE WHEN email IS NULL THEN NULL WHEN instr(email, '@') > 1 THEN substr(email, 1, 1) || '***' || substr(email, instr(email, '@')) ELSE '***' END,
  wechat_unionid = NULL;
"""


@pytest.fixture(scope="module")
def secrets(demo_db):
    """Texts of people outside the view, and of hidden places."""
    with duckdb.connect(str(demo_db), read_only=True) as con:
        names = con.execute(
            "SELECT a.account_id FROM accounts a WHERE a.region <> '华东' UNION ALL "
            "SELECT phone FROM contacts WHERE phone IS NOT NULL UNION ALL SELECT email FROM contacts "
            "WHERE email IS NOT NULL UNION ALL SELECT wechat_unionid FROM contacts WHERE wechat_unionid IS NOT NULL"
        ).fetchall()
    return frozenset(str(n[0]) for n in names)


@pytest.fixture(scope="module")
def east(demo_db, tmp_path_factory):
    from semantic_layer.project import sample_root

    root = tmp_path_factory.mktemp("east") / "project"
    shutil.copytree(sample_root(), root)
    home = tmp_path_factory.mktemp("east-home")
    (home / "sample.duckdb").hardlink_to(demo_db)
    policies = {"roles": {"east": ROLE}, "users": {"eve": {"role": "east"}}}
    (root / "policies.yml").write_text(yaml.safe_dump(policies, allow_unicode=True), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(home))
        patch.setenv("ASKMQL_CANARY", "ENV-CANARY")
        patch.setattr("tools.run_sql.TIMEOUT_S", 2.0)  # bombs end sooner
        layer = SemanticLayer.load(root)
        yield layer
        layer.sql.close()


@pytest.fixture(scope="module")
def permitted(demo_db, tmp_path_factory):
    """A copy of the data with the permitted rows alone, for a plain engine."""
    path = tmp_path_factory.mktemp("permitted") / "copy.duckdb"
    shutil.copyfile(demo_db, path)
    con = duckdb.connect(str(path))
    con.execute(PERMITTED)
    return con


def run(layer, sql, **args):
    return get_tool("run_sql").run({"sql": sql, **args}, ToolContext(layer, layer.scope("eve")))


def test_the_corpus_is_large_enough():
    assert len({p.values[0] for p in REFUSED}) >= 300
    assert len(CORPUS["honest"]) >= 60


@pytest.mark.parametrize("sql", REFUSED)
def test_fresh_attacks_are_refused(east, secrets, sql):
    with pytest.raises(AskmqlError) as caught:
        run(east, sql)
    error = caught.value
    said = " ".join((str(error), error.hint, *error.candidates))
    assert not {s for s in secrets if s in said and s not in sql}
    assert not {
        w for w in ("ENV-CANARY", "sample.duckdb", "web_session") if w in said and w not in sql
    }
    assert not {"ad_stats", "web_sessions", "dataset_info"} & set(error.candidates)


@pytest.mark.parametrize("sql", CORPUS["harmless"])
def test_what_may_run_shows_nothing_else(east, secrets, sql):
    found = run(east, sql)
    cells = {str(value) for row in found.rows for value in row}
    assert not cells & secrets
    assert not {"discount", "nps"} & set(found.columns)


@pytest.mark.parametrize("sql", [*CORPUS["contained"], *CORPUS["honest"]])
def test_what_runs_equals_a_plain_engine_over_the_permitted_rows(east, permitted, sql):
    found = run(east, sql, limit=10_000).rows
    wanted = [tuple(cell(v) for v in row) for row in permitted.execute(sql).fetchall()]
    if "*" in sql and "contacts" in sql:
        found = tuple(row[:5] for row in found)
        wanted = [row[:5] for row in wanted]  # the sixth is a pseudonym, keyed per installation
    assert len(found) == len(wanted)
    if "ORDER BY" in sql:
        pairs = zip(found, wanted, strict=True)
    else:
        pairs = zip(sorted(found, key=repr), sorted(wanted, key=repr), strict=True)
    assert all(_same(a, b) for x, y in pairs for a, b in zip(x, y, strict=False))


def _same(one, other):
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other


@pytest.mark.parametrize(("sql", "rows"), CORPUS["known"].items())
def test_query_models_are_contained(east, sql, rows):
    assert [list(row) for row in run(east, sql).rows] == rows


def test_long_texts_do_not_take_the_machine_with_them(east):
    """DuckDB's own limit does not count the texts of one row: the process has a limit too."""
    run(east, "SELECT 1 AS one")
    status = Path(f"/proc/{east.sql.process._process.pid}/limits")
    if not status.exists():
        pytest.skip("needs /proc")  # other systems show no limits of a process
    line = next(s for s in status.read_text("ascii").splitlines() if s.startswith("Max data size"))
    assert int(line.split()[3]) <= 2 << 30
