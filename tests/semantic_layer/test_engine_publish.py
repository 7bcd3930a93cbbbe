"""Publishing new versions while readers go on asking."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engine import DuckDBEngine, EngineError, LiveEngine, publish, published_versions


def _version(n: int, rows: int = 2000) -> Callable[[Path], None]:
    def build(path: Path) -> None:
        with duckdb.connect(str(path)) as con:
            con.execute(f"CREATE TABLE a AS SELECT {n} AS v FROM range({rows})")
            con.execute(f"CREATE TABLE b AS SELECT {n} AS v FROM range({rows})")

    return build


SNAPSHOT = "SELECT (SELECT min(v) FROM a), (SELECT max(v) FROM a), (SELECT max(v) FROM b)"


def test_versions_are_numbered_and_old_ones_removed(tmp_path: Path) -> None:
    target = tmp_path / "shop.duckdb"
    made = [publish(_version(n), target) for n in range(1, 5)]
    assert [p.name for p in made] == [f"shop.pub-{n}.duckdb" for n in range(1, 5)]
    assert published_versions(target) == made[-2:]
    visible = sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith("."))
    assert visible == ["shop.duckdb", "shop.pub-3.duckdb", "shop.pub-4.duckdb"]
    with DuckDBEngine.open(target) as engine:
        assert engine.execute(SNAPSHOT).rows == ((4, 4, 4),)
    with DuckDBEngine.open(made[-2]) as engine:
        assert engine.execute(SNAPSHOT).rows == ((3, 3, 3),)


def test_an_open_engine_keeps_its_version_even_when_the_file_is_gone(tmp_path: Path) -> None:
    target = tmp_path / "shop.duckdb"
    publish(_version(1), target)
    with DuckDBEngine.open(target) as old:
        for n in (2, 3, 4):
            publish(_version(n), target)
        with DuckDBEngine.open(target) as new:
            assert new.execute(SNAPSHOT).rows == ((4, 4, 4),)
            assert old.execute(SNAPSHOT).rows == ((1, 1, 1),)
            assert old.fingerprint() != new.fingerprint()


def _raises(path: Path) -> None:
    path.write_bytes(b"half")
    raise RuntimeError("loader failed")


@pytest.mark.parametrize(
    ("build", "error"),
    [
        (_raises, RuntimeError),
        (lambda path: None, EngineError),
        (lambda path: path.write_bytes(b"x" * 20_000), EngineError),
    ],
)
def test_a_failed_build_changes_nothing(
    tmp_path: Path, build: Callable[[Path], None], error: type[Exception]
) -> None:
    target = tmp_path / "shop.duckdb"
    publish(_version(1), target)
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(error):
        publish(build, target)
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    with DuckDBEngine.open(target) as engine:
        assert engine.execute(SNAPSHOT).rows == ((1, 1, 1),)


def test_two_publishers_take_turns(tmp_path: Path) -> None:
    target = tmp_path / "shop.duckdb"
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda n: publish(_version(n, 10), target), range(6)))
    assert len(set(made)) == 6
    assert published_versions(target)[-1].name == "shop.pub-6.duckdb"


def test_readers_see_whole_versions_in_order_while_swapping(tmp_path: Path) -> None:
    target = tmp_path / "shop.duckdb"
    publish(_version(1), target)
    private = tmp_path / "private"
    live = LiveEngine.open(target, private_dir=private)
    stop = threading.Event()

    def read() -> list[int]:
        seen = []
        while not stop.is_set():
            low, high, other = live.execute(SNAPSHOT).rows[0]
            assert low == high == other
            seen.append(low)
        return seen

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for n in range(2, 6):
            publish(_version(n), target)
            time.sleep(0.1)
        live.execute("SELECT 1")
        time.sleep(0.2)
        stop.set()
        histories = [reader.result(timeout=30) for reader in readers]
    for seen in histories:
        assert seen == sorted(seen), "no reader may go back to an older version"
    assert max(max(seen) for seen in histories) == 5
    assert live.execute(SNAPSHOT).rows == ((5, 5, 5),)
    assert len(list(private.iterdir())) == 1, "drained versions are closed"
    live.close()
    assert list(private.iterdir()) == []
    with pytest.raises(EngineError, match="ENGINE_CLOSED"):
        live.execute("SELECT 1")


def test_pinned_calls_agree_across_a_publish(tmp_path: Path) -> None:
    target = tmp_path / "shop.duckdb"
    publish(_version(1), target)
    live = LiveEngine.open(target)
    with live.pinned() as engine:
        publish(_version(2), target)
        assert live.execute(SNAPSHOT).rows == ((2, 2, 2),)
        assert engine.execute(SNAPSHOT).rows == ((1, 1, 1),)
    with pytest.raises(EngineError, match="ENGINE_CLOSED"):
        engine.execute(SNAPSHOT)
    assert live.catalog() == {"a": {"v": "INTEGER"}, "b": {"v": "INTEGER"}}
    live.close()


def test_a_broken_version_does_not_stop_the_last_good_one(tmp_path: Path) -> None:
    target = tmp_path / "shop.duckdb"
    publish(_version(1), target)
    live = LiveEngine.open(target)
    print_1 = live.fingerprint()
    broken = tmp_path / "broken"
    broken.write_bytes(b"x" * 20_000)
    broken.replace(target)
    assert live.execute(SNAPSHOT).rows == ((1, 1, 1),)
    assert live.last_error is not None
    assert live.last_error.code == "ENGINE_UNREADABLE"
    target.unlink()
    assert live.execute(SNAPSHOT).rows == ((1, 1, 1),)
    publish(_version(2), target)
    assert live.execute(SNAPSHOT).rows == ((2, 2, 2),)
    assert live.last_error is None
    assert live.fingerprint() != print_1
    live.close()
