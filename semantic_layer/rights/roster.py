"""People and organisation that live outside `policies.yml`: read once per version of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from semantic_layer.rights.people import Path_, Person, Roster, paths_of, people_of, read_directory
from semantic_layer.rights.spec import Organisation, PeopleSource, Policies

Read = Callable[[str, Mapping[str, str]], Sequence[Sequence[object]]]
"""(model, output name -> fragment) -> rows of the model, whoever asks."""


def read_roster(policies: Policies, root: Path, read: Read) -> Roster:
    """Return who a directory and the data name; a person of both stands as in the directory.

    Args:
        policies: The project's policies.
        root: Folder of the project.
        read: Reads rows of a model with the product's own rights.
    """
    people: dict[str, Person] = {}
    if policies.people is not None:
        people.update(
            people_of(policies.people, read(policies.people.model, _fields(policies.people)))
        )
    if policies.directory is not None:
        roles = frozenset(policies.roles)
        people.update(read_directory(root, policies.directory, roles))
    return Roster(people, (*paths_of(policies.org), *_paths(policies.org, read)))


def _fields(source: PeopleSource) -> dict[str, str]:
    fields = {"id": source.id, "role": source.role, "name": source.name or source.id}
    return {**fields, **{f"a_{name}": text for name, text in source.attributes.items()}}


def _paths(org: Organisation | None, read: Read) -> tuple[Path_, ...]:
    if org is None or org.source is None:
        return ()
    columns = {level.id: org.source.columns[level.id] for level in org.levels}
    rows = read(org.source.model, columns)
    paths = {tuple(None if v is None else str(v) for v in row) for row in rows}
    return tuple(sorted(paths, key=str))
