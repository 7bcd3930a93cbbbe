"""Analysts' SQL of one project: guard it, let DuckDB's parser agree, run it apart."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.compile.context import Context
from semantic_layer.compile.masks import with_key
from semantic_layer.engine import Engine, EngineResult
from semantic_layer.errors import AskmqlError
from semantic_layer.project import Project
from semantic_layer.rawsql.guard import Guarded, guard_sql
from semantic_layer.rawsql.process import SqlProcess
from semantic_layer.scope import Scope


@dataclass(frozen=True)
class SqlLane:
    """Runs guarded SQL over a project's data; `process` starts when first used."""

    project: Project
    engine: Engine | None
    process: SqlProcess

    def guard(self, context: Context, scope: Scope, text: str, limit: int) -> Guarded:
        """Return the governed form of an analyst's SELECT (see `guard_sql`)."""
        return guard_sql(context, scope, text, limit)

    def run(self, guarded: Guarded, max_rows: int, timeout_s: float) -> EngineResult:
        """Run guarded SQL in a process of its own.

        Raises:
            EngineError: It was refused by DuckDB's parser, failed, or had to be killed.
            AskmqlError: The project's data is on another engine.
        """
        from semantic_layer.engine.policy import second_opinion

        if self.engine is None or self.engine.dialect != "duckdb":
            raise AskmqlError("NOT_ON_ENGINE", "SQL can only be run on the embedded engine.")
        second_opinion(guarded.sql, guarded.tables)
        sql = with_key(guarded.sql, self.project.home)
        data = self.engine.fingerprint()
        return self.process.run(sql, timeout_s=timeout_s, max_rows=max_rows, data=data)

    def close(self) -> None:
        """End the process."""
        self.process.close()
