"""What `validate` checks of the role `customer`: every text, and what it needs beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from semantic_layer.customer_roles import CustomerRole

if TYPE_CHECKING:
    from semantic_layer.loader import Definitions
    from semantic_layer.model import Roles

Path_ = tuple[str | int, ...]
Texts = tuple[str | None, ...]


def customer_texts(roles: Roles) -> Iterator[tuple[Path_, str, Texts]]:
    """Yield (path below `roles`, model, fragments) of the role."""
    role = roles.customer
    if role is None:
        return
    o = role.orders
    texts = (o.id, o.account, o.at, o.amount, o.margin, o.product, o.void, o.filter)
    yield ("customer", "orders"), o.model, texts
    yield from _optional(role)
    if roles.account is not None:
        yield ("customer",), roles.account.model, (role.owner, *role.attributes.values())


def _optional(role: CustomerRole) -> Iterator[tuple[Path_, str, Texts]]:
    c, u, t, r = role.contract, role.usage, role.tickets, role.receivable
    if c:
        yield ("customer", "contract"), c.model, (c.account, c.start, c.end, c.void, c.filter)
    if u:
        yield ("customer", "usage"), u.model, (u.account, u.at, u.amount, u.filter)
    if t:
        texts = (t.account, t.opened, t.closed, t.rating, t.filter)
        yield ("customer", "tickets"), t.model, texts
    if r:
        own = (r.id, r.account, r.amount, r.at, r.due, r.void, r.filter)
        yield ("customer", "receivable"), r.model, own
        p = r.paid
        yield ("customer", "receivable", "paid"), p.model, (p.of, p.at, p.amount, p.filter)


def customer_wrongs(definitions: Definitions) -> Iterator[tuple[Path_, str, str]]:
    """Yield (path below `roles`, code, message) of what does not fit together."""
    roles = definitions.roles
    role = roles.customer
    if role is None:
        return
    if roles.account is None:
        yield ("customer",), "MISSING_ROLE", "the role `customer` needs the role `account`"
        return
    known = definitions.models.get(roles.account.model)
    dims = known.dims if known else {}
    for name in role.cross_sell.alike:
        if name not in dims:
            message = f"`{name}` is no dimension of the account's model {roles.account.model}"
            yield ("customer", "cross_sell", "alike"), "UNKNOWN_DIMENSION", message
    for name in (*role.asked_by.value, *role.asked_by.dormant):
        if name not in definitions.metrics:
            message = f"there is no metric `{name}`"
            yield ("customer", "asked_by"), "UNKNOWN_METRIC", message
    for field, names in (("late", role.late), ("fairness", role.fairness)):
        for name in names:
            if name not in role.attributes:
                message = f"`{name}` is no attribute of the customer"
                yield ("customer", field), "UNKNOWN_ATTRIBUTE", message
