"""A folder of CSV and Parquet files as tables, the way companies really export them."""

from __future__ import annotations

import gzip
import os
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from semantic_layer.engine import DuckDBEngine, EngineError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "导出"
    path.mkdir()
    return path


def _rows(folder: Path, sql: str) -> tuple[tuple[object, ...], ...]:
    with DuckDBEngine.open(folder) as engine:
        return engine.execute(sql).rows


def test_types_are_sniffed_from_every_row(folder: Path) -> None:
    lines = [
        "id,amount,day,at,note",
        *("1,2,2024-01-31,2024-01-31 08:00:00,x" for _ in range(30000)),
    ]
    lines.append("2,2.5,2024-02-01,2024-02-01 08:00:00,y")
    (folder / "orders.csv").write_text("\n".join(lines), encoding="utf-8")
    with DuckDBEngine.open(folder) as engine:
        assert engine.catalog() == {
            "orders": {
                "id": "BIGINT", "amount": "DOUBLE", "day": "DATE", "at": "TIMESTAMP",
                "note": "VARCHAR",
            }
        }  # fmt: skip
        row = engine.execute("SELECT * FROM orders WHERE id = 2").rows[0]
        assert row == (2, 2.5, date(2024, 2, 1), datetime.fromisoformat("2024-02-01 08:00:00"), "y")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_encodings(folder: Path, encoding: str, suffix: str) -> None:
    text = "客户编号,名称,金额\r\n001,北京甲公司,10\r\n002,上海“乙”,20\r\n"
    # Longer than one chunk, with a character across the border between two.
    text += "".join(f"{i:04d},{'名' * 40},1\r\n" for i in range(12000))
    data = text.encode(encoding)
    (folder / f"客户表{suffix}").write_bytes(gzip.compress(data) if "gz" in suffix else data)
    sql = 'SELECT count(*), sum("金额"), min("客户编号"), max("名称") FROM "客户表"'
    assert _rows(folder, sql) == ((12002, 12030, "0000", "名" * 40),)
    assert _rows(folder, 'SELECT "名称" FROM "客户表" WHERE "客户编号" = \'002\'') == (
        ("上海“乙”",),
    )


def test_identifiers_stay_text(folder: Path) -> None:
    (folder / "c.csv").write_text(
        "zip,phone,card,plain,zero,half,neg\n"
        "00501,+8613800000000,12345678901234567890,12,0,0.5,-1\n"
        "12345,13800000000,22345678901234567890,34,0,0.25,-20\n",
        encoding="utf-8",
    )
    with DuckDBEngine.open(folder) as engine:
        assert engine.catalog()["c"] == {
            "zip": "VARCHAR", "phone": "VARCHAR", "card": "VARCHAR", "plain": "BIGINT",
            "zero": "BIGINT", "half": "DOUBLE", "neg": "BIGINT",
        }  # fmt: skip
        assert engine.execute("SELECT zip, card FROM c LIMIT 1").rows == (
            ("00501", "12345678901234567890"),
        )


def test_a_leading_zero_far_down_counts(folder: Path) -> None:
    rows = "\n".join(str(i) for i in range(10, 60000))
    (folder / "c.csv").write_text(f"id\n{rows}\n007\n", encoding="utf-8")
    assert _rows(folder, "SELECT id FROM c WHERE id LIKE '0%'") == (("007",),)


def test_separators_quotes_and_all_text_headers(folder: Path) -> None:
    (folder / "tabs.tsv").write_text("a\tb, c\n1\tx, y\n", encoding="utf-8")
    (folder / "semis.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    (folder / "quoted.csv").write_text('a,b\n1,"x\ny"\n2,"p,""q"""\n', encoding="utf-8")
    (folder / "text.CSV").write_text("name,city\na,b\n", encoding="utf-8")
    (folder / "header_only.csv").write_text("a,b\n", encoding="utf-8")
    (folder / "one.csv").write_text("a\n1\n", encoding="utf-8")
    with DuckDBEngine.open(folder) as engine:
        assert engine.execute('SELECT a, "b, c" FROM tabs').rows == ((1, "x, y"),)
        assert engine.execute("SELECT a, b FROM semis").rows == ((1, 2),)
        assert engine.execute("SELECT b FROM quoted ORDER BY a").rows == (("x\ny",), ('p,"q"',))
        assert engine.execute("SELECT name, city FROM text").rows == (("a", "b"),)
        assert engine.execute("SELECT a, b FROM header_only").rows == ()
        assert engine.execute("SELECT a FROM one").rows == ((1,),)


def test_parquet_files_and_folders_of_parts(folder: Path) -> None:
    parts = folder / "touches"
    for year in (2023, 2024):
        (parts / f"year={year}").mkdir(parents=True)
    (parts / "_temporary").mkdir()
    (parts / "_temporary" / "x.parquet").write_bytes(b"not parquet")
    (folder / "notes").mkdir()
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'Asia/Shanghai'")
        one = folder / "it's.parquet"
        con.execute(
            "COPY (SELECT 1 AS i, TIMESTAMPTZ '2024-01-01 08:00:00+08' AS at) TO "
            f"'{str(one).replace(chr(39), chr(39) * 2)}'"
        )
        con.execute(f"COPY (SELECT 1 AS i) TO '{parts}/year=2023/p0.parquet'")
        con.execute(f"COPY (SELECT 2 AS i, 'n' AS added) TO '{parts}/year=2024/p1.parquet'")
    with DuckDBEngine.open(folder) as engine:
        assert engine.catalog()["it's"] == {"i": "INTEGER", "at": "TIMESTAMP"}
        assert engine.execute('SELECT "at" FROM "it\'s"').rows == (
            (datetime.fromisoformat("2024-01-01 00:00:00"),),
        )
        rows = engine.execute("SELECT i, added, year FROM touches ORDER BY i").rows
        assert rows == ((1, None, 2023), (2, "n", 2024))
        assert set(engine.catalog()) == {"it's", "touches"}


def test_plain_parts_and_duplicate_headers(folder: Path) -> None:
    (folder / "parts").mkdir()
    for i in range(3):
        duckdb.execute(f"COPY (SELECT {i} AS i) TO '{folder}/parts/p{i}.parquet'")
    (folder / "dup.csv").write_text("a,a,,A\n01,2,3,04\n", encoding="utf-8")
    with DuckDBEngine.open(folder) as engine:
        assert engine.execute("SELECT sum(i) FROM parts").rows == ((3,),)
        assert engine.execute("SELECT * FROM dup").rows == (("01", 2, 3, "04"),)


def test_a_link_that_leads_nowhere(folder: Path) -> None:
    (folder / "gone.csv").symlink_to(folder / "absent.csv")
    with pytest.raises(EngineError, match=r"ENGINE_MISSING_DATA.*gone\.csv"):
        DuckDBEngine.open(folder)


@pytest.mark.parametrize("names", [("a.csv", "a.tsv"), ("a.csv", "A.csv.gz"), ("a.csv", "a")])
def test_two_sources_of_one_name(folder: Path, names: tuple[str, str]) -> None:
    for name in names:
        if "." not in name:
            (folder / name).mkdir()
            duckdb.execute(f"COPY (SELECT 1 AS i) TO '{folder / name}/p.parquet'")
        else:
            data = b"i\n1\n"
            (folder / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    with pytest.raises(EngineError) as caught:
        DuckDBEngine.open(folder)
    assert caught.value.code == "ENGINE_UNREADABLE"
    assert all(repr(name) in caught.value.message for name in names)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\xef\xbb\xbf \r\n\r\n", "is empty"),
        ("empty.csv.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("bad.csv.gz", b"\x1f\x8bnot gzip at all", "is damaged"),
        ("cut.csv.gz", gzip.compress(b"a,b\n1,2\n" * 999, mtime=0)[:30], "is damaged"),
        ("utf8.csv", "名称\n北京公司上海公司\n".encode() + b"\xe4\xb8\n", "is damaged"),
        ("bytes.csv", b"a,b\n\x81\xff\xff,\x80\n", "encoding"),
        ("ragged.csv", b"a,b\n1,s3cret\n3\n", "columns"),
        ("bad.parquet", b"s3cret", "cannot be read"),
        ("empty.parquet", b"", "cannot be read"),
    ],
)
def test_bad_files_are_named(folder: Path, name: str, content: bytes, says: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(EngineError) as caught:
        DuckDBEngine.open(folder)
    assert caught.value.code == "ENGINE_UNREADABLE"
    assert repr(name) in caught.value.message
    assert says in caught.value.message
    assert str(folder) not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_folder_without_data(folder: Path) -> None:
    (folder / ".hidden.csv").write_text("a\n1\n", encoding="utf-8")
    (folder / "readme.txt").write_text("x", encoding="utf-8")
    with pytest.raises(EngineError, match="ENGINE_MISSING_DATA"):
        DuckDBEngine.open(folder)


def test_second_start_uses_the_cache_until_a_file_changes(folder: Path, tmp_path: Path) -> None:
    private = tmp_path / "private"
    data = folder / "a.csv"
    data.write_text("i\n1\n", encoding="utf-8")

    def start() -> tuple[object, str]:
        with DuckDBEngine.open(folder, private_dir=private) as engine:
            return engine.execute("SELECT sum(i) FROM a").rows[0][0], engine.fingerprint()

    first, print_1 = start()
    (cached,) = (private / "cache").glob("*.duckdb")
    built = cached.stat().st_mtime_ns
    assert cached.stat().st_mode & 0o077 == 0
    assert start() == (first, print_1)
    assert cached.stat().st_mtime_ns == built
    data.write_text("i\n2\n", encoding="utf-8")
    os.utime(data, (1, 1))
    second, print_2 = start()
    assert (first, second) == (1, 2)
    assert print_1 != print_2
    assert len(list((private / "cache").iterdir())) == 1
    assert [p.name for p in private.iterdir()] == ["cache"]


def test_nothing_is_kept_without_a_cache(folder: Path) -> None:
    (folder / "a.csv").write_text("i\n1\n", encoding="utf-8")
    prints = set()
    for _ in range(2):
        with DuckDBEngine.open(folder) as engine:
            prints.add(engine.fingerprint())
    assert len(prints) == 1
    assert [p.name for p in folder.iterdir()] == ["a.csv"]


def test_the_loaded_folder_is_locked_too(folder: Path) -> None:
    (folder / "a.csv").write_text("i\n1\n", encoding="utf-8")
    with DuckDBEngine.open(folder) as engine:
        for sql in (f"SELECT * FROM read_csv('{folder}/a.csv')", "DROP TABLE a"):
            with pytest.raises(EngineError):
                engine.execute(sql)
            with pytest.raises(duckdb.Error):
                engine._con.cursor().execute(sql)
