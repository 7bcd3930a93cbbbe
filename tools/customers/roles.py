"""The role `customer` and the account it belongs to, or what is missing in the definitions."""

from __future__ import annotations

from importlib.util import find_spec

from semantic_layer import QueryError
from semantic_layer.customer_roles import CustomerRole
from semantic_layer.lead_roles import AccountRole
from tools.base import ToolContext
from tools.roles import needed


def customer_role(context: ToolContext) -> CustomerRole:
    """Return the customer role.

    Raises:
        QueryError: The definitions declare none.
    """
    return needed(context.layer.definitions.roles.customer, "customer")


def account_role(context: ToolContext) -> AccountRole:
    """Return the account role.

    Raises:
        QueryError: The definitions declare none.
    """
    return needed(context.layer.definitions.roles.account, "account")


def has_library(name: str) -> bool:
    """Whether a library of the extra `ml` is installed."""
    return find_spec(name) is not None


def need_library(name: str) -> None:
    """Refuse what cannot be computed without a library of the extra `ml`.

    Raises:
        QueryError: It is not installed.
    """
    if not has_library(name):
        raise QueryError(
            "NEEDS_ML",
            f"This needs `{name}`, which is not installed.",
            hint="Install the extra: pip install 'askmql[ml]'.",
        )
