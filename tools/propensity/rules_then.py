"""The score that the rules gave each lead on the day on which the model is asked.

So model and rules are measured on the same rows, with the same knowledge.
"""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field, Window
from semantic_layer.compile.rows import interval
from semantic_layer.scoring import ModelSpec, Scoring, days_of
from tools.base import ToolContext
from tools.leads.levels import POINTS, number
from tools.leads.points import aged, capped, clamped
from tools.leads.rows import lead_role, subquery

ID, RULES = "lead", "rule_score"
_L, _T, _D = "l", "t", "d"


def rules_then(
    context: ToolContext, scoring: Scoring, model: ModelSpec, window: Window
) -> exp.Select:
    """Return lead -> `rule_score`, as of `known_after` its creation."""
    role = lead_role(context)
    texts = {ID: Field(role.id), "person": Field(role.person or role.id), "made_at": Field(role.at, "wall")}  # fmt: skip
    texts |= {POINTS + rule.id: Field(rule.when) for rule in scoring.attributes}
    leads = context.layer.relation(role.model, texts, context.scope, window=window)
    total: exp.Expr = number(0)
    for rule in scoring.attributes:
        given = exp.Case().when(quoted(POINTS + rule.id, _L), number(rule.points)).else_(number(0))
        total = exp.Add(this=total, expression=given)
    behaviour = _behaviour(context, scoring, model, leads)
    if behaviour is not None:
        done = exp.func("COALESCE", quoted(RULES, _D), number(0))
        total = exp.Add(this=total, expression=done)
    score = exp.alias_(clamped(scoring, total), RULES, quoted=True)
    tree = exp.select(quoted(ID, _L), score).from_(subquery(leads, _L))
    if behaviour is None:
        return tree
    same = exp.EQ(this=quoted(ID, _L), expression=quoted(ID, _D))
    return tree.join(subquery(behaviour, _D), on=same, join_type="left", copy=False)


def _behaviour(
    context: ToolContext, scoring: Scoring, model: ModelSpec, leads: exp.Select
) -> exp.Select | None:
    """Return lead -> points of behaviour that was known by then."""
    touch = context.layer.definitions.roles.touchpoint
    if touch is None or touch.person is None or not scoring.behaviours:
        return None
    texts = {"person": Field(touch.person), "at": Field(touch.at, "wall")}
    texts |= {rule.id: Field(rule.when) for rule in scoring.behaviours}
    rows = context.layer.relation(touch.model, texts, context.scope)
    then = exp.Add(
        this=quoted("made_at", _L), expression=interval(days_of(model.known_after), "day")
    )
    known = exp.LTE(this=quoted("at", _T), expression=then)
    person = exp.EQ(this=quoted("person", _L), expression=quoted("person", _T))
    age = exp.DateDiff(
        this=exp.cast(then.copy(), "DATE"),
        expression=exp.cast(quoted("at", _T), "DATE"),
        unit=exp.var("DAY"),
    )
    total: exp.Expr = number(0)
    for rule in scoring.behaviours:
        points = capped(rule, aged(rule, quoted(rule.id, _T), age))
        total = exp.Add(this=total, expression=points)
    tree = exp.select(quoted(ID, _L), exp.alias_(total, RULES, quoted=True))
    tree = tree.from_(subquery(leads.copy(), _L))
    on = exp.And(this=person, expression=known)
    return tree.join(subquery(rows, _T), on=on, copy=False).group_by(quoted(ID, _L), copy=False)
