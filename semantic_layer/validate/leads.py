"""What `validate` checks of the lead roles and of `scoring`: every text and where it lives."""

from __future__ import annotations

from collections.abc import Iterator

from semantic_layer.lead_roles import LeadRole
from semantic_layer.model import Roles
from semantic_layer.scoring import Scoring

Path_ = tuple[str | int, ...]
Texts = tuple[str | None, ...]


def lead_texts(roles: Roles) -> Iterator[tuple[Path_, str, Texts]]:
    """Yield (path below `roles`, model, fragments) of every role about people and deals."""
    person, account, deal, identity = roles.person, roles.account, roles.deal, roles.identity
    if person:
        texts = (person.id, person.name, person.account, person.identity, person.visitor)
        more = (*person.attributes.values(), *person.personal.values())
        yield ("person",), person.model, (*texts, *more)
    if account:
        yield ("account",), account.model, (account.id, account.name)
    if roles.lead:
        yield from _lead(roles.lead)
    if deal:
        texts = (deal.id, deal.at, deal.account, deal.lead, deal.name)
        yield ("deal",), deal.model, (*texts, deal.amount, deal.stage, deal.closed, deal.won)
        if deal.history:
            yield ("deal", "history"), deal.history.model, (deal.history.deal, deal.history.at)
    if identity:
        texts = (identity.id, identity.at, identity.name, identity.company, identity.title)
        yield ("identity",), identity.model, (*texts, identity.source)
        for i, key in enumerate(identity.keys):
            yield ("identity", "keys", i), identity.model, (key.column,)


def _lead(lead: LeadRole) -> Iterator[tuple[Path_, str, Texts]]:
    yield (
        ("lead",),
        lead.model,
        (lead.id, lead.at, lead.person, lead.account, lead.owner, lead.owner_name, lead.open,
         lead.closed, lead.closed_reason, lead.first_followup, lead.duplicate_of),
    )  # fmt: skip
    for name, attribute in lead.attributes.items():
        yield ("lead", "attributes", name), lead.model, (attribute.column,)
    notes = lead.notes
    if notes:
        texts = (notes.id, notes.lead, notes.at, notes.text, notes.author, notes.method)
        yield ("lead", "notes"), notes.model, texts
    pages = lead.pages
    if pages:
        yield ("lead", "pages"), pages.model, (pages.visitor, pages.at, pages.page)


def missing_roles(scoring: Scoring, roles: Roles) -> Iterator[tuple[Path_, str]]:
    """Yield (path below `scoring`, message) for every rule that lacks the role it reads."""
    if roles.lead is None:
        yield (), "`scoring` needs the role `lead`"
    if scoring.behaviours and (roles.touchpoint is None or roles.touchpoint.person is None):
        yield ("behaviours",), "behaviours need the role `touchpoint` with its `person`"
    stages = {stage.id for stage in roles.stages}
    if scoring.model and scoring.model.outcome not in stages:
        yield ("model", "outcome"), f"there is no stage `{scoring.model.outcome}`"


def scoring_texts(scoring: Scoring, roles: Roles) -> Iterator[tuple[Path_, str, str]]:
    """Yield (path below `scoring`, model, fragment) of every rule whose role is there."""
    if roles.lead is not None:
        for i, rule in enumerate(scoring.attributes):
            yield ("attributes", i, "when"), roles.lead.model, rule.when
        for name, text in (scoring.model.features if scoring.model else {}).items():
            yield ("model", "features", name), roles.lead.model, text
    if roles.touchpoint is not None:
        for i, behaviour in enumerate(scoring.behaviours):
            yield ("behaviours", i, "when"), roles.touchpoint.model, behaviour.when
