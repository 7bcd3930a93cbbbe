"""Sums held against sums: `January and February together had more than May and June combined`."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.grounding.clauses import Clause
from assistant.grounding.evidence import Evidence, Row, Sheet, Value
from assistant.grounding.subjects import of_period, role_of, rows_with
from semantic_layer.timegrain import DateRange


def held_sums(
    clause: Clause, place: int, value: Value, evidence: Evidence, sheet: Sheet
) -> tuple[Row, Row] | None:
    """Return what is spoken of and its measure, each as one row; None where no sum is compared.

    Rows without the metric, and metrics that may not be added, give rows without a value.

    Args:
        clause: With a comparison.
        place: Of the word, or the number, that compares.
        value: The metric that is compared.
        evidence: What the text is about.
        sheet: The rows.
    """
    at = next(iter(clause.indexes("than")), None)
    if at is None:
        at = next((i for c in ("high", "low") for i in clause.indexes(c)), place)
    keys = [k for i, k in clause.groups() if i > at]
    spans = [p for i, p in clause.periods() if i >= at]
    own_keys = [k for i, k in clause.groups() if i < at] or list(clause.before.topic.keys)
    own_spans = [p for i, p in clause.periods() if i < at] or list(clause.before.topic.periods)
    mine, its = (own_keys, keys) if keys else (own_spans, spans)
    if not clause.says("sum") or not mine or not its or len(mine) + len(its) < _THREE:
        return None
    if keys:
        groups = [[_of_key(k, clause, evidence, sheet) for k in side] for side in (own_keys, keys)]
    else:
        told = own_keys if any(k not in evidence.filtered for k in own_keys) else []
        groups = [[_of_span(p, told, evidence, sheet) for p in side] for side in (own_spans, spans)]
    return _summed(groups[0], value), _summed(groups[1], value)


_THREE = 3


def _of_key(key: str, clause: Clause, evidence: Evidence, sheet: Sheet) -> Sequence[Row]:
    return of_period(rows_with(sheet, (key,), evidence), clause, evidence, sheet)


def _of_span(
    period: DateRange, keys: Sequence[str], evidence: Evidence, sheet: Sheet
) -> Sequence[Row]:
    role, rows = role_of(period, evidence, sheet)
    rows = rows if role in {"row", "rows"} else ()
    return tuple(r for r in rows if not keys or r.keys & set(keys))


def _summed(groups: Sequence[Sequence[Row]], value: Value) -> Row:
    """The rows of every group as one; without a value where a group is missing or may not be added."""
    rows = [r for group in groups for r in group]
    cells = [r.cells.get((value.metric, "value")) for r in rows]
    alone = len(groups) == 1 and len(rows) == 1
    known = all(groups) and None not in cells and (value.additive or alone)
    total = {(value.metric, "value"): sum(c for c in cells if c is not None)}
    return Row(frozenset(), None, total if known else {})  # type: ignore[arg-type]
