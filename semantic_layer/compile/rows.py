"""Rows of one model inside one SELECT: fragments qualified, to-one joins collected."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlglot import exp

from semantic_layer.compile.context import Context, TimeKind
from semantic_layer.compile.door import open_model, quoted, refuse_hidden
from semantic_layer.errors import QueryError
from semantic_layer.expressions import column_path, columns_in, parse_fragment
from semantic_layer.scope import Scope
from semantic_layer.timegrain import FISCAL_GRAINS, TimeGrain

Path = tuple[str, ...]
BASE = "t"


_TYPES = {name: exp.DataType.build(name) for name in ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "DOUBLE")}


def cast(value: exp.Expr, kind: str) -> exp.Cast:
    """Return CAST(value AS kind); `exp.cast` would parse the name of the type each time."""
    return exp.Cast(this=value.copy(), to=_TYPES[kind].copy())


def literal_date(day: date) -> exp.Expr:
    """Return CAST('...' AS DATE)."""
    return cast(exp.Literal.string(day.isoformat()), "DATE")


def literal_time(instant: datetime) -> exp.Expr:
    """Return CAST('...' AS TIMESTAMP)."""
    text = instant.isoformat(sep=" ", timespec="seconds")
    return cast(exp.Literal.string(text), "TIMESTAMP")


def interval(count: int, unit: str) -> exp.Interval:
    """Return INTERVAL 'count' UNIT."""
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit.upper()))


def shift_date(value: exp.Expr, count: int, unit: str) -> exp.Expr:
    """Return value + count units, as a DATE."""
    if count == 0:
        return value
    node = exp.Add if count > 0 else exp.Sub
    return cast(node(this=value, expression=interval(abs(count), unit)), "DATE")


class Rows:
    """One scan of a model with the joins its fragments need.

    Fragments are qualified as they are asked for; `attach` then adds FROM and JOINs, so
    each door projects exactly the columns in use.
    """

    def __init__(self, ctx: Context, scope: Scope, model_id: str, alias: str = BASE) -> None:
        self.ctx = ctx
        self.scope = scope
        self.model_id = model_id
        self.alias = alias
        self._needs: dict[Path, set[str]] = {(): set()}

    def column(self, name: str) -> exp.Column:
        """Return a plain column of the base model."""
        self._needs[()].add(name)
        return quoted(name, self.alias)

    def fragment(self, text: str) -> exp.Expr:
        """Return a fragment with every column qualified."""
        return self._qualify(parse_fragment(text), self.model_id, ())

    def _qualify(self, tree: exp.Expr, model_id: str, prefix: Path) -> exp.Expr:
        holder = exp.Paren(this=tree)
        for column in list(columns_in(holder)):
            path, name = column_path(column)
            column.replace(self._resolve(model_id, prefix, path, name))
        inner: exp.Expr = holder.this
        return inner

    def _resolve(self, model_id: str, prefix: Path, path: Path, name: str) -> exp.Expr:
        for alias in path:
            joins = self.ctx.model(model_id).joins
            if alias not in joins:
                raise QueryError("UNKNOWN_JOIN", f"model {model_id} has no join `{alias}`")
            self._needs.setdefault(prefix, set()).update(joins[alias].by)
            model_id = joins[alias].model
            prefix = (*prefix, alias)
            self._needs.setdefault(prefix, set()).update(self.ctx.model(model_id).key)
        computed = self.ctx.model(model_id).columns.get(name)
        if computed is not None:
            refuse_hidden(self.scope, model_id, [name])
            inner = self._qualify(parse_fragment(computed), model_id, prefix)
            return inner if isinstance(inner, exp.Column) else exp.Paren(this=inner)
        self._needs.setdefault(prefix, set()).add(name)
        return quoted(name, self._alias(prefix))

    def _alias(self, path: Path) -> str:
        return "__".join((self.alias, *path))

    def dimension(self, dim: str) -> exp.Expr:
        """Return the expression that the model binds to a dimension."""
        return self.fragment(self.ctx.model(self.model_id).dims[dim])

    def attach(self, select: exp.Select, *, joined: bool = False) -> None:
        """Add FROM (or CROSS JOIN when `joined`) and the to-one LEFT JOINs."""
        base = open_model(self.ctx, self.scope, self.model_id, self._needs[()], self.alias)
        if joined:
            select.join(base, join_type="cross", copy=False)
        else:
            select.from_(base, copy=False)
        for path in sorted(p for p in self._needs if p):
            self._join(select, path)

    def _join(self, select: exp.Select, path: Path) -> None:
        model_id = self.model_id
        for alias in path[:-1]:
            model_id = self.ctx.model(model_id).joins[alias].model
        join = self.ctx.model(model_id).joins[path[-1]]
        key = self.ctx.model(join.model).key
        left, right = self._alias(path[:-1]), self._alias(path)
        on = [
            exp.EQ(this=quoted(a, left), expression=quoted(b, right))
            for a, b in zip(join.by, key, strict=True)
        ]
        door = open_model(self.ctx, self.scope, join.model, self._needs[path], right)
        select.join(door, on=exp.and_(*on), join_type="left", copy=False)

    # --- time -------------------------------------------------------------------------

    def time(self, text: str) -> TimeColumn:
        """Return a time fragment with its storage known."""
        return TimeColumn(self.ctx, self.fragment(text), self.ctx.time_kind(self.model_id, text))


class TimeColumn:
    """A time expression that knows how it is stored."""

    def __init__(self, ctx: Context, raw: exp.Expr, kind: TimeKind) -> None:
        self.ctx = ctx
        self.kind = kind
        self._raw = cast(raw, "TIMESTAMP") if kind is TimeKind.TEXT else raw

    @property
    def raw(self) -> exp.Expr:
        """The stored value (text already cast)."""
        return self._raw.copy()

    def bound(self, day: date) -> exp.Expr:
        """Return the literal at which local `day` begins, comparable with `raw`."""
        if self.kind is TimeKind.DATE:
            return literal_date(day)
        if self.kind is TimeKind.UTC:
            return literal_time(self.ctx.calendar.to_utc(day))
        if self.kind is TimeKind.ZONED:
            instant = self.ctx.calendar.to_utc(day).isoformat(sep=" ") + "+00:00"
            return cast(exp.Literal.string(instant), "TIMESTAMPTZ")
        return literal_time(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - naive on purpose: local wall time

    def local(self) -> exp.Expr:
        """Return the local wall time (a DATE stays a DATE)."""
        zone = exp.Literal.string(self.ctx.calendar.timezone)
        if self.kind is TimeKind.ZONED:
            return exp.AtTimeZone(this=self.raw, zone=zone)
        if self.kind is not TimeKind.UTC:
            return self.raw
        offset = self.ctx.calendar.fixed_offset()
        if offset is not None:
            return _plus(self.raw, offset)
        utc = exp.AtTimeZone(this=self.raw, zone=exp.Literal.string("UTC"))
        return exp.AtTimeZone(this=exp.Paren(this=utc), zone=zone)

    def last_of_day(self, wall: exp.Expr) -> exp.Expr:
        """Return `wall`, for a DATE moved to the last microsecond of its day."""
        if self.kind is not TimeKind.DATE:
            return wall
        next_day = exp.Add(this=wall, expression=interval(1, "day"))
        return exp.Sub(this=next_day, expression=interval(1, "microsecond"))

    def instant(self, shift_days: int = 0, *, is_end: bool = False) -> exp.Expr:
        """Return the UTC TIMESTAMP, moved by days (a DATE is moved as a local day)."""
        zone = exp.Literal.string("UTC")
        if self.kind is TimeKind.UTC:
            return _shifted(cast(self.raw, "TIMESTAMP"), shift_days)
        if self.kind is TimeKind.ZONED:
            return _shifted(exp.AtTimeZone(this=self.raw, zone=zone), shift_days)
        wall = cast(self.raw, "TIMESTAMP")
        is_date = self.kind is TimeKind.DATE
        wall = _shifted(wall, shift_days) if is_date else wall
        wall = self.last_of_day(wall) if is_end else wall
        return self._to_utc(wall) if is_date else _shifted(self._to_utc(wall), shift_days)

    def _to_utc(self, wall: exp.Expr) -> exp.Expr:
        offset = self.ctx.calendar.fixed_offset()
        if offset is not None:
            return _plus(wall, -offset)
        zone = exp.Literal.string(self.ctx.calendar.timezone)
        here = exp.Paren(this=exp.AtTimeZone(this=exp.Paren(this=wall), zone=zone))
        return exp.AtTimeZone(this=here, zone=exp.Literal.string("UTC"))

    def day(self) -> exp.Expr:
        """Return the local date."""
        return self.raw if self.kind is TimeKind.DATE else cast(self.local(), "DATE")

    def period(self, grain: TimeGrain) -> exp.Expr:
        """Return the first day of the period of `grain` that holds the value."""
        if grain is TimeGrain.DAY:
            return self.day()
        if grain is TimeGrain.WEEK and self.ctx.calendar.week_start == "sunday":
            return shift_date(_trunc(shift_date(self.day(), 1, "day"), "WEEK"), -1, "day")
        if grain in FISCAL_GRAINS:
            unit = "YEAR" if grain is TimeGrain.FISCAL_YEAR else "QUARTER"
            months = self.ctx.calendar.fiscal_year_start - 1
            months = months if unit == "YEAR" else months % 3
            moved = shift_date(self.day(), -months, "month")
            return shift_date(_trunc(moved, unit), months, "month")
        return _trunc(self.local(), grain.value.upper())


def _trunc(value: exp.Expr, unit: str) -> exp.Expr:
    return cast(exp.TimestampTrunc(this=value, unit=exp.var(unit)), "DATE")


def _shifted(value: exp.Expr, days: int) -> exp.Expr:
    """Return value + 24 hours for each day."""
    if days == 0:
        return value
    node = exp.Add if days > 0 else exp.Sub
    return node(this=value, expression=interval(abs(days) * 24, "hour"))


def _plus(value: exp.Expr, offset: timedelta) -> exp.Expr:
    minutes = int(offset.total_seconds() // 60)
    if minutes == 0:
        return value
    node = exp.Add if minutes > 0 else exp.Sub
    count, unit = (abs(minutes) // 60, "hour") if minutes % 60 == 0 else (abs(minutes), "minute")
    return node(this=value, expression=interval(count, unit))
