"""Differences and multiples of two rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Kind, Row, Sheet, Value
from assistant.grounding.facts import Fact
from assistant.grounding.spans import merged
from assistant.grounding.subjects import Subject, of_period, role_of, rows_with
from assistant.grounding.sums import held_sums
from assistant.grounding.tokens import Token
from semantic_layer.timegrain import DateRange


def paired(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Fact]:
    """Differences and multiples of two rows that are both named."""
    if not clause.says("than", "diff", "high", "low", "more_than", "less_than", "up", "down") and not any(
        t.number and t.number.unit == "times" for t in clause.tokens
    ) and not _is_part_of_another(clause, place):  # fmt: skip
        return
    if about.role == "before" and not clause.says("than", "up", "down"):
        return
    for one, other in _pairs(clause, place, about, value, evidence, sheet):
        for fact in facts.of_pair(one, other, value):
            yield replace(fact, signed=False) if clause.says("diff") else fact


def _is_part_of_another(clause: Clause, place: int) -> bool:
    """`华东的一半`, `half of East China's`: held against the name beside it."""
    tokens, number = clause.tokens, clause.tokens[place].number
    if number is None or number.unit != "percent" or clause.says("share"):
        return False
    before = place > 1 and tokens[place - 1].text == "的" and _is_row(tokens[place - 2])
    behind = (
        len(tokens) > place + 2 and tokens[place + 1].text == "of" and _is_row(tokens[place + 2])
    )
    return before or behind


def _is_row(token: Token) -> bool:
    return token.period is not None or any(n.kind == "key" for n in token.names)


def _pairs(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[tuple[Row, Row]]:
    """The pairs of rows that are held against each other: what is spoken of, then its measure."""
    sums = held_sums(clause, place, value, evidence, sheet)
    if sums is not None:
        yield sums
        return
    number = clause.tokens[place].number
    multiple = number is not None and number.unit == "times" and clause.before.heard.periods
    if (
        not multiple
        and not clause.says("than", "high", "low")
        and about.role in {"rows", "now"}
        and all(r.period for r in about.rows)
        and len({r.keys for r in about.rows}) == 1
        and len(about.rows) > 1
    ):
        yield about.rows[-1], about.rows[0]  # `from August to September`
        return
    rows = _both(clause, place, about, value, evidence, sheet)
    if (
        not rows
        and clause.says("diff")
        and (
            clause.says("max", "min", "best", "worst", "all")
            or any(t.text in _ENDS for t in clause.tokens)
        )
    ):
        tops, bottoms = facts.extremes(sheet, value.metric, evidence)
        rows = [*tops[:1], *bottoms[:1]]
    yield from combinations(rows, 2)


_ENDS = frozenset({"两端", "首尾", "头尾", "两头", "both ends", "the two ends", "the extremes"})


def _both(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> list[Row]:
    """The rows named in the clause, and the carried one if only one is; the measure comes last."""
    own = [(i, _of_key(k, clause, evidence, sheet)) for i, k in clause.groups()]
    if any(len(g) != 1 for _, g in own):
        own = []
    mine = [(i, g[0]) for i, g in own if len(g) == 1]
    mine = mine or _spanned(clause.periods(), about, value, evidence, sheet)
    rows = _once([r for _, r in _measure_last(clause, place, mine)])
    if len(rows) > 1:
        return rows
    told = clause.before.heard.keys[-2:] if not rows and clause.says("diff") else ()
    keys = dict.fromkeys(
        (*told, *clause.before.topic.keys, *(clause.before.against.keys if not rows else ()))
    )
    carried = [_of_key(k, clause, evidence, sheet) for k in keys]
    before = [g[0] for g in carried if len(g) == 1 and g[0] not in rows]
    spans = list(enumerate(clause.before.heard.periods[-2:]))
    before = before or [
        r for _, r in _spanned(spans, about, value, evidence, sheet) if r not in rows
    ]
    return [*before[-1:], *rows] if rows else before if len(before) == 2 else []


def _once(rows: list[Row]) -> list[Row]:
    """`第一名的 A` names one row twice."""
    return [r for i, r in enumerate(rows) if not any(r is o for o in rows[:i])]


def _of_key(key: str, clause: Clause, evidence: Evidence, sheet: Sheet) -> tuple[Row, ...]:
    return of_period(rows_with(sheet, (key,), evidence), clause, evidence, sheet)


def _spanned(
    periods: Sequence[tuple[int, DateRange]],
    about: Subject,
    value: Value,
    evidence: Evidence,
    sheet: Sheet,
) -> list[tuple[int, Row]]:
    """The rows of periods, of the names that are spoken of; of several the sum."""
    out = []
    for place, period in periods:
        role, found = role_of(period, evidence, sheet)
        found = _at(role, value, sheet) if role in {"now", "before"} else found
        rows = [r for r in found if not about.keys or r.keys & set(about.keys)]
        whole = merged(rows, value) if rows else None
        out += [(place, whole)] if whole is not None else []
    return out


def _at(role: str, value: Value, sheet: Sheet) -> tuple[Row, ...]:
    """The rows as they were in the period that is compared, or as they are; none of a series."""
    if any(r.period for r in sheet.rows):
        return ()
    kind: Kind = "prev" if role == "before" else "value"
    return tuple(
        Row(r.keys, None, {(value.metric, "value"): r.cells[(value.metric, kind)]})
        for r in sheet.rows
        if (value.metric, kind) in r.cells
    )


def _measure_last(
    clause: Clause, place: int, named: list[tuple[int, Row]]
) -> list[tuple[int, Row]]:
    """`compared with B, A is twice as high`: B, the measure, is put behind A."""
    if len(named) != 2:
        return named
    (first, _), (second, _) = named
    tokens = clause.tokens
    compared = any("than" in t.claims for t in (*tokens[:first], tokens[first])) or any(
        "than" in t.claims and t.text.startswith(("相", "对")) for t in tokens[first + 1 : second]
    )
    return named[::-1] if compared and not place < second else named
