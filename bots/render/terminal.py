"""An answer in the terminal: headline, table or bars, receipt. Knows CJK widths through rich."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from assistant.answer import Answer, Basis, Chart, Table
from assistant.cells import cell_text

_MAX_ROWS = 60
_BAR = 24
_SPARK = "▁▂▃▄▅▆▇█"
_COLOURS = {
    "clarify": "yellow",
    "refused": "yellow",
    "denied": "red",
    "error": "red",
    "empty": "yellow",
}


def print_answer(answer: Answer, *, console: Console | None = None, show_sql: bool = False) -> None:
    """Print an answer."""
    out = console or Console()
    colour = _COLOURS.get(answer.status)
    head = escape(answer.headline)
    out.print(f"[bold {colour}]{head}[/]" if colour else f"[bold]{head}[/]")
    if answer.text:
        out.print(escape(answer.text))
    _print_choices(out, answer)
    if answer.status == "answered":
        for table in answer.tables:
            _print_table(out, table, answer)
    for warning in answer.warnings:
        out.print(f"[yellow]⚠ {escape(warning)}[/]")
    if answer.basis.metrics or answer.status in {"answered", "empty"}:
        out.print(f"[dim]{escape(receipt(answer))}[/]")
    if show_sql:
        for sql in answer.basis.sql:
            out.print(sql, style="dim", markup=False)
    if answer.followups:
        label = "还可以问" if answer.lang == "zh" else "Next"
        out.print(f"[dim]{label}: {escape(' · '.join(answer.followups))}[/]")


def _print_choices(out: Console, answer: Answer) -> None:
    for i, choice in enumerate(answer.clarify.choices, start=1):
        value = f"  {choice.value}" if choice.value else ""
        out.print(f"  {i}. {escape(choice.label)}[bold]{escape(value)}[/]")


def _print_table(out: Console, table: Table, answer: Answer) -> None:
    if len(table.columns) == 1 or (len(table.rows) == 1 and table.columns[0].kind == "value"):
        return
    chart = next((c for c in answer.charts if c.table == table.name), None)
    bars = _bars(table, chart)
    view = RichTable(box=None, pad_edge=False, header_style="dim")
    for column in table.columns:
        justify = "right" if column.type == "number" else "left"
        view.add_column(escape(column.label), justify=justify)  # type: ignore[arg-type]
    if bars:
        view.add_column("")
    for i, row in enumerate(table.rows[:_MAX_ROWS]):
        cells = [escape(cell_text(v, c, answer)) for v, c in zip(row, table.columns, strict=True)]
        view.add_row(*cells, *([f"[blue]{bars[i]}[/]"] if bars else []))
    out.print(view)
    hidden = len(table.rows) - _MAX_ROWS
    if hidden > 0:
        more = (
            f"…还有 {hidden} 行（--format json 可看全部）"
            if answer.lang == "zh"
            else f"… {hidden} more rows (--format json shows all)"
        )
        out.print(f"[dim]{more}[/]")
    line = _sparkline(table, chart)
    if line:
        out.print(f"[blue]{line}[/]")


def _numbers(table: Table, name: str) -> list[float]:
    i = next(i for i, c in enumerate(table.columns) if c.name == name)
    return [float(v) if isinstance(v, int | float) else 0.0 for v in (r[i] for r in table.rows)]


def _bars(table: Table, chart: Chart | None) -> list[str]:
    if chart is None or chart.mark not in {"bar", "grouped_bar"} or len(chart.y) < 1:
        return []
    values = _numbers(table, chart.y[0])
    top = max((abs(v) for v in values), default=0.0)
    return ["█" * max(round(abs(v) / top * _BAR), 1 if v else 0) for v in values] if top else []


def _sparkline(table: Table, chart: Chart | None) -> str:
    if chart is None or chart.mark != "line" or chart.series is not None:
        return ""
    values = _numbers(table, chart.y[0])
    low, high = min(values), max(values)
    if high == low:
        return ""
    return "".join(_SPARK[int((v - low) / (high - low) * (len(_SPARK) - 1))] for v in values)


def receipt(answer: Answer) -> str:
    """Return the receipt as one or two lines: what the numbers rest on."""
    basis = answer.basis
    zh = answer.lang == "zh"
    parts = [
        f"{m['label']} = {m['formula']}" + (f"（{m['basis']}）" if m["basis"] else "")
        for m in basis.metrics
    ]
    parts += [_window(basis, zh=zh)] if basis.time else []
    parts += [_filters(basis, zh=zh)] if basis.filters else []
    parts += list(basis.assumptions)
    tail = (
        f"数据截至 {basis.as_of} · {basis.timezone} · 视图：{basis.scope} · {basis.lane} · 定义 {basis.definitions_version}"
        if zh
        else f"data through {basis.as_of} · {basis.timezone} · view: {basis.scope} · {basis.lane} · definitions {basis.definitions_version}"
    )
    return "\n".join([" · ".join(p for p in parts if p), tail]).strip()


def _window(basis: Basis, *, zh: bool) -> str:
    time = basis.time
    if time is None or (time.start is None and time.end is None):
        return "全部时间" if zh else "all time"
    column = f" ({time.column})" if time.column else ""
    return f"[{time.start or '…'}, {time.end or '…'}){column}"


def _filters(basis: Basis, *, zh: bool) -> str:
    texts = [str(item["text"]) for item in basis.filters]
    return ("筛选：" if zh else "filters: ") + "; ".join(texts)
