"""What every result is told as, before it becomes an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.answer import Chart, Table, TableColumn, TimeBasis
from semantic_layer.loader import Definitions

if TYPE_CHECKING:
    from assistant.leads.sentences import Sentence


@dataclass(frozen=True)
class Told:
    """One tool's result in words and tables.

    Attributes:
        assumptions: What the numbers rest on, for the receipt.
        warnings: Limits that must not be missed.
        is_empty: There is nothing to show.
        facts: What a model may write about freely.
    """

    headline: str
    text: str = ""
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    followups: tuple[str, ...] = ()
    time: TimeBasis | None = None
    sql: tuple[str, ...] = ()
    is_empty: bool = False
    facts: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Names:
    """What the reader's language calls stored values and dimensions."""

    definitions: Definitions | None = None
    lang: str = "zh"
    currency: str = ""

    def value(self, dimension: str, value: str) -> str:
        """Return a stored value as people call it."""
        known = self.definitions.dimensions.get(dimension) if self.definitions else None
        spec = known.values.get(value) if known else None
        return spec.label.get(self.lang) if spec and spec.label else value

    def dimension(self, name: str) -> str:
        """Return a dimension's label."""
        known = self.definitions.dimensions.get(name) if self.definitions else None
        return known.label.get(self.lang) if known else name


def key_column(name: str, label: str) -> TableColumn:
    """Return a column of names."""
    return TableColumn(name=name, label=label, type="string", kind="dimension")


def value_column(name: str, label: str, unit: str = "", pattern: str = "") -> TableColumn:
    """Return a column of numbers."""
    return TableColumn(name=name, label=label, type="number", unit=unit, format=pattern)


def money_column(name: str, label: str, currency: str) -> TableColumn:
    """Return a column of amounts, shown without cents; the cells keep them."""
    return value_column(name, label, currency, "#,##0" if currency else "")


def window_text(start: object, end: object, lang: str) -> str:
    """Return a period whose `end` is the day after, as text; "" for all data."""
    if start is None and end is None:
        return "全部数据" if lang == "zh" else "all data"
    between = " 至 " if lang == "zh" else " to "
    return f"{start or '…'}{between}{end or '…'}"
