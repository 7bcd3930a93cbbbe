"""What follows from the definitions alone: models behind a metric, shared dimensions."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from semantic_layer.compile.context import Context
from semantic_layer.expressions import check_fragment, columns_in
from semantic_layer.loader import Definitions
from semantic_layer.model import (
    CompareMetric,
    ConversionMetric,
    CumulativeMetric,
    DerivedMetric,
    Metric,
    RatioMetric,
    SimpleMetric,
    SnapshotMetric,
)


def leaf_models(ctx: Context, metric_id: str) -> frozenset[str]:
    """Return every model that a metric reads."""
    metric = ctx.definitions.metrics[metric_id]
    match metric:
        case SimpleMetric() | SnapshotMetric() | ConversionMetric():
            return frozenset({metric.model})
        case RatioMetric():
            return leaf_models(ctx, metric.numerator) | leaf_models(ctx, metric.denominator)
        case CumulativeMetric() | CompareMetric():
            return leaf_models(ctx, metric.of)
        case DerivedMetric():
            return frozenset().union(*(leaf_models(ctx, m) for m in references(metric)))


def references(metric: Metric) -> tuple[str, ...]:
    """Return the metric ids that a metric is made of."""
    match metric:
        case RatioMetric():
            return (metric.numerator, metric.denominator)
        case CumulativeMetric() | CompareMetric():
            return (metric.of,)
        case DerivedMetric():
            return tuple(dict.fromkeys(c.name for c in columns_in(check_fragment(metric.expr))))
        case _:
            return ()


def shared_dimensions(ctx: Context, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Return the dimensions that every model behind the metrics binds (personal ones apart)."""
    return shared_model_dimensions(ctx, frozenset().union(*(leaf_models(ctx, m) for m in metrics)))


def shared_model_dimensions(ctx: Context, models: Iterable[str]) -> tuple[str, ...]:
    """Return the dimensions that every model binds (personal ones apart)."""
    dims = [set(ctx.model(m).dims) for m in models]
    common = set.intersection(*dims) if dims else set()
    dimensions = ctx.definitions.dimensions
    return tuple(d for d, spec in dimensions.items() if d in common and not spec.personal)


def is_additive(ctx: Context, metric_id: str, dimensions: tuple[str, ...]) -> bool:
    """Whether a metric's groups add up to its total over `dimensions`."""
    return adds_up(ctx.definitions, metric_id, dimensions)


def adds_up(definitions: Definitions, metric_id: str, dimensions: Iterable[str]) -> bool:
    """Whether a metric's groups add up to its total over `dimensions`, by its definition alone."""
    metric = definitions.metrics[metric_id]
    if set(metric.overlap).intersection(dimensions):
        return False
    match metric:
        case SimpleMetric() | SnapshotMetric():
            per = isinstance(metric, SimpleMetric) and metric.per is not None
            return metric.agg in {"count", "sum"} and not per
        case DerivedMetric():
            tree = check_fragment(metric.expr)
            linear = not any(tree.find(node) for node in (exp.Mul, exp.Div, exp.Func))
            return linear and all(adds_up(definitions, m, dimensions) for m in references(metric))
        case _:
            return False
