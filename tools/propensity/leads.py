"""Training rows from the company's own leads, by the roles: what was known when, what came of it.

A lead is scored `known_after` its creation; only touches up to then are features. It counts
once its whole time `within` which the outcome may come is over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field, Window
from semantic_layer.compile.rows import interval
from semantic_layer.model import StageRole
from semantic_layer.scoring import ModelSpec, Scoring, days_of
from tools.base import ToolContext
from tools.leads.rows import lead_role, personal, subquery
from tools.leads.score_tree import scoring_of
from tools.propensity.spec import TrainingSpec

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS = 2_000_000
OUTCOME, ID, ORDER = "outcome", "lead", "created_at"
_TOUCHES = "touches: "


def training_rows(context: ToolContext) -> tuple[pd.DataFrame, TrainingSpec]:
    """Return one row per mature lead, and the specification to train on.

    Raises:
        QueryError: The definitions do not say what to learn.
    """
    import pandas as pd

    scoring = scoring_of(context)
    if scoring.model is None:
        raise QueryError(
            "NO_MODEL_SPEC", "`scoring:` has no `model:`.", hint="Name its `outcome` stage."
        )
    tree = _tree(context, scoring, scoring.model)
    found = context.layer.run_tree(tree, context.scope, max_rows=_MOST_ROWS)
    raw = pd.DataFrame(list(found.rows), columns=list(found.columns))
    spec = TrainingSpec(
        outcome=OUTCOME,
        id=ID,
        order=ORDER,
        late=scoring.model.late,
        fairness=scoring.model.fairness,
    )
    return raw.map(lambda v: "" if v is None else str(v)), spec


def _features(context: ToolContext, model: ModelSpec) -> dict[str, str]:
    if model.features:
        return dict(model.features)
    role = lead_role(context)
    return {n: a.column for n, a in role.attributes.items() if not personal(context, n)}


def _stage(context: ToolContext, model: ModelSpec) -> StageRole:
    found = next((s for s in context.layer.definitions.roles.stages if s.id == model.outcome), None)
    if found is None or found.lead is None:
        raise QueryError(
            "NO_OUTCOME", f"The stage `{model.outcome}` does not say which lead it belongs to."
        )
    return found


def _tree(context: ToolContext, scoring: Scoring, model: ModelSpec) -> exp.Select:
    role, layer = lead_role(context), context.layer
    texts = {
        ID: Field(role.id),
        "person": Field(role.person or role.id),
        ORDER: Field(role.at, "wall"),
    }
    texts |= {name: Field(text) for name, text in _features(context, model).items()}
    end = layer.context.as_of - timedelta(days=days_of(model.within) - 1)
    leads = layer.relation(role.model, texts, context.scope, window=Window(role.at, None, end))
    won = _won(context, model)
    columns = [quoted(n, "l") for n in texts if n != "person"]
    reached = exp.Case().when(_within(model), exp.Literal.number(1)).else_(exp.Literal.number(0))
    tree = exp.select(*columns, exp.alias_(reached, OUTCOME, quoted=True)).from_(
        subquery(leads, "l")
    )
    tree = tree.join(subquery(won, "w"), on=_same(ID, "l", "w"), join_type="left", copy=False)
    done = _touches(context, scoring, model, leads)
    if done is None:
        return tree
    for rule in scoring.behaviours:
        count = exp.func("COALESCE", quoted(rule.id, "b"), exp.Literal.number(0))
        tree = tree.select(exp.alias_(count, _TOUCHES + rule.id, quoted=True), copy=False)
    return tree.join(subquery(done, "b"), on=_same(ID, "l", "b"), join_type="left", copy=False)


def _same(name: str, left: str, right: str) -> exp.Expr:
    return exp.EQ(this=quoted(name, left), expression=quoted(name, right))


def _won(context: ToolContext, model: ModelSpec) -> exp.Select:
    """Return lead -> when it first reached the outcome."""
    stage = _stage(context, model)
    texts = {ID: Field(stage.lead or ""), "at": Field(stage.at, "wall")}
    where = tuple(t for t in (stage.filter,) if t)
    rows = context.layer.relation(stage.model, texts, context.scope, where=where)
    first = exp.alias_(exp.Min(this=quoted("at", "o")), "at", quoted=True)
    return exp.select(quoted(ID, "o"), first).from_(subquery(rows, "o")).group_by(quoted(ID, "o"))


def _within(model: ModelSpec) -> exp.Expr:
    last = exp.Add(this=quoted(ORDER, "l"), expression=interval(days_of(model.within), "day"))
    return exp.LTE(this=quoted("at", "w"), expression=last)


def _touches(
    context: ToolContext, scoring: Scoring, model: ModelSpec, leads: exp.Select
) -> exp.Select | None:
    """Return lead -> touches of each behaviour that were known when it was scored."""
    touch = context.layer.definitions.roles.touchpoint
    if touch is None or touch.person is None or not scoring.behaviours:
        return None
    texts = {"person": Field(touch.person), "at": Field(touch.at, "wall")}
    texts |= {rule.id: Field(rule.when) for rule in scoring.behaviours}
    rows = context.layer.relation(touch.model, texts, context.scope)
    known = exp.Add(this=quoted(ORDER, "l"), expression=interval(days_of(model.known_after), "day"))
    before = exp.LTE(this=quoted("at", "t"), expression=known)
    on = exp.And(this=_same("person", "l", "t"), expression=before)
    counts = [
        exp.alias_(
            exp.Sum(
                this=exp.Case()
                .when(quoted(rule.id, "t"), exp.Literal.number(1))
                .else_(exp.Literal.number(0))
            ),
            rule.id,
            quoted=True,
        )
        for rule in scoring.behaviours
    ]
    tree = exp.select(quoted(ID, "l"), *counts).from_(subquery(leads.copy(), "l"))
    return tree.join(subquery(rows, "t"), on=on, copy=False).group_by(quoted(ID, "l"), copy=False)
