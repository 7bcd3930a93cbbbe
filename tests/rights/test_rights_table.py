"""docs/rights.md is what the product answers today."""

import importlib.util
from pathlib import Path

from assistant import Assistant

ROOT = Path(__file__).resolve().parents[2]


def test_the_table_of_the_docs_is_current(starforge_layer):
    spec = importlib.util.spec_from_file_location(
        "make_rights_table", ROOT / "scripts/make_rights_table.py"
    )
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    made = maker.table(Assistant(starforge_layer))
    assert made == (ROOT / "docs/rights.md").read_text("utf-8")
    rows = [line.split(" | ") for line in made.splitlines() if line.startswith("| ")]
    assert len(rows) == 11
    different = [row for row in rows[1:] if len(set(row[1:])) >= 4]
    assert len(different) >= 6  # rights show in most of the answers
