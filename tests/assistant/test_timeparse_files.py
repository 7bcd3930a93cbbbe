"""Scores the parser on the phrase files of a folder, when one is named in the environment."""

import os
from pathlib import Path

import pytest

from evals.time_phrases import accuracy, load, score

FOLDER = os.environ.get("ASKMQL_TIME_PHRASES")

# The files are not ours to ship: without them there is no test here, rather than a skipped one.
if FOLDER:

    @pytest.mark.parametrize(("lang", "rows"), load(Path(FOLDER)).items())
    def test_accuracy(lang, rows):
        outcomes = [score(row) for row in rows]
        assert accuracy(outcomes, core=True) >= 0.97
        assert accuracy(outcomes, core=False) >= 0.92
