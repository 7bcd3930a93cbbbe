"""The median of a metric, and its count without duplicates: only where they are declared."""

from __future__ import annotations

from assistant.plan import Note
from assistant.planner.averages import MEAN
from assistant.planner.draft import Ask, named
from assistant.planner.slots import Slots
from semantic_layer import SemanticLayer
from semantic_layer.compile.facts import leaf_models
from semantic_layer.model import Metric, SimpleMetric

MEDIAN = "median"
"""The flag of a question for a median."""
DEDUPED = "deduped"
"""The flag of a question for a count without duplicates."""
_DOUBLES = ("重复", "去重", "duplicat", "unique", "distinct")
_WITHOUT = (
    "去重",
    "不重复",
    "without duplicates",
    "excluding duplicates",
    "deduplicated",
    "unique",
    "distinct",
)


def settle_forms(layer: SemanticLayer, slots: Slots) -> None:
    """Put the metric that is the form asked for in the place of the one named.

    Args:
        layer: What is declared.
        slots: What was said; its metrics are changed.

    Raises:
        Ask: There is no such metric: neither the mean nor the raw count stands in for it.
    """
    if MEDIAN in slots.flags:
        if MEAN in slots.flags:
            raise _no_median(layer, slots)
        _swap(slots, [_median_of(layer, m) for m in slots.metrics], _no_median(layer, slots))
    if DEDUPED in slots.flags:
        _swap(slots, [_deduped(layer, m) for m in slots.metrics], _no_deduped(layer, slots))


def _swap(slots: Slots, forms: list[str], missing: Ask) -> None:
    if slots.ambiguous or slots.bundles or slots.per or not all(forms):
        raise missing
    slots.metrics, slots.metric_senses = forms, []
    slots.order_metric = None
    for item in slots.thresholds:
        item.metric = forms[0] if item.metric else None


def _median_of(layer: SemanticLayer, name: str) -> str:
    """Return the median of what a metric measures: itself, or the one of the same expression."""
    metric = layer.definitions.metrics[name]
    if not isinstance(metric, SimpleMetric):
        return ""
    if metric.agg == "median":
        return name
    twins = _like(layer, metric, filtered=True) if metric.agg == "avg" else {}
    return next((m for m, d in twins.items() if d.agg == "median"), "")


def _deduped(layer: SemanticLayer, name: str) -> str:
    """Return the one count of the same records that is called one without duplicates."""
    metric = layer.definitions.metrics[name]
    if not isinstance(metric, SimpleMetric):
        return ""
    if metric.agg == "count_distinct" or _named(metric, _WITHOUT):
        return name
    twins = _like(layer, metric, filtered=False) if metric.filter is None else {}
    found = [m for m, d in twins.items() if d.agg == metric.agg and _named(d, _WITHOUT)]
    return found[0] if len(found) == 1 else ""


def _like(layer: SemanticLayer, metric: SimpleMetric, *, filtered: bool) -> dict[str, SimpleMetric]:
    """Return the metrics of the same rows and values; with other conditions, if not `filtered`."""
    return {
        name: other
        for name, other in layer.definitions.metrics.items()
        if isinstance(other, SimpleMetric)
        and not other.hidden
        and (other.model, other.expr, other.time, other.per)
        == (metric.model, metric.expr, metric.time, metric.per)
        and (not filtered or other.filter == metric.filter)
    }


def _named(metric: Metric, marks: tuple[str, ...]) -> bool:
    words = (metric.label.get("zh"), metric.label.get("en"), *metric.synonyms)
    return any(mark in word.lower() for word in words for mark in marks)


def _said(layer: SemanticLayer, slots: Slots) -> Note:
    if slots.metrics:
        return named(layer, tuple(slots.metrics))
    words = slots.ambiguous or [layer.definitions.bundles[b].label.get("zh") for b in slots.bundles]
    return Note(zh="、".join(words), en=", ".join(words))


def _no_median(layer: SemanticLayer, slots: Slots) -> Ask:
    label = _said(layer, slots)
    metrics = layer.definitions.metrics
    medians = [
        m for m, d in metrics.items()
        if isinstance(d, SimpleMetric) and d.agg == "median" and not d.hidden
    ]  # fmt: skip
    return _asked(
        layer,
        Note(
            zh=f"「{label.zh}」没有中位数口径，没有用别的口径代替。",
            en=f"No median of {label.en} is declared, and no other figure stands in for it.",
        ),
        Note(zh="有中位数口径的指标：", en=" Metrics that are medians:"),
        medians,
    )


def _no_deduped(layer: SemanticLayer, slots: Slots) -> Ask:
    label = _said(layer, slots)
    near = frozenset().union(*(leaf_models(layer.context, m) for m in slots.metrics))
    doubles = [
        m for m, d in layer.definitions.metrics.items()
        if not d.hidden and _named(d, _DOUBLES) and near & set(leaf_models(layer.context, m))
    ]  # fmt: skip
    return _asked(
        layer,
        Note(
            zh=f"「{label.zh}」没有去重口径，没有用未去重的数代替。",
            en=f"No {label.en} without duplicates are declared, and the plain figure does not stand in for it.",
        ),
        Note(zh="与重复有关的指标：", en=" Metrics about duplicates:"),
        doubles,
    )


def _asked(layer: SemanticLayer, said: Note, offer: Note, metrics: list[str]) -> Ask:
    shown = tuple(named(layer, (m,)) for m in metrics[:6])
    return Ask(Note(zh=said.zh + offer.zh, en=said.en + offer.en) if shown else said, shown)
