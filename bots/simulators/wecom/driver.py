"""How WeCom calls a callback address: sealed, impatient, and again if it hears nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from bots.simulators.wecom.state import Json
from bots.wecom.crypto import Envelope
from bots.wecom.xml import build

if TYPE_CHECKING:
    import aiohttp

_PATIENCE = 5.0
_ECHO_PATIENCE = 1.0


class Driver:
    """Calls one callback address.

    Args:
        session: HTTP session.
        url: The bot's address.
        envelope: Token, key and receive id, as in WeCom's console.
        clock: Unix seconds that requests are stamped with.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        envelope: Envelope,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._url = url
        self._envelope = envelope
        self._now = clock
        self._count = 0

    def signed(self, encrypted: str) -> dict[str, str]:
        """Return the parameters of an address for a sealed text."""
        self._count += 1
        stamp, nonce = str(int(self._now())), f"nonce{self._count}"
        signature = self._envelope.sign(stamp, nonce, encrypted)
        return {"msg_signature": signature, "timestamp": stamp, "nonce": nonce}

    async def verify(self, text: str = "1616140317555161061") -> tuple[int, bytes]:
        """Save the address: return status and body, which must be the bare text."""
        import aiohttp

        encrypted = self._envelope.seal(text)
        query = {**self.signed(encrypted), "echostr": encrypted}
        patience = aiohttp.ClientTimeout(total=_ECHO_PATIENCE)
        async with self._session.get(self._url, params=query, timeout=patience) as response:
            return response.status, await response.read()

    async def post_xml(self, attempts: int = 1, **fields: str) -> list[tuple[int, str]]:
        """Send an application's message; the same one again for every attempt."""
        encrypted = self._envelope.seal(build(**fields))
        body = build(ToUserName=self._envelope.receive_id, Encrypt=encrypted)
        return [await self._post(self.signed(encrypted), body) for _ in range(attempts)]

    async def post_json(self, body: Json) -> tuple[int, Json | None]:
        """Send a bot's message and return status and opened reply, whose signature must hold."""
        encrypted = self._envelope.seal(json.dumps(body, ensure_ascii=False))
        query = self.signed(encrypted)
        status, text = await self._post(query, json.dumps({"encrypt": encrypted}))
        if status != 200 or not text:
            return status, None
        reply = json.loads(text)
        opened = self._envelope.open(
            reply["encrypt"],
            signature=reply["msgsignature"],
            timestamp=str(reply["timestamp"]),
            nonce=query["nonce"],
        )
        return status, json.loads(opened)

    async def _post(self, query: dict[str, str], body: str) -> tuple[int, str]:
        import aiohttp

        patience = aiohttp.ClientTimeout(total=_PATIENCE)
        async with self._session.post(
            self._url, params=query, data=body.encode(), timeout=patience
        ) as response:
            return response.status, await response.text()
