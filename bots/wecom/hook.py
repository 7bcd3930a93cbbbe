"""A group's robot address: one way, for digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from bots.inbox import Draft, Fate, NotSent, Part, Rejected
from bots.messaging.desk import Desk
from bots.wecom import limits
from bots.wecom.api import ApiError, outcome, send
from bots.wecom.callback import image_item
from bots.wecom.events import HOOK
from bots.wecom.pictures import picture
from bots.wecom.rate import Rate
from bots.wecom.render import Message

if TYPE_CHECKING:
    import aiohttp


def hook_drafts(messages: tuple[Message, ...], answer_id: str, robot: str = "") -> list[Draft]:
    """Return messages as parts for a robot; a card with buttons would be dead there.

    Args:
        messages: Rendered for `limits.HOOK`.
        answer_id: Where the picture is drawn from.
        robot: Which robot, if there are several; keeps their parts in order.
    """
    kept = [m for m in messages if m.kind != "card"]
    return [
        Draft(
            {"kind": m.kind, "content": m.content, "answer_id": answer_id},
            robot or "default",
            is_made_first=m.kind == "picture",
        )
        for m in kept
    ]


class HookChannel:
    """Sends parts to a robot's address.

    Args:
        session: HTTP session of the running loop.
        url: The address; it is a secret.
        desk: Where pictures are drawn.
    """

    name = HOOK

    def __init__(self, session: aiohttp.ClientSession, url: str, desk: Desk) -> None:
        self._session = session
        self._url = url
        self._desk = desk
        self._rate = Rate(limits.HOOK_PER_MINUTE)

    async def deliver(self, part: Part) -> str:
        """Send a part.

        Raises:
            NotSent: The robot has said twenty things this minute.
            Rejected: WeCom will never take it.
        """
        wait = self._rate.take("robot")
        if wait:
            raise NotSent("rate limit of the robot", after=wait)
        content: dict[str, Any]
        if part.body["kind"] == "picture":
            content = image_item(await picture(self._desk, str(part.body["answer_id"])))
            await part.sends()
        else:
            text = part.body["content"]
            content = {"msgtype": "markdown_v2", "markdown_v2": {"content": text}}
        try:
            await send(self._session, "POST", self._url, json=content)
        except ApiError as error:
            raise outcome(error) from None
        return part.key

    async def confirm(self, part: Part) -> Fate:
        """A robot tells nothing of what it has said."""
        del part
        return Fate.UNKNOWN


def checked_address(url: str) -> str:
    """Return a robot's address.

    Raises:
        Rejected: It is not one: it must be https (http on loopback) and hold a key.
    """
    parts = urlparse(url)
    is_local = parts.hostname in {"127.0.0.1", "localhost"}
    if "key=" not in parts.query or not (parts.scheme == "https" or is_local):
        raise Rejected("the robot's address must be https and end in ?key=…")
    return url
