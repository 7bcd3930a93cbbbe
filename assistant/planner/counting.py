"""What is counted: by the measure word of a bound (`至少10单`), or by the things named (几场展会)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.formatting import UNITS_ZH, symbol
from assistant.plan import Note
from assistant.planner.draft import Ask, Draft, named
from assistant.planner.slots import Slots, Threshold
from semantic_layer import SemanticLayer
from semantic_layer.model import RatioMetric, SimpleMetric

COUNTERS = frozenset("单笔条家人名位个次")
_SAME = {"笔": "单", "名": "人", "位": "人"}
_ANY = "个"
_HOW_MANY = re.compile(r"多少[场个家条篇]|几[场个家条篇]|how many|\bnumber of")
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


def count_of_things(layer: SemanticLayer, slots: Slots) -> str | None:
    """Return the metric that counts what the values of a question are (几场展会), if one does.

    That is the only plain count of the only model that has the values' dimension as a
    column of its own; elsewhere (how many 百度?) the thing counted was not said.
    """
    if not slots.empty or slots.intents or not slots.values or not _HOW_MANY.search(slots.text):
        return None
    named = {sense.id for value in slots.values for sense in value.senses}
    models = layer.definitions.models
    owners = [
        name for name, model in models.items()
        if named <= set(model.dims) and all(_own(model.dims[d]) for d in named)
    ]  # fmt: skip
    counts = [
        name for name, metric in layer.definitions.metrics.items()
        if isinstance(metric, SimpleMetric) and metric.model in owners
        and metric.agg == "count" and not metric.hidden
    ]  # fmt: skip
    return counts[0] if len(owners) == 1 and len(counts) == 1 else None


def _own(expression: str) -> bool:
    return expression.isidentifier()


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
