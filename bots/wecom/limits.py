"""WeCom's limits, in UTF-8 bytes unless a name says otherwise. A Chinese character is 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Dialect = Literal["v1", "v2"]

BOT_MARKDOWN: Final = 20_480
APP_MARKDOWN: Final = 2_048
HOOK_MARKDOWN: Final = 4_096
TEXT: Final = 2_048
IMAGE: Final = 2 * 1024 * 1024
"""Largest picture that every way of sending takes."""
CHUNK: Final = 512 * 1024
CHUNKS: Final = 100

CARD_TITLE_CHARS: Final = 26
CARD_DESC_CHARS: Final = 30
CARD_EMPHASIS_CHARS: Final = 10
CARD_EMPHASIS_DESC_CHARS: Final = 15
CARD_SUBTITLE_CHARS: Final = 112
CARD_ROWS: Final = 6
CARD_KEY_CHARS: Final = 5
CARD_VALUE_CHARS: Final = 26
CARD_BUTTONS: Final = 6
CARD_BUTTON_CHARS: Final = 10
CARD_BUTTON_KEY: Final = 1_024
TASK_ID: Final = 128

PARTS: Final = 3
"""More messages than this are a file, not an answer."""
PER_MINUTE: Final = 30
PER_HOUR: Final = 1_000
HOOK_PER_MINUTE: Final = 20
STREAM_SECONDS: Final = 330
"""WeCom asks for a stream for 360 s after the question; ours ends before."""


@dataclass(frozen=True)
class Surface:
    """What one way of sending can show.

    Attributes:
        markdown: Longest markdown message.
        dialect: v1 has colours and no tables; v2 has tables and no colours.
        buttons: It delivers clicks on cards.
        pictures: It takes images.
        parts: How many texts one answer may be.
        is_pushed: Messages can be sent at any time; otherwise one text answers one question.
    """

    markdown: int
    dialect: Dialect
    buttons: bool
    pictures: bool = True
    parts: int = PARTS
    is_pushed: bool = True


BOT: Final = Surface(BOT_MARKDOWN, "v2", buttons=True)
CALLBACK: Final = Surface(BOT_MARKDOWN, "v2", buttons=True, parts=1, is_pushed=False)
APP: Final = Surface(APP_MARKDOWN, "v1", buttons=True)
HOOK: Final = Surface(HOOK_MARKDOWN, "v2", buttons=False)
SURFACES: Final = {"bot": BOT, "callback": CALLBACK, "app": APP, "hook": HOOK}
