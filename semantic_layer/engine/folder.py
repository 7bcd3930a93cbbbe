"""A folder of CSV and Parquet files as one database.

The files are loaded once into a DuckDB file, which is then opened through the same locked
read-only path as any other; so reading files and running queries never share an instance.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from semantic_layer.engine import errors
from semantic_layer.engine.base import Limits
from semantic_layer.engine.errors import EngineError
from semantic_layer.engine.settings import common

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOADER_VERSION: Final = 1  # raise it when the same files would load differently
_CSV_ENDINGS: Final = (".csv.gz", ".tsv.gz", ".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class Source:
    """One table to be: a CSV file, a Parquet file, or a folder of Parquet parts."""

    table: str
    path: Path
    files: tuple[Path, ...]
    is_csv: bool


@contextlib.contextmanager
def folder_database(
    folder: Path, cache_dir: Path | None, limits: Limits
) -> Iterator[tuple[Path, str]]:
    """Give the database file made from `folder`, and a text that names its data version.

    Without a cache the file lives only as long as the block.
    """
    import tempfile

    sources = find_sources(folder)
    identity = _identity(folder, sources)
    if cache_dir is None:
        with tempfile.TemporaryDirectory(prefix="askmql-load-") as scratch:
            database = Path(scratch) / "folder.duckdb"
            _build(sources, database, limits)
            yield database, identity
        return
    yield _cached(folder, sources, identity, cache_dir, limits), identity


def find_sources(folder: Path) -> list[Source]:
    """List the tables of a folder; two files with the same table name are an error."""
    found: dict[str, Source] = {}
    for path in sorted(folder.iterdir()):
        source = None if path.name.startswith((".", "~", "_")) else _source(path)
        if source is None:
            continue
        other = found.setdefault(source.table.casefold(), source)
        if other is not source:
            message = (
                f"Two files of the data folder would become the same table: "
                f"{other.path.name!r} and {path.name!r}."
            )
            raise EngineError(errors.UNREADABLE, message, hint="Rename or remove one of them.")
    if not found:
        message = "The data folder holds no .csv, .tsv or .parquet file."
        raise EngineError(errors.MISSING_DATA, message, detail=str(folder))
    return list(found.values())


def _source(path: Path) -> Source | None:
    name = unicodedata.normalize("NFC", path.name)  # macOS stores accents apart from letters
    if path.is_dir():
        parts = tuple(
            sorted(p for p in path.rglob("*") if _is_part(p.relative_to(path)) and p.is_file())
        )
        return Source(name, path, parts, is_csv=False) if parts else None
    lowered = name.lower()
    ending = next((e for e in (*_CSV_ENDINGS, ".parquet") if lowered.endswith(e)), None)
    if ending is None:
        return None
    if not path.is_file():
        message = f"The file {path.name!r} of the data folder leads nowhere."
        raise EngineError(errors.MISSING_DATA, message)
    return Source(name[: -len(ending)], path, (path,), is_csv=ending != ".parquet")


def _is_part(relative: Path) -> bool:
    # Writers leave `_temporary/` and `.part-0.crc` behind; those are not data.
    hidden = any(part.startswith((".", "_")) for part in relative.parts)
    return not hidden and relative.suffix.lower() == ".parquet"


def _identity(folder: Path, sources: list[Source]) -> str:
    import hashlib

    import duckdb

    digest = hashlib.sha256(f"{LOADER_VERSION}:{duckdb.__version__}".encode())
    for file in (file for source in sources for file in source.files):
        info = file.stat()
        line = (str(file.relative_to(folder)), info.st_size, info.st_mtime_ns)
        digest.update(repr(line).encode())
    return digest.hexdigest()[:24]


def _cached(
    folder: Path, sources: list[Source], identity: str, cache_dir: Path, limits: Limits
) -> Path:
    import hashlib
    import tempfile

    cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    database = cache_dir / f"folder-{place}-{identity}.duckdb"
    if database.exists():
        return database
    # Built under another name: two processes may start at once, and one may die half way.
    with tempfile.TemporaryDirectory(prefix=".loading-", dir=cache_dir) as scratch:
        staging = Path(scratch) / "folder.duckdb"
        _build(sources, staging, limits)
        staging.chmod(0o600)
        staging.replace(database)
    for old in cache_dir.glob(f"folder-{place}-*.duckdb"):
        if old != database:
            old.unlink(missing_ok=True)
    return database


def _build(sources: list[Source], database: Path, limits: Limits) -> None:
    import duckdb

    from semantic_layer.engine.csvload import load_csv

    scratch = database.parent / "scratch"
    scratch.mkdir(mode=0o700)
    with duckdb.connect(str(database), config=common(limits, scratch)) as con:
        con.execute("SET TimeZone = 'UTC'")
        for source in sources:
            failure = ""
            try:
                if source.is_csv:
                    load_csv(con, source.path, source.table, scratch)
                else:
                    _load_parquet(con, source)
            except duckdb.Error as exc:
                failure = f"{type(exc).__name__}: {exc}"
            if failure:
                message = f"The file {source.path.name!r} of the data folder cannot be read."
                raise EngineError(errors.UNREADABLE, message, detail=failure)
        con.execute("CHECKPOINT")


def _load_parquet(con: DuckDBPyConnection, source: Source) -> None:
    files = ", ".join(literal(str(file)) for file in source.files)
    many = "true" if source.path.is_dir() else "false"
    options = f"union_by_name = {many}, hive_partitioning = {many}"
    create_table(con, source.table, f"read_parquet([{files}], {options})")


def create_table(con: DuckDBPyConnection, table: str, source_sql: str) -> None:
    """Materialise a table function; instants with a zone become naive UTC timestamps."""
    columns = con.execute(f"DESCRIBE SELECT * FROM {source_sql}").fetchall()  # noqa: S608
    zoned = [quoted(c[0]) for c in columns if c[1] == "TIMESTAMP WITH TIME ZONE"]
    casts = ", ".join(f"CAST({name} AS TIMESTAMP) AS {name}" for name in zoned)
    star = f"* REPLACE ({casts})" if casts else "*"
    con.execute(f"CREATE TABLE {quoted(table)} AS SELECT {star} FROM {source_sql}")  # noqa: S608


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"
