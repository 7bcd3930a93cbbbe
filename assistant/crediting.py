"""The attribution model behind a metric, in words: it is named wherever the metric is."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.answer import Table, TableColumn
from semantic_layer import Query, SemanticLayer
from semantic_layer.query import Parameters
from tools.catalog import MetricCredit, metric_credit

_WORDS = {
    "zh": ("归因模型：{label}（{meaning}），回溯{days}天", "，半衰期{half:g}天", "；"),
    "en": ("attribution model {label} ({meaning}), lookback {days} days", ", half-life {half:g} days", "; "),
}  # fmt: skip


def credit_words(credit: MetricCredit, lang: str) -> str:
    """Return how a metric credits: model, what it means, lookback."""
    text, half, _ = _WORDS[lang]
    shown = text.format(
        label=credit.label.get(lang),
        meaning=credit.meaning.get(lang),
        days=credit.lookback_days,
    )
    return shown + (half.format(half=credit.half_life_days) if credit.half_life_days else "")


def told_convention(basis: str, credit: MetricCredit | None, lang: str) -> str:
    """Return the attribution model in force and a metric's own convention, as one line."""
    parts = (credit_words(credit, lang) if credit else "", basis)
    return _WORDS[lang][2].join(p for p in parts if p)


def convention(
    layer: SemanticLayer, metric_id: str, lang: str, asked: Parameters | None = None
) -> str:
    """Return a metric's convention in a query that asks for `asked`."""
    basis = layer.definitions.metrics[metric_id].basis
    return told_convention(basis, metric_credit(layer, metric_id, asked), lang)


def asked_model(layer: SemanticLayer, query: Query, lang: str) -> str:
    """Return the model and lookback that a query itself asks for; "" when it asks for none."""
    if query.parameters is None:
        return ""
    found = (metric_credit(layer, m, query.parameters) for m in query.metrics)
    return next((credit_words(c, lang) for c in found if c is not None and c.is_open), "")


_NAMED = {"zh": "{metric}（{model}）", "en": "{metric} ({model})"}


def named_model(layer: SemanticLayer, query: Query, table: Table, lang: str) -> Table:
    """Return the table with the attribution model that was asked for in its metrics' labels.

    Args:
        layer: The definitions.
        query: What was asked; without a model of its own the table stays as it is.
        table: Its result.
        lang: Language of the reader.
    """
    if query.parameters is None or query.parameters.model is None:
        return table
    labels: dict[str, str] = {}
    for metric in query.metrics:
        credit = metric_credit(layer, metric, query.parameters)
        if credit is not None and credit.is_open:
            own = layer.definitions.metrics[metric].label.get(lang)
            labels[own] = _NAMED[lang].format(metric=own, model=credit.label.get(lang))
    columns = tuple(_relabelled(c, labels) for c in table.columns)
    return table.model_copy(update={"columns": columns})


def _relabelled(column: TableColumn, labels: Mapping[str, str]) -> TableColumn:
    own = max((x for x in labels if column.label.startswith(x)), key=len, default="")
    if column.kind in {"dimension", "time"} or not own:
        return column
    label = labels[own] + column.label.removeprefix(own)
    return column.model_copy(update={"label": label})
