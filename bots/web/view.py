"""What the templates show: an answer taken apart, every text ready, nothing computed in HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assistant.answer import Answer, Basis, Cell, Chart, Table
from assistant.cells import cell_text
from bots.render.told import parted
from bots.render.vega import answer_specs, window
from bots.web.words import words

MAX_ROWS = 200
_TILE_ROWS = 4
_WIDE, _HIGH = 240, 56


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell: what is read, and what is sorted by."""

    text: str
    raw: Cell
    is_number: bool


@dataclass(frozen=True, slots=True)
class TableView:
    """A table as far as the page shows it."""

    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[CellView, ...], ...]
    note: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart: its specification without a title, which the page sets itself."""

    spec: dict[str, Any]
    title: str
    notes: tuple[str, ...]
    alt: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer, ready for the template."""

    id: str
    answer: Answer
    headline: str
    paragraphs: tuple[str, ...]
    tables: tuple[TableView, ...]
    charts: tuple[ChartView, ...]
    receipt: tuple[tuple[str, str], ...]
    exports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a tile: a name, a value, and how long its bar is (0 to 100)."""

    name: str
    value: str
    share: int


@dataclass(frozen=True, slots=True)
class TileView:
    """A saved question with its answer in brief."""

    question: str
    headline: str
    status: str
    value: str = ""
    of: str = ""
    change: str = ""
    trend: str = ""
    rows: tuple[Row, ...] = ()
    note: str = ""


def view_of(answer_id: str, answer: Answer) -> AnswerView:
    """Return the parts of an answer for the page."""
    shown = answer.tables if answer.status == "answered" else ()
    has_table = bool(shown)
    headline, rest = parted(answer)
    lines = (rest, *answer.text.splitlines())
    return AnswerView(
        id=answer_id,
        answer=answer,
        headline=headline,
        paragraphs=tuple(line for line in lines if line.strip()),
        tables=tuple(_table(t, answer) for t in shown if _worth_a_table(t)),
        charts=_charts(answer) if has_table else (),
        receipt=_receipt(answer) if _has_numbers(answer) else (),
        exports=("csv", "xlsx", "png", "html") if has_table else (),
    )


def _has_numbers(answer: Answer) -> bool:
    """Whether it was computed: then it has a receipt."""
    return bool(
        answer.basis.metrics or answer.basis.sql or (answer.plan and answer.status == "answered")
    )


def _worth_a_table(table: Table) -> bool:
    """One number is said in the headline already."""
    return len(table.rows) > 1 or len(table.columns) > 1


def _table(table: Table, answer: Answer) -> TableView:
    words_ = words(answer.lang)
    rows = tuple(
        tuple(
            CellView(cell_text(v, c, answer), v, c.type == "number")
            for v, c in zip(row, table.columns, strict=True)
        )
        for row in table.rows[:MAX_ROWS]
    )
    hidden = len(table.rows) - len(rows)
    total = table.total_rows if table.total_rows > len(table.rows) else 0
    notes = [words_["more_rows"].format(hidden)] if hidden else []
    notes += [words_["cut_rows"].format(total)] if total else []
    heads = tuple((c.label, c.type == "number") for c in table.columns)
    return TableView(heads, rows, " · ".join(notes))


def _charts(answer: Answer) -> tuple[ChartView, ...]:
    out = []
    for chart, spec in zip(answer.charts, answer_specs(answer), strict=False):
        title = spec.pop("title")
        spec.pop("$schema")
        alt = chart.alt or chart.title
        out.append(ChartView(spec, title["text"], tuple(title["subtitle"]), alt))
    return tuple(out)


# --- the receipt --------------------------------------------------------------------------


def _receipt(answer: Answer) -> tuple[tuple[str, str], ...]:
    basis, say = answer.basis, words(answer.lang)
    rows = [(say["period"], _period(basis, say))]
    time = basis.time
    if time is not None and time.compare_start:
        window = f"{time.compare_start} → {time.compare_end} {say['excluded']}"
        rows.append((say["compared"], window))
    rows += [
        (say["filters"], "; ".join(_filter(f) for f in basis.filters)),
        (say["scope"], basis.scope),
        (say["assumptions"], "; ".join(basis.assumptions)),
        (say["as_of"], basis.as_of),
        (say["zone"], basis.timezone),
        (say["lane"], say.get(basis.lane, basis.lane)),
        (say["rows"], str(basis.rows) if basis.rows else ""),
        (say["version"], basis.definitions_version),
        (say["trace"], answer.trace_id),
    ]
    return tuple((name, text) for name, text in rows if text)


def _period(basis: Basis, say: dict[str, str]) -> str:
    time = basis.time
    if time is None or not (time.start or time.end):
        return ""
    parts = [f"{time.start or '…'} → {time.end or '…'} {say['excluded']}"]
    parts += [] if time.complete else [say["partial"]]
    parts += [time.column] if time.column else []
    return " · ".join(parts)


def _filter(item: dict[str, Any]) -> str:
    name = item.get("dimension") or item.get("metric", "")
    values = item.get("values") or [item.get("value")]
    shown = ", ".join("∅" if v is None else str(v) for v in values)
    return f"{name} {item.get('op')} {shown}"


# --- tiles --------------------------------------------------------------------------------


def tile_of(answer: Answer) -> TileView:
    """Return an answer in brief: one number, a trend, or the first few of a ranking."""
    base = TileView(answer.question, answer.headline, answer.status)
    if answer.status != "answered" or not answer.tables or not answer.tables[0].rows:
        return base
    table = answer.tables[0]
    chart = answer.charts[0] if answer.charts else None
    if chart is None and len(table.rows) == 1:
        return _number_tile(answer, table)
    if chart is not None and chart.mark == "line" and chart.series is None:
        return _trend_tile(answer, table, chart)
    return _ranking_tile(answer, table)


def _number_tile(answer: Answer, table: Table) -> TileView:
    row = zip(table.rows[0], table.columns, strict=True)
    cells = {c.kind: cell_text(v, c, answer) for v, c in row}
    # The change of a rate is told in points, as the headline does.
    is_rate = any(c.kind == "value" and c.unit == "%" for c in table.columns)
    change = cells.get("delta", "") if is_rate else cells.get("pct", "")
    return _tile(answer, value=cells.get("value", ""), change=change)


def _trend_tile(answer: Answer, table: Table, chart: Chart) -> TileView:
    at = next(i for i, c in enumerate(table.columns) if c.name == chart.y[0])
    when = next((i for i, c in enumerate(table.columns) if c.name == chart.x), 0)
    numbers = [row[at] for row in table.rows]
    last = next((row for row in reversed(table.rows) if row[at] is not None), table.rows[-1])
    return _tile(
        answer,
        value=cell_text(last[at], table.columns[at], answer),
        of=cell_text(last[when], table.columns[when], answer),
        trend=_line(numbers),
    )


def _tile(answer: Answer, **values: Any) -> TileView:
    """Return a tile with its window, and whether that is over: never a bare number."""
    time, say = answer.basis.time, words(answer.lang)
    note = window(time, answer.basis.as_of, answer.lang)
    note += "" if time is None or time.complete else f" · {say['partial']}"
    return TileView(answer.question, answer.headline, answer.status, note=note, **values)


def _line(numbers: list[Cell]) -> str:
    """Return the points of a small line; gaps are left out."""
    found = [(i, float(v)) for i, v in enumerate(numbers) if isinstance(v, int | float)]
    if len(found) < 2:
        return ""
    low, high = min(v for _, v in found), max(v for _, v in found)
    step, span = _WIDE / max(len(numbers) - 1, 1), (high - low) or 1.0
    return " ".join(
        f"{i * step:.1f},{_HIGH - 4 - (v - low) / span * (_HIGH - 8):.1f}" for i, v in found
    )


def _ranking_tile(answer: Answer, table: Table) -> TileView:
    name = next((i for i, c in enumerate(table.columns) if c.kind in {"dimension", "time"}), 0)
    value = next((i for i, c in enumerate(table.columns) if c.kind == "value"), 0)
    numbers = [abs(v) for v in (r[value] for r in table.rows) if isinstance(v, int | float)]
    top = max(numbers, default=0) or 1
    rows = tuple(
        Row(
            cell_text(row[name], table.columns[name], answer),
            cell_text(row[value], table.columns[value], answer),
            round(abs(v) / top * 100) if isinstance(v := row[value], int | float) else 0,
        )
        for row in table.rows[:_TILE_ROWS]
    )
    return _tile(answer, rows=rows)
