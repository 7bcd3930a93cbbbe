"""The sample company with an account on every channel for as many people as are wanted."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bots.accounts import Tokens
from bots.simulators.slack.state import SECRET, TOKEN
from bots.simulators.wecom.state import BOT_ID, BOT_SECRET
from semantic_layer import AskmqlError, SemanticLayer
from semantic_layer.project import HOME_VARIABLE, sample_root
from semantic_layer.state import URL_VARIABLE, open_state

_SECRETS = {
    "ASKMQL_SLACK_BOT_TOKEN": TOKEN,
    "ASKMQL_SLACK_SIGNING_SECRET": SECRET,
    "ASKMQL_WECOM_BOT_ID": BOT_ID,
    "ASKMQL_WECOM_BOT_SECRET": BOT_SECRET,
}


@dataclass(frozen=True, slots=True)
class Seat:
    """One asker.

    Attributes:
        user: User id in the project.
        slack: Id in Slack.
        wecom: Id in WeCom.
        token: For REST.
    """

    user: str
    slack: str
    wecom: str
    token: str


@dataclass(frozen=True, slots=True)
class Company:
    """A project of its own, ready to be served.

    Attributes:
        project: Its folder.
        environment: What the server needs: home, state, secrets.
        seats: Its askers.
        questions: What they ask: the project's tour and the tiles of its homes.
    """

    project: Path
    environment: dict[str, str]
    seats: tuple[Seat, ...]
    questions: tuple[str, ...]


def prepare(folder: Path, channels: dict[str, Any], count: int, state_url: str = "") -> Company:
    """Copy the sample company into a folder and seat its people.

    Everybody known to the project takes a seat, with their own rights; if there are fewer than
    wanted, some take a second one under another name.

    Args:
        folder: Empty.
        channels: `channels:` of askmql.yml.
        count: Seats.
        state_url: Database of the state; default SQLite in the folder.
    """
    layer = SemanticLayer.load(sample_root())
    project, home = folder / "project", folder / "home"
    shutil.copytree(sample_root(), project)
    home.mkdir()
    shutil.copy(layer.project.data_path, home / layer.project.data_path.name)
    _change(project / "askmql.yml", {"channels": channels})
    users = _users(layer, count)
    _change(project / "policies.yml", {"users": users})
    state = open_state(home, state_url or None)
    tokens = Tokens(state)
    seats = tuple(
        Seat(u, entry["accounts"]["slack"], entry["accounts"]["wecom"], tokens.create(u))
        for u, entry in users.items()
        if "accounts" in entry
    )
    state.dispose()
    config = layer.project.config
    tiles = (text for h in config.homes for t in h.tiles for text in (t.get("zh"), t.get("en")))
    if layer.engine is not None:
        layer.engine.close()
    environment = {HOME_VARIABLE: str(home), **_SECRETS}
    environment |= {URL_VARIABLE: state_url} if state_url else {}
    return Company(project, environment, seats, tuple(dict.fromkeys((*config.tour, *tiles))))


def _change(path: Path, more: dict[str, Any]) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8")) | more
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


def _users(layer: SemanticLayer, count: int) -> dict[str, Any]:
    """Return `users:` of policies.yml with accounts for `count` people who may see something."""
    found: dict[str, Any] = {}
    people = [p for p in layer.people.values() if _sees(layer, p.id)]
    for number in range(count):
        person = people[number % len(people)]
        again = number // len(people)
        name = f"{person.id}.{again}" if again else person.id
        entry: dict[str, Any] = {"role": person.role}
        entry["attributes"] = {k: list(v) for k, v in person.attributes.items()}
        entry["accounts"] = {"slack": f"U{number:05}", "wecom": f"w{number:05}"}
        found[name] = entry
    default = layer.project.config.default_user
    if default and default not in found:
        found[default] = {"role": layer.people[default].role}
    return found


def _sees(layer: SemanticLayer, user: str) -> bool:
    try:
        layer.scope(user)
    except AskmqlError:
        return False
    return True
