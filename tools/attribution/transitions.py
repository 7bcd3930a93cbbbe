"""Transitions between groups over converting and non-converting journeys, counted in SQL.

Window functions over many small partitions cost more than a sort. So all touches are sorted once,
and neighbours are seen as they pass by (see `passing`).

Groups travel as small numbers: their names, wide and of any length, are put back at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from semantic_layer.credit.nodes import (
    CONVERSIONS,
    ORDINAL,
    TOUCHES,
    col,
    count_all,
    named,
    number,
    over,
    select_from,
    subquery,
    table,
    when,
    with_ctes,
)
from tools.attribution.journeys import Journeys, touches
from tools.attribution.markov import CONVERSION, NULL, START, Group, State, Transition
from tools.attribution.nulls import ENDED, population, sources
from tools.attribution.passing import DISORDER, ORDER, disorder, in_order

MAX_TRANSITIONS = 2_000_000
_NAMES, _MATCHED, _STEPS = "_askmql_names", "_askmql_matched", "_askmql_steps"


def transition_tree(
    journeys: Journeys, order: int, *, has_amount: bool, is_windowed: bool = False
) -> exp.Select:
    """Return the statement that counts (states before, group, is last, converted).

    Columns: step (position up to order + 1), before_order .. before_1, grp, is_last, is_conversion,
    journeys, cents, disorder (rows that did not come in order; see `is_disordered`).

    Args:
        journeys: Which conversions and touches.
        order: Touches in a state.
        has_amount: Whether conversions have money.
        is_windowed: Order each window itself instead of relying on the order of rows.
    """
    earlier = [f"before_{n}" for n in range(order, 0, -1)]
    keys = ["step", *earlier, "code", "is_last", "is_conversion"]
    cents = exp.Sum(this=col("cents")) if has_amount else number(0)
    sums = {"journeys": count_all(), "cents": cents, DISORDER: exp.Sum(this=col(DISORDER))}
    counted = select_from(
        table(_STEPS, "s"), [*map(col, keys), *(named(v, name) for name, v in sums.items())]
    ).group_by(*map(col, keys), copy=False)
    coded = (*earlier, "code")
    shown = [
        named(col("grp", f"of_{key}"), "grp" if key == "code" else key)
        if key in coded
        else col(key, "s")
        for key in (*keys, *sums)
    ]
    select = select_from(subquery(counted, "s"), shown)
    for key in coded:
        on = exp.EQ(this=col(key, "s"), expression=col("code", f"of_{key}"))
        select.join(table(_NAMES, f"of_{key}"), on=on, join_type="left", copy=False)
    steps = _numbered(order, has_amount=has_amount, is_windowed=is_windowed)
    return with_ctes(select, [*_matches(journeys, has_amount=has_amount), (_STEPS, steps)])


def _matches(journeys: Journeys, *, has_amount: bool) -> list[tuple[str, exp.Query]]:
    matched = _all_matched(journeys, has_amount=has_amount)
    return [*sources(journeys), (_NAMES, _names(journeys)), (_MATCHED, matched)]


def _names(journeys: Journeys) -> exp.Select:
    """The groups of touches, numbered: read apart, so that touches are not kept for it."""
    group = named(exp.cast(col("grp", "t"), "VARCHAR"), "grp")
    groups = select_from(subquery(touches(journeys), "t"), [group]).distinct(copy=False)
    code = named(exp.cast(over(exp.RowNumber(), ()), "INTEGER"), "code")
    return select_from(subquery(groups, "g"), [col("grp", "g"), code])


def _all_matched(journeys: Journeys, *, has_amount: bool) -> exp.Query:
    """Touches of converting journeys and of those that ended without a conversion.

    Both are matched to one reading of the touches where they are of the same ones.
    """
    ended, converting = _ended_head(has_amount=has_amount), _converting_head(has_amount=has_amount)
    if not journeys.binding.args.filters:
        heads = exp.Union(this=converting, expression=ended, distinct=False)
        return _matched(heads, table(TOUCHES, "t"), has_amount=has_amount)
    others = subquery(population(journeys), "t")
    return exp.Union(
        this=_matched(converting, table(TOUCHES, "t"), has_amount=has_amount),
        expression=_matched(ended, others, has_amount=has_amount),
        distinct=False,
    )


_HEAD = (ORDINAL, "key", "start_at", "end_at")


def _converting_head(*, has_amount: bool) -> exp.Select:
    columns = [col(name, "c") for name in (*_HEAD, *(["cents"] if has_amount else []))]
    return select_from(table(CONVERSIONS, "c"), columns)


def _ended_head(*, has_amount: bool) -> exp.Select:
    """Journeys that are over; their numbers go down from -1, apart from those of conversions."""
    columns = [named(exp.Neg(this=col(ORDINAL, "c")), ORDINAL)]
    columns += [col(name, "c") for name in _HEAD[1:]]
    columns += [named(number(0.0), "cents")] if has_amount else []
    return select_from(table(ENDED, "c"), columns).where(col("is_over", "c"), copy=False)


def _matched(heads: exp.Query, touched: exp.Expr, *, has_amount: bool) -> exp.Select:
    """Return the touches of each journey."""
    columns = [col(ORDINAL, "c"), col("ts", "t"), col("touch_id", "t"), col("code", "g")]
    columns += [col("cents", "c")] if has_amount else []
    on = exp.and_(
        exp.EQ(this=col("key", "c"), expression=col("key", "t")),
        exp.LTE(this=col("ts", "t"), expression=col("end_at", "c")),
        exp.GTE(this=col("ts", "t"), expression=col("start_at", "c")),
    )
    group = exp.cast(col("grp", "t"), "VARCHAR")
    same = exp.NullSafeEQ(this=group, expression=col("grp", "g"))
    select = select_from(subquery(heads, "c"), columns)
    select.join(touched, on=on, join_type="inner", copy=False)
    return select.join(table(_NAMES, "g"), on=same, join_type="inner", copy=False)


def _numbered(order: int, *, has_amount: bool, is_windowed: bool) -> exp.Select:
    """Every touch with the touches before it, whether it is the last, and whether it is in order."""
    window = (ORDER[:1], ORDER[1:]) if is_windowed else ((), ())

    def beside(name: str, places: int = 1, function: type[exp.Expr] = exp.Lag) -> exp.Expr:
        return over(function(this=col(name), offset=number(places)), *window)

    def follows(places: int) -> exp.Expr:
        return exp.NullSafeEQ(this=beside(ORDINAL, places), expression=col(ORDINAL))

    steps = [exp.If(this=exp.Not(this=follows(n)), true=number(n)) for n in range(1, order + 1)]
    columns: list[exp.Expr] = [
        col("code"),
        *([col("cents")] if has_amount else []),
        named(exp.GT(this=col(ORDINAL), expression=number(0)), "is_conversion"),
        named(exp.Case(ifs=steps, default=number(order + 1)), "step"),
        named(
            exp.NullSafeNEQ(this=beside(ORDINAL, 1, exp.Lead), expression=col(ORDINAL)), "is_last"
        ),
        named(number(0) if is_windowed else disorder(), DISORDER),
    ]
    columns += [
        named(when(follows(n), beside("code", n)), f"before_{n}") for n in range(1, order + 1)
    ]
    rows = table(_MATCHED, "j")
    return select_from(rows if is_windowed else subquery(in_order(rows), "j"), columns)


def is_disordered(rows: Iterable[Sequence[object]]) -> bool:
    """Whether any row of `transition_tree` was counted out of order."""
    return any(row[-1] for row in rows)


def chain_of(rows: Sequence[Sequence[object]], order: int) -> list[Transition]:
    """Turn counted rows into transitions between states."""
    counts: dict[tuple[State, State], float] = {}
    values: dict[tuple[State, State], float] = {}

    def add(source: State, target: State, count: float, value: float = 0) -> None:
        counts[source, target] = counts.get((source, target), 0) + count
        values[source, target] = values.get((source, target), 0) + value

    for row in rows:
        step, *groups, is_last, is_conversion, count, cents, _ = row
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
    is_conversion = exp.GT(this=col(ORDINAL, "s"), expression=number(0))
    cents = col("cents", "s") if has_amount else number(0)
    mine = [col(ORDINAL, "s"), col("bit", "b"), named(is_conversion, "is_conversion")]
    member = select_from(table(_MATCHED, "s"), [*mine, named(cents, "cents")])
    coded = exp.EQ(this=col("code", "s"), expression=col("code", "g"))
    same = exp.NullSafeEQ(this=col("grp", "g"), expression=col("grp", "b"))
    member.distinct(copy=False).join(table(_NAMES, "g"), on=coded, join_type="inner", copy=False)
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
    return with_ctes(counted, _matches(journeys, has_amount=has_amount))
