"""The humans of a journey; how their names are shown is decided at the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from semantic_layer import DeniedError
from semantic_layer.compile.relation import Field
from semantic_layer.convert import cell
from semantic_layer.lead_roles import PersonRole
from semantic_layer.result import Cell
from tools.journey.events import Raw
from tools.journey.model import Person
from tools.journey.reading import Reader, Row, one_of


@dataclass
class _Human:
    number: int
    records: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    touches: int = 0


def read_people(
    reader: Reader, role: PersonRole | None, events: Sequence[Raw]
) -> tuple[tuple[Person, ...], dict[str, int]]:
    """Return the people of the events, and record id -> number.

    Args:
        reader: Reads within the asker's rights.
        role: Where people are; without it only their ids are known.
        events: In order.
    """
    ids = list(dict.fromkeys(e.person for e in events if e.person is not None))
    rows = _known(reader, role, ids) if role is not None and ids else {}
    humans: dict[str, _Human] = {}
    numbers: dict[str, int] = {}
    for event in events:
        if event.person is None:
            continue
        row = rows.get(event.person, {})
        human = humans.setdefault(str(row.get("identity") or event.person), _Human(len(humans) + 1))
        if event.person not in human.records:
            human.records.append(event.person)
        human.days.append(event.day.isoformat())
        human.touches += event.rank < 0
        numbers[event.person] = human.number
    return tuple(_shown(human, rows, role, reader) for human in humans.values()), numbers


def _known(reader: Reader, role: PersonRole, ids: Sequence[str]) -> dict[str, Row]:
    texts = {"name": role.name, "identity": role.identity, **role.attributes}
    if reader.scope.personal:
        texts |= role.personal
    fields = {"id": Field(role.id)}
    try:
        extra = {n: Field(t) for n, t in texts.items() if t is not None}
        fields |= reader.visible(role.model, extra)
        found, _ = reader.rows(reader.select(role.model, fields, [one_of("id", ids)]))
    except DeniedError:
        return {}
    return {str(row["id"]): row for row in found}


def _shown(human: _Human, rows: dict[str, Row], role: PersonRole | None, reader: Reader) -> Person:
    row = rows.get(human.records[0], {})
    name = row.get("name")
    shown = (*role.attributes, *role.personal) if role is not None else ()
    attributes: dict[str, Cell] = {n: cell(row[n]) for n in shown if row.get(n) is not None}
    return Person(
        number=human.number,
        records=tuple(human.records),
        name=None if name is None else str(name),
        attributes=attributes,
        touches=human.touches,
        first_day=min(human.days),
        last_day=max(human.days),
    )
