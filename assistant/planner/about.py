"""Questions about the product itself: what it knows, what a metric means, what can be asked."""

from __future__ import annotations

import re
from collections.abc import Callable

from assistant.plan import Plan, Planned, ToolCall
from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import fold_word
from assistant.planner.refusals import no_drivers, no_metric
from assistant.planner.slots import Slots
from assistant.planner.things import said_as_count
from semantic_layer import SemanticLayer

_SPREAD = re.compile(r"分布|构成|distribution|breakdown")


def about_itself(
    layer: SemanticLayer, lexicon: Lexicon, slots: Slots, again: Callable[[str], Planned]
) -> Planned | None:
    """Return the plan of what is asked about the product itself; None of what asks for figures.

    Args:
        layer: What is declared.
        lexicon: What the asker may name.
        slots: What was said.
        again: Plans a question in other words.
    """
    intents = slots.intents
    bare = slots.empty and not slots.values
    if "fresh" in intents and slots.empty:
        return _call("describe_data", intent="data")
    plain = not (
        slots.periods
        or slots.dimensions
        or slots.values
        or slots.flags
        or slots.shifts
        or slots.ranked
    )
    if "why" in intents and not slots.empty:
        return no_drivers(layer, slots)
    asked = "define" in intents or (bool(intents & {"what_is", "calc"}) and plain)
    named = [*slots.metrics, *(m for w in slots.ambiguous for m in meant_by(layer, w))]
    if asked and named and not slots.periods:
        calls = tuple(ToolCall(tool="describe_metric", args={"metric": m}) for m in named)
        return Plan(calls=calls, intent="define")
    if "metric_word" in intents and bare:
        return _call("list_metrics", intent="list")
    if "dimension_word" in intents and bare:
        return _call("describe_data", intent="ability")
    busy = slots.periods or slots.ranked or slots.flags or slots.compares or slots.thresholds
    counted = said_as_count(layer, lexicon, slots)
    if counted is not None:
        return again(counted)
    if slots.dimensions and bare and _SPREAD.search(slots.text):
        return no_metric(layer, lexicon, slots)  # 无效原因分布: of which figure?
    if slots.dimensions and bare and not busy:
        return _call("list_values", {"dimension": slots.dimensions[0]}, intent="values")
    idle = bare and not slots.dimensions and not slots.periods
    if idle and intents & {"help", "greet", "list"}:
        return _call("describe_data", intent="ability")
    return None


def is_beside(layer: SemanticLayer, word: str) -> bool:
    """Whether an ambiguous word is declared to be told by what stands beside it."""
    known = layer.definitions.ambiguous
    return any(item.beside for said, item in known.items() if fold_word(said) == word)


def meant_by(layer: SemanticLayer, word: str) -> tuple[str, ...]:
    """Return the metrics that an ambiguous word may mean."""
    for said, item in layer.definitions.ambiguous.items():
        if fold_word(said) == word:
            return item.metrics
    return ()


def _call(tool: str, args: dict[str, object] | None = None, *, intent: str) -> Plan:
    return Plan(calls=(ToolCall(tool=tool, args=args or {}),), intent=intent)
