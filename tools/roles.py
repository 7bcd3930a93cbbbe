"""The roles that a tool cannot do without: the role, or what to declare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from semantic_layer import QueryError

RoleT = TypeVar("RoleT")

_MISSING: Mapping[str, tuple[str, str]] = {
    "lead": ("NO_LEAD_ROLE", "The definitions do not say what a lead is."),
    "customer": ("NO_CUSTOMER_ROLE", "The definitions do not say what a customer is."),
    "identity": (
        "NO_IDENTITY_ROLE",
        "The definitions do not say which records may be the same human.",
    ),
}
"""Role -> the error's code and message; `ROLE_MISSING` for the others."""


def needed(role: RoleT | None, name: str) -> RoleT:
    """Return the role of that name.

    Raises:
        QueryError: The definitions declare none.
    """
    if role is not None:
        return role
    general = f"This company does not declare which model holds the {name}."
    code, message = _MISSING.get(name, ("ROLE_MISSING", general))
    hint = f"Declare `roles.{name}` in the definitions; `askmql schema` shows how."
    raise QueryError(code, message, hint=hint)
