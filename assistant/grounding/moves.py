"""Whether what a text says of directions, rankings and comparisons is true of the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from assistant.grounding import facts
from assistant.grounding.candidates import metrics_at
from assistant.grounding.clauses import Clause, Subject, role_of, rows_with, subject
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.ranking import (
    SIGNS,
    fell_most,
    is_best,
    is_highest,
    is_lowest,
    is_next,
    is_worst,
    rose_most,
)
from assistant.grounding.thresholds import is_bound, side

_FLAT = 0.02
_MUCH = 0.15
_LITTLE = 0.10


def broken(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[str]:
    """Yield every claim of a clause, other than its numbers, that the rows do not back."""
    for place, token in enumerate(clause.tokens):
        for claim in sorted(token.claims):
            test = _TESTS.get(claim)
            if test is not None and not test(clause, place, evidence, sheet):
                yield token.text


# --- directions -----------------------------------------------------------------------


def _up(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    return _moves(clause, place, evidence, sheet, 1)


def _down(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    return _moves(clause, place, evidence, sheet, -1)


def _moves(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """Whether every row that is meant went that way."""
    if _counted(clause, place, evidence, sheet, sign):
        return True
    pair = _two_metrics(clause, sheet)
    if pair is not None:
        return (pair[0] - pair[1]) * sign > 0
    if clause.says("mono"):
        return _steady(clause, place, evidence, sheet)
    changes = list(_changes(clause, place, evidence, sheet))
    moved = bool(changes) and all(c is not None and c * sign > 0 for c in changes)
    if moved and clause.says("only"):
        return sum(1 for c in _all_changes(clause, place, sheet) if c * sign > 0) == len(changes)
    return moved


def _counted(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """`8 个大区中有 5 个上升`: the number is checked on its own."""
    del evidence
    numbers = [t.number for t in clause.tokens if t.number and t.number.unit in {"", "classifier"}]
    if clause.groups() or not numbers:
        return False
    moved = sum(1 for c in _all_changes(clause, place, sheet) if c * sign > 0)
    return any(n.value == moved for n in numbers)


def _all_changes(clause: Clause, place: int, sheet: Sheet) -> list[float]:
    value = metrics_at(clause, place, sheet)[0]
    found = (r.cells.get((value.metric, "delta")) for r in sheet.rows if not facts.is_empty(r))
    return [f for f in found if f is not None]


def _changes(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet
) -> Iterator[float | None]:
    """Yield the change of each row that is meant; nothing when there is no telling."""
    for value in metrics_at(clause, place, sheet)[:1]:
        about = subject(clause, place, evidence, sheet)
        spans = _span_rows(clause, evidence, sheet, about)
        if spans is not None:
            yield _step(spans[0], spans[1], value)
        elif any(("prev" in kind) for r in sheet.rows for _, kind in r.cells):
            yield from _compared(clause, about, value, evidence, sheet)
        elif any(r.period for r in sheet.rows):
            yield from _series(clause, about, value, sheet)


def _compared(
    clause: Clause, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[float | None]:
    rows: Sequence[Row] = (
        about.rows
        if about.named and not (clause.says("all") and not clause.groups())
        else sheet.rows
    )
    if clause.says("rest") and about.keys:
        ids = {id(r) for r in rows_with(sheet, about.keys, evidence)}
        rows = [r for r in sheet.rows if id(r) not in ids]
    if not about.named and not clause.says("all"):
        total = _total_change(rows, value, sheet)
        if total is not None:
            yield total
        return
    for row in rows:
        if not facts.is_empty(row) or len(rows) == 1:
            yield row.cells.get((value.metric, "delta"))


def _total_change(rows: Sequence[Row], value: Value, sheet: Sheet) -> float | None:
    if not value.additive or not sheet.whole:
        return None
    return sum(r.cells.get((value.metric, "delta"), 0.0) for r in rows)


def _span_rows(
    clause: Clause, evidence: Evidence, sheet: Sheet, about: Subject
) -> tuple[Row, Row] | None:
    """The rows of `from A to B` in a series, for the same names, in the order of time."""
    rows: list[Row] = []
    for _, period in clause.periods():
        role, found = role_of(period, evidence, sheet)
        if role == "row":
            same = [r for r in found if not about.keys or r.keys & set(about.keys)]
            rows += same[:1] if len(same) == 1 else []
    if len(rows) == 1 and _against(clause):
        for period in reversed(clause.before.periods):
            role, found = role_of(period, evidence, sheet)
            rows += found[:1] if role == "row" and len(rows) == 1 else []
    rows.sort(key=lambda r: r.period.start if r.period else evidence.as_of)
    return (rows[0], rows[-1]) if len(rows) == 2 and rows[0] is not rows[-1] else None


def _against(clause: Clause) -> bool:
    """Whether the period of a clause is what is compared with: `down 6 % from July`."""
    places = {i for i, _ in clause.periods()}
    texts = {clause.tokens[i - 1].text for i in places if i} | {
        c for i in places for c in clause.tokens[i].claims
    }
    return bool(texts & {"from", "从", "比", "较", "than", "in", "与"}) or clause.says("than")


def _series(clause: Clause, about: Subject, value: Value, sheet: Sheet) -> Iterator[float | None]:
    rows = [r for r in about.rows if (value.metric, "value") in r.cells]
    if len({r.keys for r in rows}) > 1:
        return
    if about.role == "row" and len(rows) == 1:
        before = [r for r in sheet.rows if _next(r, rows[0])]
        yield _step(before[0], rows[0], value) if before else None
    elif len(rows) > 1:
        yield _step(rows[0], rows[-1], value)


def _next(one: Row, other: Row) -> bool:
    ends = one.period.end if one.period else None
    return other.period is not None and ends == other.period.start and one.keys == other.keys


def _step(one: Row, other: Row, value: Value) -> float | None:
    a, b = (r.cells.get((value.metric, "value")) for r in (one, other))
    return None if a is None or b is None else b - a


def _flat(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    value = metrics_at(clause, place, sheet)[0]
    about = subject(clause, place, evidence, sheet)
    changes = list(_changes(clause, place, evidence, sheet))
    sizes = [r.cells.get((value.metric, "value")) for r in about.rows]
    size = max((abs(s) for s in sizes if s), default=0.0)
    return bool(changes) and all(c is not None and abs(c) <= _FLAT * size for c in changes)


def _much(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`大幅`, `sharply`: by no less than _MUCH; the direction and a figure stand beside it."""
    return _by(clause, place, evidence, sheet, lambda share: share >= _MUCH)


def _little(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`小幅`, `edged`: by no more than _LITTLE; the direction and a figure stand beside it."""
    return _by(clause, place, evidence, sheet, lambda share: share <= _LITTLE)


def _by(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet, test: Callable[[float], bool]
) -> bool:
    """Whether every change that is meant is of a size, as a share of where it began."""
    moved = clause.says("up", "down", "good", "bad")
    if not moved or not any(t.number for t in clause.tokens):
        return False
    value = metrics_at(clause, place, sheet)[0]
    about = subject(clause, place, evidence, sheet)
    spans = _span_rows(clause, evidence, sheet, about)
    ends = spans[1:] if spans is not None else about.rows
    changes = [c for c in _changes(clause, place, evidence, sheet) if c is not None]
    if len(changes) == 1 and len(ends) > 1:
        ends = ends[-1:]
    pairs = list(zip(changes, ends, strict=False))
    begins = [row.cells.get((value.metric, "value"), 0.0) - c for c, row in pairs]
    return bool(pairs) and all(
        b > 0 and test(abs(c) / b) for (c, _), b in zip(pairs, begins, strict=True)
    )


def _near(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`A 与 B 非常接近`: no further apart than _LITTLE of the larger."""
    metric = metrics_at(clause, place, sheet)[0].metric
    keys = [k for _, k in clause.groups()] or list(clause.before.keys)
    rows = [r for k in keys for r in rows_with(sheet, (k,), evidence)]
    rows += [r for _, p in clause.periods() for r in role_of(p, evidence, sheet)[1]]
    cells = [c for r in rows if (c := r.cells.get((metric, "value"))) is not None]
    return len(cells) > 1 and max(cells) - min(cells) <= _LITTLE * abs(max(cells))


def _better(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    good = SIGNS.get(metrics_at(clause, place, sheet)[0].good, 0)
    return bool(good) and _moves(clause, place, evidence, sheet, good)


def _worse(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    good = SIGNS.get(metrics_at(clause, place, sheet)[0].good, 0)
    return bool(good) and _moves(clause, place, evidence, sheet, -good)


def _steady(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`连续三个月上升`, `rose steadily`: every step of the stretch goes that way."""
    sign = 1 if clause.says("up") else -1 if clause.says("down") else 0
    value = metrics_at(clause, place, sheet)[0]
    about = subject(clause, place, evidence, sheet)
    rows = (
        [r for r in about.rows if r.period]
        if about.role != "row"
        else [r for r in sheet.rows if r.period]
    )
    steps = [_step(a, b, value) for a, b in pairwise(rows)]
    lengths = [
        int(t.number.value) for t in clause.tokens if t.number and t.number.unit == "duration"
    ]
    if lengths:
        steps = steps[-lengths[0] :] if len(steps) >= lengths[0] else []
    return bool(sign and steps) and all(s is not None and s * sign > 0 for s in steps)


# --- comparisons ----------------------------------------------------------------------


def _high(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    return _compares(clause, place, evidence, sheet, 1)


def _low(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    return _compares(clause, place, evidence, sheet, -1)


def _compares(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    """`A 比 B 高`, `A is above B`, `higher than last year`, `above 100`."""
    tokens = clause.tokens
    if tokens[place].claims & {"more_than", "less_than"} and _number_next(clause, place):
        return True
    both = _two_metrics(clause, sheet)
    if both is not None:
        return (both[0] - both[1]) * sign > 0
    other = _object(clause, place)
    if other is not None:
        return _pair(clause, place, other, evidence, sheet, sign)
    spans = _two_periods(clause, place, evidence, sheet)
    if spans is not None:
        step = _step(spans[1], spans[0], metrics_at(clause, place, sheet)[0])
        return step is not None and step * sign > 0
    if _object_period(clause, place) or clause.before.shifted:
        return _moves(clause, place, evidence, sheet, sign)
    near = tokens[max(0, place - 2) : place]
    return any(t.number and t.number.unit in {"rank", "top"} for t in near)


def _number_next(clause: Clause, place: int) -> bool:
    return any(t.number for t in clause.tokens[place + 1 : place + 3])


def _object(clause: Clause, place: int) -> tuple[int, str] | None:
    """The name behind `than`, or behind the word itself."""
    than = [i for i in clause.indexes("than") if clause.tokens[i].shift is None]
    starts = than[-1:] or [place]
    subjects = [i for i, _ in clause.groups() if i < starts[0]]
    behind = [(i, k) for i, k in clause.groups() if i > starts[0]]
    if not behind or (not subjects and not clause.before.keys):
        return None
    return behind[0]


def _two_metrics(clause: Clause, sheet: Sheet) -> tuple[float, float] | None:
    """The values of `SQL 比 MQL 少`, where one row has both in the same unit."""
    than = list(clause.indexes("than"))
    named = clause.metrics()
    if len(sheet.rows) != 1 or not than or len(named) != 2 or clause.groups():
        return None
    (left, one), (right, other) = named
    cells = sheet.rows[0].cells
    values = [cells.get((m, "value")) for m in (one, other)]
    if not left < than[0] < right or sheet.value(one).unit != sheet.value(other).unit:
        return None
    return (values[0], values[1]) if None not in values else None  # type: ignore[return-value]


def _object_period(clause: Clause, place: int) -> bool:
    del place
    return any(t.shift for t in clause.tokens) or (
        clause.says("than") and (bool(clause.periods()) or clause.says("prev"))
    )


def _pair(
    clause: Clause,
    place: int,
    other: tuple[int, str],
    evidence: Evidence,
    sheet: Sheet,
    sign: int,
) -> bool:
    left = [k for i, k in clause.groups() if i < other[0]] or list(clause.before.keys)
    value = metrics_at(clause, place, sheet)[0]
    mine = rows_with(sheet, left[-1:], evidence)
    its = rows_with(sheet, (other[1],), evidence)
    if len(mine) != 1 or len(its) != 1:
        return False
    step = _step(its[0], mine[0], value)
    return step is not None and step * sign > 0


def _two_periods(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet
) -> tuple[Row, Row] | None:
    """The rows of `6 月低于 5 月`: what is spoken of, and what it is held against."""
    said = [p for _, p in clause.periods()]
    spans = said if len(said) > 1 else [*clause.before.periods[-1:], *said]
    if len(spans) != 2 or not said:
        return None
    about = subject(clause, place, evidence, sheet)
    rows = []
    for period in spans:
        role, found = role_of(period, evidence, sheet)
        same = [r for r in found if not about.keys or r.keys & set(about.keys)]
        rows += same[:1] if role == "row" and len(same) == 1 else []
    return (rows[0], rows[1]) if len(rows) == 2 else None


# --- the rest -------------------------------------------------------------------------


def _never(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    del clause, place, evidence, sheet
    return False


def _unfinished(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    del sheet
    strong = {"未满期", "未满", "不完整", "还未结束", "尚未结束", "not complete", "incomplete", "partial", "running", "not over"}  # fmt: skip
    return not evidence.complete or clause.tokens[place].text not in strong


def _finished(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    if clause.says("neg"):
        return not evidence.complete
    if evidence.complete:
        return True
    about = subject(clause, place, evidence, sheet)
    named = about.role == "row" and bool(about.rows)
    return (named or clause.says("max", "min")) and all(
        facts.is_whole(r, evidence) for r in about.rows if named
    )


def _empty(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    about = subject(clause, place, evidence, sheet)
    metrics = [v.metric for v in metrics_at(clause, place, sheet)]
    return all((m, "value") not in r.cells for r in about.rows for m in metrics)


def _only(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`only 38` is mere emphasis; `the only one to rise` is checked with the direction."""
    bounds = [i for i, t in enumerate(clause.tokens) if t.number and side(clause, i)]
    if bounds and clause.groups():
        return all(is_bound(clause, i, evidence, sheet) for i in bounds)
    return _number_next(clause, place) or clause.says("up", "down")


def _negated(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """A negated claim is not checked, so it does not pass."""
    del place, evidence, sheet
    risky = set(_TESTS) - {"neg", "incomplete", "complete"}
    numbers = any(t.number for t in clause.tokens)
    return not numbers and not any(t.claims & risky for t in clause.tokens)


_Test = Callable[[Clause, int, Evidence, Sheet], bool]
_TESTS: dict[str, _Test] = {
    "up": _up, "down": _down, "flat": _flat, "good": _better, "bad": _worse, "mono": _steady,
    "max": is_highest, "min": is_lowest, "best": is_best, "worst": is_worst, "max_up": rose_most, "max_down": fell_most,
    "high": _high, "low": _low, "vague": _never, "incomplete": _unfinished, "complete": _finished,
    "empty": _empty, "only": _only, "next": is_next, "neg": _negated, "much": _much, "little": _little, "close": _near,
}  # fmt: skip
