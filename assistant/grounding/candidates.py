"""Which facts the number at a place of a clause may state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, permutations

from assistant.formatting import UNITS_ZH
from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Kind, Row, Sheet, Value
from assistant.grounding.facts import Fact
from assistant.grounding.scan import Token
from assistant.grounding.spans import merged, preceding
from assistant.grounding.subjects import Subject, of_period, role_of, rows_with, subject
from assistant.grounding.units import in_unit
from semantic_layer.timegrain import DateRange

_FROM = frozenset({"from", "从", "由"})
_TO = frozenset({"to", "至", "到", "达到"})
_ENDS = ("至", "到")
_FILLED = frozenset({"the", "a", "了", "just", "only", "的"})
_REACH = 4
_EACH = frozenset({"per", "each", "for every", "for each", "apiece", "a piece"})
_BY = frozenset({"by", "with", "on", "in", "under", "of"})
_MOVES = ("up", "down", "flat", "good", "bad", "than", "change", "much", "little")
_AND = frozenset({"and", "和", "与", "及", "以及"})


def candidates(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> Iterator[Fact]:
    """Yield the facts that the number at `place` may state."""
    about = subject(clause, place, evidence, sheet)
    values = metrics_at(clause, place, sheet)
    for value in values:
        yield from _direct(clause, place, about, value, evidence, sheet)
        yield from _from_before(clause, about, value, sheet)
        yield from _grouped(clause, place, about, value, evidence, sheet)
        yield from _paired(clause, place, about, value, evidence, sheet)
    if len(sheet.values) > 1:
        yield from _across(clause, place, about, sheet)


def metrics_at(clause: Clause, place: int, sheet: Sheet) -> list[Value]:
    """The metrics that a number may be of: those it stands beside, in its unit."""
    beside = _beside(clause, place, sheet)
    number = clause.tokens[place].number
    if number is not None and number.unit in {"percent", "points"}:
        return _rates(clause, beside, sheet)
    if number is None or number.unit not in {"money", "duration", "classifier"}:
        return beside
    fitting = [v for v in sheet.values if in_unit(number, v.measure, v.unit)]
    if any(v in fitting for v in beside) or any(i < place for i, _ in clause.metrics()):
        return beside
    return fitting if len(fitting) == 1 else beside


def _rates(clause: Clause, beside: list[Value], sheet: Sheet) -> list[Value]:
    """For a rate: a rate that the clause names; where it names nothing, the only one there is."""
    if any(v.measure == "percent" for v in beside) and len(beside) < len(sheet.values):
        return beside
    rates = [v for v in sheet.values if v.measure == "percent"]
    named = {m for _, m in clause.metrics()}
    chosen = [v for v in rates if v.metric in named]
    if not named and len(beside) == len(sheet.values) and len(rates) == 1:
        chosen = rates
    return [*chosen, *(v for v in beside if v not in chosen)]


def _beside(clause: Clause, place: int, sheet: Sheet) -> list[Value]:
    """The metrics that a number may be of: right behind it, else named last before, else any."""
    known = {v.metric: v for v in sheet.values}
    named = [(i, m) for i, m in clause.metrics() if m in known]
    ahead = place + 2 if _text(clause, place + 1) in _BY else place + 1
    behind = [m for i, m in named if i == ahead and _may_be(clause, place, known[m])]
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


def _may_be(clause: Clause, place: int, value: Value) -> bool:
    """Whether the number at a place is in the unit of a metric, as far as it has one."""
    number = clause.tokens[place].number
    if number is None or number.unit not in {"money", "duration", "classifier"}:
        return True
    return in_unit(number, value.measure, value.unit)


def _text(clause: Clause, place: int) -> str:
    return clause.tokens[place].text if place < len(clause.tokens) else ""


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
    if fact.kind in {"prev", "value"} and (end := _end_of_move(clause, place)):
        return end == fact.kind
    if fact.kind == "prev":
        return about.role == "before" or _points_back(clause, place)
    if fact.kind == "value":
        return about.role != "before" and not _right_after_shift(clause, place)
    return True


def _end_of_move(clause: Clause, place: int) -> str:
    """`from 37.2 to 32.3`: which end of a change the number is; empty if it is told otherwise."""
    if clause.periods():
        started = any(t.text in _FROM for t in clause.tokens[:place])
        told = [i for i, _ in clause.periods()]
        numbers = [i for i in range(place) if clause.tokens[i].number]
        moved = started and numbers and all(i < numbers[-1] for i in told)
        return "value" if moved and _behind(clause, place, _TO) else ""
    starts = {i for i in range(len(clause.tokens)) if _behind(clause, i, _FROM)}
    if place in starts:
        return "prev"
    return "value" if starts and _behind(clause, place, _TO) else ""


def _behind(clause: Clause, place: int, words: frozenset[str]) -> bool:
    """Whether the number at `place` stands behind one of the words."""
    if clause.tokens[place].number is None:
        return False
    j = place - 1
    while j >= 0 and ("approx" in clause.tokens[j].claims or clause.tokens[j].text in _FILLED):
        j -= 1
    return j >= 0 and (
        clause.tokens[j].text in words or (clause.tokens[j].text.endswith(_ENDS) and words is _TO)
    )


def _points_back(clause: Clause, place: int) -> bool:
    """Whether `previously`, `from` or a comparison stands beside the number."""
    return _back_on_the_left(clause, place) or _back_on_the_right(clause, place)


def _back_on_the_left(clause: Clause, place: int) -> bool:
    """`上期 300 元`, `than 1,769`, `去年同期线索量为 1,769`, but not `than last year, leads were 2,450`."""
    for j in range(place - 1, max(-1, place - _REACH - 1), -1):
        token = clause.tokens[j]
        if token.number is not None:
            return False
        if token.shift is not None or token.claims & {"prev", "than"} or token.text in _FROM:
            between = clause.tokens[j + 1 : place]
            return "than" not in token.claims or not any(t.names for t in between)
    return False


def _back_on_the_right(clause: Clause, place: int) -> bool:
    """`1,769 a year earlier`, but not `2,450 compared with a year earlier`."""
    for token in clause.tokens[place + 1 : place + _REACH]:
        if (
            token.number is not None
            or "than" in token.claims
            or token.claims & {"up", "down", "high", "low"}
        ):
            return False
        if token.shift is not None or "prev" in token.claims:
            return True
    return False


def _right_after_shift(clause: Clause, place: int) -> bool:
    """`较去年同期的 1,769`: the number beside `the year before` is not of now."""
    left = clause.tokens[max(0, place - 2) : place]
    after = any(t.shift is not None and _then(t) for t in left) and not clause.says("up", "down")
    return after or _back_on_the_right(clause, place)


def _then(token: Token) -> bool:
    return token.text.endswith(("同期", "月", "季度", "年", "year", "month", "quarter"))


def _from_before(clause: Clause, about: Subject, value: Value, sheet: Sheet) -> Iterator[Fact]:
    """The change against what came before in a series: the last period, or the year before."""
    back = next((t.shift for t in clause.tokens if t.shift), None)
    if about.role not in {"row", "rows"} or not (back or clause.says(*_MOVES, "times")):
        return
    yearly = back is not None and back.kind == "previous_year"
    for keys in {r.keys for r in about.rows}:
        rows = [r for r in about.rows if r.keys == keys]
        one, other = (merged(g, value) for g in (preceding(rows, sheet, yearly=yearly), rows))
        if one is not None and other is not None:
            yield from facts.between(one, other, value)


def _grouped(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Fact]:
    """Sums, averages and shares of the rows that are meant."""
    for rows in _groups(clause, place, about, value, evidence, sheet):
        if clause.says("avg"):
            yield from facts.of_average(rows, value) if _is_of_rows(clause, evidence) else ()
        yield from _daily(clause, place, about, rows, value, evidence)
        if clause.says("avg") and not clause.says("sum"):
            continue
        for fact in facts.of_group(rows, sheet, value):
            if _in_role(clause, place, about, fact):
                yield fact


_DAILY = frozenset({"日均", "每天", "每日", "daily", "per day", "a day", "each day", "day"})


def _daily(
    clause: Clause,
    place: int,
    about: Subject,
    rows: Sequence[Row],
    value: Value,
    evidence: Evidence,
) -> Iterator[Fact]:
    """`日均 68 条`, `about 11 a day`: a sum over the days of its period."""
    said = {t.text for t in clause.tokens} & _DAILY
    if not said or evidence.window is None or any(r.period for r in rows):
        return
    for fact in facts.of_group(rows, _EMPTY, value):
        span = evidence.before if fact.kind == "prev" else evidence.window
        if fact.kind in {"value", "prev"} and span and _in_role(clause, place, about, fact):
            yield replace(fact, value=fact.value / span.days)


_EMPTY = Sheet((), (), whole=False, total_rows=0)
_GRAINS = {"日": "day", "天": "day", "周": "week", "月": "month", "季": "quarter"}


def _is_of_rows(clause: Clause, evidence: Evidence) -> bool:
    """Whether an average is one of what the rows are: no `日均` of months."""
    grain = evidence.grain.value if evidence.grain else ""
    texts = [t.text for t in clause.tokens]
    said = {g for t in texts if t.endswith("均") for g in _GRAINS if t.startswith(g)}
    said |= {g for t in texts if "平均" in t for g in _GRAINS if f"每{g}" in t or f"{g}平均" in t}
    return all(_GRAINS[g] == grain for g in said)


def _groups(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Sequence[Row]]:
    """The groups of rows whose sum a number may be."""
    tops = [t.number for t in clause.tokens if t.number and t.number.unit == "top"]
    if tops:
        rows = facts.ranked(sheet, value.metric)
        count = int(tops[-1].value)
        yield rows[:count] if tops[-1].sign > 0 else rows[-count:]
        return
    if clause.says("rest"):
        named = rows_with(sheet, about.keys, evidence) if about.keys else ()
        ids = {id(r) for r in named}
        yield tuple(r for r in sheet.rows if id(r) not in ids) if named else ()
        return
    carried = clause.before
    number = clause.tokens[place].number
    rate = number is not None and number.unit == "percent" and not clause.says("up", "down")
    asked = clause.says("sum", "share", "all", "avg") or carried.total or carried.shared or rate
    if _of_all(clause, place) and sheet.whole:
        yield sheet.rows
    spanned = about.role in {"now", "row", "rows"} and not about.keys
    if about.named and (asked or spanned) and (about.keys or about.role in {"row", "rows"}):
        yield about.rows
    own = [k for _, k in clause.groups() if k not in evidence.filtered]
    if own or about.role in {"row", "rows"} or not (asked or spanned or not clause.before.keys):
        return
    if sheet.whole or speaks_of_shown(clause, sheet):
        yield sheet.rows


def _of_all(clause: Clause, place: int) -> bool:
    """`900 of the 2,320 MQLs`: the whole behind a part of it."""
    left = [t.text for t in clause.tokens[max(0, place - 2) : place]]
    return left[-1:] == ["of"] or left == ["of", "the"] or left == ["of", "all"] or "全部" in left


def speaks_of_shown(clause: Clause, sheet: Sheet) -> bool:
    """Whether a text such as `these five` is about the rows that are shown, not all that there are."""
    shown = len(sheet.rows)
    return clause.before.shown == shown or any(
        t.number and t.number.value == shown for t in clause.tokens
    )


def _paired(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Fact]:
    """Differences and multiples of two rows that are both named."""
    if not clause.says("than", "diff", "high", "low", "more_than", "less_than", "up", "down") and not any(
        t.number and t.number.unit == "times" for t in clause.tokens
    ):  # fmt: skip
        return
    for one, other in _pairs(clause, place, about, value, evidence, sheet):
        for fact in facts.of_pair(one, other, value):
            yield replace(fact, signed=False) if clause.says("diff") else fact


def _pairs(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[tuple[Row, Row]]:
    """The pairs of rows that are held against each other: what is spoken of, then its measure."""
    number = clause.tokens[place].number
    multiple = number is not None and number.unit == "times" and clause.before.spans
    if (
        not multiple
        and about.role in {"rows", "now"}
        and all(r.period for r in about.rows)
        and len({r.keys for r in about.rows}) == 1
        and len(about.rows) > 1
    ):
        yield about.rows[-1], about.rows[0]  # `from August to September`
        return
    rows = _both(clause, place, about, value, evidence, sheet)
    if not rows and clause.says("diff") and clause.says("max", "min", "best", "worst", "all"):
        tops, bottoms = facts.extremes(sheet, value.metric, evidence)
        rows = [*tops[:1], *bottoms[:1]]
    yield from combinations(rows, 2)


def _both(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> list[Row]:
    """The rows named in the clause, and the carried one if only one is; the measure comes last."""
    own = [(i, _of_key(k, clause, evidence, sheet)) for i, k in clause.groups()]
    if any(len(g) != 1 for _, g in own):
        own = []
    mine = [(i, g[0]) for i, g in own if len(g) == 1]
    mine = mine or _spanned(clause.periods(), about, value, evidence, sheet)
    rows = [r for _, r in _measure_last(clause, place, mine)]
    if len(rows) > 1:
        return rows
    told = clause.before.named[-2:] if not rows and clause.says("diff") else ()
    keys = dict.fromkeys((*told, *clause.before.keys, *(clause.before.against if not rows else ())))
    carried = [_of_key(k, clause, evidence, sheet) for k in keys]
    before = [g[0] for g in carried if len(g) == 1 and g[0] not in rows]
    told = list(enumerate(clause.before.spans[-2:]))
    before = before or [
        r for _, r in _spanned(told, about, value, evidence, sheet) if r not in rows
    ]
    return [*before[-1:], *rows] if rows else before if len(before) == 2 else []


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


def _across(clause: Clause, place: int, about: Subject, sheet: Sheet) -> Iterator[Fact]:
    """Ratios of two metrics of one row, both named."""
    named = {m for _, m in clause.metrics()} | {*clause.before.metrics, *clause.before.told}
    per = _per(clause, place)
    values = [v for v in sheet.values if v.metric in named or per]
    if len(about.rows) != 1 or len(values) < 2:
        return
    whole = _whole_of(clause, place)
    for one, other in permutations(values, 2):
        if whole is not None and other.metric != whole:
            continue
        yield from facts.of_metrics(about.rows[0], one, other)
        if per and other.measure == "count":
            yield from facts.per_unit(about.rows[0], one, other)


def _whole_of(clause: Clause, place: int) -> str | None:
    """The metric that a rate is a part of: `MQL 数的一半`, `34% of leads`."""
    named = dict(clause.metrics())
    if _text(clause, place + 1) == "of":
        return next((named[i] for i in range(place + 2, place + 5) if i in named), None)
    return named.get(place - 2) if place > 1 and clause.tokens[place - 1].text == "的" else None


def _per(clause: Clause, place: int) -> bool:
    """Whether a number is said to be for each of something: `平均每条 850 元`, `21 for every order`."""
    near = [*clause.tokens[max(0, place - 3) : place], *clause.tokens[place + 1 : place + 5]]
    return any(t.text in _EACH or ("每" in t.text and t.period is None) for t in near)
