"""The catalogue as a page shows it: what a metric means, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.compile.facts import leaf_models, references
from tools import ToolContext, get_tool
from tools.catalog import MetricDescription, MetricEntry, MetricList, formula, visible_metrics


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a lineage: a metric with its parts, or a table."""

    id: str
    label: str
    detail: str
    is_metric: bool
    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricPage:
    """Everything the page of a metric shows."""

    about: MetricDescription
    lineage: Node
    used_by: tuple[MetricEntry, ...]


def find_metrics(context: ToolContext, search: str) -> dict[str, tuple[MetricEntry, ...]]:
    """Return the metrics that match, by level, in the order why, how, what."""
    found = get_tool("list_metrics").run({"search": search}, context)
    entries = found.metrics if isinstance(found, MetricList) else ()
    levels = dict.fromkeys(("why", "how", "what", *(e.level for e in entries)))
    groups = {level: tuple(e for e in entries if e.level == level) for level in levels}
    return {level: group for level, group in groups.items() if group}


def metric_page(context: ToolContext, metric: str) -> MetricPage:
    """Return a metric's page.

    Raises:
        QueryError: The asker knows no such metric.
    """
    about = get_tool("describe_metric").run({"metric": metric}, context)
    if not isinstance(about, MetricDescription):
        raise TypeError(type(about).__name__)
    known = visible_metrics(context)
    users = [m for m, spec in known.items() if metric in references(spec)]
    listed = get_tool("list_metrics").run({}, context)
    entries = {e.id: e for e in listed.metrics} if isinstance(listed, MetricList) else {}
    return MetricPage(about, _node(context, metric), tuple(entries[u] for u in users))


def _node(context: ToolContext, metric_id: str) -> Node:
    """Return a metric and, below it, its parts down to the tables."""
    definitions = context.layer.definitions
    metric = definitions.metrics[metric_id]
    below = references(metric)
    parts = (
        tuple(_node(context, m) for m in below)
        if below
        else tuple(
            _table(context, m) for m in sorted(leaf_models(context.layer.context, metric_id))
        )
    )
    text = formula(metric, definitions, context.lang)
    return Node(metric_id, metric.label.get(context.lang), text, is_metric=True, parts=parts)


def _table(context: ToolContext, model_id: str) -> Node:
    model = context.layer.definitions.models[model_id]
    label = model.label.get(context.lang) if model.label else model_id
    return Node(model_id, label, model.source or "", is_metric=False)
