"""Whether a superlative is about the row that it fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.grounding import facts, funnel
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Kind, Row, Sheet, Value
from assistant.grounding.metrics import metrics_at, ranked_by, together
from assistant.grounding.spans import preceding
from assistant.grounding.subjects import JOINED, follows, joined_at, of_period, role_of, rows_with

SIGNS = {"up": 1, "down": -1}


def is_highest(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether the row that is meant has the highest value."""
    return _extreme(clause, place, evidence, sheet, high=True)


def is_lowest(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether the row that is meant has the lowest value."""
    return _extreme(clause, place, evidence, sheet, high=False)


def _extreme(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, *, high: bool) -> bool:
    """Whether the row that is meant has the highest (or lowest) value."""
    step = funnel.converts_most(clause, sheet, high=high) if _of_rates(clause) else None
    if step is not None:
        return step
    moving = _mover(clause, place)
    if moving:
        return _most_moved(clause, place, evidence, sheet, moving, least=not high)
    before = clause.tokens[max(0, place - 2) : place]
    if any(t.number and t.number.unit in {"rank", "top"} for t in before):
        return True  # `second highest`: the rank is checked as a number
    if not sheet.keyed or len(sheet.rows) < 2 or of_past(clause, evidence, sheet):
        return False
    known, sheet = sheet, _within(clause, evidence, sheet)
    meant = _meant(clause, place, evidence, sheet)
    if meant is None and sheet is not known:
        return False
    if meant is None:
        return any(t.number for t in clause.tokens[place + 1 :])
    every = together(clause, place, sheet)
    test = all if every else any
    return test(
        any(
            _are_ends(meant, domain, value.metric, evidence, high=high)
            for domain in _domains(clause, meant, sheet)
        )
        for value in every or ranked_by(clause, place, meant, sheet)
        if every or sheet.whole or _is_shown_end(clause, value.metric, sheet, len(meant), high=high)
    )


def _within(clause: Clause, evidence: Evidence, sheet: Sheet) -> Sheet:
    """`1 月至 8 月最高的是`: the rows of the stretch that is named, and no others."""
    spans = [role_of(p, evidence, sheet) for i, p in clause.periods() if not clause.is_measure(i)]
    stretches = [rows for role, rows in spans if role == "rows"]
    if len(stretches) != 1 or len(spans) < _WITH_ITS_END:
        return sheet
    return replace(sheet, rows=stretches[0])


_WITH_ITS_END = 2
_RATES = frozenset({"ratio", "rate", "conversion", "conversion rate", "转化率", "比例", "转化"})


def _of_rates(clause: Clause) -> bool:
    return any(t.text in _RATES for t in clause.tokens)


def of_past(clause: Clause, evidence: Evidence, sheet: Sheet) -> bool:
    """Return whether a clause is of the compared period alone, as `8 月最多的是 A` of rows of September."""
    roles = {
        role_of(p, evidence, sheet)[0]
        for i, p in clause.periods()
        if "than" not in clause.tokens[i].claims
    }
    return "before" in roles and "now" not in roles and not clause.says("than", "up", "down")


def _are_ends(
    meant: Sequence[Row], domain: Sheet, metric: str, evidence: Evidence, *, high: bool
) -> bool:
    """Whether the rows are the highest (or lowest) ones: of several, as many as they are."""
    if not meant:
        return False
    wanted = facts.extremes(domain, metric, evidence)[not high]
    if all(any(r is w for w in wanted) for r in meant):
        return True
    rows = facts.ranked(domain, metric)
    rows = [r for r in rows if facts.is_whole(r, evidence)] if any(r in meant for r in rows) else []
    ends = rows[: len(meant)] if high else rows[-len(meant) :]
    return len(meant) > 1 and all(any(r is e for e in ends) for r in meant)


_NAMED = frozenset({"named", "有名称", "具名", "有名", "具名的", "有名字"})


def _domains(clause: Clause, meant: Sequence[Row], sheet: Sheet) -> Iterator[Sheet]:
    """All rows; in a table of names and periods also those of the same period, or of the same name."""
    yield sheet
    if any(t.text in _NAMED for t in clause.tokens) and all(facts.has_name(r) for r in meant):
        yield replace(sheet, rows=tuple(r for r in sheet.rows if facts.has_name(r)))
    if not all(r.keys and r.period for r in sheet.rows) or not meant:
        return
    one = meant[0]
    yield replace(sheet, rows=tuple(r for r in sheet.rows if r.period == one.period))
    yield replace(sheet, rows=tuple(r for r in sheet.rows if r.keys == one.keys))


def _is_shown_end(clause: Clause, metric: str, sheet: Sheet, named: int, *, high: bool) -> bool:
    """Whether a cut list tells which is highest (or lowest): its head does; its foot only there."""
    cells = [r.cells.get((metric, "value"), 0.0) for r in sheet.rows]
    if cells == sorted(cells, reverse=high):
        return True
    if named == len(cells):
        return False
    ends = cells == sorted(cells, reverse=not high)
    said = [t.number.value for t in clause.tokens if t.number and t.number.unit in {"top", "classifier", ""}]  # fmt: skip
    return ends and len(cells) in {*said, clause.before.manner.shown}


def _meant(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> tuple[Row, ...] | None:
    """The rows a superlative is about; None when nothing is named."""
    ahead = follows(clause, place)
    if ahead is not None:
        token = clause.tokens[ahead]
        role, rows = role_of(token.period, evidence, sheet) if token.period else ("", ())
        if token.period is not None and (role == "row" or not clause.groups()):
            keys = {k for _, k in clause.groups()} - evidence.filtered
            return tuple(r for r in rows if not keys or r.keys & keys) if role == "row" else None
        if token.period is None:
            return rows_with(sheet, joined_at(clause, ahead), evidence)
    named = [k for i, k in clause.groups() if i < place and k not in evidence.filtered]
    spans = [p for i, p in clause.periods() if i < place] or [p for _, p in clause.periods()[:1]]
    found: tuple[Row, ...] | None = None
    if named:
        found = of_period(
            rows_with(sheet, _joined(clause, named), evidence), clause, evidence, sheet
        )
    elif any(role_of(p, evidence, sheet)[0] == "row" for p in spans):
        told = [role_of(p, evidence, sheet) for p in spans]
        found = tuple(r for role, rows in told if role == "row" for r in rows)
        listed = len(spans) > 1 and found and not clause.says("than")
        found = found if listed else role_of(spans[-1], evidence, sheet)[1]
    elif clause.groups():
        found = rows_with(sheet, joined_at(clause, clause.groups()[0][0]), evidence)
    elif any(t.number for t in clause.tokens[place + 1 :]):
        found = _in_turn(clause, place, evidence, sheet)
    elif clause.before.topic.keys:
        found = rows_with(sheet, clause.before.topic.keys, evidence)
        found = of_period(found, clause, evidence, sheet)
    elif clause.before.topic.periods and not clause.periods():
        told = [role_of(p, evidence, sheet) for p in clause.before.topic.periods]
        found = next((rows for role, rows in reversed(told) if role == "row"), None)
    return found


def _in_turn(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet
) -> tuple[Row, ...] | None:
    """`Their CPCs were the highest, at 24.58 and 22.19`: of as many names as there are figures."""
    told = sum(1 for t in clause.tokens[place + 1 :] if t.number)
    keys = clause.before.topic.keys
    return rows_with(sheet, keys, evidence) if told == len(keys) > 1 else None


def _joined(clause: Clause, named: list[str]) -> list[str]:
    """Names that share one superlative: `A and B are the highest`."""
    joined = any(t.text in JOINED - {"the"} for t in clause.tokens)
    return named if joined and not clause.says("than", "high", "low") else named[-1:]


def is_best(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether it is the highest where up is good, the lowest where down is."""
    good = metrics_at(clause, place, sheet)[0].good
    return good in SIGNS and _extreme(clause, place, evidence, sheet, high=good == "up")


def is_worst(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether it is the lowest where up is good, the highest where down is."""
    good = metrics_at(clause, place, sheet)[0].good
    return good in SIGNS and _extreme(clause, place, evidence, sheet, high=good == "down")


def rose_most(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether the row rose most, by amount or by rate."""
    return _most_moved(clause, place, evidence, sheet, 1)


def fell_most(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """Whether the row, or the step of a funnel, fell most, by amount or by rate."""
    if funnel.stages(sheet):
        return funnel.fell_most(clause, sheet)
    return _most_moved(clause, place, evidence, sheet, -1)


_BY_RATE_OR_AMOUNT: tuple[Kind, ...] = ("pct", "delta")


def _most_moved(
    clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int, *, least: bool = False
) -> bool:
    """Whether the row changed most, by amount or by rate."""
    value = metrics_at(clause, place, sheet)[0]
    meant = _meant(clause, place, evidence, sheet)
    if not meant:
        return False
    for kind in _BY_RATE_OR_AMOUNT:
        moved = [
            (c * sign, r)
            for r in sheet.rows
            if (c := _moved_by(r, value, kind, sheet)) is not None and not facts.is_empty(r)
        ]
        moved = [m for m in moved if m[0] > 0]
        moved.sort(key=lambda m: m[0], reverse=not least)
        first = [r for _, r in moved[: len(meant)]]
        if len(first) == len(meant) and all(any(r is f for f in first) for r in meant):
            return True
    return False


def _moved_by(row: Row, value: Value, kind: Kind, sheet: Sheet) -> float | None:
    """By how much a row changed, against the compared period or the row before it."""
    if (value.metric, "prev") in row.cells or not row.period:
        return row.cells.get((value.metric, kind))
    before = preceding([row], sheet)
    now, then = (r[0].cells.get((value.metric, "value")) if r else None for r in ([row], before))
    if now is None or not then:
        return None
    return now / then - 1 if kind == "pct" else now - then


_BESIDE = frozenset(
    {
        "the",
        "得",
        "了",
        "was",
        "is",
        "是",
        "by",
        "的",
        "幅度",
        "单月",
        "single",
        "absolute",
        "relative",
        "net",
    }
)


def _mover(clause: Clause, place: int) -> int:
    """The direction of `the biggest jump`, `grew the least`: +1 or -1; 0 if it is about values."""
    for along in (1, -1):
        j = place + along
        while 0 <= j < len(clause.tokens) and clause.tokens[j].text in _BESIDE:
            j += along
        if _is_apart(clause, place, j) or (along == -1 and _is_of_metric(clause, place)):
            continue
        if not 0 <= j < len(clause.tokens) or clause.tokens[j].text.endswith(("至", "到")):
            continue
        found = clause.tokens[j].claims
        if along == 1 and not clause.tokens[j].text.isascii():
            continue
        if found & {"up", "down"} and "max" not in found:
            return 1 if "up" in found else -1
    return 0


def _is_of_metric(clause: Clause, place: int) -> bool:
    """`added the most new customers`: of how many, not of how many more."""
    behind = clause.tokens[place + 1 : place + 2]
    return any(n.kind == "metric" for t in behind for n in t.names)


def _is_apart(clause: Clause, one: int, other: int) -> bool:
    """Whether a comma stands between two places."""
    low, high = sorted((one, other))
    return any(t.paused for t in clause.tokens[low + 1 : high + 1])
