"""What a query returns: typed columns, raw rows, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from semantic_layer.model import Text
from semantic_layer.timegrain import DateRange, TimeGrain

if TYPE_CHECKING:
    import pandas as pd

Cell = str | int | float | bool | None
ColumnKind = Literal["dimension", "time", "value", "prev", "delta", "pct", "share"]


@dataclass(frozen=True)
class Column:
    """One column of a result.

    Attributes:
        name: Stable name (dimension id, `period`, metric id, `<metric>__pct` ...).
        kind: What it holds; `pct` and `share` are fractions of 1.
        unit: Unit of the values (`CNY`, `%` for rates stored 0-1, `day`, ...).
        format: Number pattern for display.
        metric: Metric behind the column, if any.
        good: Whether up is good, for colouring changes.
    """

    name: str
    label: Text
    kind: ColumnKind
    unit: str = ""
    format: str = ""
    metric: str = ""
    good: str = "neutral"


@dataclass(frozen=True)
class ResultSet:
    """Rows of a governed query.

    Attributes:
        rows: Raw values: rates 0-1, money in units of currency, dates as ISO text.
        total_rows: Rows before `limit`.
        capped: The engine's row cap cut the result; say so.
        span: The range asked about, if any.
        previous: The range compared with, if any.
        periods: The asked periods when broken down by time.
        partial: The range runs beyond the complete data.
        suppressed: Rows whose values are withheld because too few people are behind them.
        tied: The first row beyond `limit`, where it is as good as the last one shown.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total_rows: int
    sql: tuple[str, ...]
    span: DateRange | None = None
    previous: DateRange | None = None
    grain: TimeGrain | None = None
    periods: tuple[DateRange, ...] = ()
    partial: bool = False
    capped: bool = False
    time_columns: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    suppressed: int = 0
    tied: tuple[Cell, ...] | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def clipped(self) -> bool:
        """Whether the range cuts its first or last period, so that this one is not whole."""
        if self.span is None or not self.periods:
            return False
        first, last = self.periods[0], self.periods[-1]
        return first.start < self.span.start or (not self.partial and last.end > self.span.end)

    def index(self, name: str) -> int:
        """Return the position of a column.

        Raises:
            KeyError: There is no such column.
        """
        for i, column in enumerate(self.columns):
            if column.name == name:
                return i
        raise KeyError(name)

    def column(self, name: str) -> tuple[Cell, ...]:
        """Return one column's values."""
        i = self.index(name)
        return tuple(row[i] for row in self.rows)

    def records(self) -> list[dict[str, Cell]]:
        """Return rows as dictionaries."""
        names = [c.name for c in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def to_pandas(self) -> pd.DataFrame:
        """Return a DataFrame with the raw values, one column per result column."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=[c.name for c in self.columns])
