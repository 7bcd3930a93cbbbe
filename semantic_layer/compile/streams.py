"""One CTE per stream: the aggregates of one model over one time, on the query's keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from semantic_layer.compile.context import Context, TimeKind
from semantic_layer.compile.door import quoted
from semantic_layer.compile.leaves import Leaf, Variant
from semantic_layer.compile.rows import (
    BASE,
    Rows,
    TimeColumn,
    interval,
    literal_date,
    literal_time,
    shift_date,
)
from semantic_layer.errors import QueryError
from semantic_layer.expressions import and_all
from semantic_layer.model import Exists, Span
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


@dataclass(frozen=True)
class Spine:
    """Ends of the asked periods for as-of leaves: (period, range in force)."""

    rows: tuple[tuple[date, DateRange], ...]


def value_literal(value: Value) -> exp.Expression:
    """Return a typed literal."""
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int | float):
        return exp.convert(value)
    return exp.Literal.string(value)


def condition(column: exp.Expression, item: Filter) -> exp.Expression:
    """Return a filter as SQL; rows with an empty value are kept by the negative operators."""
    values = [v for v in item.values if v is not None]
    literals = [value_literal(v) for v in values]
    empty = exp.Is(this=column.copy(), expression=exp.null())
    match item.op:
        case "is_null":
            return empty
        case "not_null":
            return exp.Not(this=empty)
        case "in":
            found = exp.In(this=column, expressions=literals) if literals else exp.false()
            return exp.Paren(this=exp.Or(this=found, expression=empty)) if None in item.values else found
        case "not_in":
            absent = exp.Not(this=exp.In(this=column, expressions=literals)) if literals else exp.true()
            if None in item.values:
                return exp.And(this=exp.Not(this=empty), expression=absent)
            return exp.Paren(this=exp.Or(this=empty, expression=absent))
        case "contains" | "not_contains":
            return _contains(column, values, negate=item.op == "not_contains")
        case "between":
            low, high = literals
            return exp.Between(this=column, low=low, high=high)
        case "gt" | "gte" | "lt" | "lte":
            node = {"gt": exp.GT, "gte": exp.GTE, "lt": exp.LT, "lte": exp.LTE}[item.op]
            return node(this=column, expression=literals[0])


def _contains(column: exp.Expression, values: list[Value], *, negate: bool) -> exp.Expression:
    likes = [
        exp.GT(
            this=exp.StrPosition(
                this=exp.Lower(this=column.copy()),
                substr=exp.Literal.string(str(v).lower()),
            ),
            expression=exp.Literal.number(0),
        )
        for v in values
    ]
    found = exp.Paren(this=exp.or_(*likes))
    if not negate:
        return found
    empty = exp.Is(this=column.copy(), expression=exp.null())
    return exp.Paren(this=exp.Or(this=empty, expression=exp.Not(this=found)))


class Stream:
    """Builds the SELECT of one group of leaves that share model, time and window."""

    def __init__(self, ctx: Context, scope: Scope, keys: Keys, leaves: list[Leaf]) -> None:
        self.ctx = ctx
        self.scope = scope
        self.keys = keys
        self.leaves = leaves
        self.model = leaves[0].model
        self.rows = Rows(ctx, scope, self.model)
        self.name = ""
        self.extra: list[tuple[str, exp.Query]] = []

    def _time(self) -> TimeColumn | None:
        text = self.leaves[0].time
        return self.rows.time(text) if text is not None else None

    def build(self, span: DateRange | None, spine: Spine | None, name: str) -> exp.Select:
        """Return the stream's SELECT: keys, then one column per leaf."""
        self.name = name
        as_of = self.leaves[0].window is not None
        time = self._time()
        conditions = [condition(self.rows.dimension(f.dimension), f) for f in self.keys.filters]
        keys = [(d, self._key(d)) for d in self.keys.dimensions]
        if as_of:
            conditions += self._as_of(time, spine, name)
            if self.keys.grain is not None:
                keys.append(("period", quoted("period", "s")))
        elif time is not None:
            conditions += self._bounds(time, span)
            if self.keys.grain is not None:
                keys.append(("period", time.period(self.keys.grain)))
        elif self.keys.grain is not None:
            raise no_time(self.model)
        return self._select(keys, conditions, time, as_of=as_of, name=name)

    def _key(self, dim: str) -> exp.Expression:
        value = self.rows.dimension(dim)
        keep = self.keys.keep.get(dim)
        if keep is None:
            return value
        kept = condition(value.copy(), Filter(dimension=dim, values=keep))
        return exp.Case(ifs=[exp.If(this=kept, true=value)], default=exp.Literal.string(OTHER))

    def _bounds(self, time: TimeColumn, span: DateRange | None) -> list[exp.Expression]:
        conditions: list[exp.Expression] = []
        history = self.leaves[0].variant.history
        if span is not None:
            if not history and span.start > date.min:
                conditions.append(exp.GTE(this=time.raw, expression=time.bound(span.start)))
            if span.end < date.max:
                conditions.append(exp.LT(this=time.raw, expression=time.bound(span.end)))
        if not conditions or self.keys.grain is not None:
            conditions.append(exp.Not(this=exp.Is(this=time.raw, expression=exp.null())))
        return conditions

    # --- as-of leaves -----------------------------------------------------------------

    def _as_of(
        self, time: TimeColumn | None, spine: Spine | None, name: str
    ) -> list[exp.Expression]:
        window = self.leaves[0].window
        if time is None or window is None or spine is None:
            raise no_time(self.model)
        self.extra.append((f"{name}_at", spine_select(self.ctx, spine)))
        upto = _edge("upto", time.kind)
        conditions: list[exp.Expression] = [exp.LT(this=time.raw, expression=upto)]
        if window.kind == "within" and window.span is not None:
            conditions.append(exp.GTE(this=time.raw, expression=_before(upto, window.span, time.kind)))
        elif window.kind == "to_date" and window.floor is not None:
            conditions.append(exp.GTE(this=time.raw, expression=self._floor(window.floor, time)))
        elif window.kind == "open":
            conditions += self._still_open()
        elif window.kind == "snapshot":
            conditions.append(self._last_snapshot(time, name))
        return conditions

    def _floor(self, grain: str, time: TimeColumn) -> exp.Expression:
        """First instant of the to-date period that holds the day before `upto`."""
        last = TimeColumn(self.ctx, shift_date(quoted("upto_day", "s"), -1, "day"), TimeKind.DATE)
        start = last.period(TimeGrain(grain))
        if time.kind is TimeKind.DATE:
            return start
        offset = self.ctx.calendar.fixed_offset()
        if time.kind is TimeKind.UTC and offset is not None:
            minutes = int(offset.total_seconds() // 60)
            cast = exp.cast(start, "TIMESTAMP")
            return exp.Sub(this=cast, expression=interval(minutes, "minute"))
        return exp.cast(start, "TIMESTAMP")

    def _still_open(self) -> list[exp.Expression]:
        window = self.leaves[0].window
        out: list[exp.Expression] = []
        if window is not None and window.closed is not None:
            closed = self.rows.time(window.closed)
            later = exp.GTE(this=closed.raw, expression=_edge("upto", closed.kind))
            empty = exp.Is(this=closed.raw, expression=exp.null())
            out.append(exp.Paren(this=exp.Or(this=empty, expression=later)))
        if window is not None and window.idle is not None and window.idle_for is not None:
            idle = self.rows.time(window.idle)
            edge = _before(_edge("upto", idle.kind), window.idle_for, idle.kind)
            quiet = exp.LT(this=idle.raw, expression=edge)
            empty = exp.Is(this=idle.raw, expression=exp.null())
            out.append(exp.Paren(this=exp.Or(this=empty, expression=quiet)))
        return out

    def _last_snapshot(self, time: TimeColumn, name: str) -> exp.Expression:
        """Only the rows of the last snapshot date before the period's end."""
        rows = Rows(self.ctx, self.scope, self.model, "x")
        inner = rows.time(self.leaves[0].time or "")
        last = exp.alias_(exp.Max(this=inner.raw), "last_at", quoted=True)
        select = exp.Select(expressions=[quoted("period", "s"), last])
        select.from_(_table(f"{name}_at", "s"), copy=False)
        rows.attach(select, joined=True)
        select.where(exp.LT(this=inner.raw, expression=_edge("upto", time.kind)), copy=False)
        select.group_by(quoted("period", "s"), copy=False)
        self.extra.append((f"{name}_last", select))
        same = exp.EQ(this=quoted("period", "l"), expression=quoted("period", "s"))
        return exp.And(this=same, expression=exp.EQ(this=time.raw, expression=quoted("last_at", "l")))

    # --- aggregates -------------------------------------------------------------------

    def _select(
        self,
        keys: list[tuple[str, exp.Expression]],
        conditions: list[exp.Expression],
        time: TimeColumn | None,
        *,
        as_of: bool,
        name: str,
    ) -> exp.Select:
        per = self.leaves[0].per
        inner_keys = [*keys, ("per", self.rows.fragment(per))] if per else keys
        columns = [(leaf.name, self._aggregate(leaf, time)) for leaf in self.leaves]
        select = exp.Select(
            expressions=[exp.alias_(e, n, quoted=True) for n, e in (*inner_keys, *columns)]
        )
        joins = self._exists_joins()
        if as_of:
            select.from_(_table(f"{name}_at", "s"), copy=False)
        self.rows.attach(select, joined=as_of)
        if as_of and self.leaves[0].window and self.leaves[0].window.kind == "snapshot":
            select.join(_table(f"{name}_last", "l"), join_type="cross", copy=False)
        for cte, on in joins:
            select.join(_table(cte, cte), on=on, join_type="left", copy=False)
        where = and_all(conditions)
        if where is not None:
            select.where(where, copy=False)
        if inner_keys:
            select.group_by(*(e.copy() for _, e in inner_keys), copy=False)
        return self._per_group(select, keys) if per else select

    def _per_group(self, inner: exp.Select, keys: list[tuple[str, exp.Expression]]) -> exp.Select:
        """Add up one row per (group, `per` value)."""
        columns = [
            *(exp.alias_(quoted(n, "p"), n, quoted=True) for n, _ in keys),
            *(
                exp.alias_(exp.Sum(this=quoted(leaf.name, "p")), leaf.name, quoted=True)
                for leaf in self.leaves
            ),
        ]
        alias = exp.TableAlias(this=exp.to_identifier("p", quoted=True))
        outer = exp.Select(expressions=columns).from_(exp.Subquery(this=inner, alias=alias), copy=False)
        if keys:
            outer.group_by(*(quoted(n, "p") for n, _ in keys), copy=False)
        return outer

    def _aggregate(self, leaf: Leaf, time: TimeColumn | None) -> exp.Expression:
        tests = [self.rows.fragment(leaf.filter)] if leaf.filter else []
        tests += [self._exists_test(e) for e in leaf.exists]
        tests += self._cohort_tests(leaf, time)
        value = self.rows.fragment(leaf.expr) if leaf.expr else exp.Literal.number(1)
        test = and_all([exp.Paren(this=t) for t in tests])
        if test is not None:
            value = exp.Case(ifs=[exp.If(this=test, true=value)])
        if leaf.per:
            return exp.Max(this=value)
        return aggregate(leaf, value, filtered=test is not None)

    def _cohort_tests(self, leaf: Leaf, time: TimeColumn | None) -> list[exp.Expression]:
        """Conditions of a conversion: within N days, and old enough to tell."""
        tests: list[exp.Expression] = []
        if leaf.within is None:
            return tests
        if time is None:
            raise no_time(leaf.model)
        span = leaf.within
        if leaf.converted is not None:
            start, end = _comparable(time, self.rows.time(leaf.converted))
            tests.append(exp.GTE(this=end, expression=start))
            tests.append(exp.LT(this=end.copy(), expression=_after(start.copy(), span)))
        if leaf.mature:
            edge = self.ctx.calendar.add(self.ctx.data_end, -span.count, span.grain)
            tests.append(exp.LT(this=time.raw, expression=time.bound(edge)))
        return tests

    # --- exists -----------------------------------------------------------------------

    def _exists_name(self, item: Exists) -> str:
        names = sorted({str(e.model_dump_json()) for leaf in self.leaves for e in leaf.exists})
        position = names.index(str(item.model_dump_json()))
        return f"{self.name}_has_{item.model}_{position}"

    def _exists_test(self, item: Exists) -> exp.Expression:
        key = self.ctx.model(self.model).key[0]
        found = exp.Is(this=quoted(key, self._exists_name(item)), expression=exp.null())
        return found if item.negate else exp.Not(this=found)

    def _exists_joins(self) -> list[tuple[str, exp.Expression]]:
        """CTEs of the base keys that have a match, and how to join them (never multiplies)."""
        joins: list[tuple[str, exp.Expression]] = []
        items = {e.model_dump_json(): e for leaf in self.leaves for e in leaf.exists}
        for item in items.values():
            name = self._exists_name(item)
            key = self.ctx.model(self.model).key
            self.extra.append((name, self._matches(item, key)))
            on = [exp.EQ(this=self.rows.column(k), expression=quoted(k, name)) for k in key]
            joins.append((name, exp.and_(*on)))
        return joins

    def _matches(self, item: Exists, key: tuple[str, ...]) -> exp.Select:
        base = Rows(self.ctx, self.scope, self.model, "b")
        other = Rows(self.ctx, self.scope, item.model, "o")
        columns = [exp.alias_(base.column(k), k, quoted=True) for k in key]
        tests = [
            exp.EQ(this=base.fragment(a), expression=other.fragment(b)) for a, b in item.by.items()
        ]
        if item.filter:
            tests.append(exp.Paren(this=other.fragment(item.filter)))
        tests += self._exists_times(item, base, other)
        select = exp.Select(expressions=columns).distinct(copy=False)
        base.attach(select)
        other.attach(select, joined=True)
        where = and_all(tests)
        return select.where(where, copy=False) if where is not None else select

    def _exists_times(self, item: Exists, base: Rows, other: Rows) -> list[exp.Expression]:
        anchor = item.before or item.after
        if anchor is None:
            return []
        at = other.time(item.time or self.ctx.model(item.model).time or "")
        match, edge = _comparable(at, base.time(anchor))
        if item.before:
            tests: list[exp.Expression] = [exp.LTE(this=match, expression=edge)]
            if item.within:
                tests.append(exp.GTE(this=match.copy(), expression=_earlier(edge.copy(), item.within)))
            return tests
        tests = [exp.GTE(this=match, expression=edge)]
        if item.within:
            tests.append(exp.LT(this=match.copy(), expression=_after(edge.copy(), item.within)))
        return tests


def aggregate(leaf: Leaf, value: exp.Expression, *, filtered: bool) -> exp.Expression:
    """Return the aggregate call of a leaf."""
    match leaf.agg:
        case "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        case "sum":
            return exp.Sum(this=value)
        case "avg":
            return exp.Avg(this=value)
        case "min":
            return exp.Min(this=value)
        case "max":
            return exp.Max(this=value)
        case "median" | "percentile":
            fraction = 0.5 if leaf.agg == "median" else leaf.percentile
            return exp.PercentileCont(this=value, expression=exp.Literal.number(fraction or 0.5))
        case _:
            plain = not filtered and leaf.expr is None
            return exp.Count(this=exp.Star() if plain else value, big_int=True)


def spine_select(ctx: Context, spine: Spine) -> exp.Query:
    """Return the as-of instants as a UNION ALL of literals."""
    selects = [
        exp.Select(
            expressions=[
                exp.alias_(literal_date(period), "period", quoted=True),
                exp.alias_(literal_date(span.end), "upto_day", quoted=True),
                exp.alias_(literal_time(ctx.calendar.to_utc(span.end)), "upto_utc", quoted=True),
            ]
        )
        for period, span in spine.rows
    ]
    return union_all(selects)


def union_all(selects: list[exp.Select]) -> exp.Query:
    """Return a UNION ALL of selects (balanced to stay shallow)."""
    queries: list[exp.Query] = list(selects)
    while len(queries) > 1:
        paired: list[exp.Query] = [
            exp.Union(this=a, expression=b, distinct=False)
            for a, b in zip(queries[::2], queries[1::2], strict=False)
        ]
        queries = paired + (queries[-1:] if len(queries) % 2 else [])
    return queries[0]


def _table(name: str, alias: str) -> exp.Table:
    return exp.Table(
        this=exp.to_identifier(name, quoted=True),
        alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
    )


def _edge(name: str, kind: TimeKind) -> exp.Expression:
    if kind is TimeKind.DATE:
        return quoted(f"{name}_day", "s")
    if kind is TimeKind.UTC:
        return quoted(f"{name}_utc", "s")
    if kind is TimeKind.ZONED:
        utc = quoted(f"{name}_utc", "s")
        return exp.AtTimeZone(this=utc, zone=exp.Literal.string("UTC"))
    return exp.cast(quoted(f"{name}_day", "s"), "TIMESTAMP")


def _unit(span: Span) -> tuple[int, str]:
    if span.grain is TimeGrain.WEEK:
        return span.count * 7, "day"
    if span.grain is TimeGrain.QUARTER:
        return span.count * 3, "month"
    return span.count, span.grain.value


def _before(edge: exp.Expression, span: Span, kind: TimeKind) -> exp.Expression:
    count, unit = _unit(span)
    if kind is TimeKind.DATE:
        return shift_date(edge, -count, unit)
    return exp.Sub(this=edge, expression=interval(count, unit))


def _earlier(edge: exp.Expression, span: Span) -> exp.Expression:
    count, unit = _unit(span)
    return exp.Sub(this=edge, expression=interval(count, unit))


def _after(edge: exp.Expression, span: Span) -> exp.Expression:
    count, unit = _unit(span)
    return exp.Add(this=edge, expression=interval(count, unit))


def _comparable(a: TimeColumn, b: TimeColumn) -> tuple[exp.Expression, exp.Expression]:
    """Return two times in one form: local dates as soon as one of them is only a date."""
    if TimeKind.DATE in {a.kind, b.kind}:
        return a.day(), b.day()
    if a.kind is b.kind:
        return a.raw, b.raw
    return a.local(), b.local()


def no_time(model: str) -> QueryError:
    return QueryError(
        "NO_TIME",
        f"model {model} has no time column, so it cannot be cut by time",
        hint="Ask without a period, or declare `time` in the model.",
    )


__all__ = ["BASE", "OTHER", "Keys", "Spine", "Stream", "Variant", "no_time", "union_all", "value_literal"]
