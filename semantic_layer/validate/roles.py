"""Checks of roles and of scoring."""

from __future__ import annotations

from semantic_layer.lead_roles import PersonRole
from semantic_layer.model import (
    StageRole,
)
from semantic_layer.validate.checker import Checker
from semantic_layer.validate.customers import customer_texts, customer_wrongs
from semantic_layer.validate.leads import lead_texts, missing_roles, scoring_texts


def check_roles(checker: Checker) -> None:
    """Check that roles bind to models, columns and one another."""
    roles = checker.defs.roles
    touch = roles.touchpoint
    if touch:
        who = (touch.person, touch.account, touch.marketing, touch.direct)
        named = (touch.id, touch.at, *who)
        _role(checker, touch.model, (*named, *touch.dims.values()), "touchpoint")
        for dim in touch.dims:
            checker.known(
                "roles", "", dim, checker.defs.dimensions, "dimension", "touchpoint", "dims", dim
            )
    for i, stage in enumerate(roles.stages):
        texts = (stage.at, stage.amount, stage.filter, stage.void, stage.closed, stage.moved)
        keys = (stage.person, stage.account, stage.lead, stage.deal)
        ends = (stage.journey_end, stage.currency, *stage.milestones.values())
        _role(checker, stage.model, (*texts, *keys, *ends), "stages", i)
        _stage_id(checker, stage, i)
        if stage.metric is not None:
            checker.known("roles", "", stage.metric, checker.defs.metrics, "metric", "stages", i)
    for i, cost in enumerate(roles.cost):
        _role(checker, cost.model, (cost.amount, cost.at), "cost", i)
    for path, model, role_texts in (*lead_texts(roles), *customer_texts(roles)):
        _role(checker, model, role_texts, *path)
    for path, code, message in customer_wrongs(checker.defs):
        checker.add("roles", "", path, code, message)
    if roles.person:
        _person(checker, roles.person)
    _scoring(checker)


def _scoring(checker: Checker) -> None:
    scoring, roles = checker.defs.scoring, checker.defs.roles
    if scoring is None:
        return
    for path, message in missing_roles(scoring, roles):
        hint = "Declare it under `roles`, or leave this out."
        checker.add("scoring", "", path, "MISSING_ROLE", message, hint=hint)
    for path, model, text in scoring_texts(scoring, roles):
        if model in checker.defs.models:
            checker.fragment(model, text, "scoring", "", path)


def _stage_id(checker: Checker, stage: StageRole, index: int) -> None:
    if any(other.id == stage.id for other in checker.defs.roles.stages[:index]):
        message = f"stage `{stage.id}` is given twice"
        checker.add("roles", "", ("stages", index), "DUPLICATE_ID", message)


def _person(checker: Checker, person: PersonRole) -> None:
    for twice in sorted(set(person.attributes) & set(person.personal)):
        message = f"`{twice}` is both open and personal"
        checker.add("roles", "", ("person", "personal", twice), "DUPLICATE_ID", message)


def _role(checker: Checker, model: str, texts: tuple[str | None, ...], *path: str | int) -> None:
    """Check that a role's model exists and its fragments resolve there."""
    if checker.known("roles", "", model, checker.defs.models, "model", *path):
        for text in texts:
            if text is not None:
                checker.fragment(model, text, "roles", "", path)
