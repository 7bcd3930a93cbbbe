"""Governed detail rows: one SELECT over one model, for tools that work below metrics.

Attribution, funnels, journeys and lead summaries need rows, not aggregates. They name
columns by the fragments that the roles in YAML declare, and build their own tree above
this SELECT; `verify` then walks the finished tree like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlglot import exp

from semantic_layer.compile.conditions import condition
from semantic_layer.compile.context import Context
from semantic_layer.compile.rows import Rows, TimeColumn, cast
from semantic_layer.errors import DeniedError
from semantic_layer.expressions import and_all, column_path, columns_in, parse_fragment
from semantic_layer.query import Filter
from semantic_layer.scope import Scope

Form = Literal["value", "wall", "wall_end", "day", "instant", "instant_end"]


@dataclass(frozen=True, slots=True)
class Field:
    """One output column.

    Attributes:
        text: A fragment over the model's columns and to-one joins.
        form: `value` as stored; `wall` the local TIMESTAMP (a DATE is its first instant);
            `wall_end` the same, a DATE being the last microsecond of its day (for events
            known by date only: what happened on the day counts as before it); `day` the
            local DATE; `instant` and `instant_end` as the wall forms, in UTC.
        shift_days: Moves an instant: whole local days for a DATE, 24 hours each otherwise.
    """

    text: str
    form: Form = "value"
    shift_days: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """Local days, `end` excluded, on a time fragment; an open side is None."""

    text: str
    start: date | None = None
    end: date | None = None


def relation(
    ctx: Context,
    scope: Scope,
    model_id: str,
    fields: Mapping[str, Field],
    *,
    where: Sequence[str] = (),
    filters: Sequence[Filter] = (),
    window: Window | None = None,
    compared: bool = False,
) -> exp.Select:
    """Return a SELECT of named columns of one model, through its door.

    Args:
        ctx: Definitions and calendar.
        scope: The asker's rights.
        model_id: The model whose rows are read.
        fields: Output name -> column.
        where: Fragments that must hold.
        filters: Conditions on dimensions that the model binds.
        window: Restriction to local days.
        compared: The columns are compared or grouped by, so a masked one is refused.

    Raises:
        DeniedError: The model, or a column, does not exist for the asker.
        QueryError: A fragment or dimension does not resolve.
    """
    for item in fields.values():
        _refuse_people(ctx, scope, model_id, item.text)
    rows = Rows(ctx, scope, model_id)
    columns = [
        exp.alias_(_column(rows, field, compared=compared), name, quoted=True)
        for name, field in fields.items()
    ]
    tests = [exp.Paren(this=rows.fragment(text)) for text in where]
    conditions: list[exp.Expr] = [
        *tests,
        *(condition(rows.dimension(f.dimension), f) for f in filters),
    ]
    if window is not None:
        conditions += _inside(rows.time(window.text), window)
    select = exp.Select(expressions=columns)
    rows.attach(select)
    kept = and_all(conditions)
    return select.where(kept, copy=False) if kept is not None else select


def _refuse_people(ctx: Context, scope: Scope, model_id: str, text: str) -> None:
    """Refuse columns of a joined model of which only groups may be seen, row by row."""
    for column in columns_in(parse_fragment(text)) if scope.small_groups else ():
        owner, path = model_id, column_path(column)[0]
        for alias in path:
            join = ctx.model(owner).joins.get(alias)
            owner = join.model if join is not None else ""
        if path and owner in scope.small_groups:
            raise DeniedError(
                "ROWS_OF_PEOPLE",
                f"You may see {owner} in groups only, not one by one.",
                hint="Ask for a number, or ask your administrator for access.",
            )


def _column(rows: Rows, field: Field, *, compared: bool) -> exp.Expr:
    if field.form == "value":
        return rows.fragment(field.text) if compared else rows.shown(field.text)
    time = rows.time(field.text)
    if field.form == "day":
        return time.day()
    if field.form in {"instant", "instant_end"}:
        return time.instant(field.shift_days, is_end=field.form == "instant_end")
    wall = cast(time.local(), "TIMESTAMP")
    return time.last_of_day(wall) if field.form == "wall_end" else wall


def _inside(time: TimeColumn, window: Window) -> list[exp.Expr]:
    tests: list[exp.Expr] = []
    if window.start is not None:
        tests.append(exp.GTE(this=time.raw, expression=time.bound(window.start)))
    if window.end is not None:
        tests.append(exp.LT(this=time.raw, expression=time.bound(window.end)))
    return tests
