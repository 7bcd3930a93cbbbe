"""Tool results -> answer parts: tables, charts, headline and sentences by template.

Every number in a sentence is a cell of the result, formatted once.
"""

from __future__ import annotations

from datetime import date, timedelta

from assistant.answer import Chart, Table, TableColumn
from assistant.formatting import key_text, period_text, show
from semantic_layer.query import Query
from semantic_layer.result import Cell, Column, ResultSet

_MAX_BARS = 40


def table_of(data: ResultSet, lang: str, name: str) -> Table:
    """Return the result as a table with labels in the reader's language."""
    return Table(
        name=name,
        columns=tuple(
            TableColumn(
                name=c.name,
                label=c.label.get(lang),
                type=_type(c),
                unit=c.unit,
                kind=c.kind,
                format=c.format,
                good=c.good,
            )
            for c in data.columns
        ),
        rows=data.rows,
        total_rows=data.total_rows,
    )


def _type(column: Column) -> str:  # type: ignore[return]
    if column.kind == "time":
        return "date"
    return "string" if column.kind == "dimension" else "number"


def chart_of(data: ResultSet, query: Query, lang: str, table: str) -> Chart | None:
    """Choose a chart by rule: a trend is a line, groups are bars; one number needs none."""
    values = [c for c in data.columns if c.kind == "value"]
    dims = [c.name for c in data.columns if c.kind == "dimension"]
    if len(data.rows) < 2 or not values:
        return None
    first = values[0]
    title = "、".join(c.label.get(lang) for c in values if c.unit == first.unit)
    shared = tuple(c.name for c in values if c.unit == first.unit)
    if query.share:
        shared = (f"{first.name}__share",)
    alt = _extremes(data, first, lang)
    if query.grain is not None:
        series = dims[0] if len(dims) == 1 else None
        if len(dims) > 1:
            return None
        return Chart(mark="line", table=table, x="period", y=shared, series=series, unit=first.unit, title=title, alt=alt)
    if not dims or len(data.rows) > _MAX_BARS:
        return None
    if query.compare is not None:
        pair = (first.name, f"{first.name}__prev")
        return Chart(mark="grouped_bar", table=table, x=dims[0], y=pair, unit=first.unit, title=title, alt=alt)
    series = dims[1] if len(dims) > 1 else None
    mark = "grouped_bar" if series or len(shared) > 1 else "bar"
    return Chart(mark=mark, table=table, x=dims[0], y=shared, series=series, unit=first.unit, title=title, alt=alt)


def _extremes(data: ResultSet, column: Column, lang: str) -> str:
    found = _ends(data, column.name)
    if found is None:
        return ""
    high, low = found
    text = _shown(column, lang)
    if lang == "zh":
        return f"最高 {_key(data, high, lang)} {text(high, data)}，最低 {_key(data, low, lang)} {text(low, data)}"
    return f"highest {_key(data, high, lang)} {text(high, data)}, lowest {_key(data, low, lang)} {text(low, data)}"


def _shown(column: Column, lang: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - local closure
    def text(row: tuple[Cell, ...], data: ResultSet) -> str:
        value = row[data.index(column.name)]
        return show(value, unit=column.unit, pattern=column.format, lang=lang, kind=column.kind)

    return text


def _ends(data: ResultSet, name: str) -> tuple[tuple[Cell, ...], tuple[Cell, ...]] | None:
    i = data.index(name)
    rows = [r for r in data.rows if isinstance(r[i], int | float)]
    if not rows:
        return None
    return max(rows, key=lambda r: r[i]), min(rows, key=lambda r: r[i])  # type: ignore[arg-type,return-value]


def _key(data: ResultSet, row: tuple[Cell, ...], lang: str) -> str:
    parts = []
    for i, column in enumerate(data.columns):
        if column.kind == "dimension":
            parts.append(key_text(row[i], lang))
        elif column.kind == "time":
            parts.append(period_text(row[i], data.grain.value if data.grain else None, lang))
    return " · ".join(parts)


# --- sentences ------------------------------------------------------------------------


def window_text(data: ResultSet, lang: str, as_of: date) -> str:
    """Return the executed window in words, marked when it is not complete."""
    span = data.span
    if span is None:
        return "全部数据" if lang == "zh" else "all data"
    last = span.end - timedelta(days=1)
    shown = min(last, as_of) if span.start <= as_of else last
    if span.start == last:
        text = str(span.start)
    else:
        text = f"{span.start} 至 {shown}" if lang == "zh" else f"{span.start} to {shown}"
    if data.partial:
        mark = "未满期，数据截至" if lang == "zh" else "period not complete, data through"
        text += f"（{mark} {as_of}）" if lang == "zh" else f" ({mark} {as_of})"
    return text


def headline_of(data: ResultSet, query: Query, lang: str, as_of: date) -> str:
    """Return the one sentence that answers the question."""
    values = [c for c in data.columns if c.kind == "value"]
    where = window_text(data, lang, as_of)
    if not data.rows:
        return f"{where}：没有数据。" if lang == "zh" else f"{where}: no data."
    keys = [c for c in data.columns if c.kind in {"dimension", "time"}]
    if not keys:
        parts = [_scalar(data, c, lang) for c in values]
        sep, end = ("；", "。") if lang == "zh" else ("; ", ".")
        colon = "：" if lang == "zh" else ": "
        return where + colon + sep.join(parts) + end
    if query.limit == 1 or len(data.rows) == 1:
        return _single(data, values, where, lang)
    if query.grain is not None and len(keys) == 1:
        return _series(data, values[0], where, lang)
    return _groups(data, query, values[0], where, lang)


def _scalar(data: ResultSet, column: Column, lang: str) -> str:
    row = data.rows[0]
    value = _shown(column, lang)(row, data)
    text = f"{column.label.get(lang)} {value}"
    change = _change(data, column, row, lang)
    return text + change


def _change(data: ResultSet, column: Column, row: tuple[Cell, ...], lang: str) -> str:
    names = {c.name: c for c in data.columns}
    before = names.get(f"{column.name}__prev")
    if before is None:
        return ""
    pct, delta = names[f"{column.name}__pct"], names[f"{column.name}__delta"]
    rate = column.unit == "%"
    shown = delta if rate else pct
    moved = _shown(shown, lang)(row, data)
    old = show(row[data.index(before.name)], unit=column.unit, pattern=column.format, lang=lang)
    if data.previous is None or row[data.index(before.name)] is None:
        note = "对比期无数据" if lang == "zh" else "no earlier data"
        return f"（{note}）" if lang == "zh" else f" ({note})"
    last = data.previous.end - timedelta(days=1)
    if lang == "zh":
        return f"，较 {data.previous.start} 至 {last} 的 {old} 变化 {moved}"
    return f", {moved} against {old} ({data.previous.start} to {last})"


def _single(data: ResultSet, values: list[Column], where: str, lang: str) -> str:
    row = data.rows[0]
    parts = [f"{c.label.get(lang)} {_shown(c, lang)(row, data)}{_change(data, c, row, lang)}" for c in values]
    key = _key(data, row, lang)
    if lang == "zh":
        return f"{where}：{key}，" + "；".join(parts) + "。"
    return f"{where}: {key}, " + "; ".join(parts) + "."


def _series(data: ResultSet, column: Column, where: str, lang: str) -> str:
    found = _ends(data, column.name)
    if found is None:
        return f"{where}：没有数据。" if lang == "zh" else f"{where}: no data."
    text = _shown(column, lang)
    high, low = found
    first, last = data.rows[0], data.rows[-1]
    label = column.label.get(lang)
    if lang == "zh":
        return (
            f"{where}：{label}从 {_key(data, first, lang)} 的 {text(first, data)} 到 {_key(data, last, lang)} 的 {text(last, data)}；"
            f"最高 {_key(data, high, lang)}（{text(high, data)}），最低 {_key(data, low, lang)}（{text(low, data)}）。"
        )
    return (
        f"{where}: {label} from {text(first, data)} ({_key(data, first, lang)}) to {text(last, data)} ({_key(data, last, lang)}); "
        f"highest {_key(data, high, lang)} ({text(high, data)}), lowest {_key(data, low, lang)} ({text(low, data)})."
    )


def _groups(data: ResultSet, query: Query, column: Column, where: str, lang: str) -> str:
    found = _ends(data, column.name)
    label = column.label.get(lang)
    if found is None:
        return f"{where}：{label}没有数据。" if lang == "zh" else f"{where}: no data for {label}."
    high, low = found
    text = _shown(column, lang)
    total = data.total_rows
    if lang == "zh":
        cut = f"共 {total} 组，显示前 {len(data.rows)} 组" if total > len(data.rows) and query.grain is None else f"共 {len(data.rows)} 行"
        return f"{where}：{label}最高 {_key(data, high, lang)}（{text(high, data)}），最低 {_key(data, low, lang)}（{text(low, data)}）；{cut}。"
    cut = f"{total} groups, first {len(data.rows)} shown" if total > len(data.rows) and query.grain is None else f"{len(data.rows)} rows"
    return f"{where}: {label} highest in {_key(data, high, lang)} ({text(high, data)}), lowest in {_key(data, low, lang)} ({text(low, data)}); {cut}."
