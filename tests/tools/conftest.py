"""The sample company's tools, and a second company that shares nothing with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from semantic_layer import SemanticLayer
from tools import ToolContext, get_tool

PROJECT = """
name: Elm Street Studios
locale: en
timezone: America/Chicago
currency: USD
today: 2026-03-20
engine: {kind: duckdb, path: data.duckdb}
"""

# A lettings office: enquiries arrive at an instant, viewings and leases are known by date.
STUDIO = """
version: 1
dimensions:
  source: {label: Source}
  block: {label: Block}
  guest_name: {label: Guest, personal: true}
models:
  enquiries:
    source: enquiry_log
    key: [enquiry_no]
    time: arrived
    zone: UTC
    dims: {source: source, block: block, guest_name: guest}
  viewings: {source: viewing_book, key: [enquiry_no, turn], time: seen_on, dims: {block: block}}
  leases: {source: lease_book, key: [lease], time: signed_on}
metrics:
  enquiries: {label: Enquiries, model: enquiries, agg: count}
roles:
  stages:
    - {id: asked, label: Asked, model: enquiries, at: arrived, lead: enquiry_no, person: guest, closed: dropped_on}
    - {id: saw, label: Saw, model: viewings, at: seen_on, lead: enquiry_no, person: guest}
    - {id: signed, label: Signed, model: leases, at: signed_on, amount: rent, void: void_on, person: guest}
"""

TABLES = """
CREATE TABLE enquiry_log (enquiry_no BIGINT, guest VARCHAR, arrived TIMESTAMP, source VARCHAR, block VARCHAR, dropped_on DATE);
CREATE TABLE viewing_book (enquiry_no BIGINT, turn INTEGER, guest VARCHAR, seen_on DATE, block VARCHAR);
CREATE TABLE lease_book (lease BIGINT, guest VARCHAR, signed_on DATE, rent DECIMAL(12,2), void_on DATE);
"""


@dataclass
class Company:
    """One loaded project, its tools, and its tables in plain DuckDB for hand-written SQL."""

    layer: SemanticLayer
    data: Path

    def run(self, tool: str, asker: str | None = None, **args: Any) -> Any:
        context = ToolContext(self.layer, self.layer.scope(asker))
        return get_tool(tool).run(args, context)

    def hand(self, sql: str) -> list[tuple]:
        with duckdb.connect(self.data, read_only=True) as connection:
            return connection.execute(sql).fetchall()


def build(root: Path, rows: str, definitions: str = STUDIO, tables: str = TABLES) -> Company:
    """Make a project folder: tables, rows as INSERT statements, definitions."""
    (root / "semantic_layer").mkdir(parents=True)
    (root / "askmql.yml").write_text(PROJECT, encoding="utf-8")
    (root / "semantic_layer" / "all.yml").write_text(definitions, encoding="utf-8")
    with duckdb.connect(root / "data.duckdb") as connection:
        connection.execute(tables + rows)
    return Company(SemanticLayer.load(root), root / "data.duckdb")


@pytest.fixture(scope="session")
def sample(demo_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The sample company, with its state in a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    (home / "sample.duckdb").hardlink_to(demo_db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(home))
        from semantic_layer.project import sample_root

        return Company(SemanticLayer.load(sample_root()), demo_db)


@pytest.fixture(scope="session")
def build_company() -> Any:
    """Build a company in a folder: see `build`."""
    return build


@pytest.fixture(scope="session")
def definitions() -> str:
    """The lettings office's definitions, to be changed."""
    return STUDIO


@pytest.fixture
def studio(tmp_path: Path) -> Any:
    """A maker of small lettings offices: give INSERT statements, get the company."""
    count = iter(range(100))

    def make(rows: str = "", definitions: str = STUDIO, tables: str = TABLES) -> Company:
        return build(tmp_path / str(next(count)), rows, definitions, tables)

    return make
