"""Engine rows -> typed result columns and plain cells."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from semantic_layer.loader import Definitions
from semantic_layer.model import Text
from semantic_layer.result import Cell, Column, ColumnKind

if TYPE_CHECKING:
    from semantic_layer.compile import Plan
    from semantic_layer.engine import EngineResult

PERIOD = Text(en="Period", zh="时间")
_SUFFIX: dict[str, Text] = {
    "prev": Text(en="before", zh="对比期"),
    "delta": Text(en="change", zh="变化"),
    "pct": Text(en="change %", zh="变化率"),
    "share": Text(en="share", zh="占比"),
}


def cell(value: object) -> Cell:
    """Return a JSON-safe raw value: dates as ISO text, decimals as numbers."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return None if value != value or value in {float("inf"), float("-inf")} else tidy(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def tidy(value: float) -> float:
    """Return 31051.99 for 31051.989999999994: the dust of adding binary fractions."""
    near = round(value, 6)
    return near if abs(near - value) <= 1e-14 * max(1.0, abs(value)) else value


def rows_of(
    raw: EngineResult, *, has_total: bool
) -> tuple[tuple[tuple[Cell, ...], ...], int | None]:
    """Return the cells, and the row count before the limit when it was asked for."""
    rows = tuple(tuple(cell(v) for v in row) for row in raw.rows)
    if not has_total:
        return rows, None
    total = rows[0][-1] if rows else 0
    return tuple(row[:-1] for row in rows), int(total or 0)


def columns_of(definitions: Definitions, plan: Plan) -> tuple[Column, ...]:
    """Describe the columns of a plan's rows."""
    keys = [Column(d, definitions.dimensions[d].label, "dimension") for d in plan.keys.dimensions]
    if plan.keys.grain is not None:
        keys.append(Column("period", PERIOD, "time"))
    values = [
        _value_column(definitions, o.metric, o.name, o.kind)
        for o in plan.outputs
        if o.metric in plan.query.metrics
    ]
    return (*keys, *values)


def _value_column(definitions: Definitions, metric_id: str, name: str, kind: str) -> Column:
    metric = definitions.metrics[metric_id]
    fraction = kind in {"pct", "share"}
    unit = "%" if fraction else metric.unit
    pattern = ("+0.0%" if kind == "pct" else "0.0%") if fraction else metric.format
    kinds: dict[str, ColumnKind] = {
        "value": "value", "prev": "prev", "delta": "delta", "pct": "pct", "share": "share",
    }  # fmt: skip
    label = metric.label
    if kind in _SUFFIX:
        extra = _SUFFIX[kind]
        label = Text(en=f"{label.get('en')} ({extra.en})", zh=f"{label.get('zh')}（{extra.zh}）")
    return Column(name, label, kinds[kind], unit, pattern, metric_id, metric.good)
