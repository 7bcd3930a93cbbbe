"""Under which accounts and e-mail addresses the people of a project can be reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from semantic_layer import SemanticLayer
from semantic_layer.rights.spec import User

EMAIL = "email"
"""Attribute of people in a directory or in the data that holds their address; their accounts are
attributes named after the channel, such as `slack`."""


@dataclass(frozen=True)
class Addresses:
    """Finds users by what a channel knows of them. What two people have is nobody's.

    Attributes:
        users: Everybody who is known.
        found: Kind of address and address -> users.
    """

    users: frozenset[str] = frozenset()
    found: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def find(self, kind: str, address: str) -> str:
        """Return the user with an address, without regard to case; "" if not exactly one has it.

        Args:
            kind: `email`, or a channel.
            address: The address, or the account's id there.
        """
        users = self.found.get((kind, address.casefold()), frozenset())
        return next(iter(users)) if address and len(users) == 1 else ""


def read_addresses(layer: SemanticLayer, kinds: Iterable[str]) -> Addresses:
    """Return the addresses of everybody in `policies.yml`, in a directory or in the data.

    What `users` of `policies.yml` says wins where a person stands in both.

    Args:
        layer: The project.
        kinds: Channels whose accounts count, beside e-mail.
    """
    written: Mapping[str, User] = layer.policies.users if layer.policies else {}
    people = layer.people
    found: dict[tuple[str, str], set[str]] = {}
    for kind in (EMAIL, *kinds):
        for name, member in people.items():
            said = _written(written.get(name), kind)
            for address in (said,) if said else member.attributes.get(kind, ()):
                found.setdefault((kind, address.casefold()), set()).add(name)
    return Addresses(frozenset(people), {k: frozenset(v) for k, v in found.items()})


def _written(user: User | None, kind: str) -> str:
    if user is None:
        return ""
    return user.email if kind == EMAIL else user.accounts.get(kind, "")
