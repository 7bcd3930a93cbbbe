"""Training rows from the company's own leads, by the roles: what was known when, what came of it.

A lead is scored `known_after` its creation; only touches up to then are features. It counts
once its whole time `within` which the outcome may come is over.
"""

from __future__ import annotations

from datetime import date, timedelta
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
from tools.propensity.rules_then import ID, RULES, rules_then
from tools.propensity.spec import TrainingSpec

if TYPE_CHECKING:
    import pandas as pd

_MOST_ROWS = 2_000_000
OUTCOME, ORDER = "outcome", "created_at"
_TOUCHES = "touches: "


def training_rows(context: ToolContext) -> tuple[pd.DataFrame, TrainingSpec]:
    """Return one row per mature lead, and the specification to train on.

    Raises:
        QueryError: The definitions do not say what to learn.
    """
    scoring = scoring_of(context)
    model = _model(scoring)
    raw = _run(context, _tree(context, scoring, model))
    spec = TrainingSpec(
        outcome=OUTCOME,
        id=ID,
        order=ORDER,
        rules_score=RULES,
        late=model.late,
        fairness=model.fairness,
    )
    return raw, spec


def _model(scoring: Scoring) -> ModelSpec:
    if scoring.model is None:
        raise QueryError(
            "NO_MODEL_SPEC", "`scoring:` has no `model:`.", hint="Name its `outcome` stage."
        )
    return scoring.model


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


def live_rows(context: ToolContext, start: date | None, end: date | None) -> pd.DataFrame:
    """Return the features of the leads created from `start` until before `end`, no outcome.

    Raises:
        QueryError: The definitions do not say what to learn.
        DeniedError: The asker may not see a feature.
    """
    scoring = scoring_of(context)
    model = _model(scoring)
    role = lead_role(context)
    window = Window(role.at, start, end or context.layer.context.as_of + timedelta(days=1))
    return _run(context, _features_tree(context, scoring, model, window))


def _run(context: ToolContext, tree: exp.Select) -> pd.DataFrame:
    import pandas as pd

    found = context.layer.run_tree(tree, context.scope, max_rows=_MOST_ROWS)
    raw = pd.DataFrame(list(found.rows), columns=list(found.columns))
    return raw.map(lambda v: "" if v is None else str(v))


def _tree(context: ToolContext, scoring: Scoring, model: ModelSpec) -> exp.Select:
    """Return one row per mature lead with its features and its outcome."""
    end = context.layer.context.as_of - timedelta(days=days_of(model.within) - 1)
    window = Window(lead_role(context).at, None, end)
    tree = _features_tree(context, scoring, model, window)
    reached = exp.Case().when(_within(model), exp.Literal.number(1)).else_(exp.Literal.number(0))
    tree = tree.select(exp.alias_(reached, OUTCOME, quoted=True), copy=False)
    tree = tree.select(quoted(RULES, "r"), copy=False)
    joined = (("w", _won(context, model)), ("r", rules_then(context, scoring, model, window)))
    for alias, rows in joined:
        on = _same(ID, "l", alias)
        tree = tree.join(subquery(rows, alias), on=on, join_type="left", copy=False)
    return tree


def _features_tree(
    context: ToolContext, scoring: Scoring, model: ModelSpec, window: Window
) -> exp.Select:
    """Return one row per lead of the window with what was known when it is scored."""
    role, layer = lead_role(context), context.layer
    texts = {
        ID: Field(role.id),
        "person": Field(role.person or role.id),
        ORDER: Field(role.at, "wall"),
    }
    texts |= {name: Field(text) for name, text in _features(context, model).items()}
    leads = layer.relation(role.model, texts, context.scope, window=window)
    tree = exp.select(*(quoted(n, "l") for n in texts if n != "person")).from_(subquery(leads, "l"))
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
