"""What can be asked: metrics, their definitions, dimension values, the state of the data."""

from __future__ import annotations

import re
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer import DeniedError, Query, QueryError, SemanticLayer
from semantic_layer.compile.facts import leaf_models, references, shared_dimensions
from semantic_layer.compile.parameters import credit_uses
from semantic_layer.errors import suggest
from semantic_layer.loader import Definitions
from semantic_layer.model import Metric, Text
from semantic_layer.query import Parameters
from semantic_layer.result import Cell
from semantic_layer.validate import normalise, said
from tools.base import Result, ToolContext, ToolDef


class Args(BaseModel):
    """Base of the arguments here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListMetricsArgs(Args):
    """Which metrics to list."""

    search: str = Field(default="", description="Words to look for; empty lists all.")
    level: str = Field(default="", description="why, how or what; empty lists all.")


class MetricEntry(Result):
    """One line of the catalogue."""

    id: str
    label: Text
    synonyms: tuple[str, ...]
    unit: str
    level: str
    description: str


class MetricList(Result):
    """Metrics the asker may use."""

    metrics: tuple[MetricEntry, ...]


class DescribeMetricArgs(Args):
    """Which metric to describe."""

    metric: str = Field(description="Metric id.")


class MetricCredit(Result):
    """The attribution model behind a metric."""

    model: str
    label: Text
    meaning: Text
    lookback_days: int
    half_life_days: float | None
    is_open: bool
    """Whether a question may ask for another model."""


class MetricDescription(Result):
    """A metric's definition in full."""

    entry: MetricEntry
    type: str
    formula: str
    basis: str
    credit: MetricCredit | None
    tier: str
    owner: str
    good: str
    dimensions: tuple[str, ...]
    parts: tuple[MetricEntry, ...]


class ListValuesArgs(Args):
    """Which dimension's values to list."""

    dimension: str = Field(description="Dimension id.")
    search: str = ""
    limit: int = Field(default=50, ge=1, le=1000)


class ValueList(Result):
    """Values of a dimension within the asker's view."""

    dimension: str
    label: Text
    values: tuple[Cell, ...]
    total: int


class DescribeDataArgs(Args):
    """No arguments."""


class DataDescription(Result):
    """How fresh the data is and what it covers."""

    today: date
    as_of: date
    metrics: int
    dimensions: int
    timezone: str
    examples: tuple[str, ...] = ()


def entry(metric_id: str, metric: Metric) -> MetricEntry:
    """Return a metric's catalogue line."""
    return MetricEntry(
        id=metric_id,
        label=metric.label,
        synonyms=metric.synonyms,
        unit=metric.unit,
        level=metric.level,
        description=metric.description,
    )


def visible_metrics(context: ToolContext) -> dict[str, Metric]:
    """Return the metrics offered to the asker: not hidden, every source and column permitted."""
    layer = context.layer
    return {
        name: metric
        for name, metric in layer.definitions.metrics.items()
        if not metric.hidden
        and name not in context.scope.metrics
        and not leaf_models(layer.context, name) & context.scope.denied
        and _readable(context, name)
    }


def _readable(context: ToolContext, metric_id: str) -> bool:
    """Whether no hidden or masked column is behind a metric."""
    scope = context.scope
    if not leaf_models(context.layer.context, metric_id) & (set(scope.hidden) | set(scope.masks)):
        return True
    try:
        context.layer.compile(Query(metrics=(metric_id,)), scope)
    except DeniedError:
        return False
    except QueryError:
        return True
    return True


def _list_metrics(args: ListMetricsArgs, context: ToolContext) -> MetricList:
    wanted = normalise(args.search)
    found = [
        entry(name, metric)
        for name, metric in visible_metrics(context).items()
        if (not args.level or metric.level == args.level)
        and (not wanted or any(wanted in normalise(w) for w in said(name, metric)))
    ]
    return MetricList(metrics=tuple(found))


def _describe_metric(args: DescribeMetricArgs, context: ToolContext) -> MetricDescription:
    known = visible_metrics(context)
    metric = known.get(args.metric)
    if metric is None:
        near = suggest(args.metric, known)
        raise QueryError("UNKNOWN_METRIC", f"There is no metric `{args.metric}`.", candidates=near)
    layer = context.layer
    parts = [(p, layer.definitions.metrics[p]) for p in references(metric)]
    return MetricDescription(
        entry=entry(args.metric, metric),
        type=metric.type,
        formula=formula(metric, layer.definitions, context.lang),
        basis=metric.basis,
        credit=metric_credit(layer, args.metric),
        tier=metric.tier,
        owner=metric.owner,
        good=metric.good,
        dimensions=tuple(
            layer.definitions.dimensions[d].label.get(context.lang)
            for d in shared_dimensions(layer.context, (args.metric,))
        ),
        parts=tuple(entry(p, m) for p, m in parts),
    )


def metric_credit(
    layer: SemanticLayer, metric_id: str, asked: Parameters | None = None
) -> MetricCredit | None:
    """Return the attribution model behind a metric; None when it credits nothing."""
    for use in credit_uses(layer.context, metric_id, asked):
        return MetricCredit(
            model=use.model.id,
            label=use.model.label,
            meaning=use.model.meaning,
            lookback_days=use.settings.lookback_days,
            half_life_days=use.settings.half_life_days if use.model.raw else None,
            is_open=use.is_open,
        )
    return None


def formula(metric: Metric, definitions: Definitions | None = None, lang: str = "en") -> str:
    """Return a metric's formula as one readable line, with labels where they are at hand."""

    def name(metric_id: str) -> str:
        found = definitions.metrics.get(metric_id) if definitions else None
        return found.label.get(lang) if found else metric_id

    fields = metric.model_dump(exclude_none=True, exclude_defaults=True)
    match metric.type:
        case "simple" | "snapshot":
            inner = fields.get("expr", "*")
            text = f"{metric.agg}({inner}) of {metric.model}"
            return text + (f" where {fields['filter']}" if "filter" in fields else "")
        case "ratio":
            return f"{name(metric.numerator)} / {name(metric.denominator)}"
        case "derived":
            return re.sub(r"[a-z][a-z0-9_]*", lambda m: name(m[0]), metric.expr)
        case "conversion":
            window = f" within {metric.within}" if metric.within else ""
            return f"share of {metric.base} reaching {metric.converted}{window} ({metric.model})"
        case "cumulative":
            return f"cumulative {name(metric.of)}" + (
                f", last {metric.window}" if metric.window else ""
            )
        case "compare":
            return f"{name(metric.of)} against {metric.offset} earlier"


def _list_values(args: ListValuesArgs, context: ToolContext) -> ValueList:
    dimensions = context.layer.definitions.dimensions
    found = dimensions.get(args.dimension)
    if found is not None and found.personal and not context.scope.personal:
        raise DeniedError(
            "PERSONAL_DATA",
            f"`{args.dimension}` is personal data and may not be listed.",
            hint="Ask by another dimension, or ask your administrator.",
            params={"dimension": args.dimension},
        )
    if found is None:
        near = suggest(args.dimension, dimensions)
        message = f"There is no dimension `{args.dimension}`."
        raise QueryError("UNKNOWN_DIMENSION", message, candidates=near)
    values = context.layer.values(args.dimension, context.scope)
    wanted = normalise(args.search)
    kept = [v for v in values if not wanted or wanted in normalise(str(v))]
    return ValueList(
        dimension=args.dimension,
        label=found.label,
        values=tuple(kept[: args.limit]),
        total=len(kept),
    )


def _describe_data(args: DescribeDataArgs, context: ToolContext) -> DataDescription:
    del args
    ctx = context.layer.context
    return DataDescription(
        today=context.today,
        as_of=ctx.as_of,
        metrics=len(visible_metrics(context)),
        dimensions=len(ctx.definitions.dimensions),
        timezone=ctx.calendar.timezone,
        examples=_examples(context),
    )


def _examples(context: ToolContext) -> tuple[str, ...]:
    """Return questions that this company's data answers."""
    tour = context.layer.project.config.tour
    if tour:
        return tour[:3]
    out: list[str] = []
    for name, metric in list(visible_metrics(context).items())[:3]:
        dims = shared_dimensions(context.layer.context, (name,))
        label, zh = metric.label.get(context.lang), context.lang == "zh"
        if dims:
            by = context.layer.definitions.dimensions[dims[0]].label.get(context.lang)
            out.append(f"{label}按{by}" if zh else f"{label} by {by}")
        else:
            out.append(label)
    return tuple(out)


LIST_METRICS = ToolDef(
    name="list_metrics",
    summary="List the metrics that can be asked for, optionally by a word or level.",
    args=ListMetricsArgs,
    function=_list_metrics,
)
DESCRIBE_METRIC = ToolDef(
    name="describe_metric",
    summary="Explain one metric: definition, formula, convention, dimensions, owner.",
    args=DescribeMetricArgs,
    function=_describe_metric,
)
LIST_VALUES = ToolDef(
    name="list_values",
    summary="List every value of a dimension that the asker may see.",
    args=ListValuesArgs,
    function=_list_values,
)
DESCRIBE_DATA = ToolDef(
    name="describe_data",
    summary="Say how fresh the data is and what can be asked.",
    args=DescribeDataArgs,
    function=_describe_data,
)
