"""Rows of a series taken together: a quarter of months, and what came before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from assistant.grounding.evidence import Row, Sheet, Value
from semantic_layer.timegrain import DateRange


def merged(rows: Sequence[Row], value: Value) -> Row | None:
    """Return the rows of one stretch as one row; None where their values may not be added.

    Args:
        rows: Rows of a series with the same names.
        value: The metric of interest; the others are left out.
    """
    if len(rows) == 1:
        return rows[0]
    periods = [r.period for r in rows if r.period]
    if not periods or len(periods) != len(rows) or not value.additive:
        return None
    if len({r.keys for r in rows}) > 1 or not _adjoin(periods):
        return None
    cells = {
        (value.metric, kind): sum(r.cells[(value.metric, kind)] for r in rows)
        for kind in ("value", "prev")
        if all((value.metric, kind) in r.cells for r in rows)
    }
    return Row(rows[0].keys, DateRange(periods[0].start, periods[-1].end), cells)  # type: ignore[arg-type]


def _adjoin(periods: Sequence[DateRange]) -> bool:
    return all(a.end == b.start for a, b in pairwise(periods))


def preceding(rows: Sequence[Row], sheet: Sheet, *, yearly: bool = False) -> list[Row]:
    """Return the rows that lie as many periods before these, or a year before them."""
    periods = {r.period for r in rows if r.period}
    mine = [r for r in sheet.rows if r.period and r.keys == rows[0].keys]
    mine.sort(key=lambda r: r.period.start if r.period else date.min)
    at = [i for i, r in enumerate(mine) if r.period in periods]
    if not at:
        return []
    back = _year_back(mine, at[0]) if yearly else len(at)
    return [mine[i - back] for i in at] if back and at[0] >= back else []


def _year_back(rows: Sequence[Row], at: int) -> int:
    """How many rows lie between a row and its counterpart a year earlier; 0 if there is none."""
    period = rows[at].period
    for back in range(1, at + 1):
        other = rows[at - back].period
        if period and other and (other.start.year + 1, other.start.month, other.start.day) == (
            period.start.year, period.start.month, period.start.day,
        ):  # fmt: skip
            return back
    return 0
