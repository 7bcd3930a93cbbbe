"""The DuckDB engine: a locked, read-only instance, one cursor per call.

The locks used here were each tried against an attack (see tests/semantic_layer/test_engine*).
They are the second line; the first is that only compiled SQL reaches `execute`.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from semantic_layer.engine import errors, policy
from semantic_layer.engine.base import CancelToken, EngineResult, Limits
from semantic_layer.engine.errors import EngineError
from semantic_layer.engine.private import PrivateDir, bring, default_parent, written_here
from semantic_layer.engine.settings import common
from semantic_layer.engine.values import clean_rows, needs_utc, type_name, utc_sql
from semantic_layer.engine.watch import Watch
from semantic_layer.tracing import traced

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, Statement

_CATALOG_SQL: Final = """
    SELECT c.table_name, c.column_name, upper(c.data_type) FROM duckdb_columns() c
    WHERE NOT c.internal AND c.schema_name = 'main' AND c.database_name = current_database()
    ORDER BY c.table_name, c.column_index"""
_SIZE_SQL: Final = """
    SELECT table_name, estimated_size FROM duckdb_tables()
    WHERE NOT internal AND schema_name = 'main' AND database_name = current_database()
    ORDER BY 1"""


class DuckDBEngine:
    """Reads one version of a DuckDB file, or of a folder of CSV and Parquet files."""

    dialect: Final = "duckdb"

    def __init__(
        self, con: DuckDBPyConnection, private: PrivateDir, limits: Limits, identity: str
    ) -> None:
        """Use `DuckDBEngine.open` instead; this takes over an already locked connection."""
        self._con = con
        self._private = private
        self._limits = limits
        self._lock = threading.Condition()
        self._running: set[Watch] = set()
        self._calls = 0
        self._closed = False
        self._catalog = _read_catalog(con)
        self._tables = frozenset(name.lower() for name in self._catalog)
        self._fingerprint = _fingerprint(con, identity, self._catalog)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        limits: Limits | None = None,
        private_dir: Path | None = None,
        cache_dir: Path | None = None,
    ) -> DuckDBEngine:
        """Open a `.duckdb` file or a folder of data files, read-only and locked.

        Args:
            path: The file, or a folder of .csv/.tsv(.gz)/.parquet files and folders of
                Parquet parts; each becomes a table with the name of its stem.
            limits: What the engine may use.
            private_dir: Where private working directories are made. Best on the file system
                of `path`, because a hard link costs nothing and a copy costs its size.
            cache_dir: Where the database made from a folder is kept for the next start;
                default `private_dir/cache`. Without either it is built anew each time.

        Raises:
            EngineError: ENGINE_MISSING_DATA or ENGINE_UNREADABLE.
        """
        path = Path(path)
        limits = limits or Limits()
        if not path.exists():
            raise EngineError(errors.MISSING_DATA, detail=str(path))
        if not path.is_dir():
            return cls._open_file(path, limits, private_dir or default_parent(path), "")
        from semantic_layer.engine.folder import folder_database

        if cache_dir is None and private_dir is not None:
            cache_dir = private_dir / "cache"
        with folder_database(path, cache_dir, limits) as (database, identity):
            parent = private_dir or default_parent(database)
            return cls._open_file(database, limits, parent, identity)

    @classmethod
    def _open_file(
        cls, database: Path, limits: Limits, parent: Path, identity: str
    ) -> DuckDBEngine:
        import duckdb

        if written_here(database):
            detail = "open for writing in this process"
            raise errors.locked(detail)
        failure: EngineError | None = None
        try:
            private = PrivateDir.create(parent)
        except OSError as exc:
            failure = EngineError(
                errors.FAILED, "The engine's private directory cannot be made.", detail=str(exc)
            )
        if failure is not None:
            raise failure
        try:
            con, stat_identity = _connect_locked(database, private, limits)
            return cls(con, private, limits, identity or stat_identity)
        except FileNotFoundError as exc:
            failure = EngineError(errors.MISSING_DATA, detail=str(exc))
        except (duckdb.Error, OSError) as exc:
            failure = errors.from_open(exc)
        except BaseException:
            private.remove()
            raise
        private.remove()
        raise failure

    @traced("execute")
    def execute(
        self,
        sql: str,
        *,
        timeout_s: float | None = None,
        max_rows: int | None = None,
        token: CancelToken | None = None,
    ) -> EngineResult:
        """Run exactly one SELECT on a cursor of its own.

        Args:
            sql: One SELECT over the tables of `catalog()`.
            timeout_s: Overrides the limit of the engine, downwards or upwards.
            max_rows: Rows to return at most; one more only sets `truncated`.
            token: Cancelling it from another thread stops this call.

        Raises:
            EngineError: With a public code; see `semantic_layer.engine.errors`.
        """
        timeout_s = self._limits.timeout_s if timeout_s is None else timeout_s
        max_rows = self._limits.max_rows if max_rows is None else max_rows
        if timeout_s <= 0 or max_rows < 0:
            message = "timeout_s must be > 0 and max_rows >= 0"
            raise ValueError(message)
        started = time.perf_counter()
        with self._cursor() as cursor:
            watch = Watch(cursor, timeout_s, token)
            columns, types, rows = self._guarded(cursor, watch, sql, max_rows)
        return EngineResult(
            columns=columns,
            types=types,
            rows=tuple(rows[:max_rows]),
            truncated=len(rows) > max_rows,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def _guarded(
        self, cursor: DuckDBPyConnection, watch: Watch, sql: str, max_rows: int
    ) -> tuple[tuple[str, ...], tuple[str, ...], list[tuple[Any, ...]]]:
        failure: EngineError | None = None
        with watch:
            with self._lock:
                self._running.add(watch)
                if self._closed:
                    watch.cancel()
            try:
                if watch.reason is None:
                    return _run(cursor, policy.check(cursor, sql, self._tables), max_rows)
            except EngineError as exc:
                failure = exc
            except Exception as exc:
                failure = errors.from_query(exc)
            finally:
                with self._lock:
                    self._running.discard(watch)
        # Raised out here so that DuckDB's exception, which quotes data, is not its context.
        if watch.reason is not None:
            raise EngineError(watch.reason, detail=failure.detail if failure else "")
        raise failure or EngineError(errors.FAILED)

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[DuckDBPyConnection]:
        with self._lock:
            if self._closed:
                raise EngineError(errors.CLOSED)
            cursor = self._con.cursor()
            self._calls += 1
        try:
            yield cursor
        finally:
            cursor.close()
            with self._lock:
                self._calls -= 1
                self._lock.notify_all()

    def catalog(self) -> dict[str, dict[str, str]]:
        """Table or view -> column -> upper-case SQL type name, of schema `main`."""
        return {table: dict(columns) for table, columns in self._catalog.items()}

    def fingerprint(self) -> str:
        """Identify the data version that this engine reads; equal after a reopen."""
        return self._fingerprint

    def cancel(self, token: CancelToken) -> None:
        """Stop the calls that run with `token`."""
        token.cancel()

    def close(self) -> None:
        """Stop running calls, then free memory, the file and the private directory."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            running = tuple(self._running)
        for watch in running:
            watch.cancel()
        with self._lock:
            self._lock.wait_for(lambda: self._calls == 0, timeout=10)
        self._con.close()
        self._private.remove()

    def __enter__(self) -> DuckDBEngine:
        """Close at the end of a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def _connect_locked(
    database: Path, private: PrivateDir, limits: Limits
) -> tuple[DuckDBPyConnection, str]:
    import duckdb

    links = bring(database, private.path)
    try:
        identity = ";".join(f"{s.st_size}:{s.st_mtime_ns}" for s in map(Path.stat, links))
        config = common(limits, private.temp) | {"enable_external_access": "false"}
        con = duckdb.connect(str(links[0]), read_only=True, config=config)
    finally:
        for link in links:
            link.unlink(missing_ok=True)
    try:
        con.execute("SET GLOBAL TimeZone = 'UTC'")
        con.execute("SET lock_configuration = true")  # last: it forbids every SET after it
    except BaseException:
        con.close()
        raise
    return con, identity


def _run(
    cursor: DuckDBPyConnection, statement: Statement, max_rows: int
) -> tuple[tuple[str, ...], tuple[str, ...], list[tuple[Any, ...]]]:
    cursor.execute(statement)  # parsed already: text would be parsed once more
    columns = tuple(str(column[0]) for column in cursor.description or ())
    types = tuple(type_name(column[1]) for column in cursor.description or ())
    if any(needs_utc(name) for name in types):
        # Fetching TIMESTAMPTZ needs pytz, which the wheel does not bring: let SQL convert.
        text = statement.query.strip().rstrip(";")
        cursor.execute(utc_sql(text, types))
        types = tuple(type_name(column[1]) for column in cursor.description or ())
    rows = cursor.fetchmany(max_rows + 1)
    return columns, types, clean_rows(rows, types)


def _read_catalog(con: DuckDBPyConnection) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in con.execute(_CATALOG_SQL).fetchall():
        tables.setdefault(table, {})[column] = kind
    return tables


def _fingerprint(con: DuckDBPyConnection, identity: str, catalog: dict[str, dict[str, str]]) -> str:
    import hashlib

    # From stat and metadata, not content: opening the file a second time just to hash it
    # would, on close, drop the POSIX lock that keeps writers away.
    sizes = con.execute(_SIZE_SQL).fetchall()
    return hashlib.sha256(repr((identity, catalog, sizes)).encode()).hexdigest()[:16]
