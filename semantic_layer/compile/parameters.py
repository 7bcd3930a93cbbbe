"""What a query sets of the metrics it names: the attribution model, the lookback."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from semantic_layer.compile.context import Context
from semantic_layer.compile.facts import references
from semantic_layer.credit.models import MODELS, find_model
from semantic_layer.credit.spec import RULES, CreditSettings, Parameter
from semantic_layer.errors import QueryError, suggest
from semantic_layer.model import SimpleMetric
from semantic_layer.query import Parameters, Query


def taken(ctx: Context, metric_id: str) -> frozenset[Parameter]:
    """Return the parameters that a metric takes, by itself or through its parts."""
    metric = ctx.definitions.metrics[metric_id]
    if isinstance(metric, SimpleMetric):
        return frozenset(metric.parameters)
    return frozenset().union(*(taken(ctx, part) for part in references(metric)))


def takers(ctx: Context, parameter: Parameter) -> tuple[str, ...]:
    """Return the metrics on offer that take a parameter."""
    metrics = ctx.definitions.metrics
    return tuple(m for m, spec in metrics.items() if not spec.hidden and parameter in taken(ctx, m))


def settings(ctx: Context, asked: Parameters | None) -> CreditSettings:
    """Return the settings in force: those asked for, else the company's.

    Raises:
        QueryError: There is no such model, or it cannot credit one conversion by itself.
    """
    model = find_model((asked and asked.model) or ctx.credit.model).id
    if model not in RULES:
        label = MODELS[model].label
        raise QueryError(
            "MODEL_IS_LEARNED",
            f"`{model}` learns from all journeys at once, so it is not a metric's parameter.",
            hint="Ask the attribution tool: credit by channel under this model.",
            candidates=tuple(RULES),
            params={"model": model, "zh": label.get("zh")},
        )
    days = (asked and asked.lookback_days) or ctx.credit.lookback_days
    return replace(ctx.credit, model=model, lookback_days=days)


def bound(ctx: Context, query: Query) -> Context:
    """Return the context with a query's parameters in force.

    Raises:
        QueryError: A parameter is set that no metric of the query takes.
    """
    asked = query.parameters
    named = (*query.metrics, *(h.metric for h in query.having))
    metrics = [m for m in named if m in ctx.definitions.metrics]  # the plan names the others
    possible: Collection[Parameter] = frozenset().union(*(taken(ctx, m) for m in metrics))
    for name, value in (asked or Parameters()).model_dump(exclude_none=True).items():
        if name not in possible:
            raise _not_taken(ctx, query.metrics[0], name, value)
    return replace(ctx, credit=settings(ctx, asked)) if possible else ctx


def _not_taken(ctx: Context, metric: str, name: Parameter, value: object) -> QueryError:
    offered = takers(ctx, name)
    return QueryError(
        "PARAMETER_NOT_TAKEN",
        f"`{metric}` is not computed under an attribution model, so `{name}: {value}` has no effect.",
        hint="These take it: " + (", ".join(offered[:6]) if offered else "none here") + ".",
        candidates=suggest(metric, offered) or offered[:5],
        params={"metric": metric, "parameter": name, "value": str(value)},
    )
