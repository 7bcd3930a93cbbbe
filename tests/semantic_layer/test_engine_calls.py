"""Values, limits, cancelling and threads of the DuckDB engine."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engine import CancelToken, DuckDBEngine, Engine, EngineError, Limits

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(10000000) b"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calls") / "shop.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE t AS SELECT i AS id, i % 10 AS grp FROM range(50000) r(i)")
        con.execute('CREATE TABLE "订单" ("金额" DECIMAL(12, 2), "日期" DATE)')
        con.execute("CREATE VIEW v AS SELECT id FROM t")
    return path


@pytest.fixture(scope="module")
def engine(database: Path):
    with DuckDBEngine.open(database, limits=Limits(threads=2)) as opened:
        yield opened


def test_it_is_an_engine(engine: DuckDBEngine) -> None:
    typed: Engine = engine
    assert typed.dialect == "duckdb"


def test_values(engine: DuckDBEngine) -> None:
    result = engine.execute(
        "SELECT 1.50::DECIMAL(9, 2) AS d, DATE '2024-02-29' AS day, TIMESTAMP '2024-01-01 08:00' AS"
        " ts, 12::HUGEINT AS h, 'nan'::DOUBLE AS n, '-inf'::DOUBLE AS i, 0.5::DOUBLE AS f, NULL AS"
        " z, '甲' AS s, true AS b, ['inf'::DOUBLE, 1] AS l, {'x': 'nan'::DOUBLE} AS st"
    )
    assert result.columns == ("d", "day", "ts", "h", "n", "i", "f", "z", "s", "b", "l", "st")
    assert result.types[:6] == ("DECIMAL(9,2)", "DATE", "TIMESTAMP", "HUGEINT", "DOUBLE", "DOUBLE")
    assert result.rows == (
        (
            Decimal("1.50"), date(2024, 2, 29), datetime.fromisoformat("2024-01-01 08:00:00"), 12,
            None, None, 0.5, None, "甲", True, [None, 1.0], {"x": None},
        ),
    )  # fmt: skip
    assert not result.truncated
    assert result.elapsed_ms > 0


def test_zoned_instants_keep_order_and_duplicate_names(engine: DuckDBEngine) -> None:
    result = engine.execute(
        "SELECT id, epoch_ms(id * 1000)::TIMESTAMP AT TIME ZONE 'UTC' AS id, "
        "[TIMESTAMPTZ '2024-01-01 00:00:00+00'] AS many FROM t ORDER BY t.id DESC LIMIT 3"
    )
    assert result.columns == ("id", "id", "many")
    assert result.types == ("BIGINT", "TIMESTAMP", "VARCHAR")
    assert [row[0] for row in result.rows] == [49999, 49998, 49997]
    assert result.rows[0][1] == datetime.fromisoformat("1970-01-01 13:53:19")


def test_catalog(engine: DuckDBEngine) -> None:
    catalog = engine.catalog()
    assert catalog == {
        "t": {"id": "BIGINT", "grp": "BIGINT"},
        "v": {"id": "BIGINT"},
        "订单": {"金额": "DECIMAL(12,2)", "日期": "DATE"},
    }
    catalog["t"].clear()
    assert engine.catalog()["t"]


def test_truncated(engine: DuckDBEngine) -> None:
    assert engine.execute("SELECT * FROM t", max_rows=50000).truncated is False
    cut = engine.execute("SELECT * FROM t", max_rows=49999)
    assert cut.truncated is True
    assert len(cut.rows) == 49999
    assert engine.execute("SELECT * FROM t", max_rows=0).rows == ()
    huge = engine.execute("SELECT a.range FROM range(100000000) a, range(10) b", max_rows=5)
    assert (len(huge.rows), huge.truncated) == (5, True)


def test_timeout(engine: DuckDBEngine) -> None:
    started = time.perf_counter()
    with pytest.raises(EngineError) as caught:
        engine.execute(ENDLESS, timeout_s=0.3)
    assert caught.value.code == "ENGINE_TIMEOUT"
    assert 0.25 < time.perf_counter() - started < 5
    assert engine.execute("SELECT 1").rows == ((1,),)


def test_default_timeout_of_the_engine(database: Path) -> None:
    with (
        DuckDBEngine.open(database, limits=Limits(timeout_s=0.2)) as engine,
        pytest.raises(EngineError, match="ENGINE_TIMEOUT"),
    ):
        engine.execute(ENDLESS)


def test_memory(database: Path) -> None:
    with DuckDBEngine.open(database, limits=Limits(memory="30MB", temp="0B")) as engine:
        with pytest.raises(EngineError, match="ENGINE_MEMORY"):
            engine.execute("SELECT count(*) FROM (SELECT DISTINCT i FROM range(50000000) r(i))")
        assert engine.execute("SELECT 1").rows == ((1,),)


def test_cancel_stops_only_its_own_call(engine: DuckDBEngine) -> None:
    token = CancelToken()
    with ThreadPoolExecutor(2) as pool:
        doomed = pool.submit(engine.execute, ENDLESS, token=token)
        other = pool.submit(engine.execute, ENDLESS, timeout_s=1.0)
        time.sleep(0.2)
        engine.cancel(token)
        with pytest.raises(EngineError, match="ENGINE_CANCELLED"):
            doomed.result(timeout=5)
        assert not other.done()
        with pytest.raises(EngineError, match="ENGINE_TIMEOUT"):
            other.result(timeout=5)
    with pytest.raises(EngineError, match="ENGINE_CANCELLED"):
        engine.execute("SELECT 1", token=token)
    assert engine.execute("SELECT 1", token=CancelToken()).rows == ((1,),)


def test_close_stops_running_calls(database: Path) -> None:
    engine = DuckDBEngine.open(database)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(engine.execute, ENDLESS)
        time.sleep(0.1)
        engine.close()
        with pytest.raises(EngineError, match="ENGINE_CANCELLED"):
            running.result(timeout=5)


def test_many_threads_get_their_own_rows(engine: DuckDBEngine) -> None:
    def ask(n: int) -> bool:
        sql = f"SELECT {n} AS n, count(*) FROM t WHERE id < {n}"
        return engine.execute(sql).rows == ((n, n),)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(400)))


def test_no_thread_is_left_behind(engine: DuckDBEngine) -> None:
    for _ in range(20):
        engine.execute("SELECT 1")
    assert not [t for t in threading.enumerate() if t.name == "engine-watch"]


@pytest.mark.parametrize("bad", [{"timeout_s": 0}, {"max_rows": -1}])
def test_limits_of_a_call_are_checked(engine: DuckDBEngine, bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        engine.execute("SELECT 1", **bad)


@pytest.mark.parametrize("bad", [{"memory": "lots"}, {"threads": 0}, {"max_rows": 0}])
def test_limits_are_checked(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be|not a size"):
        Limits(**bad)


def test_long_and_deep_queries_end_in_a_code(engine: DuckDBEngine) -> None:
    long = "SELECT count(*) FROM t WHERE " + " OR ".join(f"id = {i}" for i in range(3000))
    assert engine.execute(long).rows == ((3000,),)
    with pytest.raises(EngineError):
        engine.execute("SELECT " + "(" * 20000 + "1" + ")" * 20000)
    with pytest.raises(EngineError, match="ENGINE_FAILED"):
        engine.execute("SELECT 1 --" + "x" * 600_000)


# ---------------------------------------------------------------- opening


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="ENGINE_MISSING_DATA") as caught:
        DuckDBEngine.open(tmp_path / "absent.duckdb")
    assert str(tmp_path) not in str(caught.value)
    for content in (b"", b"x" * 20_000):
        broken = tmp_path / "broken.duckdb"
        broken.write_bytes(content)
        with pytest.raises(EngineError, match="ENGINE_UNREADABLE") as caught:
            DuckDBEngine.open(broken)
        assert str(tmp_path) not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["broken.duckdb"]


def test_a_truncated_file_is_unreadable(database: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.duckdb"
    cut.write_bytes(database.read_bytes()[:9000])
    with pytest.raises(EngineError, match="ENGINE_UNREADABLE"):
        DuckDBEngine.open(cut)


def test_a_file_from_the_future_is_unreadable(database: Path, tmp_path: Path) -> None:
    content = bytearray(database.read_bytes())
    content[12:20] = (9999).to_bytes(8, "little")  # the storage version of the main header
    newer = tmp_path / "newer.duckdb"
    newer.write_bytes(content)
    with pytest.raises(EngineError, match="ENGINE_UNREADABLE"):
        DuckDBEngine.open(newer)


def _writer(path: Path, then: str) -> subprocess.Popen[str]:
    script = f"import duckdb, os, sys; c = duckdb.connect({str(path)!r}); {then}"
    return subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_a_writer_in_another_process_is_named_as_the_cause(tmp_path: Path) -> None:
    path = tmp_path / "busy.duckdb"
    with _writer(path, "print('open', flush=True); sys.stdin.read()") as writer:
        assert writer.stdout
        assert writer.stdin
        writer.stdout.readline()
        with pytest.raises(EngineError, match="open for writing") as caught:
            DuckDBEngine.open(path)
        assert caught.value.code == "ENGINE_UNREADABLE"
        assert caught.value.hint
        writer.stdin.close()


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="needs the Linux lock table")
def test_a_writer_in_this_process_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "mine.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS i")
        with pytest.raises(EngineError, match="open for writing"):
            DuckDBEngine.open(path)
    DuckDBEngine.open(path).close()


def test_a_reader_keeps_writers_of_other_processes_out(tmp_path: Path) -> None:
    path = tmp_path / "read.duckdb"
    duckdb.connect(str(path)).close()
    with DuckDBEngine.open(path), DuckDBEngine.open(path):
        with _writer(path, "print('open')") as writer:
            writer.communicate()
        assert writer.returncode != 0


def test_the_log_of_a_crashed_writer_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "crashed.duckdb"
    steps = (
        "c.execute('CREATE TABLE t AS SELECT 1 AS i'); c.execute('CHECKPOINT'); "
        "c.execute('INSERT INTO t VALUES (2)'); os._exit(0)"
    )
    with _writer(path, steps) as writer:
        writer.communicate()
    assert Path(f"{path}.wal").exists()
    with DuckDBEngine.open(path, private_dir=tmp_path / "p") as engine:
        assert engine.execute("SELECT sum(i) FROM t").rows == ((3,),)
        assert not list((tmp_path / "p").rglob("*.wal"))
    assert Path(f"{path}.wal").exists()


def test_fingerprint_follows_the_data(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    seen = []
    for step in ("CREATE TABLE t AS SELECT 1 AS i", None, "UPDATE t SET i = 2"):
        if step:
            with duckdb.connect(str(path)) as con:
                con.execute(step)
        with DuckDBEngine.open(path) as engine:
            seen.append(engine.fingerprint())
    assert seen[0] == seen[1] != seen[2]


def test_views_survive_the_private_name(database: Path) -> None:
    with DuckDBEngine.open(database) as engine:
        assert engine.execute("SELECT count(*) FROM v").rows == ((50000,),)
