"""A neutral chart as Slack's `data_visualization`, or the reason why it must be a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from assistant.answer import Answer, Chart, Table
from bots.render.chart_data import Mark, Picture, picture
from bots.render.chart_data import word as chart_word
from bots.render.measure import cut, one_line, unique_cuts
from bots.render.told import word
from bots.slack import limits
from bots.slack.blocks import Block

_GAPS: Final = 120
_KINDS: Final = {
    "line": "line", "bar": "bar", "grouped_bar": "bar", "stacked_bar": "bar",
    "pie": "pie", "funnel": "bar", "histogram": "bar",
}  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """One chart of a message.

    Attributes:
        block: The native chart, or None when Slack cannot draw it.
        cuts: What was left out or shortened.
        notes: What else must be said beside it.
    """

    block: Block | None
    cuts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def draw(chart: Chart, table: Table, answer: Answer) -> Drawn:
    """Return a chart as a native block; None where it would lie or break a limit.

    Slack wants one finite value for every series at every category, and a gap is not a 0: bars
    without a value are left out and named, a line with gaps is drawn as a picture.
    """
    shown = picture(chart, table, answer.lang, answer.basis.time, answer.basis.as_of)
    kind = _KINDS[chart.mark]
    additive = any(c.name in chart.y and c.additive for c in table.columns)
    shown, gaps = _without_gaps(shown, chart, answer.lang)
    shown, folds = _folded(shown, chart, answer.lang, additive=additive)
    cuts = (*gaps, *folds)
    if not _is_complete(shown):
        return Drawn(None)
    title = _title(chart, table, answer)
    if kind == "pie":
        return _pie(shown, title, answer.lang, cuts)
    keys = unique_cuts((one_line(k) for k in shown.keys), limits.CHART_LABEL)
    names = unique_cuts((one_line(s) or title for s in shown.series), limits.CHART_LABEL)
    if len(set(keys)) < len(keys) or len(set(names)) < len(names):
        return Drawn(None)  # two names that differ in invisible characters alone
    value = {(m.series, m.key): m.value for m in shown.marks}
    series = [
        {
            "name": name,
            "data": [
                {"label": label, "value": value[raw, key]}
                for key, label in zip(shown.keys, keys, strict=True)
            ],
        }
        for raw, name in zip(shown.series, names, strict=True)
    ]
    body = {"type": kind, "series": series, "axis_config": _axes(chart, table, keys)}
    cuts = (*cuts, *_shortened((*shown.keys, *shown.series), answer.lang))
    block = {"type": "data_visualization", "title": title, "chart": body}
    return Drawn(block, cuts, _notes(shown, answer.lang))


def _title(chart: Chart, table: Table, answer: Answer) -> str:
    labels = {c.name: c.label for c in table.columns}
    text = one_line(chart.title) or ", ".join(labels[n] for n in chart.y if n in labels)
    return cut(one_line(text), limits.CHART_TITLE) or word(answer.lang, "chart")


def _axes(chart: Chart, table: Table, keys: tuple[str, ...]) -> Block:
    labels = {c.name: one_line(c.label) for c in table.columns}
    axes: Block = {"categories": list(keys)}
    x = cut(labels.get(chart.x, ""), limits.CHART_AXIS)
    y = cut(labels.get(chart.y[0], "") if len(chart.y) == 1 else "", limits.CHART_AXIS)
    return {**axes, **({"x_label": x} if x else {}), **({"y_label": y} if y else {})}


def _is_complete(shown: Picture) -> bool:
    wanted = len(shown.keys) * len(shown.series)
    cells = {(m.series, m.key) for m in shown.marks if m.value is not None}
    return (
        0 < len(shown.keys) <= limits.CHART_POINTS
        and 0 < len(shown.series) <= limits.CHART_SERIES
        and len(cells) == len(shown.marks) == wanted
    )


def _pie(shown: Picture, title: str, lang: str, cuts: tuple[str, ...]) -> Drawn:
    if len(shown.marks) > limits.PIE_SLICES or any((m.value or 0) <= 0 for m in shown.marks):
        return Drawn(None)
    labels = unique_cuts((one_line(m.key) or "—" for m in shown.marks), limits.CHART_LABEL)
    if len(set(labels)) < len(labels):
        return Drawn(None)
    segments = [
        {"label": label, "value": mark.value}
        for label, mark in zip(labels, shown.marks, strict=True)
    ]
    chart = {"type": "pie", "segments": segments}
    block = {"type": "data_visualization", "title": title, "chart": chart}
    return Drawn(block, (*cuts, *_shortened(shown.keys, lang)), _notes(shown, lang))


def _notes(shown: Picture, lang: str) -> tuple[str, ...]:
    """Return what must be said; Slack draws no hollow marks, so partial periods are named."""
    hollow = chart_word(lang, "partial").partition("{")[0]
    kept = tuple(n for n in shown.notes if not n.startswith(hollow))
    partial = dict.fromkeys(one_line(m.key) for m in shown.marks if m.partial)
    named = cut(", ".join(partial), _GAPS)
    return (*kept, word(lang, "partial", named)) if named else kept


def _shortened(names: tuple[str, ...], lang: str) -> tuple[str, ...]:
    long = any(cut(one_line(n), limits.CHART_LABEL) != one_line(n) for n in names)
    return (word(lang, "labels"),) if long else ()


def _without_gaps(shown: Picture, chart: Chart, lang: str) -> tuple[Picture, tuple[str, ...]]:
    empty = {m.key for m in shown.marks if m.value is None}
    if not empty or chart.mark == "line" or len(shown.series) != 1:
        return shown, ()
    marks = tuple(m for m in shown.marks if m.value is not None)
    keys = tuple(k for k in shown.keys if k not in empty)
    named = cut(", ".join(one_line(k) for k in shown.keys if k in empty), _GAPS)
    notes = tuple(n for n in shown.notes if n != chart_word(lang, "gap"))
    left = Picture(marks, keys, shown.series, shown.rest, notes)
    return left, (word(lang, "gaps", named),)


def _folded(
    shown: Picture, chart: Chart, lang: str, *, additive: bool
) -> tuple[Picture, tuple[str, ...]]:
    """Add up the smallest categories, where adding is right and their order means nothing."""
    room = limits.PIE_SLICES if chart.mark == "pie" else limits.CHART_POINTS
    foldable = additive and chart.mark in {"bar", "pie"} and len(shown.series) == 1
    if len(shown.keys) <= room or not foldable:
        return shown, ()
    ranked = sorted(shown.marks, key=lambda m: -abs(float(m.value or 0)))
    keep = {m.key for m in ranked[: room - 1]}
    rest = word(lang, "other")
    while rest in keep:
        rest += "*"
    small = [m for m in shown.marks if m.key not in keep]
    total = sum(m.value for m in small if m.value is not None)
    mark = Mark(rest, shown.series[0], total, "", any(m.partial for m in small))
    marks = (*(m for m in shown.marks if m.key in keep), mark)
    keys = (*(k for k in shown.keys if k in keep), rest)
    note = word(lang, "folded", len(small), rest)
    return Picture(marks, keys, shown.series, shown.rest, shown.notes), (note,)
