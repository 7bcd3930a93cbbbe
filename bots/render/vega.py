"""The neutral chart of an answer as a Vega-Lite specification: pure, no drawing, no network."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from assistant.answer import Answer, Chart, Table, TimeBasis
from assistant.formatting import show, symbol
from bots.render.chart_data import Mark, Picture, picture, word

Spec = dict[str, Any]

FONT = "Askmql Sans SC"
FONTS = f"{FONT}, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
# Okabe and Ito's colours, then Paul Tol's: kept apart by most colour-blind readers. Lines also differ
# by the shape of their points.
COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00",
    "#332288", "#999933", "#882255", "#44AA99", "#AA4499", "#6B4C1E",
)  # fmt: skip
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
GREY = "#9A9A9A"
_BEFORE = "#B7C9D9"
_WIDTH = 640
_TICKS = 12
_LABELLED = 60


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
    body = _BODIES.get(chart.mark, _bar)(chart, pic, lang)
    base = [word(lang, "base")] if chart.mark == "line" and not _zero(pic) else []
    lines = [t for t in (window(time, as_of, lang), *pic.notes, *base) if t]
    return {
        "$schema": SCHEMA,
        "description": chart.alt or chart.title,
        "title": {"text": _title(chart, lang), "subtitle": [w for t in lines for w in wrap(t, 92)]},
        "background": "white",
        "data": {"values": [_record(m, pic) for m in pic.marks]},
        **body,
        "config": _config(),
    }


def window(time: TimeBasis | None, as_of: str, lang: str) -> str:
    """Return the executed window, as in the headline; and what it is compared with."""
    if time is None or not (time.start and time.end):
        return ""
    joint = " 至 " if lang == "zh" else " to "
    last = _before(time.end)
    shown = min(last, as_of) if as_of and time.start <= as_of else last
    text = time.start if time.start == shown else f"{time.start}{joint}{shown}"
    if time.compare_start and time.compare_end:
        against = "，对比 " if lang == "zh" else ", against "
        text += f"{against}{time.compare_start}{joint}{_before(time.compare_end)}"
    return text


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
        if out and not wide and not (c == " " or (out[-1][-1:] == " ")):
            if len(out[-1]) < 60:
                out[-1] += c
                continue
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


def _record(mark: Mark, pic: Picture) -> Spec:
    del pic
    return {
        "k": mark.key,
        "s": mark.series,
        "v": mark.value,
        "t": mark.text,
        "p": mark.partial,
    }


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


# --- axes and colours ---------------------------------------------------------------------


def axis_labels(unit: str, lang: str) -> str:
    """Return the expression that writes an axis number: 万/亿 or K/M/B, currency sign, percent."""
    if unit == "%":
        return "format(datum.value, '.1~%')"
    steps = ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ((1e9, "B"), (1e6, "M"), (1e3, "K"))
    size = "format(abs(datum.value), ',.2~f')"
    for step, name in sorted(steps):
        size = (
            f"abs(datum.value) >= {step:.0f} "
            f"? format(abs(datum.value) / {step:.0f}, ',.2~f') + '{name}' : {size}"
        )
    return f"(datum.value < 0 ? '-' : '') + '{symbol(unit)}' + ({size})"


def _value_axis(chart: Chart, pic: Picture, lang: str) -> Spec:
    axis: Spec = {"title": None, "labelExpr": axis_labels(chart.unit, lang), "tickCount": 5}
    if chart.unit != "%" and all(isinstance(v, int) for v in pic.values):
        axis["tickMinStep"] = 1
    return axis


def _value(chart: Chart, pic: Picture, lang: str, **more: object) -> Spec:
    return {
        "field": "v",
        "type": "quantitative",
        "axis": _value_axis(chart, pic, lang),
        **more,
    }


def _zero(pic: Picture) -> bool:
    """Whether the axis begins at 0: always, but for a line in a narrow band far from it."""
    values = pic.values
    return not values or min(values) <= 0 or (max(values) - min(values)) > 0.2 * max(values)


def _colours(chart: Chart, pic: Picture) -> list[str]:
    """One colour for each series; the earlier value of a comparison is a pale one."""
    if chart.mark == "grouped_bar" and len(chart.y) == 2 and chart.y[1].endswith("__prev"):
        return [COLOURS[0], _BEFORE]
    return [GREY if s == pic.rest and s else COLOURS[i % 12] for i, s in enumerate(pic.series)]


def _colour(chart: Chart, pic: Picture, names: tuple[str, ...] | None = None) -> Spec:
    shown = names or pic.series
    field = "k" if names else "s"
    if len(shown) < 2:
        return {"value": COLOURS[0]}
    colours = [COLOURS[i % 12] for i in range(len(shown))] if names else _colours(chart, pic)
    scale = {"domain": list(shown), "range": colours}
    return {"field": field, "type": "nominal", "scale": scale, "sort": None}


def _periods(pic: Picture) -> Spec:
    """An ordinal axis: periods by name, at most a dozen of them written."""
    step = -(-len(pic.keys) // _TICKS) or 1
    ticks = list(pic.keys[::-1][::step][::-1])
    axis = {"title": None, "values": ticks, "labelAngle": 0, "labelOverlap": True, "grid": False}
    return {
        "field": "k", "type": "ordinal", "sort": None, "axis": axis,
        "scale": {"domain": list(pic.keys)},
    }  # fmt: skip


def _categories(pic: Picture) -> Spec:
    axis = {"title": None, "ticks": False, "domain": False, "labelPadding": 8}
    return {
        "field": "k", "type": "nominal", "sort": None, "axis": axis,
        "scale": {"domain": list(pic.keys)},
    }  # fmt: skip


# --- marks --------------------------------------------------------------------------------


def _line(chart: Chart, pic: Picture, lang: str) -> Spec:
    """Solid over whole periods, dashed to an incomplete one, which gets a hollow point."""
    y = _value(chart, pic, lang, scale={"zero": _zero(pic), "nice": True})
    colour = _colour(chart, pic)
    shape: Spec = {"value": "circle"}
    if len(pic.series) > 1:
        shapes = [SHAPES[i % len(SHAPES)] for i in range(len(pic.series))]
        shape = {**colour, "scale": {"domain": list(pic.series), "range": shapes}}
    every = len(pic.keys) <= 62
    hollow: Spec = {"condition": {"test": "datum.p", "value": "white"}, **_fill(colour)}
    lines = {"x": _periods(pic), "color": colour, "detail": {"field": "s"}}
    points = {"x": _periods(pic), "y": y, "color": colour, "shape": shape, "fill": hollow}
    return {
        "width": _WIDTH,
        "height": 300,
        "layer": [
            _path({**lines, "y": {**y, "field": "solid"}}, [2, 0] and None),
            _path({**lines, "y": {**y, "field": "dash"}}, [4, 4]),
            {
                "mark": {"type": "point", "size": 44 if every else 26, "strokeWidth": 1.6},
                "encoding": points,
                "transform": [] if every else [{"filter": "datum.p || datum.alone"}],
            },
        ],
    }
