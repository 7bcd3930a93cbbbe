"""Lengths as channels count them, and cutting that never tears a character apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

Measure = Callable[[str], int]
ELLIPSIS = "…"
_JOINERS = {"\N{ZERO WIDTH JOINER}"}
_KEPT_CONTROLS = {"\n", "\t"}


def utf16(text: str) -> int:
    """Return the length in UTF-16 units: what a JavaScript service counts."""
    return len(text) + sum(ord(c) > 0xFFFF for c in text)


def utf8(text: str) -> int:
    """Return the length in UTF-8 bytes: a Chinese character is 3."""
    return len(text.encode())


def columns(text: str) -> int:
    """Return the width on a fixed-width screen: a Chinese character is 2."""
    return sum(_width(c) for c in text)


def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clean(text: str) -> str:
    """Return text without control characters and lone surrogates, which channels refuse."""
    return "".join(
        c for c in text if c in _KEPT_CONTROLS or unicodedata.category(c) not in {"Cc", "Cs"}
    )


def one_line(text: str) -> str:
    """Return clean text on one line."""
    return " ".join(clean(text).split())


def cut(text: str, limit: int, measure: Measure = utf16) -> str:
    """Return `text`, shortened with an ellipsis when it is longer than `limit`.

    Args:
        text: Any text.
        limit: Longest result, in the unit of `measure`; not negative.
        measure: How the channel counts; must be additive over characters.
    """
    if measure(text) <= limit:
        return text
    room = limit - measure(ELLIPSIS)
    if room < 0:
        return ""
    return _whole(text[: _fits(text, room, measure)], text) + ELLIPSIS


def _fits(text: str, room: int, measure: Measure) -> int:
    used = 0
    for i, char in enumerate(text):
        used += measure(char)
        if used > room:
            return i
    return len(text)


def _whole(head: str, text: str) -> str:
    """Step back while the cut would part a base character from what belongs to it."""
    while head and len(head) < len(text) and _clings(head[-1], text[len(head)]):
        head = head[:-1]
    return head.rstrip()


def _clings(last: str, following: str) -> bool:
    follows = unicodedata.combining(following) or following in _JOINERS
    selector = 0xFE00 <= ord(following) <= 0xFE0F or 0x1F3FB <= ord(following) <= 0x1F3FF
    return bool(follows) or selector or last in _JOINERS


def unique_cuts(texts: Iterable[str], limit: int, measure: Measure = utf16) -> tuple[str, ...]:
    """Return every text shortened to `limit`, such that different texts stay different."""
    found: dict[str, str] = {}
    used: set[str] = set()
    out = []
    for text in texts:
        if text not in found:
            short, n = cut(text, limit, measure) or ELLIPSIS, 1
            while short in used:
                n += 1
                mark = f"~{n}"
                short = cut(text, limit - measure(mark), measure) + mark
            found[text] = short
            used.add(short)
        out.append(found[text])
    return tuple(out)
