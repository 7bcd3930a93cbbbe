"""Conditions of a query in words, for headlines and receipts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from assistant.formatting import key_text, show
from semantic_layer.loader import Definitions
from semantic_layer.query import Filter, MetricFilter, Query

_MANY = 6
_WORDS = {
    "zh": {
        "in": "{values}", "not_in": "不含{values}", "contains": "含「{values}」",
        "not_contains": "不含「{values}」", "gt": "{name} > {values}", "gte": "{name} ≥ {values}",
        "lt": "{name} < {values}", "lte": "{name} ≤ {values}", "between": "{name} {low} 至 {high}",
        "is_null": "{name}为空", "not_null": "{name}不为空", "eq": "{name} = {values}",
        "ne": "{name} ≠ {values}", "list": "、", "many": "{values} 等 {count} 项", "between_parts": "，",
        "delta": "变化", "pct": "变化率", "share": "占比", "touches": "触点{}",
    },
    "en": {
        "in": "{values}", "not_in": "not {values}", "contains": "containing “{values}”",
        "not_contains": "not containing “{values}”", "gt": "{name} > {values}",
        "gte": "{name} ≥ {values}", "lt": "{name} < {values}", "lte": "{name} ≤ {values}",
        "between": "{name} {low} to {high}", "is_null": "{name} is empty",
        "not_null": "{name} is not empty", "eq": "{name} = {values}", "ne": "{name} ≠ {values}",
        "list": ", ", "many": "{values} and others, {count} in all", "between_parts": ", ",
        "delta": "change", "pct": "change %", "share": "share", "touches": "touches: {}",
    },
}  # fmt: skip


def condition_text(definitions: Definitions, item: Filter | MetricFilter, lang: str) -> str:
    """Return one condition in words: `华东、华北`, `不含百度`, `CPL > ¥500`."""
    return (
        _on_dimension(definitions, item, lang)
        if isinstance(item, Filter)
        else _on_metric(definitions, item, lang)
    )


def _on_dimension(definitions: Definitions, item: Filter, lang: str) -> str:
    words = _WORDS[lang]
    dimension = definitions.dimensions[item.dimension]
    known = dimension.values
    labels = {v: s.label.get(lang) for v, s in known.items() if s.label is not None}
    texts = [key_text(v, lang, labels) for v in item.values]
    shown = words["list"].join(texts[:_MANY])
    if len(texts) > _MANY:
        shown = words["many"].format(values=shown, count=len(texts))
    low, high = (texts[0], texts[-1]) if texts else ("", "")
    name = dimension.label.get(lang)
    return words[item.op].format(values=shown, name=name, low=low, high=high)


def _on_metric(definitions: Definitions, item: MetricFilter, lang: str) -> str:
    words = _WORDS[lang]
    metric = definitions.metrics[item.metric]
    name = metric.label.get(lang) + (words[item.of] if item.of in words and lang == "zh" else "")
    if item.of in words and lang != "zh":
        name = f"{name} {words[item.of]}"
    rate = item.of in {"pct", "share"}
    bounds = (item.value, item.upper if item.upper is not None else item.value)
    low, high = (
        show(
            b,
            unit="%" if rate else metric.unit,
            pattern="" if rate else metric.format,
            lang=lang,
            kind="value",
        )
        for b in bounds
    )
    return words[item.op].format(values=low, name=name, low=low, high=high)


def limits_text(definitions: Definitions, query: Query, lang: str) -> str:
    """Return what a query is limited to, without the mere presence of a key; "" for nothing."""
    parts = [condition_text(definitions, f, lang) for f in query.filters if f.op != "not_null"]
    parts += [condition_text(definitions, h, lang) for h in query.having]
    return _WORDS[lang]["between_parts"].join(parts)


def tool_conditions(
    definitions: Definitions, args: BaseModel, lang: str
) -> tuple[dict[str, Any], ...]:
    """Return the conditions among a tool's arguments as the receipt holds them, with words.

    Args:
        definitions: Labels of dimensions and values.
        args: The arguments that the tool ran with.
        lang: Language of the reader.
    """
    words = _WORDS[lang]
    own = [(f, "{}") for f in getattr(args, "filters", ())]
    touched = [(f, words["touches"]) for f in getattr(args, "touch_filters", ())]
    return tuple(
        {
            **item.model_dump(mode="json"),
            "text": form.format(condition_text(definitions, item, lang)),
        }
        for item, form in (*own, *touched)
    )


def joined_text(conditions: Iterable[Mapping[str, Any]], lang: str) -> str:
    """Return conditions of a receipt as one phrase; "" for none."""
    return _WORDS[lang]["between_parts"].join(str(c["text"]) for c in conditions)
