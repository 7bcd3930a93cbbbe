"""The gate: every finding is a statement that the results do not back, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.grounding.claims import broken
from assistant.grounding.clauses import Clause
from assistant.grounding.cutting import clauses
from assistant.grounding.evidence import Evidence, Sheet
from assistant.grounding.numbers import backed
from assistant.grounding.objections import objections
from assistant.grounding.scan import scan
from assistant.grounding.subjects import role_of
from assistant.grounding.tokens import Token
from assistant.grounding.views import views

Reason = Literal[
    "UNKNOWN_WORD", "WRONG_NUMBER", "WRONG_PERIOD", "NOT_COMPARED", "UNSUPPORTED", "MARKUP", "TOO_LONG"
]  # fmt: skip
MAX_CHARS = 1500
_MARKUP = re.compile(r"```|https?:|www\.|<[a-z/!]|\[[^\]]*\]\(|\$\{|\{\{|--|/\*|;\s*(?:drop|select)\b|@", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement that does not pass.

    Attributes:
        reason: Stable code.
        text: The words in question, as folded.
    """

    reason: Reason
    text: str

    def __str__(self) -> str:
        return f"{self.reason}: {self.text!r}"


def check(text: str, evidence: Evidence) -> tuple[Finding, ...]:
    """Return every statement of a text that the evidence does not back; none means it passes.

    Args:
        text: Prose about the answer, in Chinese or English.
        evidence: What it may rest on.
    """
    if len(text) > MAX_CHARS:
        return (Finding("TOO_LONG", f"{len(text)} characters"),)
    markup = _MARKUP.search(text)
    if markup:
        return (Finding("MARKUP", markup[0]),)
    tokens = scan(text, evidence)
    unknown = tuple(Finding("UNKNOWN_WORD", t) for t in _unknown(tokens))
    if unknown:
        return unknown
    return tuple(f for clause in clauses(tokens, evidence) for f in _clause(clause, evidence))


def _unknown(tokens: tuple[Token, ...]) -> list[str]:
    """Unknown words; neighbouring characters are told together."""
    out: list[str] = []
    end = -1
    for token in tokens:
        if token.kind != "unknown":
            continue
        if token.start == end:
            out[-1] += token.text
        else:
            out.append(token.text)
        end = token.end
    return list(dict.fromkeys(out))


def _clause(clause: Clause, evidence: Evidence) -> Iterator[Finding]:
    false = [set(objections(clause, evidence, sheet)) for sheet in evidence.sheets]
    if false and all(false):
        yield from (Finding("UNSUPPORTED", text) for text in sorted(false[0]))
        return
    findings: list[list[Finding]] = []
    for sheet in evidence.sheets:
        found = list(_on_sheet(clause, evidence, sheet))
        if not found:
            return
        findings.append(found)
    for read, seen in views(clause, evidence):
        if not list(_on_sheet(read, seen, seen.sheets[0])):
            return
    if not evidence.sheets and any(t.number or t.claims for t in clause.tokens):
        yield Finding("UNSUPPORTED", " ".join(t.text for t in clause.tokens))
    yield from min(findings, key=len, default=[])


def _on_sheet(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[Finding]:
    for place, token in enumerate(clause.tokens):
        if token.kind == "unknown":
            yield Finding("UNKNOWN_WORD", token.text)
        if token.number is not None and not backed(clause, place, evidence, sheet):
            yield Finding("WRONG_NUMBER", token.text)
        if token.shift is not None and not _compared(token, evidence, sheet):
            yield Finding("NOT_COMPARED", token.text)
    for place, period in clause.periods():
        if role_of(period, evidence, sheet)[0] == "wrong":
            yield Finding("WRONG_PERIOD", clause.tokens[place].text)
    for text in broken(clause, evidence, sheet):
        yield Finding("UNSUPPORTED", text)


def _compared(token: Token, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether the comparison that is said is the one that was made."""
    shift, window, before = token.shift, evidence.window, evidence.before
    if shift is None:
        return True
    series = any(r.period for r in sheet.rows)
    if shift.period is not None and shift.period.range is not None:
        return role_of(shift.period.range, evidence, sheet)[0] != "wrong"
    if window is None or before is None:
        return series and shift.kind in {"previous_period", "previous_year"}
    year_back = (window.start.year - before.start.year, window.start.month, window.start.day) == (
        1, before.start.month, before.start.day,
    )  # fmt: skip
    if shift.kind == "previous_year":
        return year_back
    return before.end <= window.start and (not year_back or window.days >= 365)
