"""Touches sorted once and seen as they pass by, by conversion and time.

DuckDB keeps the order of rows for windows with an empty OVER, which cost nearly nothing. No
engine promises it, so every row looks whether it really comes after the one before it; if one
does not, the statement is to be asked again with windows of their own order.
"""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.credit.nodes import ORDINAL, col, number, over, select_from, when

ORDER = (col(ORDINAL), col("ts"), col("touch_id"))
DISORDER = "disorder"


def in_order(source: exp.Expr) -> exp.Select:
    """Return the SELECT of all rows of a source in order."""
    terms = [exp.Ordered(this=key.copy(), desc=False, nulls_first=False) for key in ORDER]
    return select_from(source, [exp.Star()]).order_by(*terms, copy=False)


def disorder() -> exp.Expr:
    """Return 1 where a row does not come after the one before it, by conversion and time; else 0."""
    before, then = (over(exp.Lag(this=col(name)), ()) for name in (ORDINAL, "ts"))
    earlier = exp.LT(this=col(ORDINAL), expression=before)
    same = exp.EQ(this=col(ORDINAL), expression=before.copy())
    back = exp.and_(same, exp.LT(this=col("ts"), expression=then))
    return when(exp.or_(earlier, back), number(1), number(0))
