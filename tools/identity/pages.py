"""Raw records as pages of keys, read through the rights door in the order of their ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.compile.relation import Field
from semantic_layer.lead_roles import IdentityRole, KeyKind
from tools.base import ToolContext
from tools.identity.normal import KEYS, company_key, domain_of, email_key, name_key
from tools.leads.rows import fields, subquery
from tools.roles import needed

PAGE = 50_000
_KEY = "key__"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record as a source system has it."""

    id: str
    at: datetime | None
    name: str = ""
    company: str = ""
    title: str = ""
    source: str = ""
    keys: tuple[tuple[str, KeyKind, str], ...] = ()
    """(key, kind, raw value) of each key column."""

    @property
    def digest(self) -> str:
        """A short hash of everything that linking looks at."""
        parts = (
            self.name,
            self.company,
            self.title,
            self.source,
            str(self.at),
            *(k[2] for k in self.keys),
        )
        return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()


def normal(
    record: RawRecord, digest: str
) -> tuple[tuple[object, ...], list[tuple[str, str, str, str]]]:
    """Return the row of `records` and the rows of `keys`; `digest` is the record's own."""
    found: list[tuple[str, str, str, str]] = []
    domain = ""
    for key, kind, raw in record.keys:
        value = KEYS[kind](raw)
        if kind == "email":
            domain = domain or domain_of(email_key(raw))
        if value:
            found.append((record.id, key, kind, value))
    row = (
        record.id, record.name, name_key(record.name), company_key(record.company), record.title,
        domain, record.source, record.at, digest,
    )  # fmt: skip
    return row, found


def identity_role(context: ToolContext) -> IdentityRole:
    """Return the identity role.

    Raises:
        QueryError: The definitions declare none.
    """
    return needed(context.layer.definitions.roles.identity, "identity")


def pages(
    context: ToolContext, after: str = "", size: int = PAGE
) -> Iterator[tuple[RawRecord, ...]]:
    """Yield records in the order of their ids (as text), a page at a time.

    Args:
        context: The asker; every column of the role must be visible to them.
        after: Only records whose id comes after this one (to resume).
        size: Records in a page.

    Raises:
        DeniedError: A column is hidden from the asker.
    """
    role = identity_role(context)
    texts = fields(
        {
            "id": role.id,
            "name": role.name,
            "company": role.company,
            "title": role.title,
            "source": role.source,
        }
    )
    texts["at"] = Field(role.at, "wall")
    texts |= {_KEY + key.id: Field(key.column) for key in role.keys}
    while True:
        rows = _page(context, role, texts, after, size)
        if not rows:
            return
        yield tuple(_record(role, row) for row in rows)
        after = str(rows[-1]["id"])


def _page(
    context: ToolContext, role: IdentityRole, texts: Mapping[str, Field], after: str, size: int
) -> list[dict[str, object]]:
    inner = context.layer.relation(role.model, texts, context.scope)
    key = exp.cast(quoted("id", "r"), "VARCHAR")
    tree = exp.select(exp.Star()).from_(subquery(inner, "r"))
    if after:
        tree = tree.where(exp.GT(this=key, expression=exp.Literal.string(after)), copy=False)
    tree = tree.order_by(key.copy(), copy=False).limit(size, copy=False)
    found = context.layer.run_tree(tree, context.scope, max_rows=size)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def _record(role: IdentityRole, row: Mapping[str, object]) -> RawRecord:
    at = row["at"]

    def text(name: str) -> str:
        value = row.get(name)
        return "" if value is None else str(value)

    keys = tuple((key.id, key.kind, text(_KEY + key.id)) for key in role.keys)
    return RawRecord(
        text("id"), at if isinstance(at, datetime) else None, text("name"), text("company"), text("title"),
        text("source"), keys,
    )  # fmt: skip
