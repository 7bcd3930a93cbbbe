"""Which rows a number may be the sum, mean or share of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.subjects import Subject, role_of, rows_with


def groupings(
    clause: Clause, place: int, about: Subject, value: Value, evidence: Evidence, sheet: Sheet
) -> Iterator[Sequence[Row]]:
    """Yield the rows whose sum, mean or share the number at `place` may be."""
    tops = [t.number for t in clause.tokens if t.number and t.number.unit == "top"]
    ranked = facts.ranked(sheet, value.metric)
    if tops:
        count = int(tops[-1].value)
        yield ranked[:count] if tops[-1].sign > 0 else ranked[-count:]
        return
    if clause.says("share", "sum", "avg") and not clause.groups():
        yield _shown_before(clause, ranked, evidence, sheet)
    if clause.says("sum", "avg") and len(clause.periods()) > 1:
        yield _listed_periods(clause, about, evidence, sheet)
    if clause.says("complete") and clause.says("avg", "sum") and not _is_of_one(clause, about):
        within = about.rows if clause.periods() else sheet.rows
        yield [r for r in within if r.period and facts.is_whole(r, evidence)]
        return
    if clause.says("rest"):
        named = rows_with(sheet, about.keys, evidence) if about.keys else ()
        ids = {id(r) for r in named}
        yield tuple(r for r in sheet.rows if id(r) not in ids) if named else ()
        return
    yield from _whole_or_part(clause, place, about, evidence, sheet)


def _whole_or_part(
    clause: Clause, place: int, about: Subject, evidence: Evidence, sheet: Sheet
) -> Iterator[Sequence[Row]]:
    """The rows that are named, and all of them, where a sum or a share of them is told."""
    manner = clause.before.manner
    number = clause.tokens[place].number
    rate = number is not None and number.unit == "percent" and not clause.says("up", "down")
    asked = clause.says("sum", "share", "all", "avg") or manner.total or manner.shared or rate
    if _of_all(clause, place) and sheet.whole:
        yield sheet.rows
    spanned = about.role in {"now", "row", "rows"} and not about.keys
    if about.named and (asked or spanned) and (about.keys or about.role in {"row", "rows"}):
        yield about.rows
    if _is_of_some(clause, about, evidence) or not (
        asked or spanned or not clause.before.topic.keys
    ):
        return
    if sheet.whole or speaks_of_shown(clause, sheet):
        yield sheet.rows


def _is_of_one(clause: Clause, about: Subject) -> bool:
    return bool(clause.periods()) and about.role != "rows"


def _is_of_some(clause: Clause, about: Subject, evidence: Evidence) -> bool:
    """Whether names or periods are told: it is then not of all."""
    own = any(k not in evidence.filtered for _, k in clause.groups())
    return own or about.role in {"row", "rows"}


def _shown_before(
    clause: Clause, ranked: Sequence[Row], evidence: Evidence, sheet: Sheet
) -> Sequence[Row]:
    """`The top two, A and B, together`: these two, if A and B are the ones that were named."""
    top = ranked[: clause.before.manner.shown]
    told = [r for k in clause.before.heard.keys for r in rows_with(sheet, (k,), evidence)]
    same = len(told) in {0, 1} or {id(r) for r in told} == {id(r) for r in top}
    return top if same else ()


def _listed_periods(clause: Clause, about: Subject, evidence: Evidence, sheet: Sheet) -> list[Row]:
    """`9 月和 10 月两个月合计`: the rows of every period that is named."""
    told = [role_of(p, evidence, sheet) for i, p in clause.periods() if not clause.is_measure(i)]
    if any(role != "row" for role, _ in told):
        return []
    return [r for _, rows in told for r in rows if not about.keys or r.keys & set(about.keys)]


def _of_all(clause: Clause, place: int) -> bool:
    """`900 of the 2,320 MQLs`: the whole behind a part of it."""
    left = [t.text for t in clause.tokens[max(0, place - 2) : place]]
    return left[-1:] == ["of"] or left == ["of", "the"] or left == ["of", "all"] or "全部" in left


def speaks_of_shown(clause: Clause, sheet: Sheet) -> bool:
    """Whether a text such as `these five` is about the rows that are shown, not all that there are."""
    shown = len(sheet.rows)
    return clause.before.manner.shown == shown or any(
        t.number and t.number.value == shown for t in clause.tokens
    )
