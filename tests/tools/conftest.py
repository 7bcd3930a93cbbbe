"""The sample company's layer, with its state in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from semantic_layer import SemanticLayer
from semantic_layer.project import sample_root
from tools import ToolContext


@pytest.fixture(scope="session")
def company(demo_db: Path, tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    home = tmp_path_factory.mktemp("home")
    (home / "sample.duckdb").hardlink_to(demo_db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(home))
        return SemanticLayer.load(sample_root())


@pytest.fixture(scope="session")
def ask_as(company: SemanticLayer):
    """A context for a user of the sample company."""

    def make(user: str = "manager", lang: str = "zh") -> ToolContext:
        return ToolContext(company, company.scope(user), lang, asker=user)

    return make


@pytest.fixture(scope="session")
def hand(demo_db: Path):
    """Rows of hand-written SQL."""
    con = duckdb.connect(str(demo_db), read_only=True)
    yield lambda sql, *values: con.execute(sql, list(values)).fetchall()
    con.close()
