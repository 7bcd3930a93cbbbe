"""Whether every step of a stretch goes one way: `连续三个月上升`, `rose every month from A to B`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.metrics import metrics_at
from assistant.grounding.steps import step
from assistant.grounding.subjects import role_of, subject
from assistant.grounding.thresholds import side
from semantic_layer.timegrain import DateRange

_BETWEEN = frozenset({"to", "through", "until", "till", "到", "至", "直到", "直至", "between", "from", "从", "after", "since", "自"})  # fmt: skip


_EACH_PERIOD = re.compile(r"(?:每一?个?|各个?)(?:月|周|季度?|天|日|年)份?|(?:月月|周周|季季|天天)")


_EACH = frozenset({"each", "every", "every one", "all"})


def _is_length(clause: Clause, place: int) -> bool:
    """`each of the six months`."""
    behind = clause.tokens[place + 1 : place + 5]
    return any(
        (t.number and t.number.unit == "duration") or (t.period and t.text.endswith(_SPANS))
        for t in behind
    )


_SPANS = ("weeks", "months", "quarters", "days", "years")


def is_of_each_period(clause: Clause, sheet: Sheet) -> bool:
    """Whether a move is said of each period of a series: `每个月都在增长`, `各周均下降`."""
    said = any(
        _EACH_PERIOD.fullmatch(t.text) or (t.text in _EACH and _is_length(clause, i))
        for i, t in enumerate(clause.tokens)
    )
    return said and not clause.says("avg") and not any("prev" in k for r in sheet.rows for _, k in r.cells)  # fmt: skip


def is_steady(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Return whether every step of the stretch that is meant goes the way that is said."""
    sign = 1 if clause.says("up") else -1 if clause.says("down") else 0
    value = metrics_at(clause, place, sheet)[0]
    about = subject(clause, place, evidence, sheet)
    rows = [r for r in sheet.rows if r.period and (not about.keys or r.keys & set(about.keys))]
    if not sign and (clause.says("avg") or any(side(clause, i) for i in range(len(clause.tokens)))):
        return _length(clause) in {None, _reach_of(clause, rows, evidence, sheet)}
    if not sign or len({r.keys for r in rows}) > 1:
        return False
    length = _length(clause)
    return any(
        _all_go(stretch, value, sign) and length in {None, len(stretch) - 1}
        for stretch in _stretches(clause, rows, length, evidence, sheet)
    )  # fmt: skip


def _reach_of(clause: Clause, rows: list[Row], evidence: Evidence, sheet: Sheet) -> int | None:
    """How many periods are spoken of, `连续三个月不低于 750`; the bound is checked on its own."""
    periods = [p for _, p in clause.periods()] or list(clause.before.topic.periods)
    told = {i for p in periods for i in _places(p, rows, evidence, sheet)}
    return len(told) or None


def lengths(clause: Clause) -> dict[int, int]:
    """Return place -> how many steps are said to go one way: `连续三个月`, `five consecutive quarters`."""
    if not clause.says("mono"):
        return {}
    tokens = clause.tokens
    return {
        i: int(t.number.value)
        for i, t in enumerate(tokens)
        if t.number
        and (
            t.number.unit == "duration"
            or (not t.number.unit and any("mono" in n.claims for n in tokens[i + 1 : i + 2]))
        )
    }


def _length(clause: Clause) -> int | None:
    return next(iter(lengths(clause).values()), None)


def _all_go(rows: Sequence[Row], value: Value, sign: int) -> bool:
    return len(rows) > 1 and all(step(a, b, value).goes(sign) for a, b in pairwise(rows))


def _stretches(
    clause: Clause, rows: list[Row], length: int | None, evidence: Evidence, sheet: Sheet
) -> list[list[Row]]:
    """The runs of rows that may be meant, with the row that the first step starts from."""
    periods = [p for _, p in clause.periods()] or list(clause.before.topic.periods)
    places = sorted({i for p in periods for i in _places(p, rows, evidence, sheet)})
    if not places:
        return [rows] if length is None else [rows[-length - 1 :]]
    first, last = places[0], places[-1]
    if first < last:
        listed = not _is_range(clause, periods)
        start = max(0, first - 1) if listed else first
        whole = [rows[start : last + 1], *_from_carried(clause, rows, last, evidence, sheet)]
        return whole if length is None else [*whole, *_ending(rows, last, length), *_starting(rows, first, length), *_starting(rows, last, length)]  # fmt: skip
    until = [i for p in clause.ahead for i in _places(p, rows, evidence, sheet)]
    if length is None and not clause.periods() and len(until) == 1 and until[0] > first:
        return [rows[first : until[0] + 1]]
    if length is None:
        return [rows[first:], rows[: first + 1]] if _is_range(clause, periods) else []
    return [*_ending(rows, first, length), *_starting(rows, first, length)]


def _ending(rows: list[Row], last: int, length: int) -> list[list[Row]]:
    """The run of so many steps that ends with a row."""
    return [rows[max(0, last - length) : last + 1]]


def _starting(rows: list[Row], first: int, length: int) -> list[list[Row]]:
    """The runs of so many steps that start with a row or with the step into it."""
    before = [rows[first - 1 : first + length]] if first else []
    return [*before, rows[first : first + length + 1]]


def _from_carried(
    clause: Clause, rows: list[Row], last: int, evidence: Evidence, sheet: Sheet
) -> list[list[Row]]:
    """`After dipping in February, spend climbed every month through July`."""
    starts = [
        i for p in clause.before.topic.periods[-1:] for i in _places(p, rows, evidence, sheet)
    ]
    return [rows[starts[0] : last + 1]] if len(starts) == 1 and starts[0] < last else []


def _places(period: DateRange, rows: list[Row], evidence: Evidence, sheet: Sheet) -> list[int]:
    found = {r.period for r in role_of(period, evidence, sheet)[1]}
    return [i for i, r in enumerate(rows) if r.period in found]


def _is_range(clause: Clause, periods: list[DateRange]) -> bool:
    """Whether periods are the ends of a stretch, and not listed one by one."""
    texts = {t.text for t in clause.tokens}
    return not clause.periods() or bool(texts & _BETWEEN) or len(periods) == 1


def is_steady_way(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """Return whether each period of the stretch that is meant lies above (+1) or below (-1) the one before."""
    value, about = metrics_at(clause, place, sheet)[0], subject(clause, place, evidence, sheet)
    rows = [r for r in (about.rows if about.role == "rows" else sheet.rows) if r.period]
    rows = [r for r in rows if not about.keys or r.keys & set(about.keys)]
    return len({r.keys for r in rows}) == 1 and _all_go(rows, value, sign)


def is_arch(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`先升后降`: every step up to one period, and every step down from it."""
    return _turns(clause, place, evidence, sheet, 1)


def is_dip(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`先降后升`: every step down to one period, and every step up from it."""
    return _turns(clause, place, evidence, sheet, -1)


def _turns(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    value, about = metrics_at(clause, place, sheet)[0], subject(clause, place, evidence, sheet)
    rows = [r for r in about.rows if r.period]
    if len({r.keys for r in rows}) != 1:
        return False
    ways = [step(a, b, value).goes(sign) for a, b in pairwise(rows)]
    back = [step(a, b, value).goes(-sign) for a, b in pairwise(rows)]
    turn = ways.index(False) if False in ways else len(ways)
    return 0 < turn < len(ways) and all(back[turn:])
