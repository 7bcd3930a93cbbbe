"""Words of degree without a number: 较高, 偏低, 差异很大."""

from __future__ import annotations

from statistics import median

from assistant.grounding import facts
from assistant.grounding.clauses import Clause
from assistant.grounding.comparisons import is_higher, is_lower
from assistant.grounding.evidence import Evidence, Row, Sheet
from assistant.grounding.metrics import metrics_at
from assistant.grounding.spans import preceding
from assistant.grounding.subjects import of_period, role_of, rows_with

#: Values lie far apart when the lowest is below this share of the highest.
_FAR = 0.5
_CLEAR = 0.85
_CLEARLY = ("明显",)


def is_on_high_side(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`A 和 B 的占比较高`: each lies above the middle of all rows."""
    if clause.says("than"):
        return is_higher(clause, place, evidence, sheet)
    return _on_side(clause, place, evidence, sheet, 1)


def is_on_low_side(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`A 和 B 的周期较短`: each lies below the middle of all rows."""
    if clause.says("than"):
        return is_lower(clause, place, evidence, sheet)
    return _on_side(clause, place, evidence, sheet, -1)


def _on_side(clause: Clause, place: int, evidence: Evidence, sheet: Sheet, sign: int) -> bool:
    metric = metrics_at(clause, place, sheet)[0].metric
    way = clause.says("up") - clause.says("down")
    cells = {id(r): c for r in sheet.rows if (c := _measured(r, metric, way, sheet)) is not None}
    meant = _meant(clause, evidence, sheet)
    if not meant or len(cells) < len(meant) + 2 or not sheet.whole:
        return False
    middle = median(cells.values())
    return all(id(r) in cells and (cells[id(r)] - middle) * sign > 0 for r in meant)


def _measured(row: Row, metric: str, way: int, sheet: Sheet) -> float | None:
    """The value of a row; where a rise or a fall is spoken of, how far it went that way."""
    now, then = row.cells.get((metric, "value")), row.cells.get((metric, "prev"))
    if facts.is_empty(row) or now is None or not way:
        return None if facts.is_empty(row) else now
    if then is None and row.period:
        back = preceding([row], sheet)
        then = back[0].cells.get((metric, "value")) if back else None
    return (now / then - 1) * way if then else None


def _meant(clause: Clause, evidence: Evidence, sheet: Sheet) -> list[Row]:
    """The rows of the names, else of the periods, that are spoken of."""
    keys = [k for _, k in clause.groups()] or list(clause.before.topic.keys)
    named = [r for k in keys for r in rows_with(sheet, (k,), evidence)]
    if named:
        return list(of_period(tuple(named), clause, evidence, sheet))
    spans = [p for _, p in clause.periods()] or list(clause.before.topic.periods)
    told = [role_of(p, evidence, sheet) for p in spans]
    return [r for role, rows in told if role == "row" for r in rows]


def are_far_apart(clause: Clause, place: int, evidence: Evidence, sheet: Sheet) -> bool:
    """`各渠道差异很大`: of the names that are told, or of all, the lowest is below half of the highest."""
    metric = metrics_at(clause, place, sheet)[0].metric
    named = [r for _, k in clause.groups() for r in rows_with(sheet, (k,), evidence)]
    rows = named or [r for r in sheet.rows if not facts.is_empty(r)]
    cells = [c for r in rows if (c := r.cells.get((metric, "value"))) is not None]
    share = _CLEAR if clause.tokens[place].text.endswith(_CLEARLY) else _FAR
    return len(cells) > 1 and 0 <= min(cells) < share * max(cells)
