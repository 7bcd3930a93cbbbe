"""`至少10单`: the measure word of a bound says which kind of thing is counted."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.formatting import UNITS_ZH, symbol
from assistant.plan import Note
from assistant.planner.bands import Band, bands_of
from assistant.planner.draft import Ask, Draft, named
from assistant.planner.slots import Threshold
from semantic_layer import SemanticLayer
from semantic_layer.compile.facts import shared_dimensions
from semantic_layer.model import Dimension, RatioMetric

COUNTERS = frozenset("单笔条家人名位个次")
_SAME = {"笔": "单", "名": "人", "位": "人"}
_ANY = "个"
_UNCOUNTED = frozenset({"%", "ratio", "share", "point", "score", "day", "hour", "minute",
                        "second"})  # fmt: skip


def counter_of(text: str) -> str:
    """Return the measure word that a number ends with; "" without one."""
    last = text.removesuffix("之间")[-1:]
    return last if last in COUNTERS else ""


def counted_metric(layer: SemanticLayer, draft: Draft, item: Threshold) -> str:
    """Return the metric that a bound with a measure word is about.

    Of those asked for, then of the denominators of their ratios, then of all that are known:
    the first of these that has exactly one metric so counted decides.

    Raises:
        Ask: The metric named is not counted at all, or none or several are counted so.
    """
    if item.metric is not None:
        if _unit(layer, item.metric) in _UNCOUNTED or symbol(_unit(layer, item.metric)):
            raise _which(layer, item, (item.metric,))
        return item.metric
    known = layer.definitions.metrics
    below = [m.denominator for m in map(known.__getitem__, draft.metrics)
             if isinstance(m, RatioMetric)]  # fmt: skip
    everything = () if item.counter == _ANY else tuple(known)
    for names in (draft.metrics, tuple(below), everything):
        found = [m for m in dict.fromkeys(names) if _fits(layer, m, item.counter)]
        if len(found) == 1:
            return _noted(layer, draft, item, found[0])
        if found:
            raise _which(layer, item, tuple(found))
    raise _which(layer, item, draft.metrics)


def _unit(layer: SemanticLayer, metric: str) -> str:
    return layer.definitions.metrics[metric].unit


def _fits(layer: SemanticLayer, metric: str, counter: str) -> bool:
    unit = _unit(layer, metric)
    if layer.definitions.metrics[metric].hidden:
        return False
    if unit in _UNCOUNTED or symbol(unit):
        return False
    return counter == _ANY or UNITS_ZH.get(unit) == _SAME.get(counter, counter)


def _noted(layer: SemanticLayer, draft: Draft, item: Threshold, metric: str) -> str:
    label = named(layer, (metric,))
    text = f"{item.value:g}{item.counter}"
    draft.notes.append(
        Note(zh=f"「{text}」按「{label.zh}」理解", en=f"“{text}” read as {label.en}")
    )
    return metric


def _which(layer: SemanticLayer, item: Threshold, metrics: Sequence[str]) -> Ask:
    text = f"{item.value:g}{item.counter}"
    return Ask(
        Note(
            zh=f"「{text}」是哪个指标的条件？请写出指标的名称。",
            en=f"“{text}”: a condition on which metric? Please name it.",
        ),
        tuple(named(layer, (m,)) for m in metrics[:6]),
    )


def off_edge(layer: SemanticLayer, draft: Draft, item: Threshold) -> Ask | None:
    """Return how to ask for bands where a bound (`300人以上`) lies within one of them."""
    for name in shared_dimensions(layer.context, draft.metrics):
        dimension = layer.definitions.dimensions[name]
        bands = bands_of(dimension)
        if bands and item.counter and bands[0].unit == item.counter:
            label, text = dimension.label, f"{item.value:g}{item.counter}"
            return Ask(
                Note(
                    zh=f"「{text}」不在「{label.get('zh')}」的分段边界上；数据只分到这些段：",
                    en=f"“{text}” is no edge of the bands of {label.get('en').lower()}; the data knows these only:",
                ),
                tuple(_label(dimension, band) for band in bands),
            )
    return None


def _label(dimension: Dimension, band: Band) -> Note:
    spec = dimension.values.get(str(band.value))
    text = spec.label if spec else None
    return Note(
        zh=text.get("zh") if text else str(band.value),
        en=text.get("en") if text else str(band.value),
    )
