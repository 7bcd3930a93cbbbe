"""The part and the whole of a share among the values of one reading."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.plan import Note
from assistant.planner.draft import Ask, Draft
from assistant.planner.lexicon import Sense
from assistant.planner.slots import Slots, ValueSlot
from semantic_layer import SemanticLayer, TimeRange
from semantic_layer.compile.comparison import earlier


def parts_of(
    layer: SemanticLayer, slots: Slots, values: Sequence[ValueSlot], combo: Sequence[Sense]
) -> frozenset[int]:
    """Return which of the values are shown among all of their kind, not filtered by.

    Args:
        layer: The definitions.
        slots: What the question says.
        values: The values of the reading.
        combo: The sense of each of them.

    Raises:
        Ask: The part does not lie within the whole, or each group has a whole of its own.
    """
    if "place" in slots.flags and len({s.id for s in combo}) == 1:
        return frozenset(i for i, v in enumerate(values) if not v.negate)
    if "share" not in slots.flags:
        return frozenset()
    named = [i for i, v in enumerate(values) if not v.negate]
    parts = [i for i in named if values[i].role == "part"]
    free = [i for i in named if values[i].role != "base"]
    if not parts and free and not slots.dimensions:  # said apart from the word of share
        parts = [i for i in free if combo[i].id == combo[free[-1]].id]
    if parts:
        _check(layer, slots, [combo[i] for i in parts], [combo[i] for i in named if i not in parts])
    return frozenset(parts)


def _check(
    layer: SemanticLayer, slots: Slots, parts: Sequence[Sense], bases: Sequence[Sense]
) -> None:
    dims = {s.id for s in parts}
    if set(slots.dimensions) - dims or len(dims) > 1:
        raise _each_whole(layer, [d for d in slots.dimensions if d not in dims])
    dim = parts[0].id
    part = {v for s in parts for v in s.values}
    for base in bases:
        within = base.id != dim or part < set(base.values)
        if not within or dim in _ancestors(layer, base.id):
            raise _outside(layer, dim)


def _ancestors(layer: SemanticLayer, dim: str) -> set[str]:
    """Return the dimensions that a dimension's values are parts of."""
    out: set[str] = set()
    parent = layer.definitions.dimensions[dim].parent
    while parent is not None and parent not in out:
        out.add(parent)
        parent = layer.definitions.dimensions[parent].parent
    return out


def _each_whole(layer: SemanticLayer, dims: Sequence[str]) -> Ask:
    labels = [layer.definitions.dimensions[d].label for d in dims]
    zh, en = "、".join(t.get("zh") for t in labels), ", ".join(t.get("en") for t in labels)
    return Ask(
        Note(
            zh=f"不能一次算出每个{zh or '分组'}内各自的占比；请逐个写出整体再问。",
            en=f"A share within each {en.lower() or 'group'} cannot be computed in one go; name one whole at a time.",
        )
    )


def _outside(layer: SemanticLayer, dim: str) -> Ask:
    label = layer.definitions.dimensions[dim].label
    return Ask(
        Note(
            zh=f"占比的部分（{label.get('zh')}）不在所说的整体之内：谁占谁的比例？",
            en=f"The part ({label.get('en').lower()}) does not lie within the whole named: the share of which in which?",
        )
    )


def share_before(layer: SemanticLayer, slots: Slots, draft: Draft) -> TimeRange | None:
    """Return the period whose share is held against that of the draft; None where none is.

    The change of a share is that of two governed shares: the draft is left without its
    comparison, which would be the change of the metric.

    Raises:
        Ask: The shares are ranked, bounded or by time, or the period has no two ends.
    """
    compare, time = draft.compare, draft.time
    if "share" not in slots.flags or compare is None:
        return None
    span = time.span if time else None
    if slots.ranked or slots.thresholds or draft.grain is not None or time is None or span is None:
        raise _share_with_change()
    draft.compare = None
    if compare.range is not None:
        return compare.range
    before = earlier(layer.context, span, time.grain, compare)
    return TimeRange(start=before.start, end=before.end)


def _share_with_change() -> Ask:
    return Ask(
        Note(
            zh="占比的变化只能比较两个时期的占比，不能再排名、筛选或按时间展开，例如「百度线索占比比上个月变化多少」。",
            en="The change of a share can be told between two periods, without a ranking, a condition or a breakdown by time.",
        )
    )
