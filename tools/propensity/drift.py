"""Has the data moved away from what the model learnt? Population stability index by column.

PSI = sum over bands of (now - then) * ln(now / then); under 0.1 stable, over 0.25 moved.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tools.base import Result

if TYPE_CHECKING:
    import pandas as pd

MOVED = 0.25
_MOST, _FLOOR = 20, 1e-4
_OTHER, _EMPTY = "(other)", "(empty)"
_EDGES = 10


class Drift(Result):
    """How far one column has moved."""

    field: str
    psi: float
    has_moved: bool


def profile(column: pd.Series[Any], *, is_numeric: bool) -> dict[str, float]:
    """Return the share of each band: of numbers by decile (`<=edge`), of text by value."""
    if is_numeric:
        filled = column.dropna().astype("float64")
        edges = (
            sorted({float(filled.quantile(i / _EDGES)) for i in range(1, _EDGES)})
            if len(filled)
            else []
        )
        return _numeric_shares(column, [*edges, math.inf])
    counts = column.dropna().astype(str).value_counts()
    kept = {str(v): int(n) / len(column) for v, n in counts.head(_MOST).items()}
    rest = int(counts.iloc[_MOST:].sum()) / len(column)
    return {**kept, _OTHER: rest, _EMPTY: float(column.isna().mean())}


def _numeric_shares(column: pd.Series[Any], edges: list[float]) -> dict[str, float]:
    numbers, lowest, total = column.astype("float64"), -math.inf, max(1, len(column))
    shares: dict[str, float] = {}
    for edge in edges:
        shares[f"<={edge!r}"] = float(((numbers > lowest) & (numbers <= edge)).sum()) / total
        lowest = edge
    return {**shares, _EMPTY: float(column.isna().mean())}


def drift(
    now: pd.DataFrame, then: dict[str, dict[str, float]], numeric: tuple[str, ...]
) -> tuple[Drift, ...]:
    """Return the drift of every column, the furthest first."""
    found: list[Drift] = []
    for field, old in then.items():
        new = _as_then(now[field], old, is_numeric=field in numeric)
        psi = sum(_part(new.get(band, 0.0), share) for band, share in old.items())
        found.append(Drift(field=field, psi=round(psi, 4), has_moved=psi > MOVED))
    return tuple(sorted(found, key=lambda d: (-d.psi, d.field)))


def _part(now: float, then: float) -> float:
    a, b = max(now, _FLOOR), max(then, _FLOOR)
    return (a - b) * math.log(a / b)


def _as_then(
    column: pd.Series[Any], old: dict[str, float], *, is_numeric: bool
) -> dict[str, float]:
    """Return today's shares of yesterday's bands."""
    if is_numeric:
        return _numeric_shares(column, [float(band[2:]) for band in old if band.startswith("<=")])
    total = max(1, len(column))
    counts = column.dropna().astype(str).value_counts()
    shares = {band: int(counts.get(band, 0)) / total for band in old}
    shares[_EMPTY] = float(column.isna().mean())
    named = sum(share for band, share in shares.items() if band != _OTHER)
    return {**shares, _OTHER: max(0.0, 1 - named)}
