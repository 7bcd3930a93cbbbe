"""Roles of the people side: persons, accounts, leads with notes, deals, raw identities.

Every text is a fragment over the role's model, as elsewhere in the roles.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from semantic_layer.spec import Id, Label, NonEmpty, Span, SpanField, Spec
from semantic_layer.timegrain import TimeGrain


class PersonRole(Spec):
    """Which model holds people, and what a person is called."""

    model: Id
    id: NonEmpty
    """What touches and stages call `person`."""
    name: NonEmpty
    account: NonEmpty | None = None
    identity: NonEmpty | None = None
    """The human behind the record: records with the same value are one person."""
    attributes: dict[Id, NonEmpty] = {}
    """What may be shown of a person to everybody who may see the row; `title` is their job."""
    personal: dict[Id, NonEmpty] = {}
    """Shown only to those to whom a rule opens personal data, such as a phone number."""
    visitor: NonEmpty | None = None
    """The id that page visits carry."""


class AccountRole(Spec):
    """Which model holds companies, and what a company is called."""

    model: Id
    id: NonEmpty
    name: NonEmpty


class LeadAttribute(Spec):
    """One thing known of a lead. Its label defaults to the dimension of the same id."""

    column: NonEmpty
    label: Label | None = None


def _attribute(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


Signal = Literal["need", "budget", "competitor", "promise", "objection"]


class NotesRole(Spec):
    """Free notes on leads. Their text is quoted, never obeyed.

    `signals` adds words that tell what a clause of a note is about (a competitor's name,
    say) to the general ones that the product knows.
    """

    model: Id
    id: NonEmpty
    lead: NonEmpty
    at: NonEmpty
    text: NonEmpty
    author: NonEmpty | None = None
    method: NonEmpty | None = None
    signals: dict[Signal, tuple[NonEmpty, ...]] = {}


class PagesRole(Spec):
    """Visits of pages by visitor id."""

    model: Id
    visitor: NonEmpty
    at: NonEmpty
    page: NonEmpty


class LeadRole(Spec):
    """Leads: who, whose, since when, what is known, what was noted."""

    model: Id
    id: NonEmpty
    at: NonEmpty
    person: NonEmpty | None = None
    account: NonEmpty | None = None
    owner: NonEmpty | None = None
    owner_name: NonEmpty | None = None
    open: NonEmpty | None = None
    """Condition of a lead that is still worth a call; default: every lead."""
    closed: NonEmpty | None = None
    """When it was given up."""
    closed_reason: NonEmpty | None = None
    first_followup: NonEmpty | None = None
    duplicate_of: NonEmpty | None = None
    attributes: dict[Id, Annotated[LeadAttribute, BeforeValidator(_attribute)]] = {}
    notes: NotesRole | None = None
    pages: PagesRole | None = None


class StageHistory(Spec):
    """When a deal entered its stages."""

    model: Id
    deal: NonEmpty
    at: NonEmpty


class DealRole(Spec):
    """Opportunities: of which account and lead, how much, how far, since when."""

    model: Id
    id: NonEmpty
    at: NonEmpty
    account: NonEmpty | None = None
    lead: NonEmpty | None = None
    name: NonEmpty | None = None
    amount: NonEmpty | None = None
    stage: NonEmpty | None = None
    closed: NonEmpty | None = None
    won: NonEmpty | None = None
    history: StageHistory | None = None
    stalled_after: SpanField = Span(count=30, grain=TimeGrain.DAY)


KeyKind = Literal["phone", "email", "id"]


class IdentityKey(Spec):
    """One column that can tell that two records are the same human."""

    id: Id
    column: NonEmpty
    kind: KeyKind
    label: Label | None = None


class IdentityRole(Spec):
    """Raw person records of several systems, and the columns that tell them apart."""

    model: Id
    id: NonEmpty
    at: NonEmpty
    keys: tuple[IdentityKey, ...] = Field(min_length=1)
    name: NonEmpty | None = None
    company: NonEmpty | None = None
    title: NonEmpty | None = None
    source: NonEmpty | None = None
