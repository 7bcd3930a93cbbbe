"""Sentences by template. Every number in a sentence is a cell, or a sum of shares, formatted once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from assistant.answer import Table, TableColumn
from assistant.averaged import mean_text
from assistant.compared import Rows, days_text
from assistant.formatting import key_text, period_text, show
from semantic_layer.query import Query
from semantic_layer.result import Cell, ResultSet

Row = tuple[Cell, ...]
_NAMED = 5
_GROUPS = 12
_OMIT = "\0"
"""Stands for a key that is not to be named."""
_WORDS = {
    "zh": {
        "all": "全部数据", "to": " 至 ", "partial": "（未满期，数据截至 {}）", "none": "没有数据", "dash": " — ", "place": "，第 {place} 名（共 {count}）", "colon": "：",
        "sep": "；", "end": "。", "against": "，较 {then} 的 {before} 变化 {moved}", "nothing": "（对比期无数据）",
        "ends": "{label}最高 {top}（{high}），最低 {bottom}（{low}）", "cut": "共 {total} 组，显示 {shown} 组", "rows": "共 {shown} 组",
        "series": "{label}从 {first} 的 {begin} 到 {last} 的 {finish}", "open": "（未满期）", "part": "（不足整期）", "only": "{key}，{parts}",
        "share": "占比", "ranked": "{label}依次为 {rows}", "list": "、", "pair": "{key}（{value}）", "unmet": "没有满足条件的",
        "cut_short": "共 {total} 组，显示 {shown} 组", "before": "{} 之前没有数据。",
        "gone": "{} 起的时间段还没有数据，数据截至 {}。", "together": "合计占 {value}",
    },
    "en": {
        "all": "all data", "to": " to ", "partial": " (period not complete, data through {})", "none": "no data", "dash": " — ", "place": ", no. {place} of {count}", "colon": ": ",
        "sep": "; ", "end": ".", "against": ", {moved} against {before} ({then})", "nothing": " (no earlier data)",
        "ends": "{label} highest in {top} ({high}), lowest in {bottom} ({low})", "cut": "{total} groups, {shown} shown", "rows": "{shown} groups",
        "series": "{label} from {begin} ({first}) to {finish} ({last})", "open": " (not complete)", "part": " (not whole)", "only": "{key}, {parts}",
        "share": "share", "ranked": "{label}: {rows}", "list": ", ", "pair": "{key} ({value})", "unmet": "nothing meets the condition",
        "cut_short": "{total} groups, {shown} shown", "before": "There is no data before {}.",
        "gone": "There is no data yet from {}; data runs through {}.", "together": "{value} together",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Teller:
    """Tells one result in one language."""

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

    def _w(self, name: str) -> str:
        return _WORDS[self.lang][name]

    # --- pieces -----------------------------------------------------------------------

    def window(self) -> str:
        """Return the executed window, marked when it is not complete."""
        span = self.data.span
        if span is None:
            return self._open_window()
        last = span.end - timedelta(days=1)
        shown = min(last, self.as_of) if span.start <= self.as_of else last
        text = str(span.start) if span.start == last else f"{span.start}{self._w('to')}{shown}"
        return text + (self._w("partial").format(self.as_of) if self.data.partial else "")

    def _open_window(self) -> str:
        time = self.query.time
        if time is None or (time.start is None and time.end is None):
            return self._w("all")
        if time.start is not None:
            return f"{time.start} 起" if self.lang == "zh" else f"from {time.start}"
        if time.end is None:
            return self._w("all")
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
            if value == _OMIT:
                continue
            if column.kind == "dimension":
                parts.append(key_text(value, self.lang, column.labels))
            elif column.kind == "time":
                grain = self.data.grain.value if self.data.grain else None
                parts.append(period_text(value, grain, self.lang))
        return " · ".join(parts)

    def _column(self, name: str) -> TableColumn | None:
        return next((c for c in self.table.columns if c.name == name), None)

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
            return self._w("open")
        return self._w("part") if self.periods.is_cut(period) else ""

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
            return self._w("nothing")
        moved = self._column(f"{column.name}__{'delta' if column.unit == '%' else 'pct'}")
        if moved is None:
            return ""
        return self._w("against").format(
            then=self._then(row) or days_text(previous, None, self.lang),
            before=self.text(row, before),
            moved=self.text(row, moved),
        )

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
        moved = self._column(f"{column.name}__{'delta' if column.unit == '%' else 'pct'}")
        if moved is None or row[self.table.columns.index(moved)] is None:
            return ""
        text = self.text(row, moved)
        return f"（{text}）" if self.lang == "zh" else f" ({text})"

    # --- sentences --------------------------------------------------------------------

    def headline(self) -> str:
        """Return the one sentence that answers the question."""
        span = self.data.span
        if span is not None and span.start > self.as_of:
            return self._w("gone").format(span.start, self.as_of)
        if span is not None and self.first_day is not None and span.end <= self.first_day:
            return self._w("before").format(self.first_day)
        limited = f" · {self.limits}" if self.limits else ""
        where = self.window() + limited + self._w("colon")
        if not self.data.rows:
            return where + self._w("unmet" if self.query.having else "none") + self._w("end")
        if self._blank():
            return where + self._w("none") + self._w("end")
        return where + self._body() + self._w("end")

    def _blank(self) -> bool:
        values = [i for i, c in enumerate(self.table.columns) if c.kind == "value"]
        return all(row[i] is None for row in self.data.rows for i in values)

    def _winners(self) -> str:
        """Return the first rows of each group, group by group."""
        name = self.query.order[0].by if self.query.order else self.main().name
        column = self._column(name) or self.main()
        held = [i for i, c in enumerate(self.table.columns) if c.name in self.query.per]
        shown: dict[str, list[str]] = {}
        for row in self.data.rows:
            group = self.key(tuple(row[i] if i in held else _OMIT for i in range(len(row))))
            one = self.key(tuple(_OMIT if i in held else row[i] for i in range(len(row))))
            value = self.text(row, column) + self._moved(row, column)
            shown.setdefault(group, []).append(self._w("pair").format(key=one, value=value))
        parts = [g + self._w("colon") + self._w("list").join(v) for g, v in shown.items()]
        more = "…" if len(parts) > _GROUPS else ""
        return f"{column.label}{self._w('dash')}" + self._w("sep").join(parts[:_GROUPS]) + more

    def _body(self) -> str:
        if self.query.per:
            return self._winners()
        keyed = any(c.kind in {"dimension", "time"} for c in self.table.columns)
        if not keyed:
            return self._parts(self.data.rows[0])
        if self.mean:
            return mean_text(self)
        focused = self._focused()
        if focused:
            each = self._w("sep").join(self._only(row) + self._place(row) for row in focused)
            return each + self._together(focused)
        if len(self.data.rows) == 1:
            return self._only(self.data.rows[0])
        alone = sum(c.kind in {"dimension", "time"} for c in self.table.columns) == 1
        if self.query.order and alone:
            return self._ranking()
        return self._series() if self.data.grain is not None and alone else self._groups()

    def _ranking(self) -> str:
        """Return the rows in the asked order, the first few by name."""
        name = self.query.order[0].by
        column = self._column(name) or self.main()
        shown = [
            self._w("pair").format(
                key=self.key(r), value=self.text(r, column) + self._moved(r, column)
            )
            for r in self.data.rows[:_NAMED]
        ]
        rows = self._w("list").join(shown) + ("…" if len(self.data.rows) > _NAMED else "")
        text = self._w("ranked").format(label=column.label, rows=rows)
        text += self._together(self.data.rows) if self.query.limit else ""
        total, count = self.data.total_rows, len(self.data.rows)
        if total > count:
            text += self._w("sep") + self._w("cut_short").format(total=total, shown=count)
        return text

    def _together(self, rows: Sequence[Row]) -> str:
        """Return the share that the rows named have together; "" for a single one."""
        column = self.main()
        i = self.table.columns.index(column)
        shares = [cell for row in rows if isinstance(cell := row[i], int | float)]
        alone = column.kind == "share" and len(self._values()) == 1 and self.data.grain is None
        if not alone or not 1 < len(shares) == len(rows):
            return ""
        total = math.fsum(shares)
        value = show(
            total, unit=column.unit, pattern=column.format, lang=self.lang, kind=column.kind
        )
        return self._w("sep") + self._w("together").format(value=value)

    def _focused(self) -> list[Row]:
        if not self.focus:
            return []
        i = next(i for i, c in enumerate(self.table.columns) if c.kind == "dimension")
        return [r for r in self.data.rows if str(r[i]) in self.focus]

    def _place(self, row: Row) -> str:
        """Return where a row stands, if the query ranks."""
        if not self.query.order:
            return ""
        column = self._column(self.query.order[0].by) or self.main()
        i = self.table.columns.index(column)
        cells = [r[i] for r in self.data.rows if self._named(r)]
        named = [v for v in cells if isinstance(v, int | float)]
        value = row[i]
        if not isinstance(value, int | float):
            return ""
        sign = 1 if self.query.order[0].desc else -1
        above = sum(sign * v > sign * value for v in named)
        return self._w("place").format(place=above + 1, count=len(named))

    def _parts(self, row: Row) -> str:
        texts = []
        for column in self._values():
            text = f"{column.label} {self.text(row, column)}{self.change(row, column)}"
            share = self._column(f"{column.name}__share")
            if share is not None:
                text += (
                    f"（{self._w('share')} {self.text(row, share)}）"
                    if self.lang == "zh"
                    else (f" ({self.text(row, share)} {self._w('share')})")
                )
            texts.append(text)
        return self._w("sep").join(texts)

    def _only(self, row: Row) -> str:
        return self._w("only").format(key=self.key(row), parts=self._parts(row))

    def _series(self) -> str:
        column = self.main()
        first, last = self.data.rows[0], self.data.rows[-1]
        text = self._w("series").format(
            label=column.label,
            first=self.key(first) + self._mark(first),
            begin=self.text(first, column),
            last=self.key(last) + self._mark(last),
            finish=self.text(last, column),
        )
        change = self.change(last, column)
        if change:  # apart from the two ends: it is against the period before, or a year ago
            text += self._w("sep") + self.key(last) + self._mark(last) + change.replace("，", "", 1)
        ends = self.extremes()
        return f"{text}{self._w('sep')}{ends}" if ends else text

    def extremes(self) -> str:
        """Return the highest and the lowest row in words."""
        found = self.ends()
        if found is None:
            return ""
        column = self.main()
        if found[0] is found[1]:
            return f"{self._only(found[0])}"
        return self._w("ends").format(
            label=column.label,
            top=self.key(found[0]),
            high=self.text(found[0], column) + self._moved(found[0], column),
            bottom=self.key(found[1]),
            low=self.text(found[1], column) + self._moved(found[1], column),
        )

    def _groups(self) -> str:
        ends = self.extremes()
        if not ends:
            return f"{self.main().label}{self._w('colon')}{self._w('none')}"
        shown, total = len(self.data.rows), self.data.total_rows
        if self.data.grain is not None:
            return ends
        tail = self._w("cut" if total > shown else "rows").format(total=total, shown=shown)
        return f"{ends}{self._w('sep')}{tail}"
