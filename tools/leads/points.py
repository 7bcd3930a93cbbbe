"""The formula of rule points, as SQL: every score is made of these three steps."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.scoring import BehaviourRule, Scoring, days_of
from tools.leads.levels import number

_FILLED = {"ignore_nulls": True}
"""For LEAST and GREATEST of values that are never NULL: without it each is written out thrice."""


def aged(rule: BehaviourRule, holds: exp.Expr, age: exp.Expr) -> exp.Expr:
    """Return a touch's weight, 0.5^(age / half life); NULL where the rule does not hold.

    Args:
        rule: The rule.
        holds: Whether the touch is one of the rule's.
        age: Whole days from the touch to the day of scoring.
    """
    fresh = exp.LT(this=age.copy(), expression=exp.Literal.number(days_of(rule.within)))
    lives = exp.Div(this=age.copy(), expression=number(days_of(rule.half_life)))
    both = exp.And(this=holds, expression=fresh)
    return exp.Case().when(both, exp.Pow(this=number(0.5), expression=lives))


def capped(rule: BehaviourRule, weight: exp.Expr) -> exp.Expr:
    """Return a rule's points over a group of touches: summed weights, no more than its cap."""
    summed = exp.func("COALESCE", exp.Sum(this=weight), number(0))
    points: exp.Expr = exp.Mul(this=summed, expression=number(rule.points))
    if rule.points >= 0:
        return exp.Least(this=points, expressions=[number(rule.cap)], **_FILLED)
    return exp.Greatest(this=points, expressions=[number(-rule.cap)], **_FILLED)


def clamped(scoring: Scoring, total: exp.Expr) -> exp.Expr:
    """Return a score from 0 to `max_score`, with one decimal."""
    most = exp.Least(this=total, expressions=[number(scoring.max_score)], **_FILLED)
    kept = exp.Greatest(this=most, expressions=[number(0)], **_FILLED)
    return exp.Round(this=kept, decimals=exp.Literal.number(1))
