"""`SemanticLayer`: definitions bound to data. Load a folder, run queries."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from semantic_layer.compile import Compiled, Context, compile_query
from semantic_layer.compile.dialects import to_sql
from semantic_layer.compile.masks import with_key
from semantic_layer.compile.relation import Field, Window, relation
from semantic_layer.compile.small_groups import suppressed
from semantic_layer.compile.verify import check_personal_dimensions, verify
from semantic_layer.credit.spec import CreditSettings
from semantic_layer.differencing import without_differences
from semantic_layer.engine.base import CANCEL
from semantic_layer.errors import AskmqlError, DefinitionError, DeniedError, QueryError
from semantic_layer.loader import Definitions, read_folder
from semantic_layer.model import Metric
from semantic_layer.project import Project, find_project
from semantic_layer.query import Filter, Query, TimeRange, Value
from semantic_layer.result import ResultSet
from semantic_layer.results import result_of
from semantic_layer.rights import Policies, read_policies
from semantic_layer.rights.access import Access
from semantic_layer.rights.people import Person
from semantic_layer.scope import EVERYTHING, Scope
from semantic_layer.timegrain import DateRange, TimeGrain
from semantic_layer.top import run_top
from semantic_layer.validate import validate
from semantic_layer.values import KnownValues, bounds_query, read_values

if TYPE_CHECKING:
    from sqlglot import exp

    from semantic_layer.engine import Engine, EngineResult
    from semantic_layer.rawsql import SqlLane

_DAY = TimeGrain.DAY


class SemanticLayer:
    """A project's definitions, bound to its data.

    Example:
        >>> layer = SemanticLayer.load()
        >>> layer.run(Query(metrics=("leads",), dimensions=("channel",))).to_pandas()
    """

    def __init__(
        self,
        project: Project,
        definitions: Definitions,
        engine: Engine | None,
        *,
        today: date | None = None,
    ) -> None:
        self.project = project
        self.definitions = definitions
        self.engine = engine
        self.today = project.config.today_or(today)
        self._first_days: dict[tuple[tuple[str, ...], str, str], date | None] = {}
        self._values = KnownValues(project.home / "cache")
        self._lanes: list[SqlLane] = []

    @classmethod
    def load(
        cls, directory: str | Path | None = None, *, today: date | None = None, data: bool = True
    ) -> SemanticLayer:
        """Load and check a project folder (default: here, else the sample company).

        Args:
            directory: The project folder.
            today: The day of asking, for replay.
            data: Open the data; without it queries can be compiled but not run.

        Raises:
            DefinitionError: With file and line of every mistake.
            AskmqlError: There is no project, or its data cannot be opened.
        """
        project = find_project(Path(directory) if directory is not None else None)
        definitions = read_folder(project.definitions_dir)
        engine = open_engine(project) if data else None
        issues = validate(definitions, engine.catalog() if engine else None)
        if issues:
            raise DefinitionError(issues)
        return cls(project, definitions, engine, today=today)

    def at(self, today: date) -> SemanticLayer:
        """Return the same layer asked on another day."""
        other = SemanticLayer(self.project, self.definitions, self.engine, today=today)
        other._first_days, other._values = self._first_days, self._values
        other._lanes = self._lanes
        other.__dict__["access"] = self.access  # before it is asked for: one roster for all days
        return other

    @cached_property
    def context(self) -> Context:
        """What the compiler works with."""
        config = self.project.config
        catalog = self.engine.catalog() if self.engine else {}
        chosen = CreditSettings(**dict(config.attribution))
        return Context(self.definitions, config.calendar, config.as_of(self.today), catalog, chosen)

    @property
    def policies(self) -> Policies | None:
        """The project's policies; None when everybody may see everything."""
        return self.access.policies

    @cached_property
    def access(self) -> Access:
        """Policies and people, shared by this layer on every day of asking."""
        policies = read_policies(self.project.policies_file, self.definitions)
        return Access(policies, self.definitions, self.project.root)

    def scope(self, user_id: str | None) -> Scope:
        """Return what a user may see (None: the project's default user).

        Raises:
            DeniedError: The user is unknown or may see nothing.
        """
        asker = user_id or self.project.config.default_user
        return self.access.scope(asker, self.today, self._data_version, self.people_rows)

    @property
    def people(self) -> Mapping[str, Person]:
        """Everybody known to the policies, a directory or the data, by user id."""
        return self.access.people(self._data_version, self.people_rows)

    @property
    def _data_version(self) -> str:
        return self.engine.fingerprint() if self.engine else ""

    def people_rows(self, model: str, fields: Mapping[str, str]) -> Sequence[Sequence[object]]:
        """Rows about people, read with the product's own rights; none without data."""
        if self.engine is None:
            return ()
        named = {name: Field(text) for name, text in fields.items()}
        found = self.run_tree(self.relation(model, named, EVERYTHING), EVERYTHING)
        if found.truncated:
            raise AskmqlError("TOO_MANY_PEOPLE", f"{model} has more people than rows may be read.")
        return found.rows

    @cached_property
    def version(self) -> str:
        """A short hash of every definition file."""
        digest = hashlib.sha256()
        for path in sorted(self.project.definitions_dir.rglob("*.y*ml")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:12]

    def metric(self, metric_id: str) -> Metric:
        """Return a metric's definition.

        Raises:
            QueryError: There is none of that name.
        """
        found = self.definitions.metrics.get(metric_id)
        if found is None:
            from semantic_layer.errors import suggest

            near = suggest(metric_id, self.definitions.metrics)
            raise QueryError(
                "UNKNOWN_METRIC", f"There is no metric `{metric_id}`.", candidates=near
            )
        return found

    def compile(
        self,
        query: Query,
        scope: Scope = EVERYTHING,
        *,
        dialect: str = "duckdb",
        pretty: bool = False,
    ) -> Compiled:
        """Compile a query to SQL without running it."""
        return compile_query(self.context, query, scope, dialect=dialect, pretty=pretty)

    def explain(self, query: Query, scope: Scope = EVERYTHING) -> str:
        """Return the readable SQL of a query."""
        return self.compile(query, scope, pretty=True).sql

    # --- running ----------------------------------------------------------------------

    def run(self, query: Query, scope: Scope = EVERYTHING) -> ResultSet:
        """Run a query for one asker.

        With a breakdown by time, `limit` keeps the best groups over the whole range. With
        `other`, the rest is folded into one row, recomputed from the facts.

        Raises:
            QueryError: It cannot be answered as asked.
            AskmqlError: The engine failed or was out of time.
        """
        query = self._bounded(query, scope)
        whole = query.limit is None or not query.dimensions or bool(query.per)
        if whole or not (query.other or query.grain):
            return self._run_once(query, scope)
        return run_top(query, lambda q, keep: self._run_once(q, scope, keep=keep or None))

    def _bounded(self, query: Query, scope: Scope) -> Query:
        """Give a breakdown by time a range when none was asked: that of the data."""
        if query.grain is None or (query.time is not None and query.time.span is not None):
            return query
        span = self.data_range(query, scope)
        asked = query.time or TimeRange()
        start, end = asked.start or span.start, asked.end or span.end
        if start >= end:
            start, end = span.start, span.end
        return query.model_copy(update={"time": TimeRange(start=start, end=end)})

    def data_range(self, query: Query, scope: Scope = EVERYTHING) -> DateRange:
        """Return first and last day on which the query's facts have rows."""
        statement = bounds_query(self.context, scope, query)
        row = self._execute(statement).rows[0]
        first, last = row[0], row[1]
        if not isinstance(first, date) or not isinstance(last, date):
            end = self.context.data_end
            return DateRange(self.context.calendar.add(end, -1, _DAY), end)
        last = min(last, self.context.as_of)
        return DateRange(min(first, last), self.context.calendar.add(last, 1, _DAY))

    def first_day(self, query: Query, scope: Scope = EVERYTHING) -> date | None:
        """Return the first day on which the query's facts have rows; None without time."""
        models = tuple(sorted(query.metrics))
        data = self.engine.fingerprint() if self.engine else ""
        key = (models, scope.fingerprint, data)
        if key not in self._first_days:
            try:
                row = self._execute(bounds_query(self.context, scope, query)).rows[0]
                self._first_days[key] = row[0] if isinstance(row[0], date) else None
            except QueryError:
                self._first_days[key] = None
        return self._first_days[key]

    def _run_once(
        self, query: Query, scope: Scope, keep: Mapping[str, tuple[Value, ...]] | None = None
    ) -> ResultSet:
        begin = time.perf_counter()
        compiled = compile_query(self.context, query, scope, keep=keep)
        compiled_ms = (time.perf_counter() - begin) * 1000
        raw = self._execute(compiled.sql)
        result, sizes = result_of(self.context, query, compiled, raw, compiled_ms)
        result = suppressed(result, sizes, compiled.plan, query)
        return without_differences(
            query,
            compiled.plan,
            result,
            lambda q: self._execute(compile_query(self.context, q, scope).sql).rows,
        )

    # --- rows below metrics -----------------------------------------------------------

    def relation(
        self,
        model: str,
        fields: Mapping[str, Field],
        scope: Scope,
        *,
        where: Sequence[str] = (),
        filters: Sequence[Filter] = (),
        window: Window | None = None,
        suppresses: bool = False,
    ) -> exp.Select:
        """Return a SELECT of detail rows through the model's door (see `compile.relation`).

        Rows about people are denied to whoever may only see groups of some size, unless
        the tool `suppresses` groups below `scope.small_groups[model]` itself.
        """
        if model in scope.small_groups and not suppresses:
            raise DeniedError(
                "ROWS_OF_PEOPLE",
                f"You may see {model} in groups only, not one by one.",
                hint="Ask for a number, or ask your administrator for access.",
            )
        check_personal_dimensions(self.context, [f.dimension for f in filters], scope)
        return relation(
            self.context, scope, model, fields, where=where, filters=filters, window=window
        )

    def run_tree(
        self, tree: exp.Query, scope: Scope, *, max_rows: int | None = None
    ) -> EngineResult:
        """Verify and run a tree built above relations.

        Raises:
            CompilationError: A scan in it is not provably within the scope.
            AskmqlError: The engine failed or was out of time.
        """
        verify(self.context, scope, tree)
        return self._execute(to_sql(tree), max_rows=max_rows)

    # --- SQL of analysts --------------------------------------------------------------

    @property
    def sql(self) -> SqlLane:
        """Where analysts' SQL is guarded and run: one process for all days of asking."""
        from semantic_layer.rawsql import SqlLane, SqlProcess

        if not self._lanes:
            process = SqlProcess(self.project.data_path, self.project.home / "cache")
            self._lanes.append(SqlLane(self.project, self.engine, process))
        return self._lanes[0]

    def _execute(self, sql: str, *, max_rows: int | None = None) -> EngineResult:
        if self.engine is None:
            raise AskmqlError("NO_DATA", "The project was loaded without its data.")
        return self.engine.execute(
            with_key(sql, self.project.home), max_rows=max_rows, token=CANCEL.get()
        )

    # --- values -----------------------------------------------------------------------

    def values(self, dimension: str, scope: Scope = EVERYTHING) -> tuple[Value, ...]:
        """Return every value of a dimension that the asker may see, sorted, complete."""
        known = self._values.of(self._value_key(scope))
        if dimension not in known:
            known |= read_values(self.context, scope, (dimension,), self._execute)
        return known[dimension]

    def all_values(
        self, dimensions: Iterable[str], scope: Scope = EVERYTHING
    ) -> Mapping[str, tuple[Value, ...]]:
        """Return the values of several dimensions; kept on disk while rights and data last."""
        key = self._value_key(scope)
        known = self._values.of(key)
        missing = tuple(d for d in dimensions if d not in known)
        if missing:
            known |= read_values(self.context, scope, missing, self._execute)
            self._values.save(key)
        return known

    def _value_key(self, scope: Scope) -> str:
        data = self.engine.fingerprint() if self.engine else "none"
        return "|".join((data, scope.fingerprint, self.version))


def open_engine(project: Project) -> Engine:
    """Open a project's data, building the sample company's if it is absent."""
    from semantic_layer.engine import DuckDBEngine, Limits

    config = project.config.engine
    if config.kind == "sample":
        from semantic_layer.demo import ensure_world

        ensure_world(project.data_path)
    limits = Limits(
        timeout_s=config.timeout_s,
        max_rows=config.max_rows,
        memory=config.memory,
        threads=config.threads,
    )
    return DuckDBEngine.open(project.data_path, limits=limits, cache_dir=project.home / "cache")
