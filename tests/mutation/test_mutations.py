"""The trap tests notice when the semantic layer is broken on purpose."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_NAME = "askmql_run_mutations"
_spec = importlib.util.spec_from_file_location(_NAME, Path(__file__).with_name("run_mutations.py"))
runner = importlib.util.module_from_spec(_spec)
sys.modules[_NAME] = runner
_spec.loader.exec_module(runner)


@pytest.mark.parametrize("mutation", runner.MUTATIONS, ids=lambda m: m.name)
def test_the_site_of_each_mutation_exists(mutation, tmp_path):
    runner.copy_package(tmp_path)
    runner.apply(mutation, tmp_path)
    for name in {name for name, _, _ in mutation.edits}:
        compile((tmp_path / name).read_text(encoding="utf-8"), name, "exec")


def test_a_missing_site_is_an_error(tmp_path):
    runner.copy_package(tmp_path)
    gone = runner.Mutation("gone", (("semantic_layer/layer.py", "no such text", ""),), ())
    with pytest.raises(runner.SiteMissingError, match="no such text"):
        runner.apply(gone, tmp_path)


@pytest.mark.slow
def test_unchanged_code_passes():
    done = runner.baseline()
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_every_mutation_is_caught():
    survivors = [o for o in runner.try_all() if not o.caught]
    assert not survivors
