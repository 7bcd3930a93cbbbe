"""Checks of metrics."""

from __future__ import annotations

from semantic_layer.compile.facts import references
from semantic_layer.expressions import (
    FragmentError,
    check_fragment,
    columns_in,
)
from semantic_layer.model import (
    ConversionMetric,
    CumulativeMetric,
    DerivedMetric,
    Metric,
    SimpleMetric,
    SnapshotMetric,
)
from semantic_layer.validate.checker import Checker
from semantic_layer.validate.credit import check_parameters
from semantic_layer.validate.cycles import find_cycles

_RUNNING = frozenset({"count", "sum", "count_distinct", "min", "max"})


def check_metrics(checker: Checker) -> None:
    """Check what every metric is made of."""
    for name, metric in checker.defs.metrics.items():
        _metric(checker, name, metric)
    _cycles(checker)


def _metric(checker: Checker, name: str, metric: Metric) -> None:
    if isinstance(metric, SimpleMetric | SnapshotMetric | ConversionMetric):
        if checker.known("metrics", name, metric.model, checker.defs.models, "model", "model"):
            _metric_fragments(checker, name, metric)
    elif isinstance(metric, DerivedMetric):
        _derived(checker, name, metric)
    else:
        for wanted in references(metric):
            checker.known("metrics", name, wanted, checker.defs.metrics, "metric")
        if isinstance(metric, CumulativeMetric):
            _cumulative(checker, name, metric)
    for dim in metric.overlap:
        checker.known("metrics", name, dim, checker.defs.dimensions, "dimension", "overlap")
    if metric.tier == "gold" and not metric.tests:
        message = "a gold metric needs at least one test"
        hint = "Add `tests:` with hand-written SQL, or make it silver."
        checker.add("metrics", name, ("tier",), "GOLD_WITHOUT_TEST", message, hint=hint)


def _metric_fragments(
    checker: Checker, name: str, metric: SimpleMetric | SnapshotMetric | ConversionMetric
) -> None:
    fields = ("expr", "filter", "time", "per", "opened", "closed", "idle", "snapshot", "base",
              "converted")  # fmt: skip
    for field in fields:
        text = getattr(metric, field, None)
        if text is not None:
            checker.fragment(metric.model, text, "metrics", name, (field,))
    if isinstance(metric, SnapshotMetric) and metric.within and not _time(checker, metric.model):
        checker.add("metrics", name, (), "NO_TIME", f"{metric.model} declares no `time`")
    if isinstance(metric, SimpleMetric):
        for i, item in enumerate(metric.exists):
            _exists(checker, name, metric, i)
            del item
        check_parameters(checker, name, metric)


def _time(checker: Checker, model_id: str) -> str | None:
    return checker.defs.models[model_id].time


def _exists(checker: Checker, name: str, metric: SimpleMetric, index: int) -> None:
    item = metric.exists[index]
    path: tuple[str | int, ...] = ("exists",)
    if not checker.known("metrics", name, item.model, checker.defs.models, "model", *path):
        return
    if not checker.defs.models[metric.model].key:
        message = f"`exists` needs the `key` of {metric.model}"
        checker.add("metrics", name, path, "JOIN_KEY", message)
    for own, other in item.by.items():
        checker.fragment(metric.model, own, "metrics", name, path)
        checker.fragment(item.model, other, "metrics", name, path)
    if item.filter:
        checker.fragment(item.model, item.filter, "metrics", name, path)
    for anchor in (item.before, item.after):
        if anchor is not None:
            checker.fragment(metric.model, anchor, "metrics", name, path)
    needs_time = (item.before or item.after or item.within) is not None
    if needs_time and not (item.time or _time(checker, item.model)):
        checker.add("metrics", name, path, "NO_TIME", f"{item.model} declares no `time`")


def _derived(checker: Checker, name: str, metric: DerivedMetric) -> None:
    try:
        tree = check_fragment(metric.expr)
    except FragmentError as error:
        checker.add("metrics", name, ("expr",), "BAD_EXPRESSION", str(error))
        return
    for column in columns_in(tree):
        checker.known("metrics", name, column.name, checker.defs.metrics, "metric", "expr")


def _cumulative(checker: Checker, name: str, metric: CumulativeMetric) -> None:
    base = checker.defs.metrics.get(metric.of)
    if base is None:
        return
    rolling = metric.window is not None
    if not isinstance(base, SimpleMetric) or not (rolling or base.agg in _RUNNING):
        message = f"`{metric.of}` cannot be added up over time"
        hint = "Cumulate its parts, then divide them in a ratio."
        checker.add("metrics", name, ("of",), "CUMULATIVE_NOT_ADDITIVE", message, hint=hint)


def _cycles(checker: Checker) -> None:
    known = checker.defs.metrics
    graph: dict[str, tuple[str, ...]] = {}
    for name, metric in known.items():
        try:
            graph[name] = tuple(r for r in references(metric) if r in known)
        except FragmentError:
            graph[name] = ()
    for cycle in find_cycles(graph):
        message = "metrics refer to each other: " + " -> ".join(cycle)
        checker.add("metrics", cycle[0], (), "CYCLE", message)
