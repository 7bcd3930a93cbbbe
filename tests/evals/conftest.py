"""The sample company for tests that score what was asked of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import Assistant


@pytest.fixture(scope="session")
def starforge(demo_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """The assistant over the sample company, with its state in a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    (home / "sample.duckdb").hardlink_to(demo_db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASKMQL_HOME", str(home))
        from semantic_layer.project import sample_root

        return Assistant.load(sample_root())
