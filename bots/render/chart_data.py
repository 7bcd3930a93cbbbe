"""A chart's marks as plain values: what is drawn, in which order, and what must be said about it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assistant.answer import Cell, Chart, Table, TableColumn, TimeBasis
from assistant.formatting import key_text, period_text, show

MAX_SERIES = 12
_HUGE = 1e20  # beyond this the number formatter gives up
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}
_DAYS = {"day": 1, "week": 7}
_WORDS = {
    "zh": {
        "partial": "空心或浅色：不完整的时期 {}", "through": "（数据截至 {}）", "list": "、",
        "folded": "{} 个较小的系列已合为「{}」", "hidden": "另有 {} 个较小的系列没有画出，见表",
        "gap": "空缺表示没有数据，不是 0", "other": "其他", "base": "纵轴不从 0 开始",
        "cut": "共 {} 组，画出 {} 组",
    },
    "en": {
        "partial": "hollow or light: incomplete {}", "through": " (data through {})", "list": ", ",
        "folded": "{} smaller series are folded into “{}”",
        "hidden": "{} smaller series are not drawn, see the table",
        "gap": "a gap means no data, not 0", "other": "Other", "base": "the axis does not begin at 0",
        "cut": "{} groups, {} drawn",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """One point, bar or slice."""

    key: str
    series: str
    value: float | int | None
    text: str
    partial: bool = False


@dataclass(frozen=True)
class Picture:
    """What a chart shows, before any drawing.

    Attributes:
        marks: One for each cell drawn; a missing value stays None.
        keys: Categories or periods in drawing order.
        series: Series in legend order; one when there is no legend.
        rest: Name of the series that holds the folded ones, or "".
        notes: What must be said beside the picture.
    """

    marks: tuple[Mark, ...]
    keys: tuple[str, ...]
    series: tuple[str, ...]
    rest: str = ""
    notes: tuple[str, ...] = ()

    @property
    def values(self) -> list[float | int]:
        """The values that are there."""
        return [m.value for m in self.marks if m.value is not None]


def word(lang: str, name: str) -> str:
    """Return a fixed word or template of the charts."""
    return _WORDS[lang][name]


def number_of(value: Cell) -> float | int | None:
    """Return a finite number, or None: a gap is a gap, never 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def picture(chart: Chart, table: Table, lang: str, time: TimeBasis | None, as_of: str) -> Picture:
    """Return what a chart shows; columns that the table lacks are left out."""
    at = {c.name: i for i, c in enumerate(table.columns)}
    columns = [table.columns[at[name]] for name in chart.y if name in at]
    if not chart.x:
        marks = _stages(table, columns, lang)
        return Picture(marks, tuple(m.key for m in marks), ("",))
    x = at.get(chart.x)
    split = at.get(chart.series) if chart.series else None
    clock = _Clock(time, as_of)
    keys, names = _Labels(lang, clock.grain), _Labels(lang, clock.grain)
    marks_list: list[Mark] = []
    for row in table.rows:
        key = keys.of(row[x], table.columns[x]) if x is not None else ""
        partial = x is not None and table.columns[x].kind == "time" and clock.partial(row[x])
        group = names.of(row[split], table.columns[split]) if split is not None else ""
        for column in columns:
            name = " · ".join(
                t for t in (group, column.label if len(columns) > 1 or not group else "") if t
            )
            value = number_of(row[at[column.name]])
            text = _text(value, column, lang)
            marks_list.append(Mark(key, name, value, text, partial and value is not None))
    order = keys.ordered(by_value=x is not None and _natural(chart, table.columns[x]))
    return _noted(_folded(marks_list, order, columns, lang), chart, table, lang, as_of)


def _text(value: float | int | None, column: TableColumn, lang: str) -> str:
    if value is not None and abs(value) >= _HUGE:
        return f"{value:.6g}" if isinstance(value, float) else str(value)[:40]
    kind = column.kind if column.kind in {"delta", "pct"} else "value"
    pattern = column.format
    return show(value, unit=column.unit, pattern=pattern, lang=lang, kind=kind)


def _natural(chart: Chart, column: TableColumn) -> bool:
    return column.kind == "time" or chart.mark == "histogram"


def _stages(table: Table, columns: list[TableColumn], lang: str) -> tuple[Mark, ...]:
    """One row, its columns are the stages in order."""
    if not table.rows:
        return ()
    cells = dict(zip((c.name for c in table.columns), table.rows[0], strict=True))
    values = [(c, number_of(cells[c.name])) for c in columns]
    return tuple(Mark(c.label, "", v, _text(v, c, lang)) for c, v in values)


class _Labels:
    """Names of keys: two keys of one name stay apart."""

    def __init__(self, lang: str, grain: str | None) -> None:
        self.lang, self.grain = lang, grain
        self.names: dict[tuple[str, Cell], str] = {}

    def of(self, value: Cell, column: TableColumn) -> str:
        key = (type(value).__name__, value)
        if key not in self.names:
            text = self._plain(value, column)
            used = set(self.names.values())
            n, unique = 1, text
            while unique in used:
                n += 1
                unique = f"{text} ({n})"
            self.names[key] = unique
        return self.names[key]

    def _plain(self, value: Cell, column: TableColumn) -> str:
        if column.kind == "time" and _day(value) is not None:
            return period_text(value, self.grain, self.lang)
        return key_text(value, self.lang, column.labels) or "''"

    def ordered(self, *, by_value: bool) -> tuple[str, ...]:
        if not by_value:
            return tuple(self.names.values())
        return tuple(n for _, n in sorted(self.names.items(), key=lambda p: _rank(p[0][1])))


def _rank(value: Cell) -> tuple[int, float, str]:
    """Numbers by size, texts by their first number or as dates; what is empty comes last."""
    number = number_of(value)
    if number is not None:
        return (0, float(number), "")
    text = "" if value is None else str(value)
    if _day(value) is not None:
        return (1, 0.0, text)
    digits = "".join(c if c.isdigit() and c.isascii() else " " for c in text).split()
    lower = -0.5 if text[:1] in {"<", "≤"} else 0.0
    return (2, float(digits[0][:15]) + lower, text) if digits else (3, 0.0, text)


def _day(value: Cell) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


class _Clock:
    """Knows which periods the window or the data cut short."""

    def __init__(self, time: TimeBasis | None, as_of: str) -> None:
        self.grain = time.grain if time else None
        self.start = _day(time.start) if time else None
        ends = [_day(time.end) if time else None]
        known = _day(as_of)
        ends.append(known + timedelta(days=1) if known else None)
        self.end = min((e for e in ends if e), default=None)

    def partial(self, value: Cell) -> bool:
        begin = _day(value)
        if begin is None or self.grain is None:
            return False
        try:
            end = _period_end(begin, self.grain)
        except (OverflowError, ValueError):
            return False
        return (self.start is not None and begin < self.start) or (
            self.end is not None and end > self.end
        )


def _period_end(begin: date, grain: str) -> date:
    if grain in _DAYS:
        return begin + timedelta(days=_DAYS[grain])
    months = begin.year * 12 + begin.month - 1 + _MONTHS.get(grain, 1)
    return date(months // 12, months % 12 + 1, 1)


def _folded(
    marks: list[Mark], keys: tuple[str, ...], columns: list[TableColumn], lang: str
) -> Picture:
    """At most 12 series: the smaller ones are added up where that is right, else left out."""
    series = tuple(dict.fromkeys(m.series for m in marks))
    if len(series) <= MAX_SERIES:
        return Picture(tuple(marks), keys, series)
    size = dict.fromkeys(series, 0.0)
    for mark in marks:
        size[mark.series] += abs(float(mark.value or 0))
    ranked = sorted(series, key=lambda s: -size[s])
    additive = len(columns) == 1 and columns[0].additive
    keep = set(ranked[: MAX_SERIES - 1 if additive else MAX_SERIES])
    kept = tuple(m for m in marks if m.series in keep)
    names = tuple(s for s in series if s in keep)
    gone = len(series) - len(names)
    if not additive:
        return Picture(kept, keys, names, notes=(word(lang, "hidden").format(gone),))
    rest = word(lang, "other")
    while rest in keep:
        rest += "*"
    summed = _sums((m for m in marks if m.series not in keep), rest, columns[0], lang)
    note = word(lang, "folded").format(gone, rest)
    return Picture((*kept, *summed), keys, (*names, rest), rest, (note,))


def _sums(marks: Iterable[Mark], rest: str, column: TableColumn, lang: str) -> Iterable[Mark]:
    found: dict[str, Mark] = {}
    for mark in marks:
        old = found.get(mark.key)
        parts = [v for v in (old.value if old else None, mark.value) if v is not None]
        value = sum(parts) if parts else None
        found[mark.key] = replace(
            mark,
            series=rest,
            value=value,
            text=_text(value, column, lang),
            partial=mark.partial or bool(old and old.partial),
        )
    return found.values()


def _noted(pic: Picture, chart: Chart, table: Table, lang: str, as_of: str) -> Picture:
    notes = list(pic.notes)
    cut = list(dict.fromkeys(m.key for m in pic.marks if m.partial))
    if cut:
        names = word(lang, "list").join(sorted(cut, key=pic.keys.index))
        through = word(lang, "through").format(as_of) if as_of else ""
        notes.append(word(lang, "partial").format(names) + through)
    holes = any(m.value is None for m in pic.marks)
    if chart.mark == "line":
        holes |= len({(m.key, m.series) for m in pic.marks}) < len(pic.keys) * len(pic.series)
    if holes and pic.values:
        notes.append(word(lang, "gap"))
    if table.total_rows > len(table.rows) and chart.mark != "line":
        notes.append(word(lang, "cut").format(table.total_rows, len(table.rows)))
    return replace(pic, notes=tuple(notes))
