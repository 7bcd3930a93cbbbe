"""An answer as a file: CSV, XLSX, PNG, SVG or HTML."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from assistant.answer import Answer, Cell, Table, TableColumn
from assistant.formatting import key_text, symbol
from bots.render.image import Image, to_png, to_svg
from semantic_layer import AskmqlError

BINARY = frozenset({"png", "xlsx"})
_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_SHEET_NAME = 31
_MAX_CELL = 32_000


def export(answer: Answer, form: str) -> Image:
    """Return an answer as the bytes of a file, and what its reader must be told.

    Raises:
        AskmqlError: The form needs an extra that is missing, or there is no table to write.
    """
    return _WRITERS[form](answer)


# --- CSV ----------------------------------------------------------------------------------


def to_csv(answer: Answer) -> Image:
    """Return the first table with raw values; opens in a spreadsheet without running anything.

    Raises:
        AskmqlError: NO_TABLE.
    """
    first, *others = _tables(answer)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_harmless(c.label) for c in first.columns])
    for row in first.rows:
        writer.writerow([_raw(v, c, answer.lang) for v, c in zip(row, first.columns, strict=True)])
    return Image((_BOM + out.getvalue()).encode(), _told(answer, first, len(others)))


def _told(answer: Answer, table: Table, others: int) -> tuple[str, ...]:
    zh = answer.lang == "zh"
    told = []
    if table.total_rows > len(table.rows):
        n, total = len(table.rows), table.total_rows
        told.append(f"共 {total} 行，文件里有 {n} 行" if zh else f"{total} rows, {n} in the file")
    if others:
        told.append(
            f"只写了第一张表，另有 {others} 张；xlsx 会写全"
            if zh
            else f"only the first table is written, {others} more are not; xlsx has them all"
        )
    return tuple(told)


def _raw(value: Cell, column: TableColumn, lang: str) -> Cell:
    if value is None:
        return ""
    if value == "__other__" and column.kind == "dimension":
        return key_text(value, lang)
    return _harmless(value) if isinstance(value, str) else value


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(_RISKY) else text


# --- XLSX ---------------------------------------------------------------------------------


def to_xlsx(answer: Answer) -> Image:
    """Return every table with raw types and number formats, and the receipt on a second sheet.

    Raises:
        AskmqlError: NO_TABLE, or NO_EXPORT_EXTRA.
    """
    tables = _tables(answer)
    try:
        import xlsxwriter
    except ImportError as error:
        raise AskmqlError(
            "NO_EXPORT_EXTRA",
            "Excel files need the `export` extra.",
            hint="pip install 'xlsxwriter>=3.2' (or the extra: pip install -e '.[export]')",
        ) from error
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    used = {"basis", "history"}  # Excel keeps the second name for itself
    for table in tables:
        _write_table(book, table, answer, used)
    _write_basis(book, answer)
    book.close()
    told = tuple(dict.fromkeys(w for t in tables for w in _told(answer, t, 0)))
    return Image(out.getvalue(), told)


def _write_table(book: Any, table: Table, answer: Answer, used: set[str]) -> None:  # noqa: ANN401
    sheet = book.add_worksheet(_sheet_name(table.name, used))
    head = book.add_format({"bold": True, "bottom": 1})
    formats = [book.add_format({"num_format": number_format(c)}) for c in table.columns]
    sheet.freeze_panes(1, 0)
    for x, column in enumerate(table.columns):
        points = column.unit == "%" and column.kind == "delta"
        unit = (" （百分点）" if answer.lang == "zh" else " (pp)") if points else ""
        sheet.write_string(0, x, column.label + unit, head)
        longest = max([_width(column.label + unit), *(_width(str(r[x])) for r in table.rows[:200])])
        sheet.set_column(x, x, min(max(longest + 2, 10), 48))
    for y, row in enumerate(table.rows, start=1):
        for x, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            _write_cell(sheet, y, x, value, (column, formats[x], answer.lang))


def _write_cell(
    sheet: Any,  # noqa: ANN401 - the writer's own class, of an optional package
    y: int,
    x: int,
    value: Cell,
    how: tuple[TableColumn, Any, str],
) -> None:
    column, form, lang = how
    day = _day(value) if column.type == "date" else None
    if value is None:
        sheet.write_blank(y, x, None, form)
    elif isinstance(value, bool):
        sheet.write_boolean(y, x, value)
    elif isinstance(value, int | float) and abs(value) < 1e15:
        sheet.write_number(y, x, value, form)
    elif day is not None:
        sheet.write_datetime(y, x, day, form)
    else:
        text = key_text(value, lang) if value == "__other__" else str(value)
        sheet.write_string(y, x, text[:_MAX_CELL])


def _day(value: Cell) -> date | None:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return day if day is not None and day.year >= 1900 else None


def number_format(column: TableColumn) -> str:
    """Return a column's number format in Excel's own language."""
    if column.type == "date":
        return "yyyy-mm-dd"
    if column.type != "number":
        return "General"
    if column.unit == "%":
        return "+0.0%;-0.0%;0.0%" if column.kind in {"pct", "delta"} else "0.0%"
    places = re.search(r"\.(0+)", column.format)
    number = "#,##0" + (places[0] if places else "")
    if not column.format:
        number = "#,##0.##"
    sign = symbol(column.unit)
    return f'"{sign}"{number};-"{sign}"{number}' if sign else number


def _width(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _sheet_name(name: str, used: set[str]) -> str:
    plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:_SHEET_NAME] or "data"
    unique, n = plain, 1
    while unique.casefold() in used:
        n += 1
        unique = f"{plain[: _SHEET_NAME - 4]} {n}"
    used.add(unique.casefold())
    return unique


def _write_basis(book: Any, answer: Answer) -> None:  # noqa: ANN401 - see above
    sheet = book.add_worksheet("basis")
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 110)
    for y, (name, text) in enumerate(_basis(answer)):
        sheet.write_string(y, 0, name, wrapped)
        sheet.write_string(y, 1, text[:_MAX_CELL], wrapped)


def _basis(answer: Answer) -> list[tuple[str, str]]:
    from bots.render.terminal import receipt

    basis = answer.basis
    rows = [("question", answer.question), ("headline", answer.headline)]
    rows += [("text", answer.text)] if answer.text else []
    rows += [("warning", w) for w in answer.warnings]
    rows += [("receipt", line) for line in receipt(answer).splitlines()]
    for metric in basis.metrics:
        about = f"{metric.get('label', '')} = {metric.get('formula', '')}"
        rows.append((f"metric {metric.get('id', '')}", about))
    time = basis.time
    if time is not None:
        rows += [("start", time.start or ""), ("end (excluded)", time.end or "")]
        rows.append(("complete", "yes" if time.complete else "no"))
    rows += [("assumption", a) for a in basis.assumptions]
    rows += [("lane", basis.lane), ("scope", basis.scope), ("time zone", basis.timezone)]
    rows += [("data through", basis.as_of), ("definitions", basis.definitions_version)]
    rows += [("SQL", sql) for sql in basis.sql]
    return [*rows, ("trace", answer.trace_id)]


# --- pages --------------------------------------------------------------------------------


def to_html(answer: Answer) -> Image:
    """Return the answer's page."""
    from bots.render.html import to_page

    return Image(to_page(answer).encode())


def _tables(answer: Answer) -> tuple[Table, ...]:
    found = tuple(t for t in answer.tables if t.columns)
    if answer.status not in {"answered", "empty"} or not found:
        raise AskmqlError(
            "NO_TABLE",
            f"There is no table to write: {answer.headline}",
            hint="html, png, json and text can show this answer.",
        )
    return found


_WRITERS: dict[str, Callable[[Answer], Image]] = {
    "csv": to_csv,
    "xlsx": to_xlsx,
    "png": to_png,
    "svg": to_svg,
    "html": to_html,
}
FORMATS = tuple(_WRITERS)
