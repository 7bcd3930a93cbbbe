"""Remarks of all tools in the reader's language, by their code."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.tell.remark_words import TERMS, WORDS
from semantic_layer.model import Text
from tools.notes import Note, Param

_JOINS = {"zh": "、", "en": ", "}


def remark(item: Note, lang: str) -> str:
    """Return a note in the reader's language.

    Raises:
        KeyError: A tool gives a code without words.
    """
    said = {name: _said(name, value, lang) for name, value in item.params.items()}
    return WORDS[item.code].get(lang).format(**said)


def _said(name: str, value: Param, lang: str) -> object:
    if isinstance(value, tuple):
        return _JOINS["zh" if lang == "zh" else "en"].join(_one(name, v, lang) for v in value)
    return _one(name, value, lang) if isinstance(value, Text | str) else value


def _one(name: str, value: Text | str, lang: str) -> str:
    """A name in the reader's language; a code by its term, anything else as it is."""
    if isinstance(value, Text):
        return value.get(lang)
    known = TERMS.get(name, {}).get(value)
    return known.get(lang) if known is not None else value


def split(
    notes: Sequence[Note], warned: frozenset[str], lang: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (assumptions, warnings) in the reader's language."""
    said = [(n.code in warned, remark(n, lang)) for n in notes]
    return tuple(t for w, t in said if not w), tuple(t for w, t in said if w)
