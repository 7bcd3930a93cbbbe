"""A company of two business units whose every table is small enough to count by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest

from semantic_layer import SemanticLayer

TABLES = """
CREATE TABLE staff AS SELECT * FROM (VALUES
  ('boss', 'Bo', 'head', NULL, NULL), ('una', 'Una', 'unit head', 'Pumps', NULL),
  ('ulf', 'Ulf', 'unit head', 'Valves', NULL), ('tia', 'Tia', 'lead', 'Pumps', 'P1'),
  ('ann', 'Ann', 'rep', 'Pumps', 'P1'), ('bob', 'Bob', 'rep', 'Pumps', 'P2'),
  ('cyd', 'Cyd', 'rep', 'Valves', 'V1'), ('tmp', 'Tmp', 'visitor', 'Valves', 'V1')
) t(id, name, job, unit, team);
CREATE TABLE people AS SELECT * FROM (VALUES
  (1, '张三丰', '13812345678', 'zhang@a.example', 'North', 'ann'),
  (2, 'Li Si', '13912345679', 'li@b.example', 'North', 'ann'),
  (3, '王五', '021', 'nobody', 'South', 'bob'), (4, NULL, NULL, NULL, 'South', 'cyd'),
  (5, '赵六', '13712345670', 'z@c.example', 'North', 'cyd'), (6, 'Qian', '13612345671', 'q@d.example', 'North', 'bob')
) t(id, name, phone, email, region, owner);
CREATE TABLE deals AS SELECT * FROM (VALUES
  (1, 1, 'ann', 'Pumps', DATE '2026-01-05', 1.0), (2, 2, 'ann', 'Pumps', DATE '2026-02-05', 2.0),
  (3, 3, 'bob', 'Pumps', DATE '2026-03-05', 4.0), (4, 4, 'cyd', 'Valves', DATE '2026-03-15', 8.0),
  (5, 5, 'cyd', 'Valves', DATE '2026-04-05', 16.0), (6, 1, 'tia', 'Pumps', DATE '2026-04-09', 32.0)
) t(id, person_id, owner, unit, day, amount);
CREATE TABLE calls AS SELECT * FROM (VALUES
  (1, 'ann', DATE '2026-01-02', 3), (2, 'ann', DATE '2026-01-03', 5), (3, 'bob', DATE '2026-02-02', 7),
  (4, 'cyd', DATE '2026-02-03', 11)) t(id, owner, day, minutes);
CREATE TABLE prices AS SELECT * FROM (VALUES (1, 'pump', 9.5), (2, 'valve', 3.5)) t(id, item, price);
"""
DEFINITIONS = """
dimensions:
  unit: {label: Unit}
  team: {label: Team}
  owner: {label: Owner}
  region: {label: Region}
  phone: {label: Phone, personal: true}
  item: {label: Item}
models:
  staff: {source: staff, key: [id], dims: {unit: unit, team: team, owner: id}}
  people:
    source: people
    key: [id]
    joins: {staff: owner}
    columns: {known: name IS NOT NULL}
    dims: {region: region, owner: owner, team: staff.team, phone: phone}
  contacts_again: {source: people, key: [id], joins: {staff: owner}, dims: {owner: owner, region: region}}
  deals:
    source: deals
    key: [id]
    time: day
    joins: {people: person_id, staff: owner}
    dims: {unit: unit, owner: owner, team: staff.team, region: people.region}
  calls: {source: calls, key: [id], time: day, dims: {owner: owner}}
  prices: {source: prices, key: [id], dims: {item: item}}
  best:
    query: |
      SELECT d.owner AS owner, SUM(d.amount) AS amount FROM deals AS d GROUP BY d.owner
    key: [owner]
    dims: {owner: owner}
metrics:
  revenue: {model: deals, agg: sum, expr: amount, label: Revenue}
  deals: {model: deals, agg: count, label: Deals}
  size: {type: ratio, numerator: revenue, denominator: deals, label: Deal size}
  people: {model: people, agg: count, label: People}
  phones: {model: people, agg: count_distinct, expr: phone, label: Phones}
  minutes: {model: calls, agg: sum, expr: minutes, label: Minutes}
  prices: {model: prices, agg: sum, expr: price, label: Prices}
  best: {model: best, agg: max, expr: amount, label: Best}
"""


@dataclass
class Company:
    """A project whose policies a test writes; `con` holds the same tables for hand SQL."""

    root: Path
    con: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def layer(self, policies: str | None = None) -> SemanticLayer:
        """Load the project under these policies."""
        target = self.root / "policies.yml"
        target.unlink(missing_ok=True)
        if policies is not None:
            target.write_text(dedent(policies), encoding="utf-8")
        layer = SemanticLayer.load(self.root)
        _ = layer.access
        return layer


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> Company:
    root = tmp_path_factory.mktemp("company")
    (root / "semantic_layer").mkdir()
    (root / "semantic_layer" / "defs.yml").write_text(DEFINITIONS, encoding="utf-8")
    (root / "askmql.yml").write_text(
        "timezone: UTC\ntoday: 2026-06-01\nengine: {path: data.duckdb, threads: 1}\n", "utf-8"
    )
    with duckdb.connect(str(root / "data.duckdb")) as con:
        con.execute(TABLES)
    made = Company(root)
    made.con.execute(TABLES)
    return made


@pytest.fixture(scope="session")
def starforge_layer(demo_db, tmp_path_factory) -> SemanticLayer:
    """The sample company, with its state in a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    (home / "sample.duckdb").hardlink_to(demo_db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(home))
        from semantic_layer.project import sample_root

        return SemanticLayer.load(sample_root())
