"""Who is meant: an account, a person or a lead, by name or id, within the asker's view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from semantic_layer import DeniedError, QueryError
from semantic_layer.compile.relation import Field
from semantic_layer.errors import suggest
from semantic_layer.lead_roles import AccountRole, PersonRole
from semantic_layer.model import Roles, StageRole
from tools.journey.model import SubjectKind
from tools.journey.reading import Reader, Row, holds, one_of
from tools.roles import needed

SHOWN = 8  # candidates worth reading


@dataclass(frozen=True, slots=True)
class Subject:
    """What was found.

    Attributes:
        persons: Records of the human, for a person or a lead; of an account, everybody, where
            touches know only people.
        leads: Lead keys, for a person or a lead.
        account: Key of the account, if known.
        partly: The name found by a part of it, to be said; empty when it was exact.
    """

    kind: SubjectKind
    id: str
    account: str | None = None
    name: str | None = None
    persons: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    partly: str = ""


def find_subject(reader: Reader, roles: Roles, kind: SubjectKind, text: str) -> Subject:
    """Return the account, person or lead of that name or id.

    Raises:
        QueryError: The role is not declared, nothing is found, or several are.
        DeniedError: The asker may not see what would tell.
    """
    if kind == "account":
        found = _account(reader, needed(roles.account, "account"), text)
        return replace(found, persons=_people_of(reader, roles, found.id))
    if kind == "person":
        return _person(reader, roles, needed(roles.person, "person"), text)
    return _lead(reader, roles, text)


# --- accounts -----------------------------------------------------------------------------


def _account(reader: Reader, role: AccountRole, text: str) -> Subject:
    fields = {"id": Field(role.id)} | reader.visible(role.model, {"name": Field(role.name)})
    exact = [one_of(name, [text]) for name in fields]
    found, _ = reader.rows(reader.select(role.model, fields, exact))
    partly = ""
    if not found and "name" in fields:
        found, _ = reader.rows(reader.select(role.model, fields, [holds("name", text)]))
        partly = text
    if not found:
        raise QueryError(
            "UNKNOWN_ACCOUNT",
            f"No account in your view is called `{text}`.",
            hint="Give its name or its id.",
            candidates=_similar_names(reader, role, fields, text),
        )
    if len(found) > 1:
        raise QueryError(
            "AMBIGUOUS_ACCOUNT",
            f"{len(found)} accounts match `{text}`.",
            hint="Give the full name or the id.",
            candidates=_listed([_titled(row) for row in found]),
        )
    row = found[0]
    return Subject("account", str(row["id"]), str(row["id"]), _text(row.get("name")), partly=partly)


def _similar_names(
    reader: Reader, role: AccountRole, fields: dict[str, Field], text: str
) -> tuple[str, ...]:
    if "name" not in fields:
        return ()
    rows, _ = reader.rows(reader.select(role.model, {"name": fields["name"]}, []))
    return suggest(text, {str(row["name"]) for row in rows if row["name"] is not None})


def account_name(reader: Reader, roles: Roles, account: str | None) -> str | None:
    """Return an account's name; None when it is unknown or may not be seen."""
    role = roles.account
    if role is None or account is None:
        return None
    try:
        fields = {"id": Field(role.id), "name": Field(role.name)}
        rows, _ = reader.rows(reader.select(role.model, fields, [one_of("id", [account])]))
    except DeniedError:
        return None
    return _text(rows[0]["name"]) if rows else None


def _people_of(reader: Reader, roles: Roles, account: str) -> tuple[str, ...]:
    touch, role = roles.touchpoint, roles.person
    if touch is None or touch.account is not None or role is None or role.account is None:
        return ()
    fields = {"id": Field(role.id), "account": Field(role.account)}
    rows, _ = reader.rows(reader.select(role.model, fields, [one_of("account", [account])]))
    return tuple(sorted(str(row["id"]) for row in rows))


def _titled(row: Row) -> str:
    name = row.get("name")
    return f"{row['id']} ({name})" if name is not None else str(row["id"])


def _listed(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:SHOWN])


def _text(value: object) -> str | None:
    return None if value is None else str(value)


# --- people -------------------------------------------------------------------------------


def _person(reader: Reader, roles: Roles, role: PersonRole, text: str) -> Subject:
    fields = _person_fields(reader, role)
    rows, _ = reader.rows(reader.select(role.model, fields, [one_of("id", [text])]))
    if not rows:
        rows = _by_name(reader, role, fields, text)
    humans = {_human(row) for row in rows}
    if len(humans) > 1:
        raise QueryError(
            "AMBIGUOUS_PERSON",
            f"{len(humans)} people are called so.",
            hint="Give the id of the one you mean.",
            candidates=_listed([_with_company(reader, roles, row) for row in rows[: SHOWN * 2]]),
        )
    return _as_person(reader, roles, role, rows[0])


def _person_fields(reader: Reader, role: PersonRole) -> dict[str, Field]:
    texts = {"account": role.account, "identity": role.identity}
    optional = {name: Field(text) for name, text in texts.items() if text is not None}
    return {"id": Field(role.id)} | reader.visible(role.model, optional)


def _by_name(reader: Reader, role: PersonRole, fields: dict[str, Field], text: str) -> list[Row]:
    """Find people by name. The door refuses it to those from whom names are hidden."""
    named = {**fields, "name": Field(role.name)}
    rows, _ = reader.rows(reader.select(role.model, named, [one_of("name", [text])]))
    if not rows:
        raise QueryError(
            "UNKNOWN_PERSON",
            f"Nobody in your view is called `{text}`.",
            hint="Give the full name or the id; names that are alike are personal and not listed.",
        )
    return rows


def _human(row: Row) -> str:
    return str(row.get("identity") or row["id"])


def _with_company(reader: Reader, roles: Roles, row: Row) -> str:
    company = account_name(reader, roles, _text(row.get("account")))
    return f"{row['id']} ({company})" if company else str(row["id"])


def _as_person(reader: Reader, roles: Roles, role: PersonRole, row: Row) -> Subject:
    fields = _person_fields(reader, role)
    records: tuple[str, ...] = (str(row["id"]),)
    if "identity" in fields and row.get("identity") is not None:
        same = one_of("identity", [str(row["identity"])])
        found, _ = reader.rows(reader.select(role.model, fields, [same]))
        records = tuple(sorted(str(r["id"]) for r in found))
    account = _text(row.get("account"))
    return Subject(
        "person",
        str(row["id"]),
        account,
        account_name(reader, roles, account),
        records,
        _leads_of(reader, roles, records),
    )


# --- leads --------------------------------------------------------------------------------


def _lead_stage(roles: Roles) -> StageRole | None:
    return next((s for s in roles.stages if s.lead is not None), None)


def _leads_of(reader: Reader, roles: Roles, persons: Sequence[str]) -> tuple[str, ...]:
    stage = _lead_stage(roles)
    if stage is None or stage.lead is None or stage.person is None:
        return ()
    fields = {"lead": Field(stage.lead), "person": Field(stage.person)}
    rows, _ = reader.rows(reader.select(stage.model, fields, [one_of("person", persons)]))
    return tuple(sorted({str(row["lead"]) for row in rows if row["lead"] is not None}))


def _lead(reader: Reader, roles: Roles, text: str) -> Subject:
    stage = _lead_stage(roles)
    if stage is None or stage.lead is None:
        raise QueryError(
            "NO_STAGES",
            "This company declares no stage that a lead enters.",
            hint="Declare `lead` in `roles.stages`.",
        )
    texts = {"person": stage.person, "account": stage.account}
    optional = {name: Field(text) for name, text in texts.items() if text is not None}
    fields = {"lead": Field(stage.lead)} | reader.visible(stage.model, optional)
    rows, _ = reader.rows(reader.select(stage.model, fields, [one_of("lead", [text])]))
    if not rows:
        raise QueryError(
            "UNKNOWN_LEAD",
            f"No lead in your view has the id `{text}`.",
            hint="Give the id as it is stored, or ask for its account.",
        )
    account, person = _text(rows[0].get("account")), _text(rows[0].get("person"))
    name = account_name(reader, roles, account)
    return Subject("lead", text, account, name, (person,) if person else (), (text,))
