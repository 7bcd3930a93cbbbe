"""Whether what is said to be equal is: `A 与 B 一致`, `May had the same number as April`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet
from assistant.grounding.metrics import metrics_at
from assistant.grounding.subjects import of_period, role_of, rows_with

_T = TypeVar("_T")
_EQUAL = frozenset({"same", "the same", "tied", "tie", "ties", "equal", "equals", "equalled", "equaled", "一样", "一致", "等于", "相等", "并列", "相同", "at a tie", "level"})  # fmt: skip
#: These leave a little between what they hold together.
_NEARLY = frozenset({"on par", "on a par", "par", "matched", "matches", "matching", "match", "相当", "齐平", "drew level", "level with"})  # fmt: skip
_CLOSE = 0.03
_MOVING = ("up", "down", "max_up", "max_down", "change", "flat")


def unequal(clause: Clause, evidence: Evidence, sheet: Sheet) -> Iterator[int]:
    """Yield the words of equality whose two or more names, or periods, differ."""
    rates = any(t.number and t.number.unit in {"percent", "times"} for t in clause.tokens)
    if clause.says(*_MOVING) or (rates and not clause.groups()):
        return
    for i, token in enumerate(clause.tokens):
        if token.text not in _EQUAL | _NEARLY:
            continue
        near = token.text in _NEARLY or (i > 0 and "approx" in clause.tokens[i - 1].claims)
        rows = _held_together(clause, i, evidence, sheet)
        if rows and not any(_are_equal(rows, v.metric, near) for v in metrics_at(clause, i, sheet)):
            yield i


def _are_equal(rows: Sequence[Row], metric: str, near: bool) -> bool:
    cells = [c for r in rows if (c := r.cells.get((metric, "value"))) is not None]
    within = _CLOSE * max(map(abs, cells), default=0.0) if near else 0.0
    return len(cells) == len(rows) and max(cells) - min(cells) <= within


def _held_together(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> Sequence[Row]:
    """The rows of the names before the word, with the one behind it; of periods where none is named."""
    named = clause.groups() or [(-1, k) for k in clause.before.topic.keys]
    keys = _sides(named, place)
    if len(clause.groups()) == 1 and len(keys) == 1 and len(clause.before.topic.keys) == 1:
        keys = list(dict.fromkeys((*clause.before.topic.keys, *keys)))
    if len(keys) > 1:
        found = [rows_with(sheet, (k,), evidence) for k in keys]
        return [r for rows in found for r in of_period(rows, clause, evidence, sheet)]
    told = [role_of(p, evidence, sheet) for p in _sides(clause.periods(), place)]
    rows = [r for role, rows in told if role == "row" for r in rows]
    return rows if len(told) > 1 and len(rows) == len(told) else ()


def _sides(named: Sequence[tuple[int, _T]], place: int) -> list[_T]:
    """What stands before a place, or with one behind it if it is alone there."""
    left, right = ([n for i, n in named if (i < place) == before] for before in (True, False))
    return left if len(left) > 1 else [*left, *(right[:1] if left else right)]
