"""The role `customer` and the account it belongs to, or what is missing in the definitions."""

from __future__ import annotations

from semantic_layer import QueryError
from semantic_layer.customer_roles import CustomerRole
from semantic_layer.lead_roles import AccountRole
from tools.base import ToolContext


def customer_role(context: ToolContext) -> CustomerRole:
    """Return the customer role.

    Raises:
        QueryError: The definitions declare none.
    """
    role = context.layer.definitions.roles.customer
    if role is None:
        raise QueryError(
            "NO_CUSTOMER_ROLE",
            "The definitions do not say what a customer is.",
            hint="Declare `roles: {customer: {orders: ...}}`; `askmql schema` shows how.",
        )
    return role


def account_role(context: ToolContext) -> AccountRole:
    """Return the account role.

    Raises:
        QueryError: The definitions declare none.
    """
    role = context.layer.definitions.roles.account
    if role is None:
        raise QueryError(
            "ROLE_MISSING",
            "This company does not declare which model holds the account.",
            hint="Declare `roles.account` in the definitions.",
        )
    return role
