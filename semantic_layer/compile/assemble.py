"""Plan -> one SELECT: union of aggregates, merge, windows, values, order and limit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compile.aggregates import literal_rows, union_all
from semantic_layer.compile.conditions import value_literal
from semantic_layer.compile.context import Context
from semantic_layer.compile.door import quoted
from semantic_layer.compile.leaves import MERGED, Leaf, divide
from semantic_layer.compile.plan import Output, Plan, StreamPlan
from semantic_layer.compile.rows import literal_date, shift_date
from semantic_layer.compile.streams import Stream
from semantic_layer.errors import QueryError
from semantic_layer.model import Span
from semantic_layer.query import MetricFilter, Order
from semantic_layer.scope import Scope
from semantic_layer.timegrain import GRAIN_DAYS, TimeGrain

TOTAL_ROWS = "__total_rows"
RANK = "__rank"
_SHORT = 100


@dataclass(frozen=True)
class _Parts:
    """The finished CTEs, in order, and the branches of the union."""

    ctes: list[tuple[str, exp.Query]]
    branches: list[exp.Select]


def assemble(ctx: Context, scope: Scope, plan: Plan) -> exp.Select:
    """Return the whole query as one AST."""
    parts = _Parts([], [])
    columns = [(s.name, leaf) for s in plan.streams for leaf in s.leaves]
    for stream in plan.streams:
        _add_stream(ctx, scope, plan, stream, columns, parts)
    keys = plan.keys.columns
    if len(plan.streams) == 1 and not plan.dense and not plan.streams[0].offset:
        merged = parts.ctes.pop()[1]
        parts.ctes.append((MERGED, merged))
    else:
        source = "_u"
        grid = _grid(plan, [leaf for _, leaf in columns]) if plan.dense else None
        if grid is not None and not plan.keys.dimensions:
            parts.branches.append(grid)
        parts.ctes.append(("_u", union_all(parts.branches)))
        if grid is not None and plan.keys.dimensions:
            source = "_g"
            parts.ctes.append(("_g", union_all([_star("_u", keys, columns), grid])))
        parts.ctes.append((MERGED, _merge(source, keys, [leaf for _, leaf in columns])))
    parts.ctes.append(("_r", _values(plan)))
    return _final(ctx, plan, parts)


def _add_stream(
    ctx: Context,
    scope: Scope,
    plan: Plan,
    stream: StreamPlan,
    columns: list[tuple[str, Leaf]],
    parts: _Parts,
) -> None:
    builder = Stream(ctx, scope, plan.keys, list(stream.leaves), stream.name)
    select = builder.build(stream.span, stream.spine)
    parts.ctes.extend(builder.extra)
    parts.ctes.append((stream.name, select))
    parts.branches.append(_branch(plan, stream, columns))


def _branch(plan: Plan, stream: StreamPlan, columns: list[tuple[str, Leaf]]) -> exp.Select:
    """One stream in the shape of the union: own leaves, NULL for the others."""
    items: list[exp.Expr] = [kept(d, stream.name) for d in plan.keys.dimensions]
    leap_days = False
    period: exp.Expr = exp.null()
    if plan.keys.grain is not None:
        period = quoted("period", stream.name)
        for offset in stream.offset:
            period = _forward(period, offset)
            leap_days |= plan.keys.grain is TimeGrain.DAY and offset.grain not in GRAIN_DAYS
        items.append(exp.alias_(period, "period", quoted=True, copy=False))
    for name, leaf in columns:
        value = quoted(leaf.name, name) if name == stream.name else _absent(leaf)
        items.append(exp.alias_(value, leaf.name, quoted=True, copy=False))
    select = exp.Select(expressions=items).from_(_named(stream.name), copy=False)
    if leap_days:
        select.where(_same_day(quoted("period", stream.name), period), copy=False)
    return select


def _forward(period: exp.Expr, offset: Span) -> exp.Expr:
    months = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}
    if offset.grain.value in months:
        return shift_date(period, offset.count * months[offset.grain.value], "month")
    days = 7 if offset.grain is TimeGrain.WEEK else 1
    return shift_date(period, offset.count * days, "day")


def _same_day(before: exp.Expr, after: exp.Expr) -> exp.Expr:
    """29-31 January have no counterpart in February: they must not pile up on the 28th."""
    return exp.EQ(
        this=exp.Extract(this=exp.var("DAY"), expression=before),
        expression=exp.Extract(this=exp.var("DAY"), expression=after.copy()),
    )


def _star(source: str, keys: tuple[str, ...], columns: list[tuple[str, Leaf]]) -> exp.Select:
    items = [kept(k, source) for k in keys] + [kept(leaf.name, source) for _, leaf in columns]
    return exp.Select(expressions=items).from_(_named(source), copy=False)


def _grid(plan: Plan, leaves: list[Leaf]) -> exp.Select:
    """Every asked period for every group, without values: makes gaps visible."""
    periods = literal_rows({"period": "DATE"}, ((p.start.isoformat(),) for p in plan.periods))
    spine = exp.Subquery(
        this=periods, alias=exp.TableAlias(this=exp.to_identifier("s", quoted=True))
    )
    dims = plan.keys.dimensions
    items: list[exp.Expr] = [kept(d, "d") for d in dims] + [kept("period", "s")]
    items += [exp.alias_(_absent(leaf), leaf.name, quoted=True, copy=False) for leaf in leaves]
    select = exp.Select(expressions=items)
    if not dims:
        return select.from_(spine, copy=False)
    groups = exp.Select(expressions=[kept(d, "_u") for d in dims]).distinct(copy=False)
    groups.from_(_named("_u"), copy=False)
    alias = exp.TableAlias(this=exp.to_identifier("d", quoted=True))
    select.from_(exp.Subquery(this=groups, alias=alias), copy=False)
    return select.join(spine, join_type="cross", copy=False)


def _merge(source: str, keys: tuple[str, ...], leaves: list[Leaf]) -> exp.Select:
    """One row per key; each leaf has at most one value there, so MAX takes it."""
    items: list[exp.Expr] = [kept(k, source) for k in keys]
    items += [
        exp.alias_(exp.Max(this=quoted(leaf.name, source)), leaf.name, quoted=True, copy=False)
        for leaf in leaves
    ]
    select = exp.Select(expressions=items).from_(_named(source), copy=False)
    return select.group_by(*(quoted(k, source) for k in keys), copy=False) if keys else select


def _values(plan: Plan) -> exp.Select:
    """Metric values from merged leaves; running totals see the history before the range."""
    keys = plan.keys.columns
    items: list[exp.Expr] = [kept(k, MERGED) for k in keys]
    items += [exp.alias_(_value(plan, o), o.name, quoted=True, copy=False) for o in plan.outputs]
    return exp.Select(expressions=items).from_(_named(MERGED), copy=False)


def _value(plan: Plan, output: Output) -> exp.Expr:
    if output.kind != "share":
        return output.value
    partition = [quoted("period", MERGED)] if plan.keys.grain else []
    total = exp.Window(this=exp.Sum(this=output.value.copy()), partition_by=partition)
    return divide(output.value, total)


def _final(ctx: Context, plan: Plan, parts: _Parts) -> exp.Select:
    query = plan.query
    shown = [o for o in plan.outputs if o.metric in query.metrics]
    items: list[exp.Expr] = [kept(k, "_r") for k in plan.keys.columns]
    items += [kept(o.name, "_r") for o in (*shown, *(o for o in plan.outputs if o.kind == "small"))]
    if query.limit is not None:
        total = exp.Window(this=exp.Count(this=exp.Star(), big_int=True))
        items.append(exp.alias_(total, TOTAL_ROWS, quoted=True, copy=False))
    select = exp.Select(expressions=items).from_(_named("_r"), copy=False)
    for cte, body in parts.ctes:
        select.with_(exp.to_identifier(cte, quoted=True), as_=body, copy=False)
    if plan.keys.grain is not None and plan.periods:
        # After the windows, so that a running total keeps what came before the range.
        first = exp.GTE(this=quoted("period", "_r"), expression=literal_date(plan.periods[0].start))
        last = exp.LTE(this=quoted("period", "_r"), expression=literal_date(plan.periods[-1].start))
        select.where(first, last, copy=False)
    if query.having:
        select.where(_met(plan), copy=False)
    if query.per:
        return _within_groups(ctx, plan, select)
    for key in _order(ctx, plan):
        select.order_by(key, copy=False)
    return select.limit(fetched(query.limit), copy=False) if query.limit is not None else select


def fetched(limit: int) -> int:
    """Return how many rows a short list reads: one more tells whether its end cuts a tie."""
    return limit + 1 if limit <= _SHORT else limit


def _within_groups(ctx: Context, plan: Plan, select: exp.Select) -> exp.Select:
    """Keep the first rows of each group instead of the first rows of all."""
    per = [quoted(name, "_r") for name in plan.query.per]
    rank = exp.Window(
        this=exp.RowNumber(), partition_by=per, order=exp.Order(expressions=_order(ctx, plan))
    )
    names = [item.alias_or_name for item in select.expressions]
    select.select(exp.alias_(rank, RANK, quoted=True), copy=False)
    ctes = select.args.pop("with_")
    alias = exp.TableAlias(this=exp.to_identifier("_k", quoted=True))
    outer = exp.Select(expressions=[kept(n, "_k") for n in names])
    outer.from_(exp.Subquery(this=select, alias=alias), copy=False)
    outer.set("with_", ctes)
    place = quoted(RANK, "_k")
    outer.where(
        exp.LTE(this=place, expression=exp.Literal.number(plan.query.limit or 1)), copy=False
    )
    for column in (*(quoted(name, "_k") for name in plan.query.per), place.copy()):
        ordered = exp.Ordered(this=column, desc=False, nulls_first=False)
        outer.order_by(ordered, copy=False)
    return outer


def _met(plan: Plan) -> exp.Expr:
    """Return the conditions on the finished rows.

    Small groups meet all of them, to be withheld later: whether one does would tell its value.
    """
    met: exp.Expr = exp.and_(*(_having(plan, item) for item in plan.query.having))
    for output in (o for o in plan.outputs if o.kind == "small"):
        few = exp.LT(this=quoted(output.name, "_r"), expression=exp.Literal.number(plan.least))
        met = exp.or_(met, few)
    return met


def _having(plan: Plan, item: MetricFilter) -> exp.Expr:
    name = item.metric if item.of == "value" else f"{item.metric}__{item.of}"
    if name not in {o.name for o in plan.outputs}:
        raise QueryError(
            "CONDITION_NEEDS_COMPARISON",
            f"A condition on the {item.of} of `{item.metric}` needs a query that computes it.",
            hint="Add a comparison (or a share) to the query.",
        )
    column = quoted(name, "_r")
    if item.op == "between":
        return exp.Between(
            this=column, low=value_literal(item.value), high=value_literal(item.upper)
        )
    nodes = {
        "gt": exp.GT,
        "gte": exp.GTE,
        "lt": exp.LT,
        "lte": exp.LTE,
        "eq": exp.EQ,
        "ne": exp.NEQ,
    }
    return nodes[item.op](this=column, expression=value_literal(item.value))


def _order(ctx: Context, plan: Plan) -> list[exp.Ordered]:
    query = plan.query
    asked = [_ordered(plan, o) for o in query.order] or _default_order(ctx, plan)
    named = {key.this.name for key in asked}
    tie = [
        exp.Ordered(this=quoted(k, "_r"), desc=False, nulls_first=False)
        for k in plan.keys.columns
        if k not in named
    ]
    return [*asked, *tie]


def _ordered(plan: Plan, order: Order) -> exp.Ordered:
    name = "period" if order.by == "time" else order.by
    known = {*plan.keys.columns, *(o.name for o in plan.outputs)}
    if name not in known:
        raise QueryError("UNKNOWN_ORDER", f"Cannot sort by `{order.by}`.", candidates=sorted(known))
    return exp.Ordered(this=quoted(name, "_r"), desc=order.desc, nulls_first=False)


def _default_order(ctx: Context, plan: Plan) -> list[exp.Ordered]:
    if plan.keys.grain is not None:
        return [exp.Ordered(this=quoted("period", "_r"), desc=False, nulls_first=False)]
    for dim in plan.keys.dimensions:
        listed = ctx.definitions.dimensions[dim].order
        if listed:
            return [_listed(dim, listed)]
    first = plan.outputs[0].name
    if not plan.keys.dimensions:
        return []
    return [exp.Ordered(this=quoted(first, "_r"), desc=True, nulls_first=False)]


def _listed(dim: str, listed: tuple[str, ...]) -> exp.Ordered:
    ifs = [
        exp.If(
            this=exp.EQ(this=quoted(dim, "_r"), expression=exp.Literal.string(v)),
            true=exp.Literal.number(i),
        )
        for i, v in enumerate(listed)
    ]
    case = exp.Case(ifs=ifs, default=exp.Literal.number(len(listed)))
    return exp.Ordered(this=case, desc=False, nulls_first=False)


def kept(name: str, table: str) -> exp.Expr:
    """Return a column projected under its own name."""
    return exp.alias_(quoted(name, table), name, quoted=True, copy=False)


def _absent(leaf: Leaf) -> exp.Expr:
    """A NULL that knows its column: some dialects need it typed in a union."""
    null = exp.null()
    null.meta["type"] = "BIGINT" if leaf.counts else "DOUBLE"
    return null


def _named(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))
