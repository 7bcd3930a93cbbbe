"""Superlatives and ranks that are said of both periods: `the lowest in both Q1 and Q2`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.grounding.clauses import Clause
from assistant.grounding.counting import has_rank
from assistant.grounding.evidence import Evidence, Sheet
from assistant.grounding.ranking import is_highest, is_lowest
from assistant.grounding.subjects import role_of
from assistant.grounding.views import past_rows

_MOVING = ("up", "down", "than", "change", "diff", "good", "bad", "max_up", "max_down")
_SPANS = ("quarter", "period", "month", "year", "week", "季", "期", "月", "年", "周")
_TWO = frozenset({"both", "两个", "两", "the two", "both the"})


def not_in_both(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """Yield the superlatives and ranks that do not hold in the compared period, where both are named."""
    then = past_rows(sheet)
    if _did_too(clause):
        yield from (i for i, _ in clause.periods())
    if not then or clause.says(*_MOVING) or not _is_of_both(clause, evidence, sheet):
        return
    past = replace(sheet, rows=then)
    tokens = [replace(t, period=None, shift=None) for t in clause.tokens]
    bare = Clause(tokens, clause.before)
    known = replace(evidence, sheets=(past,), window=evidence.before, before=None)
    for i, token in enumerate(tokens):
        if token.number and token.number.unit == "rank" and not has_rank(bare, i, known, past, token.number):  # fmt: skip
            yield i
        for claim, test in (("max", is_highest), ("min", is_lowest)):
            if claim in token.claims and not test(bare, i, known, past):
                yield i


_TOO = frozenset({"did", "was", "also", "too", "likewise", "也", "同样", "也是", "一样", "亦"})


def _did_too(clause: Clause) -> bool:
    """`..., as it did in Q1`: what was said, once more of another period; it is not checked."""
    bare = not any(t.number or t.claims or t.names for t in clause.tokens)
    return bare and any(t.text in _TOO for t in clause.tokens)


def _is_of_both(clause: Clause, evidence: Evidence, sheet: Sheet) -> bool:
    roles = {role_of(p, evidence, sheet)[0] for _, p in clause.periods()}
    if {"now", "before"} <= roles:
        return True
    return any(
        t.text in _TWO and any(s in n.text for s in _SPANS)
        for t, n in zip(clause.tokens, clause.tokens[1:], strict=False)
    )
