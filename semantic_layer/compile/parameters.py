"""What a query sets of the metrics it names: the attribution model, the lookback."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import get_args

from semantic_layer.compile.context import Context
from semantic_layer.compile.facts import references
from semantic_layer.credit.models import MODELS, Model, find_model
from semantic_layer.credit.spec import MEASURES, RULES, CreditSettings, Parameter
from semantic_layer.errors import QueryError, suggest
from semantic_layer.expressions import check_fragment, columns_in
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
    given = asked.model_dump(exclude_none=True) if asked else {}
    return replace(ctx.credit, **{**given, "model": model})


def bound(ctx: Context, query: Query) -> Context:
    """Return the context with a query's parameters in force.

    Raises:
        QueryError: A parameter is set that no metric of the query takes.
    """
    asked = query.parameters
    named = (*query.metrics, *(h.metric for h in query.having))
    metrics = [m for m in named if m in ctx.definitions.metrics]  # the plan names the others
    possible: Collection[Parameter] = frozenset().union(*(taken(ctx, m) for m in metrics))
    given = asked.model_dump(exclude_none=True) if asked else {}
    for name in get_args(Parameter):
        if name in given and name not in possible:
            raise _not_taken(ctx, query.metrics[0], name, given[name])
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


@dataclass(frozen=True, slots=True)
class CreditUse:
    """How a metric credits.

    Attributes:
        model: The attribution model.
        settings: Lookback and half-life in force.
        is_open: Whether a question may ask for another model.
    """

    model: Model
    settings: CreditSettings
    is_open: bool


def credit_uses(
    ctx: Context, metric_id: str, asked: Parameters | None = None
) -> tuple[CreditUse, ...]:
    """Return every way in which a metric credits conversions; none for a metric that does not.

    Raises:
        QueryError: The model asked for is not a metric's parameter.
    """
    metric = ctx.definitions.metrics[metric_id]
    if not isinstance(metric, SimpleMetric):
        parts = (use for m in references(metric) for use in credit_uses(ctx, m, asked))
        return tuple({(u.settings, u.is_open): u for u in parts}.values())
    if ctx.model(metric.model).credit is None:
        return ()
    return tuple(_uses(ctx, metric, asked))


def _uses(ctx: Context, metric: SimpleMetric, asked: Parameters | None) -> Iterator[CreditUse]:
    for name in _read(metric):
        if name in MEASURES:
            chosen = settings(ctx, asked)
            yield CreditUse(RULES[chosen.model], chosen, is_open=True)
        elif (rule := _fixed(name)) is not None:
            chosen = replace(settings(ctx, None), model=rule)
            yield CreditUse(RULES[rule], chosen, is_open=False)


def _read(metric: SimpleMetric) -> list[str]:
    return [c.name for c in columns_in(check_fragment(metric.expr or "1"))]


def _fixed(column: str) -> str | None:
    """Return the rule of a column such as `credit_linear`."""
    measure, _, rule = column.partition("_")
    return rule if measure in MEASURES and rule in RULES else None


def open_twin(ctx: Context, metric_id: str) -> str | None:
    """Return the metric that is this one under any model, when this one has a fixed model."""
    metrics = ctx.definitions.metrics
    metric = metrics[metric_id]
    fixed = isinstance(metric, SimpleMetric) and _fixed(metric.expr or "")
    if not isinstance(metric, SimpleMetric) or not fixed:
        return None
    measure = (metric.expr or "").partition("_")[0]
    wanted = (metric.model, metric.agg, measure, metric.filter, metric.time)
    for name, other in metrics.items():
        if not isinstance(other, SimpleMetric) or "model" not in other.parameters or other.hidden:
            continue
        if (other.model, other.agg, other.expr, other.filter, other.time) == wanted:
            return name
    return None
