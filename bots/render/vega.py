"""The neutral chart of an answer as a Vega-Lite specification: pure, no drawing, no network."""

from __future__ import annotations

from datetime import date, timedelta

from assistant.answer import Answer, Chart, Table, TimeBasis
from assistant.formatting import show
from bots.render.chart_data import picture, word
from bots.render.vega_axes import Spec, from_zero
from bots.render.vega_marks import body

FONT = "Askmql Sans SC"
FONTS = f"{FONT}, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"


def answer_specs(answer: Answer) -> list[Spec]:
    """Return the specification of each chart of an answer."""
    tables = {t.name: t for t in answer.tables}
    basis = answer.basis
    return [
        to_vega(c, tables[c.table], answer.lang, time=basis.time, as_of=basis.as_of)
        for c in answer.charts
        if c.table in tables
    ]


def to_vega(
    chart: Chart, table: Table, lang: str, *, time: TimeBasis | None = None, as_of: str = ""
) -> Spec:
    """Return a chart as a Vega-Lite specification; every number in it is a cell of the table.

    Args:
        chart: Which mark and which columns.
        table: The rows, raw.
        lang: Language of the reader.
        time: The executed window, for the title and for incomplete periods.
        as_of: Last day of the data.
    """
    pic = picture(chart, table, lang, time, as_of)
    base = [word(lang, "base")] if chart.mark == "line" and not from_zero(pic) else []
    lines = [t for t in (window(time, as_of, lang), *pic.notes, *base) if t]
    return {
        "$schema": SCHEMA,
        "description": chart.alt or chart.title,
        "title": {"text": _title(chart, lang), "subtitle": [w for t in lines for w in wrap(t, 92)]},
        "background": "white",
        **body(chart, pic, lang),
        "config": _config(),
    }


def window(time: TimeBasis | None, as_of: str, lang: str) -> str:
    """Return the executed window, as in the headline; and what it is compared with."""
    if time is None:
        return ""
    if not (time.start and time.end):
        return _open_window(time, lang)
    joint = " 至 " if lang == "zh" else " to "
    last = _before(time.end)
    shown = min(last, as_of) if as_of and time.start <= as_of else last
    text = time.start if time.start == shown else f"{time.start}{joint}{shown}"
    if time.compare_start and time.compare_end:
        against = "，对比 " if lang == "zh" else ", against "
        text += f"{against}{time.compare_start}{joint}{_before(time.compare_end)}"
    return text


def _open_window(time: TimeBasis, lang: str) -> str:
    if time.start:
        return f"{time.start} 起" if lang == "zh" else f"from {time.start}"
    if time.end:
        return f"{time.end} 之前" if lang == "zh" else f"before {time.end}"
    return "全部数据" if lang == "zh" else "all data"


def _before(day: str) -> str:
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return day


def wrap(text: str, columns: int) -> list[str]:
    """Break a text into lines; a Chinese character counts as two columns."""
    lines, line, width = [], "", 0
    for word_ in _words(text):
        size = sum(2 if ord(c) > 0x2E7F else 1 for c in word_)
        if line and width + size > columns:
            lines.append(line.rstrip())
            line, width, word_ = "", 0, word_.lstrip()
        line, width = line + word_, width + size
    return [*lines, line] if line else lines


def _words(text: str) -> list[str]:
    """Latin words stay whole; a Chinese character is a word, its closing mark stays with it."""
    out: list[str] = []
    for c in text:
        wide = ord(c) > 0x2E7F and c not in "，。；：、）」！？"
        if out and not wide and c != " " and out[-1][-1:] != " " and len(out[-1]) < 60:
            out[-1] += c
        else:
            out.append(c)
    return out


def _title(chart: Chart, lang: str) -> str:
    text = chart.title or chart.alt or (chart.y[0] if chart.y else "")
    if chart.unit == "%":
        return text
    unit = show(1, unit=chart.unit, lang=lang).replace("1", "").strip()
    if not unit or chart.mark == "funnel":
        return text
    return f"{text}（{unit}）" if lang == "zh" else f"{text} ({unit})"


def _config() -> Spec:
    grey, ink = "#5B6470", "#1F2933"
    return {
        "font": FONTS,
        "padding": 14,
        "view": {"stroke": None},
        "title": {
            "anchor": "start", "frame": "bounds", "fontSize": 16, "fontWeight": "normal",
            "color": ink, "subtitleColor": grey, "subtitleFontSize": 12, "subtitlePadding": 5,
            "subtitleLineHeight": 17, "offset": 14, "limit": 0,
        },
        "axis": {
            "labelFontSize": 12, "labelColor": ink, "titleFontWeight": "normal", "gridColor": "#E6E9ED",
            "domainColor": "#AAB2BD", "tickColor": "#AAB2BD", "labelLimit": 240,
        },
        "legend": {
            "orient": "top", "columns": 6, "title": None, "labelFontSize": 12, "labelColor": ink,
            "labelLimit": 160, "symbolStrokeWidth": 2,
        },
        "mark": {"invalid": "break-paths-filter-domains"},
    }  # fmt: skip
