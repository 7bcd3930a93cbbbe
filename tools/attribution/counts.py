"""Small counts that the notes state: voided conversions, missing milestones, reused touches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from semantic_layer.credit.nodes import (
    CONVERSIONS,
    col,
    count_all,
    is_null,
    named,
    number,
    select_from,
    subquery,
    table,
    when,
    with_ctes,
)
from tools.attribution.journeys import Journeys, conversions, pairs


@dataclass(frozen=True)
class Counts:
    """What is said about the conversions and touches of an attribution.

    Attributes:
        void: Conversions left out because they are void.
        missing: Milestone -> conversions without its date.
        reused: Touches that are in the journeys of several conversions.
        is_rounded: Amounts have parts below a cent.
    """

    void: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    reused: int = 0
    is_rounded: bool = False


def counts(journeys: Journeys, *, has_amount: bool) -> Counts:
    """Count, in one statement (two when the stage can be void)."""
    layer, scope = journeys.context.layer, journeys.context.scope
    milestones = journeys.all_milestones
    columns: list[exp.Expr] = [_reused()]
    for name in milestones:
        missing = when(is_null(col(f"{name}_at", "c")), number(1), number(0))
        columns.append(named(_sum(missing), name))
    if has_amount:
        exact = col("amount", "c") * 100
        gap = exp.Abs(this=exp.Paren(this=exp.Sub(this=col("cents", "c"), expression=exact)))
        has_gap = exp.GT(this=gap, expression=number(0.001))
        columns.append(named(_sum(when(has_gap, number(1), number(0))), "inexact"))
    tree = with_ctes(select_from(table(CONVERSIONS, "c"), columns), journeys.ctes())
    row = [int(str(v or 0)) for v in layer.run_tree(tree, scope).rows[0]]
    missing_by = dict(zip(milestones, row[1:], strict=False))
    return Counts(_void(journeys), missing_by, row[0], has_amount and row[-1] > 0)


def _sum(value: exp.Expr) -> exp.Expr:
    return exp.func("COALESCE", exp.Sum(this=value), number(0))


def _reused() -> exp.Expr:
    """Touches that belong to more than one journey, as a scalar subquery."""
    inner = pairs([col("touch_id", "t")]).group_by(col("touch_id", "t"), copy=False)
    inner.having(exp.GT(this=count_all(), expression=number(1)), copy=False)
    return named(exp.Subquery(this=select_from(subquery(inner, "r"), [count_all()])), "reused")


def _void(journeys: Journeys) -> int:
    """Voided conversions: all less those kept."""
    binding, context = journeys.binding, journeys.context
    if not binding.stage.void:
        return 0
    every = replace(binding, stage=binding.stage.model_copy(update={"void": None}))
    with_void, kept = (
        select_from(subquery(conversions(replace(journeys, binding=b)), "v"), [count_all()])
        for b in (every, binding)
    )
    both = exp.Select(
        expressions=[
            named(exp.Subquery(this=with_void), "every"),
            named(exp.Subquery(this=kept), "kept"),
        ]
    )
    row = context.layer.run_tree(both, context.scope).rows[0]
    return int(str(row[0])) - int(str(row[1]))
