"""Each lock is met by an attack: through `execute`, and on the bare connection behind it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engine import DuckDBEngine, EngineError, Limits
from semantic_layer.engine.private import PrivateDir

SECRET = "s3cret-wang@example.com"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("locks") / "shop.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE leads AS SELECT i AS id, i % 7 AS grp FROM range(1000) r(i)")
        con.execute(f"CREATE TABLE hidden AS SELECT '{SECRET}' AS email")
        con.execute("CREATE VIEW lead_view AS SELECT id FROM leads WHERE grp = 1")
    return path


@pytest.fixture(scope="module")
def engine(database: Path):
    with DuckDBEngine.open(database) as opened:
        yield opened


REFUSED = [
    "",
    "-- nothing",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE leads",
    "CREATE TABLE x AS SELECT 1",
    "CREATE TEMP TABLE leads AS SELECT 1 AS id",
    "CREATE TEMP VIEW leads AS SELECT 1 AS id",
    "CREATE TEMP MACRO sum(x) AS 0",
    "CREATE SCHEMA x",
    "INSERT INTO leads VALUES (1, 1)",
    "UPDATE leads SET id = 1",
    "DELETE FROM leads",
    "MERGE INTO leads USING leads l ON false WHEN NOT MATCHED THEN INSERT VALUES (1, 1)",
    "DROP TABLE leads",
    "ALTER TABLE leads ADD COLUMN x INT",
    "TRUNCATE leads",
    "WITH d AS (DELETE FROM leads RETURNING *) SELECT * FROM d",
    "WITH d AS (INSERT INTO leads VALUES (1, 1) RETURNING *) SELECT * FROM d",
    "WITH d AS (UPDATE leads SET id = 0 RETURNING *) SELECT * FROM d",
    "COPY leads TO 'out.csv'",
    "COPY leads FROM 'in.csv'",
    "EXPORT DATABASE 'out'",
    "IMPORT DATABASE 'out'",
    "ATTACH 'other.duckdb'",
    "DETACH shop",
    "USE main",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "SET VARIABLE x = 1",
    "SET search_path = 'x'",
    "RESET memory_limit",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "CALL pragma_version()",
    "CALL enable_logging()",
    "BEGIN",
    "COMMIT",
    "CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "DESCRIBE leads",
    "SUMMARIZE leads",
    "SELECT * FROM (DESCRIBE leads)",
    "SELECT * FROM (SHOW ALL TABLES)",
    "PIVOT leads ON grp USING sum(id)",
    "SELECT * FROM read_blob('shop.duckdb')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('x.parquet')",
    "SELECT * FROM read_json('x.json')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'x.parquet'",
    "FROM 'x.csv'",
    "SELECT (SELECT max(filename) FROM read_blob('*')) FROM leads",
    "WITH x AS (SELECT * FROM glob('*')) SELECT * FROM x",
    "SELECT * FROM leads WHERE EXISTS (SELECT 1 FROM glob('*'))",
    "SELECT * FROM leads UNION ALL SELECT 1, length(content) FROM read_text('*')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('leads')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM duckdb_tables",
    "SELECT * FROM duckdb_columns",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_tables",
    "SELECT * FROM pg_tables",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_table_info('leads')",
    "SELECT * FROM system.main.duckdb_tables",
    "SELECT * FROM temp.leads",
    "SELECT * FROM shop.main.leads",
    "SELECT * FROM main.duckdb_tables",
    "WITH duckdb_tables AS (SELECT 1) SELECT * FROM duckdb_tables",
    "SELECT (WITH pg_class AS (SELECT 1) SELECT 1), * FROM pg_class",
    "SELECT getenv('HOME')",
    "SELECT current_setting('temp_directory')",
    "SELECT getvariable('x')",
    "SELECT version()",
    "SELECT current_database()",
    "SELECT main.current_setting('temp_directory')",
    "SELECT write_log('x')",
    "SELECT 'temp_directory'.current_setting()",
    "SELECT * FROM leads WHERE id IN (SELECT length(content) FROM read_text('/etc/passwd'))",
    "SELECT * FROM leads, LATERAL (SELECT * FROM main.glob('*'))",
    "SELECT * FROM leads AT (VERSION => 1)",
    "SELECT * FROM histogram_values(leads, id)",
    "SELECT * FROM nowhere",
    "SELECT * FROM python_frame",
    "SELECT 1 \x00",
    "SELECT ?",
    "not sql at all",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_execute_refuses(engine: DuckDBEngine, sql: str) -> None:
    with pytest.raises(EngineError) as caught:
        engine.execute(sql)
    assert caught.value.code in {"ENGINE_FAILED", "ENGINE_SYNTAX", "ENGINE_UNKNOWN_NAME"}
    # Whatever was tried, the data is whole and the engine goes on.
    assert engine.execute("SELECT count(*), sum(id) FROM leads").rows == ((1000, 499500),)


ACCEPTED = [
    ("SELECT count(*) FROM leads", 1000),
    ("SELECT count(*) FROM leads;", 1000),
    ("SELECT count(*) FROM leads -- why not", 1000),
    ('SELECT count(*) FROM "LEADS"', 1000),
    ("SELECT count(*) FROM main.leads", 1000),
    ("SELECT count(*) FROM lead_view", 143),
    ("WITH a AS (SELECT * FROM leads), b AS (SELECT * FROM a) SELECT count(*) FROM b", 1000),
    ("WITH leads AS (SELECT 1) SELECT count(*) FROM leads", 1),
    ("FROM leads SELECT count(*)", 1000),
    ("VALUES (3)", 3),
    ("SELECT sum(i) FROM range(4) r(i)", 6),
    ("SELECT sum(i) FROM (SELECT unnest([1, 2]) AS i)", 3),
    ("SELECT count(*) FROM (SELECT id FROM leads UNION ALL SELECT 1)", 1001),
    ("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) "
     "SELECT max(n) FROM r", 5),
    ("SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY id) r FROM leads QUALIFY r < 9)", 8),
    ("SELECT quantile_cont(id, 0.5) FROM leads", 499.5),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), ACCEPTED)
def test_execute_accepts(engine: DuckDBEngine, sql: str, expected: object) -> None:
    assert engine.execute(sql).rows[0][0] == expected


LOCKED_OUT = [
    "SELECT * FROM read_csv('{public}')",
    "SELECT * FROM read_blob('{public}')",
    "SELECT * FROM read_text('/etc/passwd')",
    "COPY leads TO '{folder}/out.csv'",
    "COPY leads FROM '/etc/passwd'",
    "EXPORT DATABASE '{folder}/out'",
    "ATTACH '{public}' AS again",
    "ATTACH '{folder}/new.duckdb' AS fresh",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT * FROM 'https://127.0.0.1:9/x.parquet'",
    "SET enable_external_access = true",
    "SET memory_limit = '100GB'",
    "SET lock_configuration = false",
    "SET python_enable_replacements = true",
    "SET TimeZone = 'Asia/Shanghai'",
    "RESET memory_limit",
    "PRAGMA memory_limit = '100GB'",
    "PRAGMA enable_profiling = 'json'",
    "INSERT INTO leads VALUES (1, 1)",
    "DELETE FROM leads",
    "WITH d AS (DELETE FROM leads RETURNING *) SELECT * FROM d",
    "DROP TABLE leads",
    "CREATE TABLE x AS SELECT 1",
    "CREATE PERSISTENT SECRET x (TYPE s3)",
    "SELECT * FROM python_frame",
    "SELECT getenv('HOME')",
]


@pytest.mark.parametrize("sql", LOCKED_OUT)
def test_locks_hold_without_the_policy(
    engine: DuckDBEngine, database: Path, tmp_path: Path, sql: str
) -> None:
    import pandas as pd

    python_frame = pd.DataFrame({"a": [1]})
    assert len(python_frame) == 1
    cursor = engine._con.cursor()
    with pytest.raises(duckdb.Error):
        cursor.execute(sql.format(public=database, folder=tmp_path)).fetchall()
    assert not list(tmp_path.glob("out*"))


def test_the_open_file_has_no_path_left(engine: DuckDBEngine) -> None:
    """DuckDB always allows its own file; the name it knows must lead nowhere."""
    cursor = engine._con.cursor()
    paths = [r[0] for r in cursor.execute("SELECT path FROM duckdb_databases()").fetchall() if r[0]]
    assert paths
    assert not any(Path(path).exists() for path in paths)
    for path in (*paths, *(f"{path}.wal" for path in paths)):
        try:
            found = cursor.execute(f"SELECT size FROM read_blob('{path}')").fetchall()
        except duckdb.Error:
            found = []
        assert found == []
        with pytest.raises(duckdb.Error):
            cursor.execute(f"SELECT * FROM glob('{Path(path).parent}/../*')").fetchall()


def test_a_temporary_table_never_shadows_a_real_one(engine: DuckDBEngine) -> None:
    with pytest.raises(EngineError):
        engine.execute("CREATE TEMP TABLE leads AS SELECT 42 AS id, 1 AS grp")
    engine._con.cursor().execute("CREATE TEMP TABLE leads AS SELECT 42 AS id, 1 AS grp")
    assert engine.execute("SELECT count(*) FROM leads").rows == ((1000,),)


def test_private_directory_is_private_and_goes_away(database: Path, tmp_path: Path) -> None:
    private = tmp_path / "private"
    engine = DuckDBEngine.open(database, private_dir=private)
    (made,) = private.iterdir()
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert not list(made.rglob("*.duckdb"))
    assert database.stat().st_nlink == 1
    engine.close()
    assert list(private.iterdir()) == []
    with pytest.raises(EngineError, match="ENGINE_CLOSED"):
        engine.execute("SELECT 1")
    engine.close()


def test_what_a_crash_left_is_swept_and_what_is_in_use_is_not(tmp_path: Path) -> None:
    living = PrivateDir.create(tmp_path)
    dead = PrivateDir.create(tmp_path)
    os.close(dead.lock_fd)
    PrivateDir.create(tmp_path).remove()
    assert living.path.exists()
    assert not dead.path.exists()
    living.remove()


def test_a_private_directory_that_cannot_be_made(database: Path) -> None:
    with pytest.raises(EngineError, match="private directory") as caught:
        DuckDBEngine.open(database, private_dir=database / "below-a-file")
    assert str(database.parent) not in str(caught.value)


def test_copy_where_no_hard_link_can_be_made(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", no_link)
    private = tmp_path / "private"
    with DuckDBEngine.open(database, private_dir=private) as engine:
        assert not list(private.rglob("*.duckdb"))
        assert engine.execute("SELECT count(*) FROM leads").rows == ((1000,),)


def test_errors_never_repeat_data_names_or_paths(engine: DuckDBEngine, database: Path) -> None:
    attempts = {
        "SELECT CAST(email AS INTEGER) FROM hidden": "ENGINE_CAST",
        "SELECT CAST(email AS DATE) FROM hidden": "ENGINE_CAST",
        "SELECT emial FROM hidden": "ENGINE_UNKNOWN_NAME",
        "SELECT * FROM hiden": "ENGINE_UNKNOWN_NAME",
        "SELECT no_such_function(1)": "ENGINE_UNKNOWN_NAME",
        "SELECT id FROM leads WHERE (SELECT error(email) FROM hidden) = 1": "ENGINE_FAILED",
        "SELECT CAST(9223372036854775807 + id AS BIGINT) FROM leads": "ENGINE_OUT_OF_RANGE",
        "SELEC 1": "ENGINE_SYNTAX",
    }
    for sql, code in attempts.items():
        with pytest.raises(EngineError) as caught:
            engine.execute(sql)
        error = caught.value
        public = f"{error} {error!r} {error.message} {error.hint} {error.args}"
        for private in (SECRET, "wang", "hidden", "email", str(database.parent), "Did you mean"):
            assert private not in public
        assert error.code == code, (sql, error.detail)
        assert error.__context__ is None, "the engine's exception would show in tracebacks"
        assert error.__cause__ is None


def test_the_session_speaks_utc(database: Path) -> None:
    script = (
        "from pathlib import Path; from semantic_layer.engine import DuckDBEngine as E\n"
        f"e = E.open(Path({str(database)!r}))\n"
        "r = e.execute(\"SELECT TIMESTAMPTZ '2024-01-01 00:00:00+08', "
        "CAST(TIMESTAMP '2024-01-01' AS TIMESTAMPTZ) ORDER BY 1 -- x\")\n"
        "print(r.types, *(v.isoformat() for v in r.rows[0])); e.close()\n"
    )
    root = Path(__file__).resolve().parents[2]
    env = os.environ | {"TZ": "Asia/Shanghai", "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
    )
    expected = "('TIMESTAMP', 'TIMESTAMP') 2023-12-31T16:00:00 2024-01-01T00:00:00\n"
    assert done.stdout == expected


def test_importing_the_package_imports_no_driver() -> None:
    root = Path(__file__).resolve().parents[2]
    script = "import sys, semantic_layer.engine; print('duckdb' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_spilling_stays_inside_and_is_bounded(tmp_path: Path, database: Path) -> None:
    limits = Limits(memory="40MB", temp="1MB", timeout_s=20, threads=1)
    with DuckDBEngine.open(database, limits=limits) as engine:
        with pytest.raises(EngineError, match="ENGINE_MEMORY"):
            engine.execute("SELECT list(i ORDER BY hash(i)) FROM range(20000000) r(i)")
        assert engine.execute("SELECT count(*) FROM leads").rows == ((1000,),)
