"""Sentences by template. Every number in a sentence is a cell, or a sum of shares, formatted once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.averaged import mean_text
from assistant.both_ends import both_ends_text
from assistant.formatting import show
from assistant.narrated import OMIT, Pieces, Row

_GROUPS = 12
_ALSO = 2
"""Other metrics told beside the one that a ranking goes by."""


@dataclass(frozen=True)
class Teller(Pieces):
    """Tells one result in one language."""

    def headline(self) -> str:
        """Return the one sentence that answers the question."""
        span = self.data.span
        if span is not None and span.start > self.as_of:
            return self.words("gone").format(span.start, self.as_of)
        if span is not None and self.first_day is not None and span.end <= self.first_day:
            return self.words("before").format(self.first_day)
        limited = f" · {self.limits}" if self.limits else ""
        where = self.window() + limited + self.words("colon")
        if not self.data.rows:
            return where + self.words("unmet" if self.query.having else "none") + self.words("end")
        if self._blank():
            return where + self.words("none") + self.words("end")
        return where + self._body() + self.words("end")

    def _blank(self) -> bool:
        values = [i for i, c in enumerate(self.table.columns) if c.kind == "value"]
        return all(row[i] is None for row in self.data.rows for i in values)

    def _winners(self) -> str:
        """Return the first rows of each group, group by group."""
        name = self.query.order[0].by if self.query.order else self.main().name
        column = self._column(name) or self.main()
        held = [i for i, c in enumerate(self.table.columns) if c.name in self.query.per]
        timed, by_time = self.data.grain is not None, "period" in self.query.per
        shown: dict[str, list[str]] = {}
        for row in self.data.rows:
            mark = self._mark(row) if timed else ""
            group = self.key(tuple(row[i] if i in held else OMIT for i in range(len(row))))
            one = self.key(tuple(OMIT if i in held else row[i] for i in range(len(row))))
            group, one = (group + mark, one) if by_time else (group, one + mark)
            value = self.text(row, column) + self._moved(row, column)
            shown.setdefault(group, []).append(self.words("pair").format(key=one, value=value))
        parts = [g + self.words("colon") + self.words("list").join(v) for g, v in shown.items()]
        more = "…" if len(parts) > _GROUPS else ""
        return (
            f"{column.label}{self.words('dash')}" + self.words("sep").join(parts[:_GROUPS]) + more
        )

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
            each = self.words("sep").join(self._only(row) + self._place(row) for row in focused)
            return each + self._together(focused)
        if len(self.data.rows) == 1:
            return self._only(self.data.rows[0]) + self._other_way() + self._tied("level")
        alone = sum(c.kind in {"dimension", "time"} for c in self.table.columns) == 1
        if self.ends_told:
            return both_ends_text(self, self.ends_told)
        if self.query.order and alone:
            return self._ranking()
        if self.query.having and alone and self.data.grain is not None:
            return self._matched()
        return self._series() if self.data.grain is not None and alone else self._groups()

    def _matched(self) -> str:
        """Return the periods that meet a condition: what lies between them is not shown."""
        column = self.main()
        shown = self.pairs(self.data.rows, column, _GROUPS)
        label = self.words("matched").format(count=len(self.data.rows), rows=shown)
        return f"{column.label}{self.words('colon')}{label}"

    def _ranking(self) -> str:
        """Return the rows in the asked order, the first few by name."""
        name = self.query.order[0].by
        column = self._column(name) or self.main()
        told = {column.name.split("__")[0], *(h.metric for h in self.query.having)}
        others = tuple(c for c in self._values() if c.name not in told)
        rows = self.pairs(self.data.rows, column, also=others[:_ALSO])
        text = self.words("ranked").format(label=self.called(column), rows=rows)
        text += self._other_way()
        text += self._together(self.data.rows) if self.query.limit else ""
        text += self._apart() if self.query.limit is None and column is self.main() else ""
        text += self._tied("tied")
        total, count = self.data.total_rows, len(self.data.rows)
        if total > count:
            text += self.words("sep") + self.words("cut_short").format(total=total, shown=count)
        return text

    def _other_way(self) -> str:
        """Say that nothing fell where the largest fall is asked for, or that nothing rose."""
        order = self.query.order[0] if self.query.order else None
        column = self._column(order.by) if order else None
        if order is None or column is None or column.kind not in {"delta", "pct"}:
            return ""
        value = self.data.rows[0][self.table.columns.index(column)]
        towards = self.direction > 0 if order.desc else self.direction < 0
        if not towards or not isinstance(value, int | float) or value * self.direction > 0:
            return ""
        return self.words("rose" if self.direction > 0 else "fell")

    def _tied(self, word: str) -> str:
        """Return which row is as good as the last one shown, if the limit cuts there."""
        row = self.data.tied
        return "" if row is None else self.words(word).format(key=self.key(row))

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
        return self.words("sep") + self.words("together").format(value=value)

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
        return self.words("place").format(place=above + 1, count=len(named))

    def _parts(self, row: Row) -> str:
        texts = []
        for column in self._values():
            text = f"{column.label} {self.text(row, column)}{self.change(row, column)}"
            share = self._column(f"{column.name}__share")
            if share is not None:
                text += (
                    f"（{self.words('share')} {self.text(row, share)}）"
                    if self.lang == "zh"
                    else (f" ({self.text(row, share)} {self.words('share')})")
                )
            texts.append(text)
        return self.words("sep").join(texts)

    def _only(self, row: Row) -> str:
        key = self.key(row) + (self._mark(row) if self.data.grain is not None else "")
        return self.words("only").format(key=key, parts=self._parts(row))

    def _series(self) -> str:
        column = self.main()
        first, last = self.data.rows[0], self.data.rows[-1]
        text = self.words("series").format(
            label=column.label,
            first=self.key(first) + self._mark(first),
            begin=self.text(first, column),
            last=self.key(last) + self._mark(last),
            finish=self.text(last, column),
        )
        change = self.change(last, column)
        if change:  # apart from the two ends: it is against the period before, or a year ago
            text += (
                self.words("sep") + self.key(last) + self._mark(last) + change.replace("，", "", 1)
            )
        ends = self.extremes()
        return f"{text}{self.words('sep')}{ends}" if ends else text

    def extremes(self) -> str:
        """Return the highest and the lowest row in words."""
        found = self.ends()
        if found is None:
            return ""
        column = self.main()
        if found[0] is found[1]:
            return f"{self._only(found[0])}"
        return self.words("ends").format(
            label=self.called(column),
            top=self._keys(found[0]),
            high=self.text(found[0], column) + self._moved(found[0], column),
            bottom=self._keys(found[1]),
            low=self.text(found[1], column) + self._moved(found[1], column),
        )

    def _groups(self) -> str:
        ends = self.extremes()
        if not ends:
            return f"{self.main().label}{self.words('colon')}{self.words('none')}"
        shown, total = len(self.data.rows), self.data.total_rows
        if self.data.grain is not None:
            return ends
        tail = self.words("cut" if total > shown else "rows").format(total=total, shown=shown)
        nameless = sum(not self._named(row) for row in self.data.rows)
        if self.query.having and nameless and total == shown:
            tail = self.words("met").format(named=shown - nameless)
        return f"{ends}{self._apart()}{self._unnamed()}{self.words('sep')}{tail}"

    def _apart(self) -> str:
        """Return how far apart two named groups are."""
        column = self.main()
        i = self.table.columns.index(column)
        cells = [r[i] for r in self.data.rows if self._named(r)]
        numbers = [v for v in cells if isinstance(v, int | float)]
        if len(self.data.rows) != 2 or len(numbers) != 2 or numbers[0] == numbers[1]:
            return ""
        apart = show(
            abs(numbers[0] - numbers[1]), unit=column.unit, pattern=column.format, lang=self.lang, kind="delta"
        )  # fmt: skip
        return self.words("apart").format(value=apart.replace("+", "", 1))

    def _unnamed(self) -> str:
        """Return the value of the group without a name, where it lies outside of all others."""
        column, found = self.main(), self.ends()
        i = self.table.columns.index(column)
        other = [r for r in self.data.rows if not self._named(r) and isinstance(r[i], int | float)]
        if found is None or not other or not all(self._named(r) for r in found):
            return ""
        high, low, value = found[0][i], found[1][i], other[0][i]
        if not all(isinstance(v, int | float) for v in (high, low)) or low <= value <= high:  # type: ignore[operator]
            return ""
        return self.words("unnamed").format(value=self.text(other[0], column))
