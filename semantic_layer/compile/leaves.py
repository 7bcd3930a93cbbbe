"""Metrics -> leaf aggregates, and each metric's value as an expression over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.compile.offsets import aligned
from semantic_layer.errors import QueryError
from semantic_layer.expressions import parse_fragment
from semantic_layer.model import (
    CompareMetric,
    ConversionMetric,
    CumulativeMetric,
    DerivedMetric,
    Exists,
    Metric,
    RatioMetric,
    SimpleMetric,
    SnapshotMetric,
    Span,
)
from semantic_layer.timegrain import DateRange, TimeGrain

_DOUBLE = exp.DataType.build("DOUBLE")
MERGED = "_m"
"""Alias of the merged rows that metric expressions read."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Which time a leaf is taken at.

    Attributes:
        offset: Rows of an earlier period, moved forward onto the asked one (with a grain).
        range: Another range altogether (without a grain).
        history: No lower bound: everything before counts too (running totals).
    """

    offset: tuple[Span, ...] = ()
    range: DateRange | None = None
    history: bool = False

    @property
    def suffix(self) -> str:
        """Part of the leaf's column name."""
        parts = [f"{s.count}{s.grain.value}" for s in self.offset]
        parts += [f"at_{self.range.start:%Y%m%d}_{self.range.end:%Y%m%d}"] if self.range else []
        parts += ["ever"] if self.history else []
        return "".join(f"__{p}" for p in parts)


CURRENT = Variant()


@dataclass(frozen=True, slots=True)
class Window:
    """An as-of leaf: which rows count at the end of a period.

    Attributes:
        kind: `within` a length before the end, `to_date` since a floor, `open` interval,
            `snapshot` rows of the last date, `running` everything before.
    """

    kind: Literal["within", "to_date", "open", "snapshot", "running"]
    span: Span | None = None
    floor: str | None = None
    closed: str | None = None
    idle: str | None = None
    idle_for: Span | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One aggregate of one model: a column of one stream."""

    name: str
    model: str
    agg: str
    expr: str | None = None
    percentile: float | None = None
    filter: str | None = None
    exists: tuple[Exists, ...] = ()
    per: str | None = None
    time: str | None = None
    window: Window | None = None
    variant: Variant = CURRENT
    converted: str | None = None
    within: Span | None = None
    mature: bool = False

    @property
    def stream(self) -> tuple[object, ...]:
        """Leaves with the same value share one CTE."""
        return (self.model, self.time or "", self.variant, self.per or "", self.window)

    @property
    def counts(self) -> bool:
        """Whether a group without rows shows 0 rather than nothing."""
        return self.agg in {"count", "count_distinct"}


class Resolver:
    """Resolves metrics to expressions, collecting the leaves they read.

    Args:
        metrics: All metric definitions.
        model_time: Model id -> its default time column.
        partition: Columns that a running total restarts on (the query's dimensions).
        grain: The size of the rows' periods, if they are per period.
    """

    def __init__(
        self,
        metrics: dict[str, Metric],
        model_time: Callable[[str], str | None],
        *,
        partition: tuple[str, ...],
        grain: TimeGrain | None,
    ) -> None:
        self._metrics = metrics
        self._model_time = model_time
        self._partition = partition
        self._grain = grain
        self.leaves: dict[Leaf, None] = {}

    def shown(self, metric_id: str, variant: Variant = CURRENT) -> exp.Expr:
        """Return a metric's value as displayed: `empty: zero` applied."""
        metric = self._metrics[metric_id]
        value = self.value(metric_id, variant)
        if isinstance(metric, SimpleMetric | SnapshotMetric) and metric.empty == "zero":
            return exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])
        return value

    def value(self, metric_id: str, variant: Variant = CURRENT) -> exp.Expr:
        """Return a metric's value over the merged rows."""
        metric = self._metrics[metric_id]
        match metric:
            case SimpleMetric():
                return self._leaf(_simple_leaf(metric_id, metric), variant)
            case SnapshotMetric():
                return self._leaf(_snapshot_leaf(metric_id, metric), variant)
            case RatioMetric():
                top = self.value(metric.numerator, variant)
                return divide(top, self.value(metric.denominator, variant))
            case DerivedMetric():
                return self._derived(metric, variant)
            case ConversionMetric():
                return self._conversion(metric_id, metric, variant)
            case CumulativeMetric():
                return self._cumulative(metric_id, metric, variant)
            case CompareMetric():
                return self._compare(metric, variant)

    def _leaf(self, leaf: Leaf, variant: Variant) -> exp.Expr:
        time = leaf.time or self._model_time(leaf.model)
        leaf = replace(leaf, time=time, variant=variant, name=leaf.name + variant.suffix)
        self.leaves.setdefault(leaf)
        column: exp.Expr = quoted(leaf.name, MERGED)
        if leaf.counts:
            return exp.Coalesce(this=column, expressions=[exp.Literal.number(0)])
        return column

    def _derived(self, metric: DerivedMetric, variant: Variant) -> exp.Expr:
        return self._arithmetic(parse_fragment(metric.expr), variant)

    def _arithmetic(self, node: exp.Expr, variant: Variant) -> exp.Expr:
        """Rebuild an expression over metrics from the leaves up.

        Division is safe at every level; in a sum or difference of metrics a side without
        rows counts as 0, and both without rows as nothing.
        """
        if isinstance(node, exp.Column):
            return exp.Paren(this=self.value(node.name, variant))
        if isinstance(node, exp.Div):
            top = self._arithmetic(node.this, variant)
            return exp.Paren(this=divide(top, self._arithmetic(node.expression, variant)))
        tolerant = isinstance(node, exp.Add | exp.Sub) and all(
            side.find(exp.Column) for side in (node.this, node.expression)
        )
        for name, child in list(node.args.items()):
            if isinstance(child, exp.Expr):
                node.set(name, self._arithmetic(child, variant))
            elif isinstance(child, list):
                rebuilt = [
                    self._arithmetic(c, variant) if isinstance(c, exp.Expr) else c for c in child
                ]
                node.set(name, rebuilt)
        return _null_tolerant(node) if tolerant else node

    def _conversion(self, metric_id: str, metric: ConversionMetric, variant: Variant) -> exp.Expr:
        common = Leaf(
            name=f"{metric_id}__base",
            model=metric.model,
            agg="count",
            filter=metric.filter,
            time=metric.base,
        )
        condition = f"({metric.converted}) IS NOT NULL"
        both = f"({metric.filter}) AND {condition}" if metric.filter else condition
        won = replace(common, name=f"{metric_id}__converted", filter=both)
        if metric.within is not None:
            mature = metric.immature == "drop"
            common = replace(common, within=metric.within, mature=mature)
            won = replace(won, within=metric.within, converted=metric.converted, mature=mature)
        top = self._leaf(won, variant)
        return divide(top, self._leaf(common, variant))

    def _cumulative(self, metric_id: str, metric: CumulativeMetric, variant: Variant) -> exp.Expr:
        base = self._metrics[metric.of]
        if not isinstance(base, SimpleMetric):
            raise QueryError("CUMULATIVE_NOT_ADDITIVE", f"{metric.of} cannot be cumulated")
        leaf = replace(_simple_leaf(metric.of, base), name=metric_id)
        if metric.window is not None:
            return self._leaf(replace(leaf, window=Window("within", span=metric.window)), variant)
        if metric.to_date is not None:
            return self._leaf(
                replace(leaf, window=Window("to_date", floor=metric.to_date)), variant
            )
        if leaf.agg not in {"count", "sum"} or leaf.per or self._grain is None:
            return self._leaf(replace(leaf, window=Window("running")), variant)
        value = self._leaf(leaf, replace(variant, history=True))
        order = exp.Order(
            expressions=[exp.Ordered(this=quoted("period", MERGED), nulls_first=False)]
        )
        return exp.Window(
            this=exp.Sum(this=value),
            partition_by=[quoted(p, MERGED) for p in self._partition],
            order=order,
            spec=exp.WindowSpec(
                kind="ROWS",
                start="UNBOUNDED",
                start_side="PRECEDING",
                end="CURRENT ROW",
            ),
        )

    def _compare(self, metric: CompareMetric, variant: Variant) -> exp.Expr:
        now = self.value(metric.of, variant)
        offset = aligned(metric.offset, self._grain)
        before = self.value(metric.of, replace(variant, offset=(*variant.offset, offset)))
        return change(now, before, metric.calc)


def _simple_leaf(name: str, metric: SimpleMetric) -> Leaf:
    return Leaf(
        name=name,
        model=metric.model,
        agg=metric.agg,
        expr=metric.expr,
        percentile=metric.percentile,
        filter=metric.filter,
        exists=metric.exists,
        per=metric.per,
        time=metric.time,
    )


def _snapshot_leaf(name: str, metric: SnapshotMetric) -> Leaf:
    if metric.opened is not None:
        window = Window("open", closed=metric.closed, idle=metric.idle, idle_for=metric.idle_for)
        time: str | None = metric.opened
    elif metric.within is not None:
        window, time = Window("within", span=metric.within), None
    else:
        window, time = Window("snapshot"), metric.snapshot
    return Leaf(
        name=name,
        model=metric.model,
        agg=metric.agg,
        expr=metric.expr,
        percentile=metric.percentile,
        filter=metric.filter,
        time=time,
        window=window,
    )


def divide(top: exp.Expr, bottom: exp.Expr) -> exp.Expr:
    """Return top / bottom as DOUBLE; empty when bottom is 0 or empty."""
    zero = exp.Literal.number(0)
    safe = exp.Nullif(this=exp.Cast(this=bottom.copy(), to=_DOUBLE.copy()), expression=zero)
    return exp.Div(this=exp.Cast(this=top.copy(), to=_DOUBLE.copy()), expression=safe, typed=True)


def change(now: exp.Expr, before: exp.Expr, calc: str) -> exp.Expr:
    """Return the earlier value, the difference, or the relative change |before| = 1."""
    if calc == "value":
        return before
    delta = exp.Paren(this=exp.Sub(this=now.copy(), expression=exp.Paren(this=before.copy())))
    return delta if calc == "delta" else divide(delta, exp.Abs(this=before))


def _null_tolerant(node: exp.Expr) -> exp.Expr:
    """A side without rows counts as 0, both sides without rows as nothing."""
    left, right = node.this, node.expression
    both = exp.And(
        this=exp.Is(this=exp.Paren(this=left.copy()), expression=exp.null()),
        expression=exp.Is(this=exp.Paren(this=right.copy()), expression=exp.null()),
    )
    filled = type(node)(
        this=exp.Coalesce(this=left.copy(), expressions=[exp.Literal.number(0)]),
        expression=exp.Coalesce(this=right.copy(), expressions=[exp.Literal.number(0)]),
    )
    return exp.Paren(this=exp.Case(ifs=[exp.If(this=both, true=exp.null())], default=filled))
