"""`how many leads became MQLs`, `how long from lead to order`: one stage and a later one."""

from __future__ import annotations

from dataclasses import replace

from assistant.plan import Choice, Clarification, Note, Plan, ToolCall
from assistant.planner.draft import Ask, named
from assistant.planner.slots import Slots
from assistant.planner.tooling.funnel import funnel_args
from assistant.planner.tooling.setting import Setting
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


def of_which_day(layer: SemanticLayer, slots: Slots, counted: Plan) -> Clarification | None:
    """Ask whether a period means those who became something then, or those who came then.

    `last month's leads that became MQLs` and `leads that became MQLs last month` are two
    numbers; without a period they are one.

    Args:
        layer: The definitions.
        slots: What was said.
        counted: The plan that counts by the day of becoming.
    """
    if not slots.source_stage or not (slots.periods or slots.shifts):
        return None
    both = replace(
        slots, metrics=[slots.source_stage, *slots.metrics], duration=slots.became, source_stage=""
    )
    try:
        args = funnel_args(Setting(layer, both))
    except Ask:
        return None
    source, target = named(layer, (slots.source_stage,)), named(layer, tuple(slots.metrics))
    cohort = Plan(calls=(ToolCall(tool="analyze_funnel", args=args),), intent="stuck")
    return Clarification(
        question=Note(zh="时间指的是哪一天？", en="Which day does the period mean?"),
        choices=(
            Choice(
                label=Note(
                    zh=f"当期成为{target.zh}的，不论何时来的",
                    en=f"those who became {target.en} then, whenever they came",
                ),
                plan=counted,
            ),
            Choice(
                label=Note(
                    zh=f"当期的{source.zh}，后来成为{target.zh}的",
                    en=f"{source.en} of that period that became {target.en} since",
                ),
                plan=cohort,
            ),
        ),
    )
