"""Which days stand behind each row of a series, and behind what the row is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from assistant.formatting import period_text
from semantic_layer.compile.comparison import whole_months
from semantic_layer.compile.context import Context
from semantic_layer.compile.offsets import period_pairs
from semantic_layer.query import Query
from semantic_layer.result import Cell, ResultSet
from semantic_layer.timegrain import DateRange, TimeGrain

_NAMED = {TimeGrain.MONTH, TimeGrain.QUARTER, TimeGrain.YEAR}
_TO = {"zh": " 至 ", "en": " to "}
_SAME_LENGTH = 3
"""Days by which whole calendar periods may differ and still be alike: months and quarters do."""
_ALIKE = 30
"""Other periods are alike while they differ by less than this part of their length."""

_LENGTHS = {
    "zh": "两段时间长短不同：{} 天与 {} 天，增减不能直接比较",
    "en": "The periods differ in length ({} and {} days): mind the change",
}
_ROW_LENGTHS = {
    "zh": "{now}（{days} 天）与 {then}（{before} 天）长短不同，增减不能直接比较",
    "en": "{now} ({days} days) and {then} ({before} days) differ in length: mind the change",
}


@dataclass(frozen=True)
class Pair:
    """The days of one row, and of the row it is compared with."""

    now: DateRange
    then: DateRange

    @property
    def is_unequal(self) -> bool:
        """Whether the two are so unlike in length that a change says little."""
        apart = abs(self.now.days - self.then.days)
        if whole_months(self.now) and whole_months(self.then):
            return apart > _SAME_LENGTH
        return apart * _ALIKE > max(self.now.days, self.then.days)


@dataclass(frozen=True)
class Rows:
    """What each period of a series holds.

    Attributes:
        pairs: First day of a period (ISO) -> its days and those compared with.
        open_from: First day (ISO) of the running period, if the last one is not over.
        cut: First days (ISO) of periods that the asked range cuts.
        grain: Of the series.
    """

    pairs: dict[str, Pair] = field(default_factory=dict)
    open_from: str = ""
    cut: frozenset[str] = frozenset()
    grain: TimeGrain | None = None

    @property
    def compared(self) -> DateRange | None:
        """The days that all rows together are compared with."""
        then = [p.then for p in self.pairs.values()]
        return DateRange(then[0].start, then[-1].end) if then else None

    def is_open(self, period: Cell) -> bool:
        """Whether a row's period is not over."""
        return bool(self.open_from) and str(period) == self.open_from

    def is_cut(self, period: Cell) -> bool:
        """Whether the asked range holds only a part of a row's period."""
        return str(period) in self.cut

    def then(self, period: Cell, lang: str) -> str:
        """Return the days that a row is compared with: a period's name, or its dates."""
        pair = self.pairs.get(str(period))
        return days_text(pair.then, self.grain, lang) if pair else ""


def rows_of(ctx: Context, query: Query, data: ResultSet) -> Rows:
    """Return what each period of a result holds; nothing where it is not by time."""
    span, periods = data.span, data.periods
    if data.grain is None or span is None or not periods:
        return Rows(grain=data.grain)
    running = min(span.end, ctx.data_end) < periods[-1].end
    ends = {str(p.start) for p in (periods[0], periods[-1])}
    cut = {s for s in ends if s == str(periods[0].start) and periods[0].start < span.start}
    cut |= {s for s in ends if s == str(periods[-1].start) and span.end < periods[-1].end}
    pairs: dict[str, Pair] = {}
    if query.compare is not None and data.previous is not None:
        both = period_pairs(ctx, query, span, data.previous, periods)
        pairs = {str(p.start): Pair(*b) for p, b in zip(periods, both, strict=True)}
    is_open = running and periods[-1].end > ctx.data_end
    return Rows(pairs, str(periods[-1].start) if is_open else "", frozenset(cut), data.grain)


def days_text(days: DateRange, grain: TimeGrain | None, lang: str) -> str:
    """Return a range as the name of the period it is, else by its first and last day."""
    last = days.end - timedelta(days=1)
    if days.start >= last:
        return str(days.start)
    if grain in _NAMED and whole_months(days) == _months(grain):
        return period_text(str(days.start), grain.value if grain else None, lang)
    return f"{days.start}{_TO[lang]}{last}"


def _months(grain: TimeGrain | None) -> int:
    return {TimeGrain.QUARTER: 3, TimeGrain.YEAR: 12}.get(grain or TimeGrain.MONTH, 1)


def unequal(query: Query, data: ResultSet, rows: Rows, lang: str) -> list[str]:
    """Return a warning for each comparison of two periods of different length."""
    if query.compare is None or data.span is None or data.previous is None:
        return []
    if data.grain is None:
        pair = Pair(data.span, data.previous)
        return [_LENGTHS[lang].format(pair.now.days, pair.then.days)] if pair.is_unequal else []
    pairs = [p for start, p in rows.pairs.items() if _shown(start, data) and p.is_unequal]
    return [_length_text(p, lang) for p in pairs]


def _shown(start: str, data: ResultSet) -> bool:
    index = next(i for i, c in enumerate(data.columns) if c.kind == "time")
    return any(str(row[index]) == start for row in data.rows)


def _length_text(pair: Pair, lang: str) -> str:
    now, then = (days_text(d, None, lang) for d in (pair.now, pair.then))
    return _ROW_LENGTHS[lang].format(now=now, days=pair.now.days, then=then, before=pair.then.days)
