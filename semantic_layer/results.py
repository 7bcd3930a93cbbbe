"""Rows of the engine as a result: names, units, the period, and what is not complete."""

from __future__ import annotations

from semantic_layer.compile import Compiled, Context
from semantic_layer.convert import columns_of, rows_of
from semantic_layer.engine.base import EngineResult
from semantic_layer.query import Query
from semantic_layer.result import Cell, Column, ResultSet
from semantic_layer.timegrain import DateRange, TimeGrain


def result_of(
    ctx: Context, query: Query, compiled: Compiled, raw: EngineResult, compiled_ms: float
) -> tuple[ResultSet, tuple[Cell, ...]]:
    """Return the result of a compiled query, and how many people are behind each row.

    The second part is empty where nobody's groups need protection.
    """
    plan = compiled.plan
    rows, total = rows_of(raw, has_total=plan.query.limit is not None)
    sizes: tuple[Cell, ...] = ()
    if any(o.kind == "small" for o in plan.outputs):
        sizes = tuple(row[-1] for row in rows)
        rows = tuple(row[:-1] for row in rows)
    columns = columns_of(ctx.definitions, plan)
    rows, tied = _cut(plan.query, columns, rows)
    result = ResultSet(
        columns=columns,
        rows=rows,
        total_rows=total if total is not None else len(rows),
        sql=(compiled.sql,),
        span=query.time.span if query.time else None,
        previous=plan.previous,
        grain=query.grain,
        periods=plan.periods,
        partial=_is_running(ctx, query, plan.periods),
        capped=raw.truncated,
        time_columns=_time_columns(compiled),
        tied=tied,
        timings_ms={"compile": compiled_ms, "execute": raw.elapsed_ms},
    )
    return result, sizes


def _cut(
    query: Query, columns: tuple[Column, ...], rows: tuple[tuple[Cell, ...], ...]
) -> tuple[tuple[tuple[Cell, ...], ...], tuple[Cell, ...] | None]:
    """Return the rows of a list of the best, and the next one where it is as good as the last."""
    limit = query.limit
    if limit is None or query.per or len(rows) <= limit:
        return rows, None
    names = [c.name for c in columns]
    key = query.order[0].by if query.order else query.metrics[0]
    place = names.index(key) if key in names else None
    last, following = rows[limit - 1], rows[limit]
    is_tied = place is not None and last[place] is not None and last[place] == following[place]
    return rows[:limit], following if is_tied else None


def _is_running(ctx: Context, query: Query, periods: tuple[DateRange, ...]) -> bool:
    """Whether the last period is not over in the data: its figures are of a part only."""
    span = query.time.span if query.time else None
    if span is None:
        return bool(periods) and periods[-1].end > ctx.data_end
    return span.end > ctx.data_end or _is_cut(ctx, span, query.time.grain if query.time else None)


def _is_cut(ctx: Context, span: DateRange, grain: TimeGrain | None) -> bool:
    """Whether a named period was cut at the last day of the data: `this month` to date."""
    if grain is None or span.end != ctx.data_end:
        return False
    whole = ctx.calendar.period(span.start, grain)
    return whole.start == span.start and span.end < whole.end


def _time_columns(compiled: Compiled) -> dict[str, str]:
    return {
        leaf.name.split("__")[0]: f"{leaf.model}.{leaf.time}"
        for stream in compiled.plan.streams
        for leaf in stream.leaves
        if leaf.time
    }
