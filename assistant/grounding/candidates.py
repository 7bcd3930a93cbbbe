"""Which facts the number at a place of a clause may state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from assistant.formatting import UNITS_ZH
from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.facts import Fact
from assistant.grounding.scan import Token
from assistant.grounding.subjects import Subject, rows_with, subject

_BY = frozenset({"by", "with", "on", "in", "under", "of"})
_AND = frozenset({"and", "和", "与", "及", "以及"})


def candidates(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> Iterator[Fact]:
    """Yield the facts that the number at `place` may state."""
    about = subject(clause, place, evidence, sheet)
    values = metrics_at(clause, place, sheet)
    for value in values:
        yield from _direct(clause, place, about, value, evidence, sheet)
        yield from _grouped(clause, about, value, evidence, sheet)
        yield from _paired(clause, about, value, evidence, sheet)
    if len(sheet.values) > 1:
        yield from _across(clause, about, sheet)


def metrics_at(clause: Clause, place: int, sheet: Sheet) -> list[Value]:
    """The metrics that a number may be of: right behind it, else named last before, else any."""
    known = {v.metric: v for v in sheet.values}
    named = [(i, m) for i, m in clause.metrics() if m in known]
    behind = [m for i, m in named if i == place + 1]
    before = [m for i, m in named if i < place]
    after = [m for i, m in named if i > place]
    in_turn = listed(clause, place, [m for _, m in named] or _all_in_turn(clause, sheet))
    if in_turn is not None:
        return [known[in_turn]]
    facet = _facet(clause, place) if not behind else None
    if facet in known and not named:
        return [known[facet]]
    for chosen in (behind, before[-1:], after[:1]):
        if chosen:
            return [known[m] for m in chosen]
    carried = [known[m] for m in clause.before.metrics if m in known]
    return _in_its_unit(clause, place, sheet) or carried or list(sheet.values)


def _facet(clause: Clause, place: int) -> str | None:
    """The amount by the model that is named: `by first touch` behind a number, else before it."""
    found = clause.facets()
    ahead = [f for i, f in found if i == place + 2 and clause.tokens[place + 1].text in _BY]
    before = [f for i, f in found if i < place]
    return next(iter((*ahead, *reversed(before), *(f for _, f in found))), clause.before.facet)


def _in_its_unit(clause: Clause, place: int, sheet: Sheet) -> list[Value]:
    """`324 单` where no metric is named: the one metric that is counted in 单."""
    number = clause.tokens[place].number
    if number is None or number.unit != "classifier" or len(sheet.rows) > 1:
        return []
    found = [v for v in sheet.values if UNITS_ZH.get(v.unit) == number.word]
    return found if len(found) == 1 else []


def _all_in_turn(clause: Clause, sheet: Sheet) -> list[str]:
    """The metrics of a single row in their order, where the text names none of them or of others."""
    alone = len(sheet.rows) == 1 and not clause.groups() and not clause.periods()
    return [v.metric for v in sheet.values] if alone else []


def listed(clause: Clause, place: int, names: list[str]) -> str | None:
    """`A and B are 1 and 2 respectively`: the name in the same position as the number."""
    numbers = [i for i, t in enumerate(clause.tokens) if t.number is not None]
    if len(names) != len(numbers) or len(names) < 2:
        return None
    between = clause.tokens[numbers[0] : numbers[-1] + 1]
    if not clause.says("resp") and any(t.number is None and t.text not in _AND for t in between):
        return None
    return names[numbers.index(place)]


def _direct(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Fact]:
    in_turn = listed(clause, place, [k for _, k in clause.groups()] or list(clause.before.keys))
    rows = rows_with(sheet, (in_turn,), evidence) if in_turn else about.rows
    ends = _ends(clause, place, value, evidence, sheet, about)
    if ends is not None:
        rows = tuple(ends)
    elif not about.named:
        return
    if len(rows) > 1 and in_turn is None and ends is None:
        return
    for row in rows:
        for fact in facts.of_row(row, value):
            if _in_role(clause, place, about, fact):
                yield fact
        yield from _from_row_before(clause, row, value, sheet)


def _ends(
    clause: Clause,
    place: int,
    value: Value,
    evidence: Evidence,
    sheet: Sheet,
    about: Subject,
) -> list[Row] | None:
    """The rows of `最高达 X` where no name stands beside it."""
    if about.named and (clause.groups() or about.role in {"row", "rows"}):
        return None
    high = [i for i in clause.indexes("max") if i < place]
    low = [i for i in clause.indexes("min") if i < place]
    if not high and not low:
        return None
    tops, bottoms = facts.extremes(sheet, value.metric, evidence)
    return tops if max(high, default=-1) > max(low, default=-1) else bottoms


def _in_role(clause: Clause, place: int, about: Subject, fact: Fact) -> bool:
    """Whether a cell belongs to the period that the number stands beside."""
    if fact.kind == "prev":
        return about.role == "before" or _points_back(clause, place)
    if fact.kind == "value":
        return about.role != "before" and not _right_after_shift(clause, place)
    return True


def _points_back(clause: Clause, place: int) -> bool:
    """Whether `previously`, `from` or a comparison stands beside the number."""
    tokens = clause.tokens
    near = [*tokens[max(0, place - 4) : place], *tokens[place + 1 : place + 4]]
    if any("prev" in t.claims or t.shift is not None for t in near):
        return True
    left = tokens[max(0, place - 3) : place]
    return any(t.text in {"from", "从", "由", "than"} for t in left) or "than" in {
        c for t in left for c in t.claims
    }


def _right_after_shift(clause: Clause, place: int) -> bool:
    """`较去年同期的 1,769`: the number beside `the year before` is not of now."""
    left = clause.tokens[max(0, place - 2) : place]
    return any(t.shift is not None and _then(t) for t in left) and not clause.says("up", "down")


def _then(token: Token) -> bool:
    return token.text.endswith(("同期", "月", "季度", "年", "year", "month", "quarter"))


def _from_row_before(clause: Clause, row: Row, value: Value, sheet: Sheet) -> Iterator[Fact]:
    """The change against the row before, in a series."""
    if row.period is None or (not clause.says("up", "down", "than", "change", "times") and not any(
        t.shift for t in clause.tokens
    )):  # fmt: skip
        return
    for other in sheet.rows:
        if other.period and other.period.end == row.period.start and other.keys == row.keys:
            a, b = (r.cells.get((value.metric, "value")) for r in (other, row))
            if a is not None and b is not None:
                yield from facts.changes(a, b, value)


def _grouped(
    clause: Clause, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Fact]:
    """Sums, averages and shares of the rows that are meant."""
    rows = _group(clause, about, value, evidence, sheet)
    spanned = about.role in {"now", "rows"} and not about.keys
    asked = clause.says("sum", "share", "all", "rest") or clause.before.total or spanned
    if asked and rows:
        for fact in facts.of_group(rows, sheet, value):
            if fact.kind == "prev" and about.role != "before" and not clause.says("than", "prev"):
                continue
            yield fact
    if clause.says("avg"):
        yield from facts.of_average(rows or sheet.rows, value)


def _group(
    clause: Clause, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> tuple[Row, ...]:
    tops = [t.number for t in clause.tokens if t.number and t.number.unit == "top"]
    if tops:
        rows = facts.ranked(sheet, value.metric)
        count = int(tops[-1].value)
        return tuple(rows[:count] if tops[-1].sign > 0 else rows[-count:])
    if clause.says("rest"):
        named = rows_with(sheet, about.keys, evidence) if about.keys else ()
        ids = {id(r) for r in named}
        return tuple(r for r in sheet.rows if id(r) not in ids) if named else ()
    if clause.groups() or (about.named and not clause.says("all", "sum")):
        return about.rows
    return sheet.rows if not about.named or clause.says("all") or not about.keys else about.rows


def _paired(
    clause: Clause, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Fact]:
    """Differences and multiples of two rows that are both named."""
    if not clause.says("than", "diff", "high", "low", "more_than", "less_than", "up", "down") and not any(
        t.number and t.number.unit == "times" for t in clause.tokens
    ):  # fmt: skip
        return
    rows = _both(clause, about, evidence, sheet)
    if about.role == "rows" and len({r.keys for r in about.rows}) == 1 and len(about.rows) > 1:
        rows = [about.rows[0], about.rows[-1]]  # `from August to September`
    if not rows and clause.says("diff") and clause.says("max", "min", "best", "worst", "all"):
        tops, bottoms = facts.extremes(sheet, value.metric, evidence)
        rows = [*tops[:1], *bottoms[:1]]
    for one, other in combinations(rows, 2):
        yield from facts.of_pair(one, other, value)


def _both(clause: Clause, about: Subject, evidence: Evidence, sheet: Sheet) -> list[Row]:
    """The rows named in the clause, and the carried one if only one is."""
    keys = list(dict.fromkeys(k for _, k in clause.groups()))
    groups = [rows_with(sheet, (k,), evidence) for k in keys]
    rows = [r for g in groups if len(g) == 1 for r in g]
    if len(rows) == 1:
        carried = [rows_with(sheet, (k,), evidence) for k in clause.before.keys if k not in keys]
        rows += [r for g in carried if len(g) == 1 for r in g]
    if rows:
        return rows
    carried = [rows_with(sheet, (k,), evidence) for k in clause.before.keys]
    if len(carried) == 2 and all(len(g) == 1 for g in carried):
        return [g[0] for g in carried]
    spans = [p for _, p in clause.periods()] + list(clause.before.periods)
    return [r for p in spans for r in sheet.rows if r.period == p][:4]


def _across(clause: Clause, about: Subject, sheet: Sheet) -> Iterator[Fact]:
    """Ratios of two metrics of one row, both named."""
    named = [m for _, m in clause.metrics()] or []
    named += [m for m in clause.before.metrics if m not in named]
    values = [v for v in sheet.values if v.metric in named]
    if len(about.rows) != 1 or len(values) < 2:
        return
    for one, other in combinations(values, 2):
        yield from facts.of_metrics(about.rows[0], one, other)
        yield from facts.of_metrics(about.rows[0], other, one)
