"""Which lead is meant: an id, or a person's name with or without a company."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from semantic_layer import DeniedError, QueryError
from semantic_layer.compile.relation import Field
from semantic_layer.lead_roles import AccountRole, LeadRole, PersonRole
from tools.base import ToolContext
from tools.leads.gather import attribute_fields
from tools.leads.rows import (
    Part,
    Read,
    Row,
    as_text,
    fields,
    lead_role,
    part_of,
    read,
    run_parts,
    run_rows,
    subquery,
    visible,
)

_SPLIT = re.compile(r"[\s,，、·/|()（）]+")
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class FoundLead:
    """A lead as found, with the other leads of the same human.

    Attributes:
        row: lead, person, account, created_on and the other columns of the role.
        others: Ids of the same person's other leads, newest first.
    """

    row: Row
    others: tuple[str, ...] = ()


def lead_fields(role: LeadRole) -> dict[str, Field]:
    """Return the columns of a lead that tools read."""
    found = fields(
        {"lead": role.id, "person": role.person, "account": role.account, "owner": role.owner,
         "owner_name": role.owner_name, "closed_reason": role.closed_reason,
         "duplicate_of": role.duplicate_of}
    )  # fmt: skip
    found["created_on"] = Field(role.at, "day")
    for name, text in (("closed_on", role.closed), ("followed_on", role.first_followup)):
        if text is not None:
            found[name] = Field(text, "day")
    return found


def find_lead(context: ToolContext, asked: str, company: str = "") -> FoundLead:
    """Return the lead that is meant.

    Raises:
        QueryError: LEAD_NOT_FOUND, or LEAD_AMBIGUOUS with names and companies.
        DeniedError: The asker may not search people by name.
    """
    role = lead_role(context)
    words = [w for w in _SPLIT.split(asked) if w]
    if not company:
        by_id = _leads(context, {"lead": words}) if words else ()
        by_id = by_id or _numbered(context, words)
        if len(by_id) == 1:
            return FoundLead(by_id[0])
    person = context.layer.definitions.roles.person
    if person is None or role.person is None:
        raise _not_found(asked)
    people, rest = _people(context, person, words)
    if not people:
        raise _not_found(asked)
    hints = [company] if company else rest
    return _choose(context, asked, _named(context, people, hints))


def _leads(context: ToolContext, equal: dict[str, Sequence[object]]) -> tuple[Row, ...]:
    role = lead_role(context)
    texts = lead_fields(role) | attribute_fields(context)
    return read(context, Read(role.model, texts, equal, order="created_on"))


def _numbered(context: ToolContext, words: Sequence[str]) -> tuple[Row, ...]:
    """Return the leads whose id has the one number that is asked for: 1024 is L001024."""
    if len(words) != 1 or not (words[0].isascii() and words[0].isdigit()):
        return ()
    role = lead_role(context)
    part = part_of(context, Read(role.model, lead_fields(role) | attribute_fields(context), {}))
    if part is None or "lead" not in part.shown:
        return ()
    nothing = exp.Literal.string("")
    digits = exp.func(
        "REGEXP_REPLACE", as_text("lead", "n"), exp.Literal.string("\\D"), nothing,
        exp.Literal.string("g"), dialect="duckdb",
    )  # fmt: skip
    number = exp.func("LTRIM", digits, exp.Literal.string("0"))
    same = exp.EQ(this=number, expression=exp.Literal.string(words[0].lstrip("0")))
    tree = exp.select(exp.Star()).from_(subquery(part.tree, "n")).where(same, copy=False)
    blank: dict[str, object] = dict.fromkeys(part.names)
    return tuple({**blank, **row} for row in run_rows(context, tree.limit(_SHOWN)))


def _people(
    context: ToolContext, role: PersonRole, words: Sequence[str]
) -> tuple[tuple[Row, ...], list[str]]:
    """Return the people that one of the words names, and the other words."""
    texts = fields(
        {"person": role.id, "name": role.name, "who": role.identity, "account": role.account}
    )
    _, hidden = visible(context, role.model, texts)
    if "name" in hidden:
        raise DeniedError(
            "NAMES_DENIED",
            "You may not see names, so you cannot search by them.",
            hint="Ask by the lead's id.",
        )
    found = read(context, Read(role.model, texts, {"name": words}))
    names = {str(row["name"]) for row in found}
    return found, [w for w in words if w not in names]


@dataclass(frozen=True, slots=True)
class _Named:
    row: Row
    who: str
    name: str
    company: str
    created_on: date


def _named(context: ToolContext, people: Sequence[Row], hints: Sequence[str]) -> list[_Named]:
    by_person = {str(p["person"]): p for p in people}
    rows = _leads(context, {"person": tuple(by_person)})
    companies = account_names(context, {str(r["account"]) for r in rows if r.get("account")})
    out: list[_Named] = []
    for row in rows:
        person = by_person[str(row["person"])]
        created = row["created_on"]
        if not isinstance(created, date):
            continue
        company = companies.get(str(row.get("account")), "")
        if all(_says(hint, company) for hint in hints):
            who = str(person.get("who") or person["person"])
            out.append(_Named(row, who, str(person["name"]), company, created))
    return out


def _says(hint: str, company: str) -> bool:
    """Whether a company's name contains a hint, in its characters' order."""
    place = -1
    for char in hint.lower():
        place = company.lower().find(char, place + 1)
        if place < 0:
            return False
    return True


def account_names(context: ToolContext, ids: set[str]) -> dict[str, str]:
    """Return the visible names of accounts."""
    return names_of(run_parts(context, {"names": names_part(context, ids)})["names"])


def names_part(context: ToolContext, ids: set[str]) -> Part | None:
    """Return the read of the names of accounts."""
    role: AccountRole | None = context.layer.definitions.roles.account
    if role is None or not ids or role.model in context.scope.denied:
        return None
    texts = fields({"account": role.id, "name": role.name})
    return part_of(context, Read(role.model, texts, {"account": tuple(sorted(ids))}))


def names_of(rows: Sequence[Row]) -> dict[str, str]:
    """Return account -> name."""
    return {str(r["account"]): str(r["name"]) for r in rows if r["name"] is not None}


def _choose(context: ToolContext, asked: str, found: Sequence[_Named]) -> FoundLead:
    del context
    if not found:
        raise _not_found(asked)
    humans: dict[str, list[_Named]] = {}
    for item in found:
        humans.setdefault(item.who, []).append(item)
    if len(humans) > 1:
        raise _ambiguous(asked, [max(v, key=lambda n: n.created_on) for v in humans.values()])
    leads = next(iter(humans.values()))
    originals = [n for n in leads if n.row.get("duplicate_of") is None] or leads
    newest = max(originals, key=lambda n: (n.created_on, str(n.row["lead"])))
    others = tuple(str(n.row["lead"]) for n in leads if n is not newest)
    return FoundLead(newest.row, others)


def _ambiguous(asked: str, people: Sequence[_Named]) -> QueryError:
    newest = sorted(people, key=lambda n: (n.created_on, str(n.row["lead"])), reverse=True)
    shown = tuple(
        " ".join(filter(None, (n.name, n.company, str(n.row["lead"])))) for n in newest[:_SHOWN]
    )
    return QueryError(
        "LEAD_AMBIGUOUS",
        f"{len(newest)} people fit `{asked}`"
        + (f"; the {_SHOWN} newest:" if len(newest) > _SHOWN else "."),
        hint="Add the company, or ask by the lead's id.",
        candidates=shown,
        params={"count": str(len(newest)), "asked": asked},
    )


def _not_found(asked: str) -> QueryError:
    return QueryError(
        "LEAD_NOT_FOUND",
        f"You have no lead `{asked}`.",
        hint="Give the lead's id, or the person's full name and the company.",
        params={"asked": asked},
    )
