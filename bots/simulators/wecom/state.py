"""What the simulated WeCom remembers, and what it enforces."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
BOT_ID = "BOTID"
BOT_SECRET = "simulated-bot-secret"  # noqa: S105 - of a simulated company
CORP_ID = "wwsimulated"
APP_SECRET = "simulated-app-secret"  # noqa: S105 - the same
AGENT_ID = "1000002"
TOKEN = "simulatedToken"  # noqa: S105 - the same
AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
HOOK_KEY = "00000000-0000-0000-0000-000000000000"
_CHUNK = 512 * 1024
_LIMITS = {
    ("bot", "markdown"): 20_480,
    ("bot", "stream"): 20_480,
    ("app", "markdown"): 2_048,
    ("app", "text"): 2_048,
    ("hook", "markdown"): 4_096,
    ("hook", "markdown_v2"): 4_096,
    ("hook", "text"): 2_048,
}


@dataclass
class Company:
    """Members, messages, tokens and faults.

    Attributes:
        faults: Path or command -> errcodes that its next calls answer.
        pushes: Everything that was said, in order, with the way it took.
        on_said: Hears everything that is said.
        token_fetches: How often a token was asked for.
        clock: Seconds, for rate limits.
    """

    clock: Callable[[], float]
    members: set[str] = field(default_factory=lambda: {"ZhangSan", "lisi", "wangwu"})
    sent: list[Json] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, Json] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    token_fetches: int = 0
    faults: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    used_addresses: set[str] = field(default_factory=set)
    rates: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    on_said: Callable[[Json], None] = lambda _: None
    counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def keep(self, said: Json) -> None:
        """Remember what was said, and tell whoever listens."""
        self.sent.append(said)
        self.on_said(said)

    def fault(self, name: str) -> int:
        """Return the errcode that a call must answer, or 0."""
        return self.faults[name].pop(0) if self.faults[name] else 0

    def is_over(self, name: str, most: int) -> bool:
        """Count a message; True when it is one too many in this minute."""
        sent, now = self.rates[name], self.clock()
        while sent and sent[0] <= now - 60:
            sent.popleft()
        if len(sent) >= most:
            return True
        sent.append(now)
        return False

    def media_of(self, data: bytes) -> str:
        """Keep a file and return its media id."""
        media = f"MEDIA{next(self.counter)}"
        self.media[media] = data
        return media

    def chunk(self, command: str, body: Json) -> tuple[int, str, Json]:
        """Take a step of an upload; return errcode, reason and answer."""
        uploads = self.uploads
        if command.endswith("init"):
            name = f"UP{next(self.counter)}"
            uploads[name] = {**body, "chunks": {}}
            return 0, "ok", {"upload_id": name}
        found = uploads.get(str(body.get("upload_id")))
        if found is None:
            return 40058, "unknown upload", {}
        if command.endswith("chunk"):
            data = base64.b64decode(body["base64_data"])
            if len(data) > _CHUNK:
                return 40006, "chunk too large", {}
            found["chunks"][int(body["chunk_index"])] = data
            return 0, "ok", {}
        whole = b"".join(data for _, data in sorted(found["chunks"].items()))
        right = hashlib.md5(whole).hexdigest() == found["md5"]  # noqa: S324 - WeCom's checksum
        if not right or len(found["chunks"]) != found["total_chunks"]:
            return 40009, "md5 mismatch", {}
        return 0, "ok", {"media_id": self.media_of(whole)}

    def said(self, way: str = "", chat: str = "") -> list[Json]:
        """Return what was said, by one way and to one chat, or all of it."""
        return [
            m for m in self.sent if (not way or m["way"] == way) and (not chat or m["chat"] == chat)
        ]


def check(way: str, body: Json, company: Company) -> tuple[int, str]:
    """Return WeCom's errcode for a message, or 0."""
    kind = str(body.get("msgtype"))
    content = body.get(kind)
    if not isinstance(content, dict):
        return 40008, "invalid message type"
    limit = _LIMITS.get((way, kind))
    text = str(content.get("content") or "")
    if limit is not None and len(text.encode()) > limit:
        return 45002, f"content exceeds {limit} bytes"
    if kind == "template_card":
        return check_card(content, way)
    if kind == "image" and "media_id" in content and content["media_id"] not in company.media:
        return 40007, "invalid media_id"
    return (0, "ok") if kind != "stream" or content.get("id") else (40058, "no stream id")


def check_card(card: Json, way: str) -> tuple[int, str]:
    """Return WeCom's errcode for a template card, or 0."""
    title = card.get("main_title") or {}
    buttons = card.get("button_list") or []
    rows = card.get("horizontal_content_list") or []
    wrong = (
        (len(str(title.get("title", ""))) > 26, "title too long"),
        (len(str(title.get("desc", ""))) > 30, "desc too long"),
        (len(buttons) > 6 or len(rows) > 6, "too many items"),
        (any(len(b["text"]) > 10 or not b["text"] for b in buttons), "button text"),
        (any(len(b["key"].encode()) > 1024 for b in buttons), "button key"),
        (any(len(r["keyname"]) > 5 or len(r["value"]) > 26 for r in rows), "row too long"),
        (bool(buttons) and way == "hook", "a robot takes no buttons"),
        (card.get("card_type") == "text_notice" and not card.get("card_action"), "no action"),
        (card.get("card_type") == "button_interaction" and not card.get("task_id"), "no task"),
    )
    found = next((why for is_wrong, why in wrong if is_wrong), "")
    return (42045, found) if found else (0, "ok")
