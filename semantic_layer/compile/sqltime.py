"""Instants of the as-of spine and lengths of time as SQL."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compile.context import TimeKind
from semantic_layer.compile.door import quoted
from semantic_layer.compile.rows import TimeColumn, cast, interval, shift_date
from semantic_layer.model import Span
from semantic_layer.timegrain import TimeGrain

SPINE = "s"
"""Alias of the CTE that holds the ends of the asked periods."""


def period_edge(edge: str, kind: TimeKind) -> exp.Expr:
    """Return the spine's `from` or `upto`, comparable with a column stored as `kind`."""
    if kind is TimeKind.DATE:
        return quoted(f"{edge}_day", SPINE)
    if kind is TimeKind.UTC:
        return quoted(f"{edge}_utc", SPINE)
    if kind is TimeKind.ZONED:
        utc = quoted(f"{edge}_utc", SPINE)
        return exp.AtTimeZone(this=utc, zone=exp.Literal.string("UTC"))
    return cast(quoted(f"{edge}_day", SPINE), "TIMESTAMP")


def period_end(kind: TimeKind) -> exp.Expr:
    """Return the spine's end of period, comparable with a column stored as `kind`."""
    return period_edge("upto", kind)


def _portable(span: Span) -> tuple[int, str]:
    """Weeks and quarters in units that every engine has."""
    if span.grain is TimeGrain.WEEK:
        return span.count * 7, "day"
    if span.grain is TimeGrain.QUARTER:
        return span.count * 3, "month"
    return span.count, span.grain.value


def minus(instant: exp.Expr, span: Span, kind: TimeKind = TimeKind.LOCAL) -> exp.Expr:
    """Return the instant a span earlier; dates stay dates."""
    count, unit = _portable(span)
    if kind is TimeKind.DATE:
        return shift_date(instant, -count, unit)
    return exp.Sub(this=instant, expression=interval(count, unit))


def plus(instant: exp.Expr, span: Span) -> exp.Expr:
    """Return the instant a span later."""
    count, unit = _portable(span)
    return exp.Add(this=instant, expression=interval(count, unit))


def comparable(a: TimeColumn, b: TimeColumn) -> tuple[exp.Expr, exp.Expr]:
    """Return two times in one form: local dates as soon as one of them is only a date."""
    if TimeKind.DATE in {a.kind, b.kind}:
        return a.day(), b.day()
    if a.kind is b.kind:
        return a.raw, b.raw
    return a.local(), b.local()
