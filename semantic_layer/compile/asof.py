"""As-of leaves: what holds at the end of each asked period (stocks, windows, to-date)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from semantic_layer.compile.aggregates import literal_rows
from semantic_layer.compile.context import Context, TimeKind
from semantic_layer.compile.door import quoted
from semantic_layer.compile.leaves import Leaf, Window
from semantic_layer.compile.rows import (
    Rows,
    TimeColumn,
)
from semantic_layer.compile.sqltime import SPINE, minus, period_edge, period_end
from semantic_layer.scope import Scope
from semantic_layer.timegrain import TimeGrain


@dataclass(frozen=True, slots=True)
class SpineRow:
    """One asked period: shown as `period`; what counts lies in [`first`, `end`).

    `first` is None for stocks, which have no beginning.
    """

    period: date
    end: date
    first: date | None = None


@dataclass(frozen=True)
class Spine:
    """The asked periods of as-of leaves."""

    rows: tuple[SpineRow, ...]


def window_start(ctx: Context, end: date, window: Window) -> date | None:
    """Return the first local day of a rolling or to-date window that ends before `end`."""
    if window.kind == "within" and window.span is not None:
        return ctx.calendar.add(end, -window.span.count, window.span.grain)
    if window.kind == "to_date" and window.floor is not None:
        return ctx.calendar.floor(end - timedelta(days=1), TimeGrain(window.floor))
    return None


def spine_select(ctx: Context, spine: Spine) -> exp.Query:
    """Return the as-of instants as literal rows."""
    columns = {"period": "DATE", "upto_day": "DATE", "upto_utc": "TIMESTAMP"}
    rows = [(r.period.isoformat(), r.end.isoformat(), _utc(ctx, r.end)) for r in spine.rows]
    firsts = [r.first for r in spine.rows if r.first is not None]
    if len(firsts) != len(spine.rows):
        return literal_rows(columns, rows)
    columns |= {"from_day": "DATE", "from_utc": "TIMESTAMP"}
    begun = [(*row, f.isoformat(), _utc(ctx, f)) for row, f in zip(rows, firsts, strict=True)]
    return literal_rows(columns, begun)


def _utc(ctx: Context, day: date) -> str:
    return ctx.calendar.to_utc(day).isoformat(sep=" ", timespec="seconds")


def spine_name(stream: str) -> str:
    """Return the name of a stream's spine CTE."""
    return f"{stream}_at"


def last_name(stream: str) -> str:
    """Return the name of a stream's CTE of last snapshots."""
    return f"{stream}_last"


def in_force(ctx: Context, rows: Rows, time: TimeColumn, window: Window) -> list[exp.Expr]:
    """Return the conditions under which a row counts at the end of a period."""
    upto = period_end(time.kind)
    conditions: list[exp.Expr] = [exp.LT(this=time.raw, expression=upto)]
    if window.kind in {"within", "to_date"}:
        conditions.append(exp.GTE(this=time.raw, expression=period_edge("from", time.kind)))
    elif window.kind == "open":
        conditions += _still_open(rows, window)
    elif window.kind == "snapshot":
        same = exp.EQ(this=quoted("period", "l"), expression=quoted("period", SPINE))
        conditions.append(same)
        conditions.append(exp.EQ(this=time.raw, expression=quoted("last_at", "l")))
    return conditions


def _still_open(rows: Rows, window: Window) -> list[exp.Expr]:
    out: list[exp.Expr] = []
    if window.closed is not None:
        closed = rows.time(window.closed)
        later = exp.GTE(this=closed.raw, expression=period_end(closed.kind))
        empty = exp.Is(this=closed.raw, expression=exp.null())
        out.append(exp.Paren(this=exp.Or(this=empty, expression=later)))
    if window.idle is not None and window.idle_for is not None:
        idle = rows.time(window.idle)
        limit = minus(period_end(idle.kind), window.idle_for, idle.kind)
        quiet = exp.LT(this=idle.raw, expression=limit)
        empty = exp.Is(this=idle.raw, expression=exp.null())
        out.append(exp.Paren(this=exp.Or(this=empty, expression=quiet)))
    return out


def last_snapshot(
    ctx: Context, scope: Scope, leaf: Leaf, kind: TimeKind, stream: str
) -> exp.Select:
    """Return, for each period, the last snapshot instant before its end."""
    rows = Rows(ctx, scope, leaf.model, "x")
    inner = rows.time(leaf.time or "")
    last = exp.alias_(exp.Max(this=inner.raw), "last_at", quoted=True, copy=False)
    select = exp.Select(expressions=[quoted("period", SPINE), last])
    select.from_(named(spine_name(stream), SPINE), copy=False)
    rows.attach(select, joined=True)
    select.where(exp.LT(this=inner.raw, expression=period_end(kind)), copy=False)
    return select.group_by(quoted("period", SPINE), copy=False)


def named(name: str, alias: str) -> exp.Table:
    """Return a reference to a CTE under an alias."""
    return exp.Table(
        this=exp.to_identifier(name, quoted=True),
        alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
    )
