"""Things that a question counts without naming a metric: 几场展会, 有多少客户, 输单最多."""

from __future__ import annotations

import re

from assistant.planner.lexicon import Lexicon
from assistant.planner.normalise import fold_word
from assistant.planner.slots import Slots
from semantic_layer import SemanticLayer
from semantic_layer.model import SimpleMetric

_HOW_MANY = re.compile(r"有?多少个?|几个|几家|how many")
_COUNTED = re.compile(r"多少[场个家条篇]|几[场个家条篇]|how many|\bnumber of")


def count_of_things(layer: SemanticLayer, slots: Slots) -> str | None:
    """Return the metric that counts what the values of a question are (几场展会), if one does.

    That is the only plain count of the only model that has the values' dimension as a
    column of its own; elsewhere (how many 百度?) the thing counted was not said.
    """
    if not slots.empty or slots.intents or not slots.values or not _COUNTED.search(slots.text):
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


def said_as_count(layer: SemanticLayer, lexicon: Lexicon, slots: Slots) -> str | None:
    """Return the question with the name of a count in place of the things that it counts."""
    if not slots.empty:
        return None
    return _of_dimension(layer, lexicon, slots) or _of_state(lexicon, slots)


def _of_dimension(layer: SemanticLayer, lexicon: Lexicon, slots: Slots) -> str | None:
    """`有多少客户` asks for 客户数 where that is known, not for a list of names."""
    if len(slots.dimensions) != 1 or not _HOW_MANY.search(slots.text):
        return None
    label = layer.definitions.dimensions[slots.dimensions[0]].label
    if f"{label.get('zh')}数" in slots.text:
        return None
    for word in (f"{label.get('zh')}数", f"number of {label.get('en')}s"):
        if fold_word(word) in lexicon.entries:
            return _HOW_MANY.sub(" ", slots.text).replace(fold_word(label.get("zh")), word)
    return None


def _of_state(lexicon: Lexicon, slots: Slots) -> str | None:
    """`输单最多的行业`, `赢单多少`: of what is in a state, the number where one is known."""
    if len(slots.values) != 1 or slots.values[0].negate:
        return None
    if not (slots.superlative or _HOW_MANY.search(slots.text)):
        return None
    text = fold_word(slots.values[0].text)
    known = {sense.kind for sense in lexicon.entries.get(f"{text}数", ())}
    if known != {"metric"} or slots.text.count(text) != 1:
        return None
    return slots.text.replace(text, f"{text}数")
