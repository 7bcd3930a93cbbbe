"""Who the people are and where they stand, from the file, a directory or the data."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semantic_layer.errors import DefinitionError, Issue
from semantic_layer.model import Text
from semantic_layer.rights.spec import Directory, Organisation, PeopleSource, Policies, User

Path_ = tuple[str | None, ...]
"""Names from the widest level down; None where a row names none."""


@dataclass(frozen=True, slots=True)
class Person:
    """One asker: a role and the attributes that its rules need."""

    id: str
    role: str
    name: Text | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    origin: str = "users"


@dataclass(frozen=True, slots=True)
class Roster:
    """People and organisation that do not stand in `policies.yml` itself."""

    people: Mapping[str, Person] = field(default_factory=dict)
    paths: tuple[Path_, ...] = ()


def find_person(policies: Policies, roster: Roster, user_id: str) -> Person | None:
    """Return a person; `users` of the file wins, its attributes over the roster's."""
    known = roster.people.get(user_id)
    user = policies.users.get(user_id)
    if user is None:
        return known
    attributes = {**(known.attributes if known else {}), **user.attributes}
    return _from_file(user_id, user, attributes)


def _from_file(user_id: str, user: User, attributes: Mapping[str, tuple[str, ...]]) -> Person:
    return Person(user_id, user.role, user.name, attributes)


def read_directory(root: Path, directory: Directory, roles: frozenset[str]) -> dict[str, Person]:
    """Read the people of a directory file.

    Raises:
        DefinitionError: A column is missing, a person twice, or a role unknown.
    """
    issues: list[Issue] = []
    people: dict[str, Person] = {}
    with (root / directory.file).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        wanted = (directory.id, directory.role, *directory.attributes.values())
        absent = [c for c in wanted if c not in (rows.fieldnames or ())]
        if absent:
            issues.append(Issue("MISSING_COLUMN", f"no column `{absent[0]}`", directory.file, 1))
            raise DefinitionError(issues)
        for row in rows:
            person = _from_row(row, directory)
            if person.id in people:
                issues.append(_bad("DUPLICATE_ID", f"`{person.id}`", directory, rows.line_num))
            elif person.role not in roles:
                issues.append(_bad("UNKNOWN_ROLE", f"`{person.role}`", directory, rows.line_num))
            people[person.id] = person
    if issues:
        raise DefinitionError(issues)
    return people


def _bad(code: str, what: str, directory: Directory, line: int) -> Issue:
    return Issue(code, f"{what} in the directory", directory.file, line)


def _from_row(row: Mapping[str, Any], directory: Directory) -> Person:
    attributes = {
        name: tuple(v.strip() for v in (row[column] or "").split(";") if v.strip())
        for name, column in directory.attributes.items()
    }
    name = row.get(directory.name or "")
    label = Text(en=name) if name else None
    return Person(row[directory.id], row[directory.role], label, attributes, "directory")


def people_of(source: PeopleSource, rows: Sequence[Sequence[object]]) -> dict[str, Person]:
    """Return the people among the rows (id, role, name, attributes...) of the source's model.

    A person whose role is not mapped, or who stands there twice with different rights, is
    nobody: unknown users are denied.
    """
    found: dict[str, Person] = {}
    unclear: set[str] = set()
    for user_id, role, name, *values in rows:
        mapped = source.roles.get(str(role))
        if user_id is None or mapped is None:
            continue
        attributes = {
            key: (str(value),)
            for key, value in zip(source.attributes, values, strict=True)
            if value is not None
        }
        label = Text(en=str(name)) if name else None
        person = Person(str(user_id), mapped, label, attributes, source.model)
        if found.setdefault(person.id, person) != person:
            unclear.add(person.id)
    return {k: v for k, v in found.items() if k not in unclear}


def paths_of(org: Organisation | None) -> tuple[Path_, ...]:
    """Return every path of a tree that is written in the file."""
    return tuple(_walk(org.tree, ())) if org is not None and org.tree else ()


def _walk(node: object, above: Path_) -> Iterator[Path_]:
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _walk(child, (*above, str(name)))
    elif isinstance(node, list) and node:
        for name in node:
            yield (*above, str(name))
    else:
        yield above


def below(
    paths: Sequence[Path_], level: int, nodes: frozenset[str], wanted: int
) -> tuple[str, ...]:
    """Return the names at level `wanted` under the `nodes` of `level`, sorted."""
    found = {
        path[wanted]
        for path in paths
        if len(path) > max(level, wanted) and path[level] in nodes and path[wanted] is not None
    }
    return tuple(sorted(str(name) for name in found))


def node_of(paths: Sequence[Path_], person: str, level: int) -> tuple[str, ...]:
    """Return the nodes of `level` above a person, who stands on the last level."""
    found = {p[level] for p in paths if len(p) > level and p[-1] == person and p[level] is not None}
    return tuple(sorted(str(name) for name in found))
