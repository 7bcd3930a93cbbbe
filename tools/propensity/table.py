"""A raw table as clean columns: unfilled values are empty, kinds are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semantic_layer import QueryError
from semantic_layer.errors import suggest
from tools.propensity.report import Left
from tools.propensity.spec import EMPTY, TrainingSpec

if TYPE_CHECKING:
    import pandas as pd

_NUMERIC_SHARE = 0.95
_ID_SHARE = 0.9
_RARE_EMPTY = 0.001
_DENSE, _DENSE_ROWS = 20, 1_000
"""A running number leaves out few: so many times the rows at most, told from so many rows on."""
_NUMBERED = re.compile(r"\b(id|no|nr|number|serial|key)\b|编号|序号|单号|号码", re.IGNORECASE)
_LISTED = 3


@dataclass(frozen=True)
class Table:
    """Rows ready for training, in the order of time when it is known.

    Attributes:
        frame: Feature columns: float64, or object with text and None.
        outcome: 0 or 1 by row.
        order: The value of the `order` column by row, or None.
        raw: The table as given, in the same row order.
    """

    frame: pd.DataFrame
    outcome: pd.Series[int]
    order: pd.Series[Any] | None
    raw: pd.DataFrame
    numeric: tuple[str, ...]
    left_out: tuple[Left, ...] = ()


def read_csv(path: Path) -> pd.DataFrame:
    """Return a CSV file as text columns.

    Raises:
        QueryError: It cannot be read.
    """
    import pandas as pd

    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise QueryError("CSV_UNREADABLE", f"{path} cannot be read: {error}") from None


def make_table(raw: pd.DataFrame, spec: TrainingSpec) -> Table:
    """Return the rows that have an outcome, sorted by time, with their feature columns.

    Raises:
        QueryError: A named column is missing.
    """
    _check_columns(raw, spec)
    raw = sort_rows(raw, spec)
    outcome = raw[spec.outcome].map(lambda v: int(str(v).strip().lower() in spec.positive))
    taken = {spec.outcome, spec.id, spec.order, spec.rules_score}
    names = [c for c in (spec.features or raw.columns) if c not in taken]
    frame, numeric = clean_frame(raw[names], spec)
    kept, left = _useful(frame, numeric)
    order = raw[spec.order] if spec.order else None
    return Table(
        frame[kept], outcome, order, raw, tuple(n for n in numeric if n in kept), tuple(left)
    )


def _check_columns(raw: pd.DataFrame, spec: TrainingSpec) -> None:
    single = [spec.outcome, spec.id, spec.order, spec.rules_score]
    named = [n for n in single if n] + [*spec.features, *spec.late, *spec.early, *spec.fairness]
    for name in named:
        if name not in raw.columns:
            near = suggest(name, map(str, raw.columns))
            raise QueryError(
                "UNKNOWN_COLUMN", f"The table has no column `{name}`.", candidates=near
            )


def sort_rows(raw: pd.DataFrame, spec: TrainingSpec) -> pd.DataFrame:
    """Return the rows in the order of time; as they are when no order is known."""
    import pandas as pd

    if spec.order is None:
        return raw.reset_index(drop=True)
    key = pd.to_numeric(raw[spec.order], errors="coerce")
    if key.isna().mean() > 1 - _NUMERIC_SHARE:
        key = pd.to_datetime(raw[spec.order], errors="coerce")
    place = key.sort_values(kind="stable", na_position="first").index
    return raw.loc[place].reset_index(drop=True)


def clean_frame(raw: pd.DataFrame, spec: TrainingSpec) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return features with None for what is not filled in, and the names of numbers."""
    import pandas as pd

    empty = {*EMPTY, *(u.strip().lower() for u in spec.unknown)}
    columns: dict[str, pd.Series[Any]] = {}
    numeric: list[str] = []
    for name in raw.columns:
        text = raw[name].map(lambda v: None if v is None or v != v else str(v).strip())
        text = text.where(~text.map(lambda v: v is not None and v.lower() in empty), None)
        filled = text.dropna()
        numbers = pd.to_numeric(filled, errors="coerce")
        if len(filled) and numbers.notna().mean() >= _NUMERIC_SHARE and filled.nunique() > 2:
            columns[name] = pd.to_numeric(text, errors="coerce").astype("float64")
            numeric.append(str(name))
        else:
            columns[name] = text.astype("object")
    return pd.DataFrame(columns, index=raw.index), tuple(numeric)


def as_trained(raw: pd.DataFrame, spec: TrainingSpec, numeric: Sequence[str]) -> pd.DataFrame:
    """Return features of the kinds that a model was trained on, whatever these rows look like."""
    import pandas as pd

    frame, found = clean_frame(raw, spec)
    changed = {n: pd.to_numeric(frame[n], errors="coerce") for n in numeric if n not in found}
    words = {n: raw[n].where(frame[n].notna(), None) for n in found if n not in numeric}
    return frame.assign(**changed, **words)


def _useful(frame: pd.DataFrame, numeric: tuple[str, ...]) -> tuple[list[str], list[Left]]:
    kept: list[str] = []
    left: list[Left] = []
    for name in map(str, frame.columns):
        filled = frame[name].dropna()
        distinct = filled.nunique()
        if not len(filled):
            left.append(Left(field=name, why="empty"))
        elif distinct == 1 and 1 - len(filled) / len(frame) < _RARE_EMPTY:
            left.append(Left(field=name, why="constant"))
        elif _names_rows(name, filled, is_numeric=name in numeric):
            left.append(Left(field=name, why="identifier"))
        else:
            kept.append(name)
    return kept, left


def _names_rows(name: str, filled: pd.Series[Any], *, is_numeric: bool) -> bool:
    """Whether a column says which row it is, and not what the row is like."""
    distinct = filled.nunique()
    if distinct <= 50:
        return False
    if not is_numeric:
        return distinct > _ID_SHARE * len(filled)
    if distinct < len(filled) or (filled % 1).any():
        return False
    is_dense = len(filled) >= _DENSE_ROWS and filled.max() - filled.min() < _DENSE * len(filled)
    return is_dense or bool(_NUMBERED.search(re.sub(r"[_\W]+", " ", name)))


def could_order(raw: pd.DataFrame, spec: TrainingSpec) -> tuple[str, ...]:
    """Return the columns along which a table without `order` could be split: dates, running numbers."""
    import pandas as pd

    found: list[str] = []
    for name in (str(n) for n in raw.columns if n != spec.outcome):
        filled = raw[name][raw[name].astype(str).str.strip() != ""].dropna().astype(str)
        numbers = pd.to_numeric(filled, errors="coerce")
        if not len(filled):
            continue
        if numbers.notna().all():
            is_order = _names_rows(name, numbers, is_numeric=True)
        else:
            days = pd.to_datetime(filled, errors="coerce", format="ISO8601")
            is_order = float(days.notna().mean()) >= _NUMERIC_SHARE
        found += [name] if is_order else []
    return tuple(found[:_LISTED])
