"""What was spent on each group, from every declared cost that can tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer import DeniedError
from semantic_layer.compile.relation import Field, Window
from semantic_layer.credit.nodes import col, named, select_from, subquery
from semantic_layer.model import CostRole, Text
from semantic_layer.query import Filter, TimeRange
from tools.base import ToolContext
from tools.notes import Note, note


@dataclass(frozen=True)
class Costs:
    """Cost by group; `by_group` is None when it cannot be known."""

    by_group: dict[str | None, float] | None
    notes: tuple[Note, ...] = ()
    sql: tuple[str, ...] = field(default=())


def read_costs(
    context: ToolContext, by: str, time: TimeRange | None, filters: tuple[Filter, ...] = ()
) -> Costs:
    """Return the cost of each value of a dimension in a period.

    A cost that does not know the dimension (or a filter's) is left out and named. A cost that
    the asker may not see makes all cost unknown: part of it would pass for the whole.
    """
    roles = context.layer.definitions.roles.cost
    if not roles:
        return Costs(None, (note("NO_COST_ROLE"),))
    needed = [by, *(f.dimension for f in filters)]
    usable = [r for r in roles if all(d in _dims(context, r) for d in needed)]
    label = context.layer.definitions.dimensions[by].label
    if not usable:
        return Costs(None, (note("NO_COST_BY", dimension=label),))
    try:
        trees = [_tree(context, role, by, time, filters) for role in usable]
    except DeniedError:
        return Costs(None, (note("COST_DENIED"),))
    union: exp.Query = trees[0]
    for tree in trees[1:]:
        union = exp.Union(this=union, expression=tree, distinct=False)
    total = named(exp.Sum(this=col("amount")), "amount")
    tree = select_from(subquery(union, "k"), [col("grp"), total]).group_by(col("grp"), copy=False)
    result = context.layer.run_tree(tree, context.scope)
    found = {_text(g): float(str(a)) for g, a in result.rows if a is not None}
    return Costs(found, _partial(context, roles, usable))


def _dims(context: ToolContext, role: CostRole) -> dict[str, str]:
    return context.layer.definitions.models[role.model].dims


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _tree(
    context: ToolContext,
    role: CostRole,
    by: str,
    time: TimeRange | None,
    filters: tuple[Filter, ...],
) -> exp.Select:
    window = Window(role.at, time.start, time.end) if time else None
    rows = context.layer.relation(
        role.model,
        {"grp": Field(_dims(context, role)[by]), "amount": Field(role.amount)},
        context.scope,
        filters=filters,
        window=window,
    )
    return select_from(
        subquery(rows, "k"),
        [
            named(exp.cast(col("grp", "k"), "VARCHAR"), "grp"),
            named(exp.cast(col("amount", "k"), "DECIMAL(38, 4)"), "amount"),
        ],
    )


def _partial(
    context: ToolContext, roles: tuple[CostRole, ...], usable: list[CostRole]
) -> tuple[Note, ...]:
    models = context.layer.definitions.models

    def names(some: list[CostRole]) -> tuple[Text, ...]:
        return tuple(models[r.model].label or Text(en=r.model) for r in some)

    left = [r for r in roles if r not in usable]
    if not left:
        return ()
    return (note("COST_PART", included=names(usable), excluded=names(left)),)
