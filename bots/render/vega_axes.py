"""Axes and colours that every kind of chart shares."""

from __future__ import annotations

from typing import Any

from assistant.answer import Chart
from assistant.formatting import symbol
from bots.render.chart_data import Picture

Spec = dict[str, Any]

# Okabe and Ito's colours, then Paul Tol's: kept apart by most colour-blind readers. Lines also differ
# by the shape of their points.
COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00",
    "#332288", "#999933", "#882255", "#44AA99", "#AA4499", "#6B4C1E",
)  # fmt: skip
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
GREY = "#9A9A9A"
_BEFORE = "#B7C9D9"
_TICKS = 12
_UNIT = {"亿": 1e8, "万": 1e4, "B": 1e9, "M": 1e6, "K": 1e3}


def axis_labels(unit: str, lang: str) -> str:
    """Return the expression that writes an axis number: 万/亿 or K/M/B, currency sign, percent."""
    if unit == "%":
        return "format(datum.value, '.1~%')"
    steps = ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ((1e9, "B"), (1e6, "M"), (1e4, "K"))
    size = "format(abs(datum.value), ',.2~f')"
    for step, name in sorted(steps):
        size = (
            f"abs(datum.value) >= {step:.0f} "
            f"? format(abs(datum.value) / {_UNIT[name]:.0f}, ',.2~f') + '{name}' : {size}"
        )
    return f"(datum.value < 0 ? '-' : '') + '{symbol(unit)}' + ({size})"


def _value_axis(chart: Chart, pic: Picture, lang: str) -> Spec:
    axis: Spec = {"title": None, "labelExpr": axis_labels(chart.unit, lang), "tickCount": 5}
    if chart.unit != "%" and all(isinstance(v, int) for v in pic.values):
        axis["tickMinStep"] = 1
    return axis


def value(chart: Chart, pic: Picture, lang: str, **more: object) -> Spec:
    """Return the channel of the values, with its axis in the reader's language."""
    return {
        "field": "v",
        "type": "quantitative",
        "axis": _value_axis(chart, pic, lang),
        **more,
    }


def from_zero(pic: Picture) -> bool:
    """Whether the axis begins at 0: always, but for a line in a narrow band far from it."""
    values = pic.values
    return not values or min(values) <= 0 or (max(values) - min(values)) > 0.2 * max(values)


def _colours(chart: Chart, pic: Picture) -> list[str]:
    """One colour for each series; the earlier value of a comparison is a pale one."""
    if chart.mark == "grouped_bar" and len(chart.y) == 2 and chart.y[1].endswith("__prev"):
        return [COLOURS[0], _BEFORE]
    return [GREY if s == pic.rest and s else COLOURS[i % 12] for i, s in enumerate(pic.series)]


def colour(chart: Chart, pic: Picture, names: tuple[str, ...] | None = None) -> Spec:
    """Return the colour channel: by series, or by the names given (field `n`)."""
    shown = names or pic.series
    field = "n" if names else "s"
    if len(shown) < 2:
        return {"value": COLOURS[0]}
    colours = [COLOURS[i % 12] for i in range(len(shown))] if names else _colours(chart, pic)
    scale = {"domain": list(shown), "range": colours}
    return {"field": field, "type": "nominal", "scale": scale, "sort": None}


def periods(pic: Picture) -> Spec:
    """An ordinal axis: periods by name, at most a dozen of them written."""
    longest = max((sum(12 if ord(c) > 0x2E7F else 6 for c in k) for k in pic.keys), default=0)
    room = longest + (16 if len(pic.keys) > _TICKS else 0)  # a full row of months may stand close
    step = -(-len(pic.keys) // max(min(_TICKS, 640 // max(room, 1)), 2)) or 1
    ticks = list(pic.keys[::-1][::step][::-1])
    axis = {"title": None, "values": ticks, "labelAngle": 0, "labelOverlap": True, "grid": False}
    return {
        "field": "k", "type": "ordinal", "sort": None, "axis": axis,
        "scale": {"domain": list(pic.keys)},
    }  # fmt: skip


def categories(pic: Picture) -> Spec:
    """Return the channel of the categories, in the table's order."""
    axis = {"title": None, "ticks": False, "domain": False, "labelPadding": 8}
    return {
        "field": "k", "type": "nominal", "sort": None, "axis": axis,
        "scale": {"domain": list(pic.keys)},
    }  # fmt: skip
