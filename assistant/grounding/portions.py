"""Parts of a whole that is itself a part: `6 月占上半年的 21.8%`, `前两名占前五名的 43.9%`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet
from assistant.grounding.facts import Fact
from assistant.grounding.metrics import metrics_at
from assistant.grounding.subjects import role_of, rows_with

_SHOWN = frozenset(
    {
        "这",
        "这些",
        "上述",
        "these",
        "those",
        "the",
        "所列",
        "所示",
        "显示",
        "列出",
        "listed",
        "shown",
    }
)


def portions(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> Iterator[Fact]:
    """Yield what the subject is of the whole that stands between `share` and the number."""
    number = clause.tokens[place].number
    said = [i for i in clause.indexes("share") if i < place]
    if number is None or number.unit != "percent" or not said:
        return
    value = metrics_at(clause, place, sheet)[0]
    whole = _rows_between(clause, said[-1], place, value.metric, evidence, sheet)
    part = _rows_between(clause, -1, said[-1], value.metric, evidence, sheet) or _carried(
        clause, value.metric, evidence, sheet
    )
    one, other = (sum(r.cells.get((value.metric, "value"), 0.0) for r in g) for g in (part, whole))
    inside = {id(r) for r in part} <= {id(r) for r in whole}
    if value.additive and part and inside and other > 0:
        yield Fact(one / other, "share", "percent", "", frozenset({value.metric}))


def is_of_stretch(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`6 月占上半年的 21.8%`: of that stretch alone, where it is a rate behind `占` and a period."""
    number, said = clause.tokens[place].number, [i for i in clause.indexes("share") if i < place]
    if number is None or number.unit != "percent" or not said:
        return False
    told = [t.period for t in clause.tokens[said[-1] : place] if t.period]
    own = [p for i, p in clause.periods() if i < said[-1]]
    return (
        bool(told) and bool(own) and role_of(told[-1], evidence, sheet)[0] in {"row", "rows", "now"}
    )


def _rows_between(
    clause: Clause, start: int, end: int, metric: str, evidence: Evidence, sheet: Sheet
) -> Sequence[Row]:
    """The rows that are named between two places: the top so many, periods, names, or all shown."""
    tokens = clause.tokens[start + 1 : end]
    tops = [t.number for t in tokens if t.number and t.number.unit == "top"]
    if tops:
        return _top(int(tops[-1].value), metric, sheet)
    shown = any(t.number and t.number.value == len(sheet.rows) for t in tokens)
    if any(t.text in _SHOWN for t in tokens) and shown:
        return sheet.rows
    keys = [n.id for t in tokens for n in t.names if n.kind == "key"]
    if keys:
        return rows_with(sheet, keys, evidence)
    told = [role_of(t.period, evidence, sheet) for t in tokens if t.period]
    return [r for role, rows in told if role in {"row", "rows", "now"} for r in rows]


def _carried(clause: Clause, metric: str, evidence: Evidence, sheet: Sheet) -> Sequence[Row]:
    """The subject of the sentence so far."""
    if clause.before.heard.keys:
        return [r for k in clause.before.heard.keys for r in rows_with(sheet, (k,), evidence)]
    told = [role_of(p, evidence, sheet) for p in clause.before.topic.periods]
    if told and all(role in {"row", "rows"} for role, _ in told):
        return [r for _, rows in told for r in rows]
    return _top(clause.before.manner.shown, metric, sheet) if clause.before.manner.shown else ()


def _top(count: int, metric: str, sheet: Sheet) -> Sequence[Row]:
    return facts.ranked(sheet, metric)[:count]
