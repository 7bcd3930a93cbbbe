"""Means: of rows, and of a sum over the days or months of its period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.facts import Fact
from assistant.grounding.metrics import text_at
from assistant.grounding.subjects import Subject
from assistant.grounding.tenses import in_role
from semantic_layer.timegrain import DateRange, TimeGrain

_DAILY = frozenset({"日均", "每天", "每日", "daily", "per day", "a day", "each day"})  # fmt: skip
_MONTHLY = frozenset({"per month", "a month", "each month", "every month", "monthly", "月均", "每月", "每月平均", "平均每月"})  # fmt: skip
_A_DAY = {("a", "day"), ("per", "day"), ("each", "day"), ("every", "day")}
_EMPTY = Sheet((), (), whole=False, total_rows=0)
_GRAINS = {"日": "day", "天": "day", "周": "week", "月": "month", "季": "quarter"}


def is_daily(clause: Clause, place: int, evidence: Evidence) -> bool:
    """Whether a number is said to be for each day, where the rows are no days."""
    if evidence.grain is TimeGrain.DAY:
        return False
    near = {t.text for t in clause.tokens[max(0, place - 3) : place + 3]}
    return bool(near & _DAILY) or (text_at(clause, place + 1), text_at(clause, place + 2)) in _A_DAY


def daily(
    clause: Clause,
    place: int,
    about: Subject,
    rows: Sequence[Row],
    value: Value,
    evidence: Evidence,
) -> Iterator[Fact]:
    """`日均 68 条`, `about 11 a day`: a sum over the days of its period."""
    if any(r.period for r in rows):
        return
    for fact, span in _sums(clause, place, about, rows, value, evidence):
        yield replace(fact, value=fact.value / span.days)


def monthly(
    clause: Clause,
    place: int,
    about: Subject,
    rows: Sequence[Row],
    value: Value,
    evidence: Evidence,
) -> Iterator[Fact]:
    """`averaged 18.2M per month`: a sum over the whole months of its period."""
    for fact, span in _sums(clause, place, about, rows, value, evidence):
        months = (span.end.year - span.start.year) * 12 + span.end.month - span.start.month
        if months > 1 and span.start.day == span.end.day == 1:
            yield replace(fact, value=fact.value / months)


def _sums(
    clause: Clause,
    place: int,
    about: Subject,
    rows: Sequence[Row],
    value: Value,
    evidence: Evidence,
) -> Iterator[tuple[Fact, DateRange]]:
    """The sum of rows, now and in the compared period, with the period that it is of."""
    for fact in facts.of_group(rows, _EMPTY, value):
        span = evidence.before if fact.kind == "prev" else evidence.window
        if fact.kind in {"value", "prev"} and span and in_role(clause, place, about, fact):
            yield fact, span


def is_of_rows(clause: Clause, evidence: Evidence) -> bool:
    """Whether an average is one of what the rows are: no `日均` of months."""
    grain = evidence.grain.value if evidence.grain else ""
    texts = [t.text for t in clause.tokens]
    if "人均" in texts:
        return evidence.of_people
    said = {g for t in texts if t.endswith("均") for g in _GRAINS if t.startswith(g)}
    said |= {g for t in texts if "平均" in t for g in _GRAINS if f"每{g}" in t or f"{g}平均" in t}
    return all(_GRAINS[g] == grain for g in said)


def says_monthly(clause: Clause) -> bool:
    """Return whether an amount is said to be for each month."""
    return any(t.text in _MONTHLY for t in clause.tokens)
