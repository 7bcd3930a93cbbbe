"""CSV the way companies really export it: GBK, BOM, ids with leading zeros."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from semantic_layer.engine import errors
from semantic_layer.engine.errors import EngineError
from semantic_layer.engine.folder import create_table, literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CHUNK: Final = 1 << 20
_NUMERIC: Final = ("TINYINT", "INT", "DOUBLE", "FLOAT", "DECIMAL")
# GBK text passes for UTF-8 about one character in seven, so never for as many as this. A file
# that does and then fails is damaged UTF-8, and reading it as GBK would make silent nonsense.
_SURELY_UTF8: Final = 8
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# 007, +86138…, and integers too long for BIGINT are identifiers: arithmetic would spoil them.
_ID_PATTERN: Final = r"\s*([+-]?0[0-9].*|\+.*|[+-]?[0-9]{19,})\s*"


def load_csv(con: DuckDBPyConnection, path: Path, table: str, scratch: Path) -> None:
    """Load one delimited text file as a table.

    Raises:
        EngineError: ENGINE_UNREADABLE naming the file, when it is empty or no known encoding.
        duckdb.Error: When the rows do not fit together.
    """
    readable = _as_utf8(path, scratch)
    try:
        dialect, types = _sniff(con, path, readable)
        texts = _identifier_columns(con, dialect, types)
        overrides = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in texts)
        extra = f", types = {{{overrides}}}" if texts else ""
        create_table(con, table, f"read_csv({dialect}{extra})")
    finally:
        if readable != path:
            readable.unlink(missing_ok=True)


def _sniff(
    con: DuckDBPyConnection, path: Path, readable: Path
) -> tuple[str, list[tuple[str, str]]]:
    name = path.name.lower()
    tabs = ".tsv" in name[-7:]
    base = f"{literal(str(readable))}, sample_size = -1, header = true"
    if readable.suffix.lower() == ".gz":
        base += ", compression = 'gzip'"
    if tabs:
        base += ", delim = '\t'"
    columns = con.execute(f"DESCRIBE SELECT * FROM read_csv({base})").fetchall()  # noqa: S608
    types = [(str(column[0]), str(column[1])) for column in columns]
    if len(types) == 1 and any(mark in types[0][0] for mark in ",;\t"):
        # DuckDB found no split that suits all lines and quietly made one column of them.
        message = f"The lines of the file {path.name!r} do not all have the same columns."
        raise EngineError(errors.UNREADABLE, message)
    return base, types


def _identifier_columns(
    con: DuckDBPyConnection, dialect: str, types: list[tuple[str, str]]
) -> list[str]:
    numeric = [name for name, kind in types if any(mark in kind for mark in _NUMERIC)]
    if not numeric:
        return []
    tests = ", ".join(
        f"bool_or(regexp_full_match({quoted(name)}, {literal(_ID_PATTERN)}))" for name in numeric
    )
    texts = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in numeric)
    sql = f"SELECT {tests} FROM read_csv({dialect}, types = {{{texts}}})"  # noqa: S608
    row = con.execute(sql).fetchone() or ()
    return [name for name, is_id in zip(numeric, row, strict=True) if is_id]


def _as_utf8(path: Path, scratch: Path) -> Path:
    """Return `path` when DuckDB can read it as it is, else a converted copy in `scratch`."""
    damage, blank, foreign = "", True, 0
    try:
        with _opened(path) as stream:
            head = stream.read(4)
        if head.startswith(_UTF16):
            return _convert(path, "utf-16", scratch)
        for text in _decoded(path, "utf-8"):  # to the end: the first GBK byte may come late
            blank = blank and not text.strip("\ufeff \t\r\n")
            foreign += _foreign(text)
    except UnicodeDecodeError as exc:
        foreign += _foreign(exc.object[: exc.start].decode("utf-8", "ignore"))
        if foreign < _SURELY_UTF8:
            return _convert(path, "gb18030", scratch)
        damage = "bad byte in UTF-8"
    except (OSError, EOFError, zlib.error) as exc:
        damage = str(exc) or type(exc).__name__
    if damage:
        message = f"The file {path.name!r} of the data folder is damaged."
        raise EngineError(errors.UNREADABLE, message, detail=damage)
    if blank:
        message = f"The file {path.name!r} of the data folder is empty."
        raise EngineError(errors.UNREADABLE, message)
    return path


def _foreign(text: str) -> int:
    return 0 if text.isascii() else sum(not char.isascii() for char in text.lstrip("\ufeff"))


def _convert(path: Path, encoding: str, scratch: Path) -> Path:
    target = scratch / "converted.csv"
    failed = False
    try:
        with target.open("w", encoding="utf-8", newline="") as out:
            for text in _decoded(path, encoding):
                out.write(text)
    except UnicodeDecodeError:
        failed = True
    if failed:
        target.unlink(missing_ok=True)
        message = f"The text encoding of the file {path.name!r} is not known."
        raise EngineError(errors.UNREADABLE, message, hint="Save it as UTF-8.")
    return target


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    with _opened(path) as stream:
        while chunk := stream.read(_CHUNK):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _opened(path: Path) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return cast(BinaryIO, gzip.open(path, "rb"))
    return path.open("rb")
