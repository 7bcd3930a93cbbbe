"""What a text may rest on: the rows of an answer, their names, periods and units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from assistant.formatting import symbol
from semantic_layer.timegrain import Calendar, DateRange, TimeGrain

if TYPE_CHECKING:
    pass

Measure = Literal["money", "percent", "duration", "count", "number"]
Kind = Literal["value", "prev", "delta", "pct", "share"]
_DURATIONS = frozenset({"day", "days", "hour", "hours", "minute", "minutes"})
_CURRENCY = re.compile(r"[A-Z]{3}")
_NAME_KINDS = Literal["key", "metric", "dimension", "facet"]


@dataclass(frozen=True, slots=True)
class Name:
    """A name that may be said: of rows, a metric, a dimension, or a facet (a model of several)."""

    kind: _NAME_KINDS
    id: str


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        keys: Ids of its dimension values (`column=value`).
        period: Its period, in a series.
        cells: (metric, kind) -> value.
    """

    keys: frozenset[str]
    period: DateRange | None
    cells: Mapping[tuple[str, Kind], float]


@dataclass(frozen=True)
class Value:
    """A column of values: its metric, unit, whether groups add up, and whether up is good."""

    metric: str
    unit: str
    additive: bool
    good: str = "neutral"

    @property
    def measure(self) -> Measure:
        """What is measured, for matching with the unit that was said."""
        if self.unit == "%":
            return "percent"
        head = self.unit.split("/")[0]
        if symbol(self.unit) or _CURRENCY.fullmatch(head):
            return "money"
        if head in _DURATIONS:
            return "duration"
        return "count" if self.unit and "/" not in self.unit else "number"


@dataclass(frozen=True)
class Sheet:
    """One table, ready for questions about it.

    Attributes:
        whole: Every group is shown, so that shares and sums of all of them are known.
        total_rows: Groups before the cut.
    """

    rows: tuple[Row, ...]
    values: tuple[Value, ...]
    whole: bool
    total_rows: int
    is_open_ended: bool = False

    def value(self, metric: str) -> Value:
        """Return the column of a metric.

        Raises:
            StopIteration: There is none.
        """
        return next(v for v in self.values if v.metric == metric)

    @property
    def keyed(self) -> bool:
        """Whether rows are told apart by names or periods."""
        return any(r.keys or r.period for r in self.rows)


@dataclass(frozen=True)
class Evidence:
    """All that a text about one answer may rest on.

    Attributes:
        names: Folded name -> what it means.
        window: The executed period, if any, and the one compared with.
    """

    sheets: tuple[Sheet, ...]
    names: Mapping[str, Name]
    today: date
    as_of: date
    calendar: Calendar
    window: DateRange | None = None
    before: DateRange | None = None
    grain: TimeGrain | None = None
    complete: bool = True
    filtered: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    """Pieces of the names of metrics and dimensions: they claim nothing by themselves."""
    of_people: bool = False
    """Whether the rows are of people: `人均` is then an average of them."""
    notes: tuple[str, ...] = ()
    """What the answer itself says of its figures, folded: it may be said again word for word."""
    stems: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Pieces of the labels of metrics, with the metrics whose labels hold them."""
    groups: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)
    """Pieces that the names of several rows share, with the rows that they name together."""

    def metric_words(self) -> Iterator[tuple[str, str]]:
        """Yield (word, metric) of everything that a metric is called."""
        return ((w, n.id) for w, n in self.names.items() if n.kind == "metric")


def fold(text: str) -> str:
    """Fold width, case and typographic variants; the text is only read afterwards."""
    out = unicodedata.normalize("NFKC", text).casefold()
    return _SPACED.sub("", out.translate(_VARIANTS))


#: `9 月` and `U 型` are written with and without the space.
_SPACED = re.compile(r"(?<=[a-z0-9]) +(?=[\u4e00-\u9fff])")


_VARIANTS = str.maketrans({"−": "-", "–": "-", "—": "-", "’": "'", "‘": "'", "～": "~", "“": '"', "”": '"'})  # fmt: skip
