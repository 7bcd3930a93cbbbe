"""Places of touches without a sort, for weights without money.

A weight depends on the length of the journey and on whether a touch has a role. An order key, one
whole number made of time and touch id, makes a role's touch the least or greatest of its kind, so one
hash aggregate per conversion finds all of them, and a join back marks them.

Touches of one time and one id would share a role. The credits then add up to more than
there is; who reads them looks, and asks for the sorted form instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlglot import exp

from semantic_layer.credit.nodes import (
    ORDINAL,
    col,
    count_all,
    is_null,
    named,
    number,
    select_from,
    subquery,
    table,
    when,
)
from tools.attribution.journeys import Journeys, pairs
from tools.attribution.paths import Method, counts_name, is_marked, marks, with_digits, with_raw

PAIRS, ENDS = "_askmql_pairs", "_askmql_ends"
_WHOLE = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
)
_LAST_ID = 2**63 - 1
_CODES: Mapping[str, int] = MappingProxyType({"first": 1, "last": 2, "lead": 3, "opportunity": 4})
"""Role -> mark of its touch; of several roles on one touch the first counts, their place is one."""


def is_unsorted(journeys: Journeys, method: Method, *, has_amount: bool) -> bool:
    """Whether places can be had without a sort: ids are whole numbers, and nothing needs order."""
    touch, context = journeys.binding.touch, journeys.context.layer.context
    is_whole = context.column_type(touch.model, touch.id) in _WHOLE
    is_plain = method.middle == "all" and journeys.binding.args.basis == "close"
    return is_whole and is_plain and not has_amount and not method.with_direct


def _roles(method: Method) -> list[str]:
    used = frozenset[str]().union(*(m.shares for m in method.positions))
    return [role for role in _CODES if role in used]


def matched(journeys: Journeys, method: Method, *, with_day: bool = False) -> exp.Select:
    """Return the SELECT of every touch of every conversion, with its order key and marks."""
    columns: list[exp.Expr] = [col(ORDINAL, "c"), col("grp", "t")]
    roles = _roles(method)
    columns += [named(_order_key(), "place")] if roles else []
    columns += [named(marks(method), "marks")] if method.milestones else []
    columns += [col("ts", "t"), col("end_at", "c")] if method.ratios else []
    columns += [col("day", "t")] if with_day else []
    found = pairs(columns)
    return with_raw(found, method) if method.ratios else found


def _order_key() -> exp.Expr:
    """(ts, touch_id) as one number: no two ids are 2^64 apart."""
    micros = exp.cast(exp.func("EPOCH_US", col("ts", "t"), dialect="duckdb"), "INT128")
    touch_id = exp.func("COALESCE", col("touch_id", "t"), exp.Literal.number(_LAST_ID))
    return exp.Add(this=micros * exp.Literal.number(2**64), expression=touch_id)


def ends(method: Method) -> exp.Select:
    """Return the SELECT of every conversion with touches: their number, totals and role keys."""
    counted = exp.Sum(this=col("marks")) if method.milestones else count_all()
    columns = [col(ORDINAL), named(counted, counts_name(method))]
    columns += [named(exp.Sum(this=col(f"raw_{m.id}")), f"total_{m.id}") for m in method.ratios]
    columns += [named(_key(role, method), f"{role}_key") for role in _roles(method)]
    return select_from(table(PAIRS, "p"), columns).group_by(col(ORDINAL), copy=False)


def _key(role: str, method: Method) -> exp.Expr:
    """The order key of a role's touch; that of a milestone is the last touch before it."""
    if role == "first":
        return exp.Min(this=col("place"))
    if role == "last":
        return exp.Max(this=col("place"))
    return exp.Max(this=when(is_marked(role, method), col("place")))


def placed(method: Method) -> exp.Select:
    """Return the SELECT of every touch with what its weights depend on."""
    columns = [col("grp", "p"), col(counts_name(method), "e"), named(_role(method), "role")]
    for m in method.ratios:
        columns += [col(f"raw_{m.id}", "p"), col(f"total_{m.id}", "e")]
    on = exp.EQ(this=col(ORDINAL, "p"), expression=col(ORDINAL, "e"))
    return select_from(table(PAIRS, "p"), columns).join(
        table(ENDS, "e"), on=on, join_type="inner", copy=False
    )


def _role(method: Method) -> exp.Expr:
    tests = [
        exp.If(
            this=exp.EQ(this=col("place", "p"), expression=col(f"{role}_key", "e")),
            true=number(_CODES[role]),
        )
        for role in _roles(method)
    ]
    return exp.Case(ifs=tests, default=number(0)) if tests else number(0)


def with_positions(gathered: exp.Query, method: Method) -> exp.Select:
    """Add `pos` to gathered touches: that of their role, or 0."""
    counted = with_digits(gathered, method)
    at = {"first": number(1), "last": col("n")}
    tests = [
        exp.If(
            this=exp.EQ(this=col("role"), expression=number(_CODES[role])),
            true=at[role] if role in at else col(f"{role}_pos"),
        )
        for role in _roles(method)
    ]
    position = exp.Case(ifs=tests, default=number(0)) if tests else number(0)
    return select_from(subquery(counted, "p"), [exp.Star(), named(position, "pos")])


def doubled(method: Method, gathered: str) -> exp.Expr:
    """Return how many touches share a role with one of the same time and id, as a scalar.

    It is the number of touches with a role less the number of different role keys.
    """
    has_role = exp.GT(this=col("role"), expression=number(0))
    marked = select_from(table(gathered, "x"), [_total(col("touches"))]).where(has_role, copy=False)
    keys = [col(f"{role}_key") for role in _roles(method)]
    different = [when(_is_new(keys, n), number(1), number(0)) for n in range(len(keys))]
    expected = [select_from(table(ENDS, "e"), [_total(value)]) for value in different]
    out: exp.Expr = exp.Subquery(this=marked)
    for count in expected:
        out = exp.Sub(this=out, expression=exp.Subquery(this=count))
    return out


def _total(value: exp.Expr) -> exp.Expr:
    return exp.func("COALESCE", exp.Sum(this=value), number(0))


def _is_new(keys: Sequence[exp.Expr], place: int) -> exp.Expr:
    """The test that a role key exists and is none of the earlier ones."""
    has_key = exp.Not(this=is_null(keys[place]))
    others = [exp.NullSafeNEQ(this=keys[place].copy(), expression=k.copy()) for k in keys[:place]]
    return exp.and_(has_key, *others)
