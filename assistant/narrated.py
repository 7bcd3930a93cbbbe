"""What a sentence about a result is put together from: keys, cells, periods, changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from assistant.answer import Table, TableColumn
from assistant.compared import Rows, days_text
from assistant.formatting import key_text, period_text, show
from semantic_layer.query import Query
from semantic_layer.result import Cell, ResultSet

Row = tuple[Cell, ...]
_NAMED = 5
OMIT = "\0"
"""Stands for a key that is not to be named."""
_WORDS = {
    "zh": {
        "rose": "（没有上升的）", "fell": "（没有下降的）", "met": "有名称的 {named} 组，另有没有名称的一组", "bracket": "（{}）", "not_low": "（未满期的不算最低）", "best": "{label}最高的 {count} 个：{rows}", "least": "最低的 {count} 个：{rows}", "all": "全部数据", "to": " 至 ", "partial": "（未满期，数据截至 {}）", "none": "没有数据", "dash": " — ", "place": "，第 {place} 名（共 {count}）", "colon": "：",
        "sep": "；", "end": "。", "against": "，较 {then} 的 {before} 变化 {moved}", "nothing": "（对比期无数据）",
        "ends": "{label}最高 {top}（{high}），最低 {bottom}（{low}）", "cut": "共 {total} 组，显示 {shown} 组", "rows": "共 {shown} 组",
        "series": "{label}从 {first} 的 {begin} 到 {last} 的 {finish}", "open": "（未满期）", "part": "（不足整期）", "only": "{key}，{parts}",
        "share": "占比", "ranked": "{label}依次为 {rows}", "list": "、", "pair": "{key}（{value}）", "unmet": "没有满足条件的",
        "cut_short": "共 {total} 组，显示 {shown} 组", "before": "{} 之前没有数据。",
        "gone": "{} 起的时间段还没有数据，数据截至 {}。", "together": "合计占 {value}",
        "tied": "；{key} 的值与最后列出的相同，没有列出", "level": "，{key} 与它并列", "apart": "，相差 {value}", "unnamed": "；没有名称的一组 {value} 不参与比较", "matched": "符合的有 {count} 个：{rows}",
    },
    "en": {
        "rose": " (none rose)", "fell": " (none fell)", "met": "{named} groups, and one without a name", "bracket": " ({})", "not_low": " (periods not over are no low)", "best": "{label}: highest {count}: {rows}", "least": "lowest {count}: {rows}", "all": "all data", "to": " to ", "partial": " (period not complete, data through {})", "none": "no data", "dash": " — ", "place": ", no. {place} of {count}", "colon": ": ",
        "sep": "; ", "end": ".", "against": ", {moved} against {before} ({then})", "nothing": " (no earlier data)",
        "ends": "{label} highest in {top} ({high}), lowest in {bottom} ({low})", "cut": "{total} groups, {shown} shown", "rows": "{shown} groups",
        "series": "{label} from {begin} ({first}) to {finish} ({last})", "open": " (not complete)", "part": " (not whole)", "only": "{key}, {parts}",
        "share": "share", "ranked": "{label}: {rows}", "list": ", ", "pair": "{key} ({value})", "unmet": "nothing meets the condition",
        "cut_short": "{total} groups, {shown} shown", "before": "There is no data before {}.",
        "gone": "There is no data yet from {}; data runs through {}.", "together": "{value} together",
        "tied": "; {key} has the same value as the last one shown", "level": ", tied with {key}", "apart": ", {value} apart", "unnamed": "; the group without a name ({value}) is not compared", "matched": "{count} meet it: {rows}",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Pieces:
    """The pieces of one result in one language."""

    table: Table
    data: ResultSet
    query: Query
    lang: str
    as_of: date
    focus: tuple[str, ...] = ()
    first_day: date | None = None
    limits: str = ""
    """What the query is limited to, in words."""
    periods: Rows = field(default_factory=Rows)
    """What each row of a series holds, and what it is compared with."""
    mean: bool = False
    """The mean over the periods is asked for."""
    apart: bool = False
    """The plain difference of two periods is asked for."""
    ends_told: int = 0
    """How many rows of each end are asked for; 0 for none."""
    direction: int = 0
    """Which way the change asked for goes: 1 up, -1 down, 0 either."""

    def words(self, name: str) -> str:
        """Return a template in the reader's language."""
        return _WORDS[self.lang][name]

    def window(self) -> str:
        """Return the executed window, marked when it is not complete."""
        span = self.data.span
        if span is None:
            return self._open_window()
        last = span.end - timedelta(days=1)
        shown = min(last, self.as_of) if span.start <= self.as_of else last
        text = str(span.start) if span.start == last else f"{span.start}{self.words('to')}{shown}"
        return text + (self.words("partial").format(self.as_of) if self.data.partial else "")

    def _open_window(self) -> str:
        time = self.query.time
        if time is None or (time.start is None and time.end is None):
            return self.words("all")
        if time.start is not None:
            return f"{time.start} 起" if self.lang == "zh" else f"from {time.start}"
        if time.end is None:
            return self.words("all")
        last = time.end - timedelta(days=1)
        return f"截至 {last}" if self.lang == "zh" else f"through {last}"

    def text(self, row: Row, column: TableColumn) -> str:
        """Return one cell."""
        value = row[self.table.columns.index(column)]
        return show(
            value, unit=column.unit, pattern=column.format, lang=self.lang, kind=column.kind
        )

    def key(self, row: Row) -> str:
        """Return what a row is about."""
        parts = []
        for value, column in zip(row, self.table.columns, strict=True):
            if value == OMIT:
                continue
            if column.kind == "dimension":
                parts.append(key_text(value, self.lang, column.labels))
            elif column.kind == "time":
                grain = self.data.grain.value if self.data.grain else None
                parts.append(period_text(value, grain, self.lang))
        return " · ".join(parts)

    def _column(self, name: str) -> TableColumn | None:
        return next((c for c in self.table.columns if c.name == name), None)

    def called(self, column: TableColumn) -> str:
        """Return a column's label; with its metric, where the label alone says share or change."""
        alone = len(self._values()) == 1 and column.kind in {"share", "delta", "pct"}
        between = "" if self.lang == "zh" else " "
        return f"{self._values()[0].label}{between}{column.label}" if alone else column.label

    def _values(self) -> list[TableColumn]:
        return [c for c in self.table.columns if c.kind == "value"]

    def main(self) -> TableColumn:
        """Return the column that the sentences are about."""
        first = self._values()[0]
        share = self._column(f"{first.name}__share")
        return share if self.query.share and share is not None else first

    def ends(self) -> tuple[Row, Row] | None:
        """Return the rows with the highest and the lowest value; a running period is left out."""
        i = self.table.columns.index(self.main())
        rows = self.data.rows
        if self.data.grain is not None and len(rows) > 2:
            rows = tuple(r for r in rows if not self._mark(r)) or rows
        named = tuple(r for r in rows if self._named(r))
        numbered = [(v, r) for r in named or rows if isinstance(v := r[i], int | float)]
        if not numbered:
            return None
        high = max(numbered, key=lambda pair: pair[0])[1]
        return high, min(numbered, key=lambda pair: pair[0])[1]

    def _mark(self, row: Row) -> str:
        """Return what to say of a period that is running, or that the asked range cuts."""
        period = row[self._time_index()]
        if self.periods.is_open(period):
            return self.words("open")
        return self.words("part") if self.periods.is_cut(period) else ""

    def is_part(self, row: Row) -> bool:
        """Whether the period of a row of a series is running or cut by the asked range."""
        return bool(self._mark(row))

    def _named(self, row: Row) -> bool:
        """Whether no dimension of the row is empty: a group without a name is no winner."""
        cells = zip(row, self.table.columns, strict=True)
        return all(v is not None for v, c in cells if c.kind == "dimension")

    def _time_index(self) -> int:
        return next(i for i, c in enumerate(self.table.columns) if c.kind == "time")

    def change(self, row: Row, column: TableColumn) -> str:
        """Return how a value compares with the earlier one, if the query compares."""
        before = self._column(f"{column.name}__prev")
        previous = self.data.previous
        if before is None or previous is None:
            return ""
        if row[self.table.columns.index(before)] is None:
            return self.words("nothing")
        moved = self._moved_by(column)
        if moved is None:
            return ""
        also = self._column(f"{column.name}__pct") if self.apart and column.unit != "%" else None
        rate = self.words("bracket").format(self.text(row, also)) if also is not None else ""
        return self.words("against").format(
            then=self._then(row) or days_text(previous, None, self.lang),
            before=self.text(row, before),
            moved=self.text(row, moved) + rate,
        )

    def _moved_by(self, column: TableColumn) -> TableColumn | None:
        """Return the column that tells how a value has moved: points of a rate, else percent."""
        plain = self.apart or column.unit == "%"
        return self._column(f"{column.name}__{'delta' if plain else 'pct'}")

    def _then(self, row: Row) -> str:
        """Return the days that a row of a series is compared with."""
        if self.data.grain is None:
            return ""
        return self.periods.then(row[self._time_index()], self.lang)

    def _moved(self, row: Row, column: TableColumn) -> str:
        text = self.change_short(row, column).strip(" ()（）")
        return f"，{text}" if text and self.lang == "zh" else f", {text}" if text else ""

    def change_short(self, row: Row, column: TableColumn) -> str:
        """Return the change of one row in brackets, if the query compares."""
        moved = self._moved_by(column)
        if moved is None or row[self.table.columns.index(moved)] is None:
            return ""
        return self.words("bracket").format(self.text(row, moved))

    def pairs(
        self,
        rows: Sequence[Row],
        column: TableColumn,
        most: int = _NAMED,
        also: Sequence[TableColumn] = (),
    ) -> str:
        """Return the first few rows as `key (value)`, with other columns by their labels."""
        marked = self.data.grain is not None
        shown = [
            self.words("pair").format(
                key=self.key(r) + (self._mark(r) if marked else ""),
                value=self.words("list").join(
                    (
                        self.text(r, column) + self._moved(r, column),
                        *(f"{c.label} {self.text(r, c)}" for c in also),
                    )
                ),
            )
            for r in rows[:most]
        ]
        return self.words("list").join(shown) + ("…" if len(rows) > most else "")

    def _keys(self, row: Row) -> str:
        """Return the key of a row, with those of the rows that have the same value."""
        i = self.table.columns.index(self.main())
        level = [r for r in self.data.rows if r[i] == row[i] and self._named(r)]
        if self.data.grain is not None and not self._mark(row):
            level = [r for r in level if not self._mark(r)]  # as where the ends are sought
        if len(level) < 2:
            return self.key(row)
        more = "…" if len(level) > _NAMED else ""
        return self.words("list").join(self.key(r) for r in level[:_NAMED]) + more
