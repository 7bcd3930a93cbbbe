"""Small builders of Slack's blocks, each inside its own limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bots.render.measure import clean, cut, one_line, utf16
from bots.slack import limits

Block = dict[str, Any]
_NUMBER = re.compile(  # dates as a whole; the digits of an id such as L000123 are no number
    r"(?<![A-Za-z0-9])(?:\d{4}-\d\d(?:-\d\d)?(?!\d)"
    r"|[+\-−]?[¥$€£]?\d[\d,.]*(?:\s?(?:%|个百分点|pp|亿|万|M|B|K))?)"
)
_TEXT_FIELDS = frozenset({"text", "title", "label", "name", "caption", "alt_text", "value"})


def escape(text: str) -> str:
    """Return text that Slack shows as typed: no mention, no link, no entity."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, limit: int) -> Block:
    """Return a plain_text object of at least one character."""
    return {"type": "plain_text", "text": cut(clean(text), limit) or "…", "emoji": False}


def spans(text: str) -> Iterator[Block]:
    """Yield rich text pieces with the numbers in bold.

    Rich text is the one form in which bold works right beside Chinese characters.
    """
    at = 0
    for found in _NUMBER.finditer(text):
        if found.start() > at:
            yield {"type": "text", "text": text[at : found.start()]}
        yield {"type": "text", "text": found[0], "style": {"bold": True}}
        at = found.end()
    if at < len(text):
        yield {"type": "text", "text": text[at:]}


def headline(text: str) -> Block:
    """Return the first block: one line, numbers bold."""
    section = {"type": "rich_text_section", "elements": list(spans(text))}
    return {"type": "rich_text", "elements": [section]}


def preformatted(text: str) -> Block:
    """Return fixed-width text."""
    piece = {"type": "text", "text": text}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [piece]}],
    }


def section(text: str) -> Block:
    """Return a paragraph, shown as typed."""
    return {"type": "section", "text": plain(text, limits.SECTION)}


def context(*texts: str) -> Block:
    """Return small grey text."""
    kept = [t for t in texts if t][: limits.CONTEXT_ELEMENTS]
    return {"type": "context", "elements": [plain(t, limits.CONTEXT_TEXT) for t in kept]}


def button(text: str, action: str, value: str, **extra: object) -> Block:
    """Return a button; `value` is an opaque id, never data."""
    label = one_line(text) or "…"
    return {
        "type": "button",
        "action_id": action[: limits.ACTION_ID],
        "text": plain(label, limits.BUTTON),
        "value": value[: limits.BUTTON_VALUE],
        "accessibility_label": cut(label, limits.ACCESSIBILITY),
        **extra,
    }


def actions(buttons: list[Block]) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": buttons[: limits.ACTIONS]}


def feedback(value: str, words: Mapping[str, str]) -> Block:
    """Return thumbs up and down.

    Args:
        value: Opaque id of the answer.
        words: `useful`, `useless` and the labels `good_label`, `bad_label`.
    """

    def thumb(text: str, label: str, sign: str) -> Block:
        return {
            "text": plain(words[text], limits.BUTTON),
            "accessibility_label": cut(words[label], limits.ACCESSIBILITY),
            "value": f"{value}:{sign}"[: limits.BUTTON_VALUE],
        }

    element = {
        "type": "feedback_buttons",
        "action_id": "askmql.feedback",
        "positive_button": thumb("useful", "good_label", "up"),
        "negative_button": thumb("useless", "bad_label", "down"),
    }
    return {"type": "context_actions", "elements": [element]}


def weight(block: Any) -> int:  # noqa: ANN401 - JSON can be anything
    """Return how many characters of a block count towards the message's total."""
    if isinstance(block, dict):
        return sum(
            utf16(v) if isinstance(v, str) and k in _TEXT_FIELDS else weight(v)
            for k, v in block.items()
        )
    return sum(weight(v) for v in block) if isinstance(block, list | tuple) else 0
