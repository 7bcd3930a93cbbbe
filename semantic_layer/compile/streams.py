"""One CTE per stream: the aggregates of one model over one time, on the query's keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from semantic_layer.compile.aggregates import aggregate
from semantic_layer.compile.asof import (
    Spine,
    in_force,
    last_name,
    last_snapshot,
    named,
    spine_name,
    spine_select,
)
from semantic_layer.compile.conditions import condition
from semantic_layer.compile.context import Context
from semantic_layer.compile.door import quoted
from semantic_layer.compile.exists import Matches
from semantic_layer.compile.leaves import Leaf
from semantic_layer.compile.rows import Rows, TimeColumn
from semantic_layer.compile.sqltime import comparable, plus
from semantic_layer.errors import QueryError
from semantic_layer.expressions import and_all
from semantic_layer.query import Filter, Value
from semantic_layer.scope import Scope
from semantic_layer.timegrain import DateRange, TimeGrain

OTHER = "__other__"
"""Stored key of the folded rest; renderers show it as 其他 / Other."""


@dataclass(frozen=True)
class Keys:
    """What every stream is grouped and filtered by."""

    dimensions: tuple[str, ...] = ()
    grain: TimeGrain | None = None
    filters: tuple[Filter, ...] = ()
    keep: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the key columns."""
        return (*self.dimensions, "period") if self.grain else self.dimensions


class Stream:
    """Builds the SELECT of one group of leaves that share model, time and window."""

    def __init__(
        self, ctx: Context, scope: Scope, keys: Keys, leaves: list[Leaf], name: str
    ) -> None:
        self.ctx = ctx
        self.scope = scope
        self.keys = keys
        self.leaves = leaves
        self.model = leaves[0].model
        self.rows = Rows(ctx, scope, self.model)
        self.name = name
        self.matches = Matches(ctx, scope, self.rows, leaves, name)
        self.extra: list[tuple[str, exp.Query]] = []

    def _time(self) -> TimeColumn | None:
        text = self.leaves[0].time
        return self.rows.time(text) if text is not None else None

    def build(self, span: DateRange | None, spine: Spine | None) -> exp.Select:
        """Return the stream's SELECT: keys, then one column per leaf."""
        name = self.name
        as_of = self.leaves[0].window is not None
        time = self._time()
        conditions = [condition(self.rows.dimension(f.dimension), f) for f in self.keys.filters]
        keys = [(d, self._key(d)) for d in self.keys.dimensions]
        if as_of:
            conditions += self._as_of(time, spine)
            if self.keys.grain is not None:
                keys.append(("period", quoted("period", "s")))
        elif time is not None:
            conditions += self._bounds(time, span)
            if self.keys.grain is not None:
                keys.append(("period", time.period(self.keys.grain)))
        elif self.keys.grain is not None:
            raise no_time(self.model)
        return self._select(keys, conditions, time, as_of=as_of, name=name)

    def _key(self, dim: str) -> exp.Expr:
        value = self.rows.dimension(dim)
        keep = self.keys.keep.get(dim)
        if keep is None:
            return value
        kept = condition(value.copy(), Filter(dimension=dim, values=keep))
        return exp.Case(ifs=[exp.If(this=kept, true=value)], default=exp.Literal.string(OTHER))

    def _bounds(self, time: TimeColumn, span: DateRange | None) -> list[exp.Expr]:
        conditions: list[exp.Expr] = []
        history = self.leaves[0].variant.history
        if span is not None:
            if not history and span.start > date.min:
                conditions.append(exp.GTE(this=time.raw, expression=time.bound(span.start)))
            if span.end < date.max:
                conditions.append(exp.LT(this=time.raw, expression=time.bound(span.end)))
        if not conditions or self.keys.grain is not None:
            conditions.append(exp.Not(this=exp.Is(this=time.raw, expression=exp.null())))
        return conditions

    def _as_of(self, time: TimeColumn | None, spine: Spine | None) -> list[exp.Expr]:
        leaf = self.leaves[0]
        if time is None or leaf.window is None or spine is None:
            raise no_time(self.model)
        self.extra.append((spine_name(self.name), spine_select(self.ctx, spine)))
        if leaf.window.kind == "snapshot":
            last = last_snapshot(self.ctx, self.scope, leaf, time.kind, self.name)
            self.extra.append((last_name(self.name), last))
        return in_force(self.ctx, self.rows, time, leaf.window)

    # --- aggregates -------------------------------------------------------------------

    def _select(
        self,
        keys: list[tuple[str, exp.Expr]],
        conditions: list[exp.Expr],
        time: TimeColumn | None,
        *,
        as_of: bool,
        name: str,
    ) -> exp.Select:
        per = self.leaves[0].per
        inner_keys = [*keys, ("per", self.rows.fragment(per))] if per else keys
        columns = [(leaf.name, self._aggregate(leaf, time)) for leaf in self.leaves]
        select = exp.Select(
            expressions=[
                exp.alias_(e, n, quoted=True, copy=False) for n, e in (*inner_keys, *columns)
            ]
        )
        joins = self.matches.joins()
        wanted = self._any_leaf()
        conditions = [*conditions, wanted] if wanted is not None else conditions
        if as_of:
            select.from_(named(spine_name(name), "s"), copy=False)
        self.rows.attach(select, joined=as_of)
        if as_of and self.leaves[0].window and self.leaves[0].window.kind == "snapshot":
            select.join(named(last_name(name), "l"), join_type="cross", copy=False)
        for cte, body, on in joins:
            self.extra.append((cte, body))
            select.join(named(cte, cte), on=on, join_type="left", copy=False)
        where = and_all(conditions)
        if where is not None:
            select.where(where, copy=False)
        if inner_keys:
            select.group_by(*(e.copy() for _, e in inner_keys), copy=False)
        return self._per_group(select, keys) if per else select

    def _per_group(self, inner: exp.Select, keys: list[tuple[str, exp.Expr]]) -> exp.Select:
        """Add up one row per (group, `per` value)."""
        columns = [
            *(exp.alias_(quoted(n, "p"), n, quoted=True, copy=False) for n, _ in keys),
            *(
                exp.alias_(exp.Sum(this=quoted(leaf.name, "p")), leaf.name, quoted=True, copy=False)
                for leaf in self.leaves
            ),
        ]
        alias = exp.TableAlias(this=exp.to_identifier("p", quoted=True))
        outer = exp.Select(expressions=columns).from_(
            exp.Subquery(this=inner, alias=alias), copy=False
        )
        if keys:
            outer.group_by(*(quoted(n, "p") for n, _ in keys), copy=False)
        return outer

    def _any_leaf(self) -> exp.Expr | None:
        """Rows that no leaf counts are left out, so that they make no empty groups."""
        if not all(leaf.filter for leaf in self.leaves):
            return None
        tests = {leaf.filter: self.rows.fragment(leaf.filter or "") for leaf in self.leaves}
        return exp.Paren(this=exp.or_(*tests.values()))

    def _aggregate(self, leaf: Leaf, time: TimeColumn | None) -> exp.Expr:
        tests = [self.rows.fragment(leaf.filter)] if leaf.filter else []
        tests += [self.matches.test(e) for e in leaf.exists]
        tests += self._cohort_tests(leaf, time)
        value = self.rows.fragment(leaf.expr) if leaf.expr else exp.Literal.number(1)
        test = and_all([exp.Paren(this=t) for t in tests])
        if test is not None:
            value = exp.Case(ifs=[exp.If(this=test, true=value)])
        if leaf.per:
            return exp.Max(this=value)
        return aggregate(leaf, value, filtered=test is not None)

    def _cohort_tests(self, leaf: Leaf, time: TimeColumn | None) -> list[exp.Expr]:
        """Conditions of a conversion: within N days, and old enough to tell."""
        tests: list[exp.Expr] = []
        if leaf.within is None:
            return tests
        if time is None:
            raise no_time(leaf.model)
        span = leaf.within
        if leaf.converted is not None:
            start, end = comparable(time, self.rows.time(leaf.converted))
            tests.append(exp.GTE(this=end, expression=start))
            tests.append(exp.LT(this=end.copy(), expression=plus(start.copy(), span)))
        if leaf.mature:
            edge = self.ctx.calendar.add(self.ctx.data_end, -span.count, span.grain)
            tests.append(exp.LT(this=time.raw, expression=time.bound(edge)))
        return tests


def no_time(model: str) -> QueryError:
    """Return the refusal of a model that has no time."""
    return QueryError(
        "NO_TIME",
        f"model {model} has no time column, so it cannot be cut by time",
        hint="Ask without a period, or declare `time` in the model.",
    )
