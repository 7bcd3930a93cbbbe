"""The scopes of one project's people, kept while policies and data stay the same."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from semantic_layer.loader import Definitions
from semantic_layer.rights.people import Person, Roster, find_person
from semantic_layer.rights.roster import Read, read_roster
from semantic_layer.rights.scopes import scope_for
from semantic_layer.rights.spec import Policies
from semantic_layer.scope import Scope

_SCOPES = 4096


@dataclass
class Access:
    """Turns user ids into scopes.

    Attributes:
        policies: None when the project has none: everybody sees everything.
        definitions: What the rules apply to.
        root: Folder of the project, for the directory file.
    """

    policies: Policies | None
    definitions: Definitions
    root: Path
    _rosters: dict[str, Roster] = field(default_factory=dict)
    _scopes: OrderedDict[tuple[str, date, str], Scope] = field(default_factory=OrderedDict)

    def scope(self, user: str | None, today: date, data: str, read: Read) -> Scope:
        """Return what a user may see.

        Args:
            user: User id.
            today: The day on which dated grants are judged.
            data: Fingerprint of the data, for people that are read from it.
            read: Reads rows of a model with the product's own rights.

        Raises:
            DeniedError: The user is unknown or may see nothing.
        """
        key = (user or "", today, data)
        if key not in self._scopes:
            roster = self.roster(data, read) if user else None
            self._scopes[key] = scope_for(
                self.policies, self.definitions, user, roster=roster, today=today
            )
            while len(self._scopes) > _SCOPES:
                self._scopes.popitem(last=False)
        return self._scopes[key]

    def roster(self, data: str, read: Read) -> Roster:
        """Return the people and the organisation of one version of the data."""
        if self.policies is None:
            return Roster()
        if data not in self._rosters:
            self._rosters = {data: read_roster(self.policies, self.root, read)}
        return self._rosters[data]

    def people(self, data: str, read: Read) -> dict[str, Person]:
        """Return everybody who is known, by user id."""
        if self.policies is None:
            return {}
        roster = self.roster(data, read)
        names = sorted({*self.policies.users, *roster.people})
        found = {name: find_person(self.policies, roster, name) for name in names}
        return {name: person for name, person in found.items() if person is not None}
