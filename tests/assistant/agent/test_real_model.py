"""The agent against a real llama.cpp server; needs `ASKMQL_TEST_GGUF` (see docs/models.md)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from assistant import Assistant

#: Read at collection, before the shared conftest clears our variables for the tests.
GGUF = os.environ.get("ASKMQL_TEST_GGUF") or os.environ.get("TEST_GGUF", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(GGUF).is_file(), reason="ASKMQL_TEST_GGUF names no model file"),
]

QUESTIONS = (
    "上个月咱们捞了多少线索量",
    "上季度大伙儿的线索量，各渠道拉个单子",
    "gimme leads for last month pls, split by channel",
)


@pytest.fixture(scope="module")
def url():
    from evals.serve_gguf import serving

    with serving(Path(GGUF)) as address:
        yield address


@pytest.mark.parametrize("protocol", ["auto", "json"])
def test_a_real_model_answers_or_says_honestly_that_it_cannot(
    starforge: Assistant, tmp_path: Path, url: str, protocol: str, with_model
):
    assistant = with_model(starforge, tmp_path, url, protocol=protocol, timeout_s=300, calls=2)
    for question in QUESTIONS:
        answer = assistant.ask(question, planner="llm")
        assert answer.status in {"answered", "empty", "clarify", "refused", "error"}
        assert answer.status != "error" or answer.error.code.startswith("MODEL_")
        if answer.status == "answered":
            assert answer.basis.lane == "governed-llm"
            assert answer.basis.time is not None
