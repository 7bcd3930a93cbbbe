"""Which account is meant, and what accounts are called: within the asker's view."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from semantic_layer.compile.relation import Field
from semantic_layer.model import Text
from tools.base import ToolContext
from tools.customers.facts import Known
from tools.customers.roles import account_role, customer_role
from tools.journey.lookup import find_subject
from tools.journey.reading import Reader
from tools.leads.rows import Read, Row, personal, read

_FEW = 500
"""Up to so many accounts are asked for by id; beyond, all are read once."""


@dataclass(frozen=True, slots=True)
class Found:
    """An account, and the part of its name by which it was found."""

    account: str
    partly: str = ""


def find_account(context: ToolContext, text: str) -> Found:
    """Return the account of that id or name, or of the only name that holds the text.

    Raises:
        QueryError: UNKNOWN_ACCOUNT or AMBIGUOUS_ACCOUNT, with names that fit.
    """
    reader = Reader(context.layer, context.scope)
    subject = find_subject(reader, context.layer.definitions.roles, "account", text)
    return Found(subject.id, subject.partly)


@dataclass(frozen=True, slots=True)
class Card:
    """How an account is shown; None is unknown, or not open to the asker."""

    name: str | None = None
    owner: str | None = None
    known: tuple[Known, ...] = ()


def cards(context: ToolContext, accounts: Collection[str]) -> dict[str, Card]:
    """Return name, owner and attributes of accounts."""
    role, customer = account_role(context), customer_role(context)
    if role.model in context.scope.denied or not accounts:
        return {}
    shown = {n: t for n, t in customer.attributes.items() if not personal(context, n)}
    texts = {"account": Field(role.id), "name": Field(role.name)}
    texts |= {f"known__{n}": Field(t) for n, t in shown.items()}
    if customer.owner is not None:
        texts["owner"] = Field(customer.owner)
    few = len(accounts) <= _FEW
    rows = read(context, Read(role.model, texts, {"account": tuple(accounts)} if few else {}))
    labels = {n: _label(context, n) for n in shown}
    return {str(r["account"]): _card(r, labels) for r in rows if str(r["account"]) in accounts}


def _card(row: Row, labels: dict[str, Text]) -> Card:
    source = (f"account:{row['account']}",)
    known = tuple(
        Known(id=n, label=label, value=str(row[f"known__{n}"]), sources=source)
        for n, label in labels.items()
        if row.get(f"known__{n}") is not None
    )
    return Card(_text(row.get("name")), _text(row.get("owner")), known)


def _label(context: ToolContext, name: str) -> Text:
    known = context.layer.definitions.dimensions.get(name)
    return known.label if known else Text(en=name.replace("_", " "))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
