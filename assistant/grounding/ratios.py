"""Ratios of two metrics of one row: conversions, parts of a whole, and so much for each one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Sheet
from assistant.grounding.facts import Fact
from assistant.grounding.metrics import text_at
from assistant.grounding.subjects import Subject

_EACH = frozenset({"per", "each", "for every", "for each", "apiece", "a piece"})


def across(clause: Clause, place: int, about: Subject, sheet: Sheet) -> Iterator[Fact]:
    """Yield the ratios of two metrics of one row, both named."""
    heard = clause.before
    named = {m for _, m in clause.metrics()} | {*heard.topic.metrics, *heard.heard.metrics}
    per = _per(clause, place)
    own = {m for _, m in clause.metrics()}
    values = [v for v in sheet.values if v.metric in named or (per and len(own) < _PAIR)]
    values = [v for v in values if not per or len(own) < _PAIR or v.metric in own]
    if len(about.rows) != 1 or len(values) < _PAIR:
        return
    if len(own) == _PAIR and _is_behind_every(clause, place):
        behind = dict(clause.metrics())[place + 1]
        single, many = sorted(values, key=lambda v: v.metric == behind)
        yield from facts.per_unit(about.rows[0], many, single)
        return
    yield from _one_in(clause, place, about, sheet)
    part, whole = _part_of(clause, place), _whole_of(clause, place)
    for one, other in permutations(values, 2):
        if whole not in {None, other.metric} or part not in {None, one.metric}:
            continue
        yield from facts.of_metrics(about.rows[0], one, other)
        if per and other.measure == "count":
            yield from facts.per_unit(about.rows[0], one, other)


_PAIR = 2


def _is_behind_every(clause: Clause, place: int) -> bool:
    """`one MQL for every three leads`: so many of what is behind for one of the other."""
    every = any(t.text in {"every", "for every"} for t in clause.tokens[max(0, place - 2) : place])
    return every and place + 1 in dict(clause.metrics())


def _one_in(clause: Clause, place: int, about: Subject, sheet: Sheet) -> Iterator[Fact]:
    """`won orders ..., or one for every 21 leads`: so many of what is behind for each of the subject."""
    named, subjects = dict(clause.metrics()), clause.before.heard.metrics[:1]
    if not _is_behind_every(clause, place) or not subjects or subjects[0] == named[place + 1]:
        return
    known = {v.metric: v for v in sheet.values}
    if {*subjects, named[place + 1]} <= known.keys():
        yield from facts.per_unit(about.rows[0], known[named[place + 1]], known[subjects[0]])


def _part_of(clause: Clause, place: int) -> str | None:
    """The metric that is held against another: `21 leads for each order`, `so MQLs are 34% of leads`."""
    named = dict(clause.metrics())
    if ends := _ratio_of(clause, place):
        return ends[0]
    if place + 1 in named and not _is_whole_of_next(clause, place):
        return named[place + 1]
    behind_it = clause.tokens[place - 1].text == "的"
    left = [m for i, m in clause.metrics() if i < place - 2 * behind_it]
    if _whole_of(clause, place) is None:
        return None
    right = [m for i, m in clause.metrics() if i > place][1:]  # `4.7% of leads became orders`
    return left[-1] if left else right[0] if len(right) == 1 else None


def _ratio_of(clause: Clause, place: int) -> tuple[str, str] | None:
    """`MQL 与线索之比`: of the first to the second."""
    named, tokens = dict(clause.metrics()), clause.tokens
    at = [i for i in range(3, place) if tokens[i].text == "之" and tokens[i + 1].text == "比"]
    ends = [named.get(at[-1] - 3), named.get(at[-1] - 1)] if at else []
    return (ends[0], ends[1]) if len(ends) == 2 and ends[0] and ends[1] else None


def _is_whole_of_next(clause: Clause, place: int) -> bool:
    """Whether a rate stands before the metric that it is a rate of: `a 34% lead-to-MQL rate`."""
    number = clause.tokens[place].number
    return number is not None and number.unit in {"percent", "times"}


def _whole_of(clause: Clause, place: int) -> str | None:
    """The metric that a rate is a part of: `MQL 数的一半`, `34% of leads`, `2.2 times the orders`."""
    named, number = dict(clause.metrics()), clause.tokens[place].number
    if ends := _ratio_of(clause, place):
        return ends[1]
    multiple = number is not None and number.unit == "times"
    if text_at(clause, place + 1) in {"of", "of all", "of the"} or multiple:
        return next((named[i] for i in range(place + 1, place + 6) if i in named), None)
    return named.get(place - 2) if place > 1 and clause.tokens[place - 1].text == "的" else None


def _per(clause: Clause, place: int) -> bool:
    """Whether a number is said to be for each of something: `平均每条 850 元`, `21 for every order`."""
    near = [*clause.tokens[max(0, place - 6) : place], *clause.tokens[place + 1 : place + 5]]
    return any(t.text in _EACH or ("每" in t.text and t.period is None) for t in near)
