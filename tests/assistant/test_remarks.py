"""Every remark of a tool has words in both languages, and says its figures in them."""

from __future__ import annotations

import ast
import string
from functools import cache
from pathlib import Path

import pytest

import tools
from assistant.tell.remark_words import TERMS, WORDS
from assistant.tell.remarks import remark
from semantic_layer.model import Text
from tools.notes import Note

TOOLS = Path(tools.__file__).parent


@cache
def emitted() -> dict[str, set[str]]:
    """Code of every `note(...)` in the tools -> its parameters."""
    found: dict[str, set[str]] = {}
    for file in sorted(TOOLS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "note":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    found.setdefault(str(code.value), set()).update(
                        str(k.arg) for k in node.keywords
                    )
    return found


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("code", sorted(emitted()))
def test_every_code_has_words_in_both_languages(code: str) -> None:
    words = WORDS[code]
    assert words.zh
    assert words.en
    for said in (words.zh, words.en):
        assert fields(said) <= emitted()[code], "a figure that no tool gives"


def test_no_words_without_a_tool() -> None:
    from tools.funnel.remarks import _CHECKS

    assert set(WORDS) == set(emitted()) | set(_CHECKS.values())


def test_terms_and_names_follow_the_reader() -> None:
    item = Note(code="MILESTONE_GAPS", params={"count": 3, "milestone": "lead"})
    assert "留资" in remark(item, "zh")
    assert "lead creation" in remark(item, "en")
    lead, deal = Text(zh="线索", en="Lead"), Text(zh="商机", en="Deal")
    links = Note(code="LINKS", params={"stages": (lead, deal), "keys": ("lead",)})
    assert "线索、商机" in remark(links, "zh")
    assert "Lead, Deal" in remark(links, "en")
    assert all(term.zh and term.en for terms in TERMS.values() for term in terms.values())
