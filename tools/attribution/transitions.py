"""Transitions between groups over converting and non-converting journeys, counted in SQL.

A non-converting journey is the touches of a person or account that never converted, from its
last touch back over the lookback. One whose last touch is recent may still convert: it is open,
and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.rows import interval, literal_time
from semantic_layer.credit.nodes import (
    CONVERSIONS,
    ORDINAL,
    TOUCHES,
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
from tools.attribution.markov import CONVERSION, NULL, START, Group, State, Transition

OPEN_DAYS = 90
"""A journey without a conversion is over when nothing happened for this long."""
MAX_TRANSITIONS = 2_000_000
_ENDED, _STEPS = "_askmql_ended", "_askmql_steps"


def transition_tree(journeys: Journeys, order: int, *, has_amount: bool) -> exp.Select:
    """Return the statement that counts (states before, group, is last, converted).

    Columns: step (position up to order + 1), before_order .. before_1, grp, is_last, is_conversion,
    journeys, cents.
    """
    earlier = [f"before_{n}" for n in range(order, 0, -1)]
    keys = ["step", *earlier, "grp", "is_last", "is_conversion"]
    cents = exp.Sum(this=col("cents")) if has_amount else number(0)
    counted = select_from(
        table(_STEPS, "s"),
        [*map(col, keys), named(count_all(), "journeys"), named(cents, "cents")],
    ).group_by(*map(col, keys), copy=False)
    ctes = [*_sources(journeys), (_STEPS, _steps(journeys, order, has_amount=has_amount))]
    return with_ctes(counted, ctes)


def _sources(journeys: Journeys) -> list[tuple[str, exp.Query]]:
    return [*journeys.ctes(), (_ENDED, _ended(journeys))]


def _population(journeys: Journeys) -> exp.Select:
    """Touches of the conversions' population, whether or not they convert."""
    filters = (*journeys.binding.args.touch_filters, *_shared(journeys))
    return touches(replace(journeys, binding=_with_args(journeys, touch_filters=filters)))


def _never(journeys: Journeys) -> exp.Select:
    """Whose journeys never converted, and when their last touch was."""
    every = replace(journeys, binding=_with_args(journeys, time=None, filters=(), basis="close"))
    done = select_from(subquery(conversions(every), "d"), [col("key", "d")])
    last = named(exp.Max(this=col("ts", "t")), "end_at")
    select = select_from(subquery(_population(journeys), "t"), [col("key", "t"), last])
    on = exp.EQ(this=col("key", "t"), expression=col("key", "d"))
    select.join(subquery(done.distinct(copy=False), "d"), on=on, join_type="left", copy=False)
    has_key = exp.Not(this=is_null(col("key", "t")))
    select.where(is_null(col("key", "d")), has_key, copy=False)
    return select.group_by(col("key", "t"), copy=False)


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


def _ended(journeys: Journeys) -> exp.Select:
    """Journeys that ended without a conversion: whose, and from when to when."""
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


def _steps(journeys: Journeys, order: int, *, has_amount: bool) -> exp.Query:
    """Steps of converting journeys and of those that ended without a conversion.

    Both are matched to one reading of the touches where they are of the same ones.
    """
    ended, converting = _ended_head(), _converting_head(has_amount=has_amount)
    if not journeys.binding.args.filters:
        heads = exp.Union(this=converting, expression=ended, distinct=False)
        return _numbered(_matched(heads, table(TOUCHES, "t")), order)
    population = subquery(_population(journeys), "t")
    matched = _matched(converting, table(TOUCHES, "t")), _matched(ended, population)
    return _numbered(exp.Union(this=matched[0], expression=matched[1], distinct=False), order)


_HEAD = (ORDINAL, "key", "start_at", "end_at")


def _converting_head(*, has_amount: bool) -> exp.Select:
    cents = col("cents", "c") if has_amount else number(0.0)
    columns = [*(col(name, "c") for name in _HEAD), named(cents, "cents")]
    return select_from(table(CONVERSIONS, "c"), columns)


def _ended_head() -> exp.Select:
    """Journeys that are over; their numbers go down from -1, apart from those of conversions."""
    columns = [named(exp.Neg(this=col(ORDINAL, "c")), ORDINAL)]
    columns += [col(name, "c") for name in _HEAD[1:]]
    columns += [named(number(0.0), "cents")]
    return select_from(table(_ENDED, "c"), columns).where(col("is_over", "c"), copy=False)


def _matched(heads: exp.Query, touched: exp.Expr) -> exp.Select:
    """Return the touches of each journey."""
    group = exp.cast(col("grp", "t"), "VARCHAR")
    columns = [
        col(ORDINAL, "c"),
        col("ts", "t"),
        col("touch_id", "t"),
        named(group, "grp"),
        col("cents", "c"),
    ]
    on = exp.and_(
        exp.EQ(this=col("key", "c"), expression=col("key", "t")),
        exp.LTE(this=col("ts", "t"), expression=col("end_at", "c")),
        exp.GTE(this=col("ts", "t"), expression=col("start_at", "c")),
    )
    select = select_from(subquery(heads, "c"), columns)
    return select.join(touched, on=on, join_type="inner", copy=False)


def _numbered(steps: exp.Query, order: int) -> exp.Select:
    mine, by_time = [col(ORDINAL)], [col("ts"), col("touch_id")]
    position = over(exp.RowNumber(), mine, by_time)
    columns: list[exp.Expr] = [
        col(ORDINAL),
        col("grp"),
        col("cents"),
        named(exp.GT(this=col(ORDINAL), expression=number(0)), "is_conversion"),
        named(exp.Least(this=position, expressions=[number(order + 1)]), "step"),
        named(is_null(over(exp.Lead(this=col(ORDINAL)), mine, by_time)), "is_last"),
    ]
    for n in range(1, order + 1):
        before = exp.Lag(this=col("grp"), offset=number(n))
        columns.append(named(over(before, mine, by_time), f"before_{n}"))
    return select_from(subquery(steps, "j"), columns)


def open_tree(journeys: Journeys) -> exp.Select:
    """Return the statement that counts ended and open journeys without a conversion."""
    done = exp.Count(this=when(col("is_over"), number(1)), big_int=True)
    still = exp.Sub(this=count_all(), expression=done.copy())
    select = select_from(table(_ENDED, "e"), [named(done, "ended"), named(still, "open")])
    return with_ctes(select, _sources(journeys))


def chain_of(rows: Sequence[Sequence[object]], order: int) -> list[Transition]:
    """Turn counted rows into transitions between states."""
    counts: dict[tuple[State, State], float] = {}
    values: dict[tuple[State, State], float] = {}

    def add(source: State, target: State, count: float, value: float = 0) -> None:
        counts[source, target] = counts.get((source, target), 0) + count
        values[source, target] = values.get((source, target), 0) + value

    for row in rows:
        step, *groups, is_last, is_conversion, count, cents = row
        source, state = _states(int(str(step)), [_text(g) for g in groups], order)
        add(source, state, float(str(count)))
        if is_last:
            end = CONVERSION if is_conversion else NULL
            add(state, end, float(str(count)), float(str(cents or 0)))
    return [Transition(a, b, n, values[a, b]) for (a, b), n in counts.items()]


def _text(value: object) -> Group:
    return None if value is None else str(value)


def _states(step: int, groups: Sequence[Group], order: int) -> tuple[State, State]:
    """Return the state before and the state of a touch at `step` (1, 2, ... order + 1)."""
    if order == 1:
        before, here = groups
        return (START if step == 1 else before), here
    second, first, here = groups
    state: State = (START if step == 1 else first, here)
    if step == 1:
        return START, state
    return (START if step == 2 else second, first), state


def set_tree(journeys: Journeys, groups: Mapping[Group, int], *, has_amount: bool) -> exp.Select:
    """Return the statement that counts journeys by their set of groups, as a bit mask.

    Columns: mask, is_conversion, journeys, cents.
    """
    rows = [
        exp.Select(
            expressions=[
                named(exp.null() if g is None else exp.Literal.string(g), "grp"),
                named(number(2**bit), "bit"),
            ]
        )
        for g, bit in groups.items()
    ]
    bits: exp.Query = rows[0]
    for row in rows[1:]:
        bits = exp.Union(this=bits, expression=row, distinct=False)
    mine = [col("is_conversion", "s"), col(ORDINAL, "s"), col("cents", "s"), col("bit", "b")]
    member = select_from(table(_STEPS, "s"), mine).distinct(copy=False)
    same = exp.NullSafeEQ(this=col("grp", "s"), expression=col("grp", "b"))
    member.join(subquery(bits, "b"), on=same, join_type="inner", copy=False)
    keys = [col("is_conversion"), col(ORDINAL), col("cents")]
    mask = named(exp.Sum(this=col("bit")), "mask")
    masks = select_from(subquery(member, "m"), [*keys, mask]).group_by(*keys, copy=False)
    counted = select_from(
        subquery(masks, "k"),
        [
            col("mask"),
            col("is_conversion"),
            named(count_all(), "journeys"),
            named(exp.Sum(this=col("cents")), "cents"),
        ],
    ).group_by(col("mask"), col("is_conversion"), copy=False)
    ctes = [*_sources(journeys), (_STEPS, _steps(journeys, 1, has_amount=has_amount))]
    return with_ctes(counted, ctes)
