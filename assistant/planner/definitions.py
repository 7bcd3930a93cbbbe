"""`健康度怎么算的`, `什么是U型归因`, `difference between MQL and SQL`: what things mean."""

from __future__ import annotations

import re

from assistant.plan import Note, Plan, Planned, Refusal, ToolCall
from assistant.planner.customer_words import SAID
from assistant.planner.slots import Slots
from semantic_layer import SemanticLayer

_MEANING = frozenset({"define", "what_is", "calc"})
_MODELS = re.compile(r"归因(?:模型|方法|方式)|attribution (?:models?|methods?)")
_WHICH = re.compile(r"有哪|哪些|哪几|有几|有什么|列表|清单|\b(?:which|what|list|available)\b")
_APART = re.compile(
    r"区别|(?:有什么|有何|有啥|的)不同|有什么(?:差别|差异)|\bdifferences? between\b|\bdiffers?\b"
)


def definition(layer: SemanticLayer, slots: Slots) -> Planned | None:
    """Return the definition that a question asks for; None when it asks for figures.

    Args:
        layer: What is declared.
        slots: What was said.
    """
    if _narrowed(slots):
        return None
    if _APART.search(slots.text) and len(slots.metrics) > 1:
        return _metrics(slots)
    means = bool(slots.intents & _MEANING)
    about = slots.models or "attribution" in slots.intents or _MODELS.search(slots.text)
    if about:
        listed = _MODELS.search(slots.text) and _WHICH.search(slots.text)
        if slots.metrics:
            return _metrics(slots) if "define" in slots.intents else None
        chosen = "choose_model" in slots.intents or "influence" in slots.intents
        compared = _APART.search(slots.text) and len(slots.models) > 1
        if chosen or not (means or listed or compared):
            return None
        models = list(slots.models)
        if not models and not listed:  # how credit is given, if nobody chooses
            models = [layer.project.config.attribution.model]
        return _method({"topic": "attribution", "models": models})
    said = slots.intents & SAID
    if not means or not said or slots.metrics:
        return None
    if said == {"health"} and layer.definitions.roles.customer is not None:
        return _method({"topic": "health"})
    return _undescribed() if "define" in slots.intents else None


def _narrowed(slots: Slots) -> bool:
    """Whether a part, a period or an order is asked for: then figures are wanted."""
    limits = slots.values, slots.periods, slots.shifts, slots.dimensions, slots.thresholds
    return any(limits) or slots.ranked or bool(slots.unknown or slots.unclear)


def _metrics(slots: Slots) -> Plan:
    calls = tuple(ToolCall(tool="describe_metric", args={"metric": m}) for m in slots.metrics)
    return Plan(calls=calls, intent="define")


def _method(args: dict[str, object]) -> Plan:
    kept = {k: v for k, v in args.items() if v != []}
    return Plan(calls=(ToolCall(tool="describe_method", args=kept),), intent="define")


def _undescribed() -> Refusal:
    return Refusal(
        code="NOT_DESCRIBED",
        message=Note(
            zh="这个分析的算法没有单独的说明，所以没有给出数字代替。",
            en="There is no description of this analysis on its own, and figures would be no answer.",
        ),
        hint=Note(
            zh="直接问它的结果，口径写在结果的依据里；归因模型和健康度可以问怎么算。",
            en="Ask for its result: the rules stand in its basis. Attribution models and the health score can be asked about.",
        ),
    )
