"""A tiny company per story: tables by SQL, definitions by YAML, answers as plain rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer import SemanticLayer
from semantic_layer.query import Comparison, Query, TimeRange
from semantic_layer.result import ResultSet
from semantic_layer.scope import EVERYTHING, Scope


@dataclass
class World:
    """One loaded project and the same tables in plain DuckDB for hand-written SQL."""

    layer: SemanticLayer
    con: duckdb.DuckDBPyConnection

    def query(self, *metrics: str, **parts: Any) -> Query:
        """Make a query; `by` names dimensions, `time` may be ("2026-01-01", "2026-02-01")."""
        if "by" in parts:
            parts["dimensions"] = tuple(parts.pop("by"))
        time = parts.get("time")
        if isinstance(time, tuple):
            start, end, *grain = time
            parts["time"] = TimeRange(start=start, end=end, grain=grain[0] if grain else None)
        if isinstance(parts.get("compare"), str):
            parts["compare"] = Comparison(kind=parts["compare"])
        return Query(metrics=metrics, **parts)

    def result(self, *metrics: str, scope: Scope = EVERYTHING, **parts: Any) -> ResultSet:
        return self.layer.run(self.query(*metrics, **parts), scope)

    def ask(self, *metrics: str, scope: Scope = EVERYTHING, **parts: Any) -> list[tuple]:
        return list(self.result(*metrics, scope=scope, **parts).rows)

    def one(self, metric: str, scope: Scope = EVERYTHING, **parts: Any) -> object:
        """The value of a single-row, single-column answer."""
        ((value,),) = self.ask(metric, scope=scope, **parts)
        return value

    def columns(self, names: tuple[str, ...], *metrics: str, **parts: Any) -> list[tuple]:
        result = self.result(*metrics, **parts)
        picked = [result.column(n) for n in names]
        return list(zip(*picked, strict=True))

    def sql(self, *metrics: str, scope: Scope = EVERYTHING, **parts: Any) -> str:
        return self.layer.compile(self.query(*metrics, **parts), scope).sql

    def hand(self, sql: str) -> list[tuple]:
        """Rows of hand-written SQL over the same tables."""
        return self.con.execute(sql).fetchall()


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Make a project folder with a DuckDB file and load it."""

    def make(tables: str, definitions: str | dict[str, str], config: str = "") -> World:
        root = project(tmp_path_factory.mktemp("trap"), tables, definitions, config)
        con = duckdb.connect()
        con.execute(tables)
        return World(SemanticLayer.load(root), con)

    return make


def project(root: Path, tables: str, definitions: str | dict[str, str], config: str) -> Path:
    files = {"defs.yml": definitions} if isinstance(definitions, str) else definitions
    defaults = {
        "timezone": "UTC",
        "today": date(2030, 1, 1).isoformat(),
        "engine": "{path: data.duckdb, threads: 1}",
    }
    asked = {line.split(":")[0] for line in config.splitlines() if line}
    lines = [f"{k}: {v}" for k, v in defaults.items() if k not in asked]
    (root / "askmql.yml").write_text("\n".join([*lines, config]) + "\n", encoding="utf-8")
    (root / "semantic_layer").mkdir()
    for name, text in files.items():
        (root / "semantic_layer" / name).write_text(text, encoding="utf-8")
    with duckdb.connect(str(root / "data.duckdb")) as con:
        con.execute(tables)
    return root
