"""`日均线索`, `average monthly spend`: the mean of a figure over the periods of a window."""

from __future__ import annotations

from assistant.plan import Note
from assistant.planner.draft import Ask, Draft, named
from assistant.planner.slots import Slots
from semantic_layer import SemanticLayer
from semantic_layer.compile.facts import adds_up
from semantic_layer.model import SimpleMetric, SnapshotMetric

MEAN = "mean"
"""The flag of a question for an average over time."""
_OTHER_FORMS = frozenset({"share", "trend", "vs", "delta", "rate", "rank", "vary"})


def averaged(layer: SemanticLayer, slots: Slots, draft: Draft) -> bool:
    """Tell whether the mean over periods is asked for, and check that there is one.

    Raises:
        Ask: The mean has no meaning here (of a ratio), or stands beside something else.
    """
    if MEAN not in slots.flags:
        return False
    label = named(layer, draft.metrics)
    if not all(_has_mean(layer, metric) for metric in draft.metrics):
        raise Ask(
            Note(
                zh=f"「{label.zh}」本身是比率或平均值，各期再平均不等于整段的值。要看整段的值，还是按时间的走势？",
                en=f"{label.en} is a ratio or a mean: that of periods is not that of the whole. The whole, or by period?",
            )
        )
    crowded = draft.compare is not None or draft.dimensions or slots.ranked or slots.thresholds
    if draft.grain is None or crowded or slots.flags & _OTHER_FORMS or len(draft.metrics) > 1:
        raise Ask(
            Note(
                zh="平均值请一次只问一个指标、一个时间段，不分组也不比较，例如「上个月日均线索」。",
                en="Please ask for the average of one metric in one period, without groups or comparison.",
            )
        )
    return True


def _has_mean(layer: SemanticLayer, name: str) -> bool:
    """Whether a metric counts or sums something: a mean of ratios or means is another figure."""
    metric = layer.definitions.metrics[name]
    distinct = isinstance(metric, SimpleMetric | SnapshotMetric) and metric.agg == "count_distinct"
    return distinct or adds_up(layer.definitions, name, ())
