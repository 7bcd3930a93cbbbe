"""A table as Slack's `data_table`, its older `table`, or fixed-width text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.answer import Answer, Cell, Table, TableColumn
from assistant.cells import cell_text
from bots.render.chart_data import number_of
from bots.render.measure import columns, cut, one_line, utf16
from bots.render.told import word
from bots.slack import limits
from bots.slack.blocks import Block, preformatted

Form = Literal["data_table", "table", "text"]
_CELL = 200
_TEXT_ROWS = 10
_TEXT_CELL = 24
_TEXT_COLUMNS = 8


@dataclass(frozen=True)
class Laid:
    """A table block and what it leaves out."""

    block: Block | None
    cuts: tuple[str, ...] = ()


def lay(table: Table, answer: Answer, form: Form, room: int) -> Laid:
    """Return as many rows of a table as fit into `room` characters.

    Args:
        table: Its first rows and columns are shown.
        answer: Gives language and grain.
        form: Which block the workspace takes.
        room: UTF-16 units left in the message.
    """
    shown = table.columns[: _TEXT_COLUMNS if form == "text" else limits.TABLE_COLUMNS]
    names = [cut(one_line(c.label) or c.name or "—", _CELL) for c in shown]
    most = {"data_table": limits.TABLE_ROWS, "table": limits.TABLE_ROWS - 1, "text": _TEXT_ROWS}
    rows = [_texts(row[: len(shown)], shown, answer) for row in table.rows[: most[form]]]
    width = _TEXT_CELL if form == "text" else _CELL
    short = [[cut(t, width) or "—" for t in row] for row in rows]
    is_long = any(
        a != b for r, s in zip(rows, short, strict=True) for a, b in zip(r, s, strict=True)
    )
    caption = cut(one_line(table.name), _CELL) or word(answer.lang, "table")
    fixed = utf16(caption) + sum(utf16(n) for n in names)
    kept = _fitting(short, min(room, limits.TABLE_CHARS) - fixed, form)
    if not kept:
        return Laid(None, (word(answer.lang, "rows", 0, table.total_rows),))
    cuts = _cuts(table, answer.lang, len(kept), len(shown), is_long=is_long)
    if form == "text":
        return Laid(_fixed([names, *kept], shown), cuts)
    build = _data_table if form == "data_table" else _plain_table
    return Laid(build(names, kept, table, shown) | _extra(form, caption), cuts)


def _extra(form: Form, caption: str) -> Block:
    if form != "data_table":
        return {}
    return {"caption": caption, "page_size": limits.PAGE_SIZE, "row_header_column_index": 0}


def _texts(row: tuple[Cell, ...], shown: tuple[TableColumn, ...], answer: Answer) -> list[str]:
    return [one_line(cell_text(v, c, answer)) for v, c in zip(row, shown, strict=True)]


def _cuts(table: Table, lang: str, rows: int, wide: int, *, is_long: bool) -> tuple[str, ...]:
    total = max(table.total_rows, len(table.rows))
    out = [word(lang, "rows", rows, total)] if rows < total else []
    if wide < len(table.columns):
        out.append(word(lang, "columns", wide, len(table.columns)))
    return (*out, *((word(lang, "cells"),) if is_long else ()))


def _fitting(rows: list[list[str]], room: int, form: Form) -> list[list[str]]:
    # A raw_number carries its value beside its text: both may count, so both are counted.
    factor = 2 if form == "data_table" else 1
    padded = 2 * _TEXT_CELL + 2 if form == "text" else 0  # every cell as wide as the widest can be
    used, kept = len(rows[0]) * padded if rows else 0, []
    for row in rows:
        used += sum(max(utf16(t) * factor, padded) for t in row)
        if used > room:
            break
        kept.append(row)
    return kept


def _data_table(
    names: list[str], rows: list[list[str]], table: Table, shown: tuple[TableColumn, ...]
) -> Block:
    head = [{"type": "raw_text", "text": n} for n in names]
    body = [
        [_cell(v, t, c) for v, t, c in zip(raw, row, shown, strict=False)]
        for raw, row in zip(table.rows, rows, strict=False)
    ]
    return {"type": "data_table", "rows": [head, *body]}


def _cell(value: Cell, text: str, column: TableColumn) -> Block:
    number = number_of(value) if column.type == "number" else None
    if number is None or abs(number) >= 1e15:  # beyond it JSON readers lose digits
        return {"type": "raw_text", "text": text}
    return {"type": "raw_number", "value": number, "text": text}


def _plain_table(
    names: list[str], rows: list[list[str]], table: Table, shown: tuple[TableColumn, ...]
) -> Block:
    del table
    cells = [[{"type": "raw_text", "text": t} for t in row] for row in (names, *rows)]
    align = [{"align": "right" if c.type == "number" else "left"} for c in shown]
    return {"type": "table", "rows": cells, "column_settings": align}


def _fixed(rows: list[list[str]], shown: tuple[TableColumn, ...]) -> Block:
    trimmed = [[cut(t, _TEXT_CELL) for t in row] for row in rows]
    widths = [max(columns(row[i]) for row in trimmed) for i in range(len(shown))]
    lines = []
    for row in trimmed:
        cells = []
        for text, width, column in zip(row, widths, shown, strict=True):
            pad = " " * (width - columns(text))
            cells.append(pad + text if column.type == "number" else text + pad)
        lines.append("  ".join(cells).rstrip())
    return preformatted("\n".join(lines))
