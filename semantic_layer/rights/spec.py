"""The contents of `policies.yml` as pydantic models: what an administrator may write."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from semantic_layer.model import Id, Label, NonEmpty, Spec

MaskKind = Literal["phone", "email", "name", "all", "hash"]
"""How a column is shown: shortened by its kind, not at all, or as a keyed pseudonym."""
Masks = dict[Id, dict[NonEmpty, MaskKind]]
"""Model -> column -> kind."""
Names = Literal["shown", "masked"]
"""Whether people (`roles.person`) are named in full to whoever may see their row."""
Rows = dict[Id, str | tuple[str, ...]]
"""Dimension -> values, or `user.<attribute>`."""


class Choice(Spec):
    """Which metrics or tools may be used: all, `only` these, or all but `deny`."""

    only: tuple[NonEmpty, ...] | None = None
    deny: tuple[NonEmpty, ...] = ()

    def denies(self, name: str) -> bool:
        """Whether `name` may not be used."""
        return name in self.deny or (self.only is not None and name not in self.only)


class SourceRule(Spec):
    """A row rule of one model; it replaces what the role says of every model."""

    rows: Rows = {}
    where: NonEmpty | None = None
    """A condition over the model's columns and to-one joins."""


class Role(Spec):
    """What the holders of a role may see.

    `rows` maps a dimension to values, or to `user.<attribute>`. A model that does not
    bind such a dimension is denied, unless it is listed under `shared`.
    """

    label: Label | None = None
    preset: Literal["admin", "analyst", "manager", "sales"] | None = None
    """Defaults that the role's own keys replace; see `PRESETS`."""
    sees: Id | None = None
    """A level of the organisation: own nodes of it and all below. `group` is everything."""
    rows: Rows = {}
    sources: dict[Id, SourceRule] = {}
    shared: tuple[Id, ...] = ()
    denied: tuple[Id, ...] = ()
    hide: dict[Id, tuple[str, ...]] = {}
    mask: Masks = {}
    metrics: Choice = Choice()
    tools: Choice = Choice()
    nothing: bool = False
    may_use_sql: bool = False
    personal: bool = False
    """May see personal data: dimensions marked `personal`, unmasked columns, small groups."""
    names: Names | None = None
    """Whether people are named; default: what `personal.names` says."""

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, data: Any) -> Any:
        preset = data.get("preset") if isinstance(data, dict) else None
        known = PRESETS.get(preset, {}) if isinstance(preset, str) else {}
        return {**known, **data} if known else data


PRESETS: dict[str, dict[str, Any]] = {
    "admin": {"personal": True, "may_use_sql": True},
    "analyst": {"personal": False, "may_use_sql": True},
    "manager": {"personal": False, "may_use_sql": False},
    "sales": {
        "personal": False,
        "may_use_sql": False,
        "tools": {"deny": ["suggest_budget"]},
        "names": "shown",
    },
}


class User(Spec):
    """One person known to the product."""

    name: Label | None = None
    role: str
    attributes: dict[str, tuple[str, ...]] = {}
    email: str = ""
    """Verified by the company; a channel that vouches for the same address means this person."""
    accounts: dict[str, str] = {}
    """Channel -> the person's id there, such as `wecom: zhangsan`."""


class PeopleSource(Spec):
    """People read from a model of the definitions: who they are, and their attributes."""

    model: Id
    id: NonEmpty
    name: NonEmpty | None = None
    role: NonEmpty
    roles: dict[str, str] = {}
    """Stored value of `role` -> role here; a value that is not listed is nobody."""
    attributes: dict[str, NonEmpty] = {}
    """Attribute -> fragment over the model's columns."""


class Directory(Spec):
    """People read from a CSV file of the project, one row each, several values by `;`."""

    file: NonEmpty
    id: NonEmpty = "user"
    name: NonEmpty | None = None
    role: NonEmpty = "role"
    attributes: dict[str, NonEmpty] = {}
    """Attribute -> column."""


class Level(Spec):
    """One level of the organisation and the dimension that cuts rows by it."""

    id: Id
    dimension: Id


class OrgSource(Spec):
    """The organisation read from a model: a fragment for each level."""

    model: Id
    columns: dict[Id, NonEmpty]


class Organisation(Spec):
    """The tree from business units down to persons.

    `tree` nests names: `{unit: {team: [person, ...]}}`; `source` reads it from a model.
    """

    levels: tuple[Level, ...] = Field(min_length=1)
    tree: dict[str, Any] = {}
    source: OrgSource | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Organisation:
        if bool(self.tree) == (self.source is not None):
            msg = "give exactly one of `tree` and `source`"
            raise ValueError(msg)
        return self


class Personal(Spec):
    """What is personal data, for every role that is not `personal: true`."""

    columns: Masks = {}
    models: tuple[Id, ...] = ()
    """Models with one row per person: groups smaller than `k` are not shown."""
    k: int = Field(default=5, ge=2, le=1000)
    names: Names = "masked"


class Grant(Spec):
    """Rows of others, opened on purpose: who, which rows of which models, until when."""

    users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    rows: Rows = Field(min_length=1)
    models: tuple[Id, ...] = Field(min_length=1)
    until: date | None = None
    """First day on which it no longer holds."""
    reason: NonEmpty


class Policies(Spec):
    """The contents of `policies.yml`."""

    version: int = Field(default=1, ge=1, le=1)
    personal: Personal = Personal()
    org: Organisation | None = None
    people: PeopleSource | None = None
    directory: Directory | None = None
    roles: dict[str, Role] = {}
    users: dict[str, User] = {}
    grants: tuple[Grant, ...] = ()


def attribute_of(rule: str | tuple[str, ...]) -> str | None:
    """Return the attribute that a row rule takes its values from, if it does."""
    named = isinstance(rule, str) and rule.startswith("user.")
    return str(rule).removeprefix("user.") if named else None
