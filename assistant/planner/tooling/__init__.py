"""Questions that a tool of its own answers: attribution, impact, funnels, journeys."""

from __future__ import annotations

from collections.abc import Callable

from assistant.plan import Clarification, Note, Plan, Planned, Refusal, ToolCall
from assistant.planner.definitions import definition
from assistant.planner.draft import Ask
from assistant.planner.parameters import asks_metric
from assistant.planner.slots import Slots
from assistant.planner.tooling.attribution import attribution_args, evidence_args
from assistant.planner.tooling.customers import (
    CUSTOMER_ANALYSES,
    customer_topic,
    takes_account,
)
from assistant.planner.tooling.funnel import funnel_args, stages_said
from assistant.planner.tooling.impact import impact_args
from assistant.planner.tooling.journey import journey_args, subject_words
from assistant.planner.tooling.leads import call_args, summary_args
from assistant.planner.tooling.setting import Setting
from semantic_layer import SemanticLayer

Args = dict[str, object]
ANALYSES: dict[str, tuple[str, Callable[[Setting], Args]]] = {
    "brief": ("summarize_lead", summary_args),
    "calls": ("rank_leads", call_args),
    "journey": ("customer_journey", journey_args),
    "stuck": ("analyze_funnel", funnel_args),
    "evidence": ("attribute_revenue", evidence_args),
    "influence": ("campaign_impact", impact_args),
    "attribution": ("attribute_revenue", attribution_args),
    **CUSTOMER_ANALYSES,
}
"""What a question is about -> the tool and how its arguments are read, first match first."""
TOOLS = frozenset(tool for tool, _ in ANALYSES.values())


def topic(slots: Slots) -> str | None:
    """Return which analysis a question asks for, if any."""
    words = slots.intents
    if "lead_brief" in words:
        return "brief"
    if "call_first" in words:
        return "calls"
    if "journey" in words:
        return "journey"
    if "stuck" in words:
        return "stuck"
    about = bool(words & {"influence", "attribution"} or slots.models)
    if "deal_word" in words and about:
        return "evidence"
    if "influence" in words and slots.values:
        return "influence"
    if words & {"attribution", "choose_model"} or slots.models:
        return "attribution"
    return "influence" if "influence" in words else None


def lacks_touchpoints(layer: SemanticLayer, slots: Slots) -> Refusal | None:
    """Return why an analysis of touches is impossible where a company declares none."""
    of_touches = topic(slots) in {"attribution", "evidence", "influence"}
    if not of_touches or layer.definitions.roles.touchpoint is not None:
        return None
    return Refusal(
        code="NO_TOUCHPOINTS",
        message=Note(
            zh="这家公司没有声明触点，不能把功劳记到渠道或活动上。",
            en="This company declares no touchpoints, so nothing can be credited to a channel or campaign.",
        ),
        hint=Note(
            zh="请数据分析师在定义中补充 roles.touchpoint；其他指标照常可问。",
            en="An analyst can declare `roles.touchpoint`; other metrics can be asked as usual.",
        ),
    )


def takes_name(slots: Slots) -> bool:
    """Whether an unknown word may be the name or number of what is asked about."""
    found = topic(slots)
    named = found in {"evidence", "brief", "calls"} or takes_account(slots)
    return named or (found == "journey" and bool(subject_words(slots)))


def tool_plan(layer: SemanticLayer, slots: Slots) -> Planned | None:
    """Return the plan of a question for an analysis; None when it is none."""
    meant = definition(layer, slots)
    if meant is not None:
        return meant
    setting = Setting(layer, slots)
    found = _asked(setting)
    if found is None:
        return None
    tool, read = ANALYSES[found]
    try:
        args = read(setting)
    except Ask as ask:
        return Clarification(question=ask.question, examples=ask.candidates)
    return Plan(
        calls=(ToolCall(tool=tool, args=args),),
        assumptions=tuple(setting.notes),
        intent=found,
        draw=slots.draw,
        export=slots.export,
    )


def _asked(setting: Setting) -> str | None:
    """Return the analysis that a question asks for, if nothing of it would be lost."""
    layer, slots = setting.layer, setting.slots
    found = customer_topic(layer, slots) or topic(slots)
    stages = max(len(stages_said(setting)), len(setting.stages()))
    if found is None and slots.duration and stages > 1:
        found = "stuck"
    if slots.source_stage or (slots.duration and found != "stuck"):
        return None
    return None if found is None or asks_metric(layer, slots) else found
