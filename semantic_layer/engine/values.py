"""From DuckDB's result values to the few Python types that callers expect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

_ZONED: Final = "TIMESTAMP WITH TIME ZONE"
_NESTED: Final = ("[", "STRUCT(", "MAP(", "UNION(")


def type_name(kind: object) -> str:
    """The upper-case SQL name of a column's type."""
    return str(kind).upper()


def needs_utc(name: str) -> bool:
    """Whether Python cannot fetch this type without a time-zone package."""
    return _ZONED in name


def utc_sql(sql: str, types: Sequence[str]) -> str:
    """Wrap a query so that zoned instants arrive as naive UTC timestamps.

    Instants nested in lists or structs become text; there is no plain cast for every shape.
    """
    names = [f"c{i}" for i in range(len(types))]
    items = [
        f"CAST({name} AS TIMESTAMP)" if kind == _ZONED
        else f"CAST({name} AS VARCHAR)" if _ZONED in kind
        else name
        for name, kind in zip(names, types, strict=True)
    ]  # fmt: skip
    # The line break ends a trailing comment, and cuts nothing else.
    return f"SELECT {', '.join(items)} FROM (\n{sql}\n) AS q({', '.join(names)})"  # noqa: S608


def clean_rows(rows: list[tuple[Any, ...]], types: Sequence[str]) -> list[tuple[Any, ...]]:
    """Turn NaN and infinities into None: neither JSON nor a chart can show them."""
    flat = [i for i, kind in enumerate(types) if kind in {"DOUBLE", "FLOAT"}]
    deep = [
        i
        for i, kind in enumerate(types)
        if any(mark in kind for mark in _NESTED) and ("DOUBLE" in kind or "FLOAT" in kind)
    ]
    if not flat and not deep:
        return rows
    if not deep and all(row[i] is None or math.isfinite(row[i]) for row in rows for i in flat):
        return rows
    return [_clean_row(row, flat, deep) for row in rows]


def _clean_row(row: tuple[Any, ...], flat: list[int], deep: list[int]) -> tuple[Any, ...]:
    values = list(row)
    for i in (*flat, *deep):
        values[i] = _clean(values[i])
    return tuple(values)


def _clean(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return value
