"""The drawing rules of each kind of chart, as parts of a Vega-Lite specification."""

from __future__ import annotations

from collections.abc import Callable

from assistant.answer import Chart
from bots.render import vega_axes as axes_of
from bots.render.chart_data import Mark, Picture
from bots.render.vega_axes import COLOURS, GREY, SHAPES, Spec, from_zero

_INK = "#1F2933"
_WIDTH = 640
_LABELLED = 80
_DENSE = 62


def body(chart: Chart, pic: Picture, lang: str) -> Spec:
    """Return size, data and layers of a chart."""
    return _BODIES.get(chart.mark, _bar)(chart, pic, lang)


def _record(mark: Mark) -> Spec:
    return {"k": mark.key, "s": mark.series, "v": mark.value, "t": mark.text, "p": mark.partial}


def _values(pic: Picture) -> Spec:
    return {"values": [_record(m) for m in pic.marks]}


# --- marks --------------------------------------------------------------------------------


def _line(chart: Chart, pic: Picture, lang: str) -> Spec:
    """Solid over whole periods, dashed to an incomplete one, which gets a hollow point."""
    scale = {"zero": from_zero(pic), "nice": True}
    x, y, colour = (
        axes_of.periods(pic),
        axes_of.value(chart, pic, lang, scale=scale),
        axes_of.colour(chart, pic),
    )
    shape: Spec = {"value": "circle"}
    if len(pic.series) > 1:
        shapes = [SHAPES[i % len(SHAPES)] for i in range(len(pic.series))]
        kinds = {"domain": list(pic.series), "range": shapes}
        shape = {"field": "s", "type": "nominal", "scale": kinds, "sort": None}
    dense = len(pic.keys) > _DENSE
    path = {"x": x, "color": colour, "detail": {"field": "s", "type": "nominal"}}
    point = {"x": x, "y": y, "color": colour, "shape": shape}
    size = 40 if len(pic.series) == 1 else 30
    return {
        "width": _WIDTH,
        "height": 300,
        "data": {"values": _line_records(pic)},
        "layer": [
            {"mark": _stroke(), "encoding": {**path, "y": {**y, "field": "solid"}}},
            {"mark": _stroke([4, 4]), "encoding": {**path, "y": {**y, "field": "dash"}}},
            {
                "mark": {"type": "point", "filled": True, "opacity": 1, "size": size},
                "transform": [{"filter": f"!datum.p && ({str(not dense).lower()} || datum.alone)"}],
                "encoding": point,
            },
            {
                "mark": {
                    "type": "point", "filled": False, "fill": "white", "opacity": 1,
                    "strokeWidth": 1.8, "size": size + 20,
                },
                "transform": [{"filter": "datum.p"}],
                "encoding": point,
            },
        ],
    }  # fmt: skip


def _stroke(dash: list[int] | None = None) -> Spec:
    mark: Spec = {"type": "line", "strokeWidth": 2, "invalid": "break-paths-filter-domains"}
    return {**mark, "strokeDash": dash} if dash else mark


def _line_records(pic: Picture) -> list[Spec]:
    """Every series has a record for every period, so that a missing one breaks the line."""
    cells = {(m.series, m.key): m for m in reversed(pic.marks)}
    out: list[Spec] = []
    for series in pic.series:
        row = [cells.get((series, k)) or Mark(k, series, None, "") for k in pic.keys]
        for i, mark in enumerate(row):
            near = [
                m for m in (*row[max(i - 1, 0) : i], *row[i + 1 : i + 2]) if m.value is not None
            ]
            dashed = mark.partial or any(m.partial for m in near)
            out.append(
                {
                    **_record(mark),
                    "solid": None if mark.partial else mark.value,
                    "dash": mark.value if dashed else None,
                    "alone": mark.value is not None and not near,
                }
            )
    return out


def _bar(chart: Chart, pic: Picture, lang: str) -> Spec:
    """Horizontal bars in the table's order, each with its value."""
    encoding: Spec = {
        "y": axes_of.categories(pic),
        "x": axes_of.value(chart, pic, lang),
        "opacity": _faint(),
    }
    bar = {"mark": {"type": "bar", "color": COLOURS[0]}, "encoding": encoding}
    return {
        "width": _WIDTH,
        "height": {"step": 26},
        "data": _values(pic),
        "layer": [bar, *_numbers(encoding, 12)],
    }


def _grouped(chart: Chart, pic: Picture, lang: str) -> Spec:
    """Bars side by side within each category."""
    if len(pic.series) < 2:
        return _bar(chart, pic, lang)
    inner = {"field": "s", "type": "nominal", "sort": None, "scale": {"domain": list(pic.series)}}
    encoding: Spec = {
        "y": axes_of.categories(pic),
        "yOffset": inner,
        "x": axes_of.value(chart, pic, lang),
    }
    coloured = {**encoding, "color": axes_of.colour(chart, pic), "opacity": _faint()}
    few = len(pic.marks) <= _LABELLED
    return {
        "width": _WIDTH,
        "height": {"step": 14, "for": "offset"},
        "data": _values(pic),
        "layer": [
            {"mark": {"type": "bar"}, "encoding": coloured},
            *(_numbers(encoding, 10) if few else []),
        ],
    }


def _stacked(chart: Chart, pic: Picture, lang: str) -> Spec:
    """Parts of a whole: upright over time, else lying."""
    value = axes_of.value(chart, pic, lang, stack="zero")
    upright = chart.x == "period"
    order = {name: i for i, name in enumerate(pic.series)}
    records = [{**_record(m), "i": order[m.series]} for m in pic.marks]
    axes = (
        {"x": axes_of.periods(pic), "y": value}
        if upright
        else {"y": axes_of.categories(pic), "x": value}
    )
    encoding: Spec = {
        **axes,
        "color": axes_of.colour(chart, pic),
        "opacity": _faint(),
        "order": {"field": "i", "type": "quantitative"},
    }
    return {
        "width": _WIDTH,
        "height": 300 if upright else {"step": 28},
        "data": {"values": records},
        "layer": [{"mark": {"type": "bar"}, "encoding": encoding}],
    }


def _pie(chart: Chart, pic: Picture, lang: str) -> Spec:
    """A pie of few parts, its legend with the numbers; what cannot be a part makes it bars."""
    if not pic.values or min(pic.values) < 0 or sum(pic.values) <= 0:
        return _bar(chart, pic, lang)
    names = tuple(f"{m.key}  {m.text}" for m in pic.marks)
    records = [
        {**_record(m), "n": n, "i": i}
        for i, (m, n) in enumerate(zip(pic.marks, names, strict=True))
    ]
    legend = {"orient": "right", "columns": 1, "labelFontSize": 14, "rowPadding": 8, "offset": 28}
    colour = {**axes_of.colour(chart, pic, names), "legend": {**legend, "labelLimit": 260}}
    mark = {"type": "arc", "outerRadius": 135, "stroke": "white", "strokeWidth": 1.5}
    encoding = {
        "theta": {"field": "v", "type": "quantitative", "stack": True},
        "order": {"field": "i", "type": "quantitative"},
        "color": colour,
    }
    layer = [{"mark": mark, "encoding": encoding}]
    return {"width": 320, "height": 290, "data": {"values": records}, "layer": layer}


def _funnel(chart: Chart, pic: Picture, lang: str) -> Spec:
    """Stages from the first to the last, each as long as its number."""
    scale = {"domain": [0, max([*pic.values, 1])], "nice": False}
    value = {**axes_of.value(chart, pic, lang, scale=scale), "axis": None}
    encoding: Spec = {"y": axes_of.categories(pic), "x": value}
    bar = {"mark": {"type": "bar", "color": COLOURS[0], "cornerRadiusEnd": 3}, "encoding": encoding}
    return {
        "width": _WIDTH - 80,
        "height": {"step": 44},
        "data": _values(pic),
        "layer": [bar, *_numbers(encoding, 13)],
    }


def _histogram(chart: Chart, pic: Picture, lang: str) -> Spec:
    """Upright bars that touch, in the natural order of the groups."""
    axis = {"title": None, "labelOverlap": True, "labelAngle": 0 if len(pic.keys) <= 10 else -40}
    x = {**axes_of.categories(pic), "type": "ordinal", "axis": axis}
    x["scale"] = {"domain": list(pic.keys), "paddingInner": 0.04}
    y = axes_of.value(chart, pic, lang)
    bar = {"mark": {"type": "bar", "color": COLOURS[0]}, "encoding": {"x": x, "y": y}}
    text = {
        "mark": {"type": "text", "baseline": "bottom", "dy": -3, "fontSize": 11, "fill": _INK},
        "encoding": {"x": x, "y": y, "text": {"field": "t"}},
    }
    few = len(pic.keys) <= 14
    return {
        "width": _WIDTH,
        "height": 280,
        "data": _values(pic),
        "layer": [bar, text] if few else [bar],
    }


def _numbers(encoding: Spec, size: int) -> list[Spec]:
    """Values beside the bars: after a positive one, across zero from a negative one, — for none."""
    shown: Spec = {k: v for k, v in encoding.items() if k != "opacity"}
    base = {**shown, "x": {"datum": 0, "type": "quantitative"}}
    mark = {"type": "text", "align": "left", "dx": 4, "fontSize": size, "baseline": "middle"}
    rules = (
        ("isValid(datum.v) && datum.v >= 0", shown, _INK),
        ("isValid(datum.v) && datum.v < 0", base, _INK),
        ("!isValid(datum.v)", base, GREY),
    )
    return [
        {
            "mark": {**mark, "fill": ink},
            "transform": [{"filter": test}],
            "encoding": {**place, "text": {"field": "t"}},
        }
        for test, place, ink in rules
    ]


def _faint() -> Spec:
    return {"condition": {"test": "datum.p", "value": 0.45}, "value": 1}


_BODIES: dict[str, Callable[[Chart, Picture, str], Spec]] = {
    "line": _line,
    "bar": _bar,
    "grouped_bar": _grouped,
    "stacked_bar": _stacked,
    "pie": _pie,
    "funnel": _funnel,
    "histogram": _histogram,
}
