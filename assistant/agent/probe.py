"""Which protocol an endpoint speaks: tried once with a harmless call, then remembered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from assistant.agent.calling import Caller, Session
from assistant.agent.errors import ModelError

Spoken = Literal["tools", "json"]
_FILE = "llm_probe.json"


class Probe:
    """Remembers the protocol of each endpoint, in memory and in the state folder."""

    def __init__(self, home: Path) -> None:
        self._path = home / _FILE
        self._known: dict[str, Spoken] = {}

    def protocol(self, caller: Caller, session: Session) -> Spoken:
        """Return the protocol to use.

        Raises:
            ModelError: The endpoint did not answer the probe.
        """
        chosen = caller.endpoint.protocol
        if chosen != "auto":
            return chosen
        key = caller.endpoint.key
        if key not in self._known:
            self._known |= self._load()
        if key not in self._known:
            self._known[key] = _try(caller, session)
            self._save()
        return self._known[key]

    def _load(self) -> dict[str, Spoken]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {k: v for k, v in found.items() if v in {"tools", "json"}}

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(self._known, indent=1), encoding="utf-8")


def _try(caller: Caller, session: Session) -> Spoken:
    """Offer one tool; whoever calls it speaks `tools`."""
    tool = {
        "type": "function",
        "function": {
            "name": "ready",
            "description": "Say that you are ready.",
            "parameters": {
                "type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"], "additionalProperties": False,
            },
        },
    }  # fmt: skip
    model = caller.model.bind(tools=[tool])
    asked = "Call the tool `ready` with ok = true."
    try:
        reply = caller.call(lambda: model.invoke(asked), session, asked)
    except ModelError as error:
        if error.code == "MODEL_REJECTED":
            return "json"  # the endpoint knows no tools
        raise
    return "tools" if any(c["name"] == "ready" for c in reply.tool_calls) else "json"
