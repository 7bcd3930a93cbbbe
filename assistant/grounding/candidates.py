"""Which facts the number at a place of a clause may state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.facts import Fact
from assistant.grounding.funnel import lost
from assistant.grounding.groupings import groupings
from assistant.grounding.means import daily, is_daily, is_of_rows, monthly, says_monthly
from assistant.grounding.metrics import listed, metrics_at
from assistant.grounding.pairs import paired
from assistant.grounding.portions import is_of_stretch, portions
from assistant.grounding.ratios import across
from assistant.grounding.spans import merged, preceding
from assistant.grounding.steps import carried_ends
from assistant.grounding.subjects import Subject, role_of, rows_with, subject
from assistant.grounding.sums import held_sums
from assistant.grounding.tenses import in_role

_HELD = ("high", "low")
_MOVES = (
    "up",
    "down",
    "flat",
    "good",
    "bad",
    "than",
    "change",
    "much",
    "little",
    "max_up",
    "max_down",
)


def candidates(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> Iterator[Fact]:
    """Yield the facts that the number at `place` may state."""
    about = subject(clause, place, evidence, sheet)
    values = metrics_at(clause, place, sheet)
    yield from portions(clause, place, evidence, sheet)
    if is_of_stretch(clause, place, evidence, sheet):
        return
    yield from _told(clause, place, sheet)
    if clause.says("up", "down", "high", "low", "diff", "max_down"):
        yield from lost(clause, sheet)
    for value in values:
        if is_daily(clause, place, evidence):
            yield from _grouped(clause, place, about, value, evidence, sheet)
            continue
        yield from _direct(clause, place, about, value, evidence, sheet)
        yield from _from_before(
            clause, place, _in_turn(clause, place, about, evidence, sheet), value, evidence, sheet
        )
        yield from _grouped(clause, place, about, value, evidence, sheet)
        yield from paired(clause, place, about, value, evidence, sheet)
    if len(sheet.values) > 1:
        yield from across(clause, place, about, sheet)


def _told(clause: Clause, place: int, sheet: Sheet) -> Iterator[Fact]:
    """`went from 47.0M to 59.9M, an increase of 27.4%`: the change between what was told, and is true."""
    if (
        not clause.before.against.amounts
        or not clause.says("up", "down")
        or clause.groups()
        or clause.periods()
    ):
        return
    begin, end = clause.before.against.amounts
    for value in metrics_at(clause, place, sheet)[:1]:
        yield from (
            replace(f, value=f.value)
            for f in facts.changes(begin, end, value)
            if f.kind == "change"
        )


def _direct(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Fact]:
    told = (
        list(clause.before.heard.keys[-2:])
        if _is_versus(clause)
        else list(clause.before.topic.keys)
    )
    in_turn = listed(clause, place, [k for _, k in clause.groups()] or told)
    rows = rows_with(sheet, (in_turn,), evidence) if in_turn else about.rows
    period = None if in_turn else _period_in_turn(clause, place, evidence, sheet, about)
    if period is not None:
        rows, in_turn = period, "period"
    ends = _ends(clause, place, value, evidence, sheet, about) if in_turn is None else None
    if ends is not None:
        rows = tuple(ends)
    elif not about.named:
        return
    if len(rows) > 1 and in_turn is None and ends is None:
        return
    turned = _is_turned(clause, evidence, sheet)
    for row in rows:
        for fact in facts.of_row(row, value):
            inverse = turned and fact.kind in {"ratio", "part"}
            if not inverse and in_role(clause, place, about, fact):
                yield fact


def _in_turn(
    clause: Clause, place: int, about: Subject, evidence: Evidence, sheet: Sheet
) -> Subject:
    """`4 月和 5 月分别增长 0.8% 和 2.7%`: of the period in the same position, if they are so listed."""
    rows = _period_in_turn(clause, place, evidence, sheet, about)
    return about if rows is None else replace(about, rows=rows, role="row", named=True)


_VERSUS = frozenset(
    {"versus", "vs", "vs.", "to", "against", "比", "对", "and", "compared with", "compared to"}
)


def _is_versus(clause: Clause) -> bool:
    """`A had more than B, 169,712 versus 164,748`: two amounts alone, in the order of the names."""
    bare = [t for t in clause.tokens if "approx" not in t.claims]
    return len(bare) == 3 and bool(bare[0].number and bare[2].number) and bare[1].text in _VERSUS


def _period_in_turn(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet, about: Subject
) -> tuple[Row, ...] | None:
    """`4 月和 5 月分别为 1559 和 1602`: the row of the period in the same position."""
    spans = clause.periods() or list(enumerate(clause.before.topic.periods))
    at = listed(clause, place, [str(n) for n in range(len(spans))])
    if at is None:
        return None
    role, rows = role_of(spans[int(at)][1], evidence, sheet)
    rows = tuple(r for r in rows if not about.keys or r.keys & set(about.keys))
    return rows if role == "row" and len(rows) == 1 else None


def _ends(
    clause: Clause,
    place: int,
    value: Value,
    evidence: Evidence,
    sheet: Sheet,
    about: Subject,
) -> list[Row] | None:
    """The rows of `最高达 X` where no name stands beside it."""
    if about.named and (clause.groups() or about.role == "row"):
        return None
    if about.role == "rows":
        sheet = replace(sheet, rows=about.rows)
    high = [i for i in clause.indexes("max") if i < place]
    low = [i for i in clause.indexes("min") if i < place]
    if not high and not low:
        return None
    tops, bottoms = facts.extremes(sheet, value.metric, evidence)
    return tops if max(high, default=-1) > max(low, default=-1) else bottoms


def _from_before(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Fact]:
    """The change against what came before in a series: the last period, or the year before."""
    back = next((t.shift for t in clause.tokens if t.shift and not t.shift.period), None)
    if about.role not in {"row", "rows"} or not (
        back or clause.says(*_MOVES, "times", "prev", *_HELD)
    ):
        return
    if clause.periods() and all(clause.is_measure(i) for i, _ in clause.periods()) and not back:
        return  # `比第二季度多 16%`: the pair is checked, and not what came before the measure
    if held_sums(clause, place, value, evidence, sheet) is not None:
        return
    ends = carried_ends(clause, about, value, evidence, sheet) if not clause.periods() else None
    if ends is not None:
        yield from facts.between(*ends, value)
        return
    yearly = back is not None and back.kind == "previous_year"
    for keys in {r.keys for r in about.rows}:
        rows = [r for r in about.rows if r.keys == keys]
        one, other = (merged(g, value) for g in (preceding(rows, sheet, yearly=yearly), rows))
        if one is not None and other is not None:
            yield from facts.between(one, other, value)
            then = one.cells.get((value.metric, "value"))
            if then is not None and _points_back(clause, place):
                yield Fact(then, "prev", value.measure, value.unit, frozenset({value.metric}))


def _points_back(clause: Clause, place: int) -> bool:
    """`from 71 to 65 in the week of ...`, `up from 65 the week before`."""
    left = {t.text for t in clause.tokens[max(0, place - 2) : place]}
    behind = clause.tokens[place + 1 : place + 3]
    if len(behind) == 2 and behind[0].text in {"in", "for"} and behind[1].period:
        return False  # `from 1,620 in January`: of January
    back = clause.tokens[place - 2] if place > 1 and clause.tokens[place - 1].text == "的" else None
    return (
        bool(left & {"from", "从", "由"})
        or any("prev" in t.claims or t.shift for t in behind)
        or (back is not None and (back.shift is not None or "prev" in back.claims))
    )


def _grouped(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Fact]:
    """Sums, averages and shares of the rows that are meant."""
    for rows in groupings(clause, place, about, value, evidence, sheet):
        if clause.says("avg"):
            yield from facts.of_average(rows, value) if is_of_rows(clause, evidence) else ()
        if is_daily(clause, place, evidence):
            yield from daily(clause, place, about, rows, value, evidence)
            continue
        if says_monthly(clause) and evidence.grain is None:
            yield from monthly(clause, place, about, rows, value, evidence)
        if clause.says("avg") and not clause.says("sum"):
            continue
        turned = _is_turned(clause, evidence, sheet)
        for fact in facts.of_group(rows, sheet, value):
            inverse = turned and fact.kind in {"ratio", "part"}
            if not inverse and in_role(clause, place, about, fact):
                yield fact


def _is_turned(clause: Clause, evidence: Evidence, sheet: Sheet) -> bool:
    """`August was 93 % of September`: of the compared period against the one that it is held against."""
    roles = [role_of(p, evidence, sheet)[0] for _, p in clause.periods()]
    return roles[:1] == ["before"] and "now" in roles
