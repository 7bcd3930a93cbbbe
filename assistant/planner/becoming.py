"""`how many leads became MQLs`, `how long from lead to order`: one stage and a later one."""

from __future__ import annotations

from assistant.plan import Note
from assistant.planner.slots import Slots
from semantic_layer import SemanticLayer

_LASTING = frozenset({"minute", "hour", "day", "week", "month"})


def unplaced(layer: SemanticLayer, slots: Slots) -> list[str]:
    """Return the words for becoming, or for a number of days, that fit nothing else said."""
    metrics = [layer.definitions.metrics[m] for m in slots.metrics]
    lasting = bool(metrics) and all(m.unit in _LASTING for m in metrics)
    out = [slots.duration] if slots.duration and not lasting else []
    if slots.source_stage and not _follows(layer, slots):
        out.append(slots.became)
    return out


def _follows(layer: SemanticLayer, slots: Slots) -> bool:
    """Whether the metric asked for counts the same records at a later stage.

    Stages of other records (leads -> opportunities) are not: one lead may have several.
    """
    stages = {s.metric: (i, s.model) for i, s in enumerate(layer.definitions.roles.stages)}
    if len(slots.metrics) != 1:
        return False
    source, target = stages.get(slots.source_stage), stages.get(slots.metrics[0])
    if source is None or target is None:
        return False
    return source[0] < target[0] and source[1] == target[1]


def became_notes(layer: SemanticLayer, slots: Slots) -> tuple[Note, ...]:
    """Say by which day those who became something are counted."""
    if not slots.source_stage:
        return ()
    label = layer.definitions.metrics[slots.metrics[0]].label
    return (
        Note(
            zh=f"按成为「{label.get('zh')}」的日期统计，不论何时进入上一阶段",
            en=f"counted by the day of becoming {label.get('en')}, whenever they entered before",
        ),
    )
