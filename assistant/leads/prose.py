"""A lead summary written by a language model: every statement cites facts and follows from them.

The model sees the template's sentences only, each with a number; what notes order a machine to
do was left out before. A statement is kept when the facts that it cites hold each number, date
and quotation in it, and most of its words; else the whole text is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.leads.sentences import Sentence

_CITE = re.compile(r"\[(\d+(?:\s*[,，、]\s*\d+)*)\]")
_END = re.compile(r"(?<=[。！？!?\n])|(?<=[.;；](?=\s))")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*%?")
_QUOTED = re.compile(r"[“\"「](.+?)[”\"」]")
_WORD = re.compile(r"[a-z][a-z'-]+")
_CJK = re.compile(r"[\u3400-\u9fff]+")
_DENIES = re.compile(r"不|没|无|未|别|\b(?:not|no|never|none|without)\b|n't\b", re.IGNORECASE)
_LEAST = 0.5
"""Share of a statement's words that its facts must hold: the rest joins them."""
_JOINS = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "has",
        "have",
        "was",
        "were",
        "who",
        "that",
        "this",
        "from",
        "are",
        "their",
        "they",
        "she",
        "his",
        "her",
        "him",
        "its",
        "most",
        "about",
        "also",
        "been",
        "which",
        "while",
        "into",
        "after",
    ]
)


@dataclass(frozen=True, slots=True)
class Unbacked:
    """A statement that its facts do not hold, and why."""

    statement: str
    why: str

    def __str__(self) -> str:
        """Return it as the model is told."""
        return f"{self.statement.strip()}: {self.why}"


def numbered(facts: Sequence[Sentence]) -> str:
    """Return facts as the model sees them, with the rows that they rest on."""
    return "\n".join(
        f"[{n}] {f.text} ({', '.join(f.sources[:3]) or 'remark'})" for n, f in enumerate(facts, 1)
    )


def unbacked(text: str, facts: Sequence[Sentence]) -> tuple[Unbacked, ...]:
    """Return the statements of a text that do not follow from the facts they cite."""
    return tuple(
        Unbacked(statement, why)
        for statement in _statements(text)
        if (why := _wrong(statement, facts)) is not None
    )


def with_sources(text: str, facts: Sequence[Sentence]) -> str:
    """Return a text whose citations name rows (touch, note, lead, ...) instead of facts."""

    def named(found: re.Match[str]) -> str:
        cited = [facts[n - 1] for n in _numbers(found[1])]
        ids = dict.fromkeys(s for fact in cited for s in fact.sources[:2])
        return f"[{', '.join(list(ids)[:3])}]" if ids else ""

    return _CITE.sub(named, text)


def _statements(text: str) -> list[str]:
    """Cut a text into statements; a citation after the full stop belongs to what it follows."""
    joined = re.sub(r"([。！？!?.])\s*((?:\[[\d\s,，、]+\])+)", r"\2\1", text)
    return [part for part in _END.split(joined) if part.strip()]


def _numbers(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"\d+", text)]


def _wrong(statement: str, facts: Sequence[Sentence]) -> str | None:
    """Return why a statement does not follow, or None."""
    cited = [n for found in _CITE.findall(statement) for n in _numbers(found)]
    if not cited:
        return "it cites no fact"
    if any(not 1 <= n <= len(facts) for n in cited):
        return "there is no such fact"
    known = " ".join(facts[n - 1].text for n in cited)
    plain = _CITE.sub("", statement)
    strange = [n for n in _NUMBER.findall(plain) if n not in set(_NUMBER.findall(known))]
    strange += [q for q in _QUOTED.findall(plain) if q not in known]
    if strange:
        return f"the cited facts do not hold {', '.join(strange)}"
    if _DENIES.search(plain) and not _DENIES.search(known):
        return "it denies something that the facts do not deny"
    said, held = _terms(plain), _terms(known)
    if said and len(said & held) < _LEAST * len(said):
        return "most of it is not in the cited facts"
    return None


def _terms(text: str) -> set[str]:
    """Return the words of a text: Latin words, and pairs of neighbouring Chinese characters."""
    words = {w for w in _WORD.findall(text.lower()) if len(w) > 2 and w not in _JOINS}
    pairs = {run[i : i + 2] for run in _CJK.findall(text) for i in range(len(run) - 1)}
    return words | pairs
