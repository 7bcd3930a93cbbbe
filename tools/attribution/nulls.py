"""Journeys that ended without a conversion, which Markov chains must know.

Such a journey is the touches of a person or account that never converted, from its
last touch back over the lookback. One whose last touch is recent may still convert: it is open,
and left out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.rows import interval, literal_time
from semantic_layer.credit.nodes import (
    ORDINAL,
    col,
    count_all,
    is_null,
    named,
    number,
    over,
    select_from,
    subquery,
    table,
    when,
    with_ctes,
)
from semantic_layer.query import Filter
from tools.attribution.bindings import Binding
from tools.attribution.journeys import Journeys, conversions, touches

OPEN_DAYS = 90
"""A journey without a conversion is over when nothing happened for this long."""
ENDED = "_askmql_ended"


def sources(journeys: Journeys) -> list[tuple[str, exp.Query]]:
    """Return the CTEs of conversions, touches and journeys without a conversion."""
    return [*journeys.ctes(), (ENDED, ended(journeys))]


def population(journeys: Journeys) -> exp.Select:
    """Return the SELECT of touches of the conversions' population, whether or not they convert."""
    filters = (*journeys.binding.args.touch_filters, *_shared(journeys))
    return touches(replace(journeys, binding=_with_args(journeys, touch_filters=filters)))


def _never(journeys: Journeys) -> exp.Select:
    """Whose journeys never converted, and when their last touch was."""
    every = replace(journeys, binding=_with_args(journeys, time=None, filters=(), basis="close"))
    done = select_from(subquery(conversions(every), "d"), [col("key", "d")])
    has_key = exp.Not(this=is_null(col("key", "t")))
    last = [col("key", "t"), named(exp.Max(this=col("ts", "t")), "end_at")]
    lasts = select_from(subquery(population(journeys), "t"), last).where(has_key, copy=False)
    lasts.group_by(col("key", "t"), copy=False)  # first: there are fewer keys than touches to match
    on = exp.EQ(this=col("key", "l"), expression=col("key", "d"))
    select = select_from(subquery(lasts, "l"), [col("key", "l"), col("end_at", "l")])
    select.join(subquery(done.distinct(copy=False), "d"), on=on, join_type="left", copy=False)
    return select.where(is_null(col("key", "d")), copy=False)


def _with_args(journeys: Journeys, **changed: object) -> Binding:
    args = journeys.binding.args.model_copy(update=changed)
    return replace(journeys.binding, args=args)


def _shared(journeys: Journeys) -> tuple[Filter, ...]:
    """The conversions' filters, which journeys without a conversion must also meet."""
    layer, binding = journeys.context.layer, journeys.binding
    own = layer.definitions.models[binding.touch.model].dims | dict(binding.touch.dims)
    missing = [f.dimension for f in binding.args.filters if f.dimension not in own]
    if missing:
        raise QueryError(
            "NULL_JOURNEYS",
            f"Markov models need journeys without a conversion, which cannot be filtered by {', '.join(missing)}.",
            hint="Leave the filter out, or use a rule model.",
            candidates=("u_shaped", "linear", "shapley"),
        )
    return binding.args.filters


def ended(journeys: Journeys) -> exp.Select:
    """Return the SELECT of journeys without a conversion: whose, and from when to when."""
    back = interval(journeys.binding.lookback_days * 24, "hour")
    start = exp.Sub(this=col("end_at", "e"), expression=back)
    return select_from(
        subquery(_never(journeys), "e"),
        [
            named(over(exp.RowNumber(), ()), ORDINAL),
            col("key", "e"),
            col("end_at", "e"),
            named(start, "start_at"),
            named(exp.LT(this=col("end_at", "e"), expression=_open_since(journeys)), "is_over"),
        ],
    ).where(*_in_period(journeys), copy=False)


def _open_since(journeys: Journeys) -> exp.Expr:
    context = journeys.context.layer.context
    day = context.data_end - timedelta(days=OPEN_DAYS)
    return literal_time(context.calendar.to_utc(day))


def _in_period(journeys: Journeys) -> list[exp.Expr]:
    time, calendar = journeys.binding.args.time, journeys.context.layer.context.calendar
    out: list[exp.Expr] = []
    if time is not None and time.start is not None:
        start = literal_time(calendar.to_utc(time.start))
        out.append(exp.GTE(this=col("end_at", "e"), expression=start))
    if time is not None and time.end is not None:
        end = literal_time(calendar.to_utc(time.end))
        out.append(exp.LT(this=col("end_at", "e"), expression=end))
    return out


def open_tree(journeys: Journeys) -> exp.Select:
    """Return the statement that counts ended and open journeys without a conversion."""
    done = exp.Count(this=when(col("is_over"), number(1)), big_int=True)
    still = exp.Sub(this=count_all(), expression=done.copy())
    select = select_from(table(ENDED, "e"), [named(done, "ended"), named(still, "open")])
    return with_ctes(select, sources(journeys))
