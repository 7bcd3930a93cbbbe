"""Questions folded for matching, with the way back to the original characters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_ARROWS = str.maketrans({"→": ">", "⇒": ">", "➔": ">", "’": "'", "‘": "'"})
_JOINERS = re.compile(r"(?<=[a-z])[-_](?=[a-z])")


@lru_cache(maxsize=1)
def _simplifier() -> object:
    from opencc import OpenCC

    return OpenCC("t2s")


def simplify(text: str) -> str:
    """Return traditional characters as simplified ones, one for one (else unchanged)."""
    if not _CJK.search(text):
        return text
    out: str = _simplifier().convert(text)  # type: ignore[attr-defined]
    return out if len(out) == len(text) else text


@dataclass(frozen=True)
class Folded:
    """A folded text; `origin[i]` is the index in `raw` of folded character i."""

    raw: str
    text: str
    origin: tuple[int, ...]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of `raw` that a folded span came from."""
        if start >= end:
            return 0, 0
        return self.origin[start], self.origin[end - 1] + 1

    def folded_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the folded span that covers a span of `raw`."""
        inside = [i for i, o in enumerate(self.origin) if start <= o < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


def fold(raw: str) -> Folded:
    """Fold width, case, traditional characters, blanks beside Chinese, and joiners.

    `MQL → SQL 率` and `mql->sql率` (also in full-width letters) fold to the same text.
    """
    chars: list[tuple[str, int]] = []
    for i, char in enumerate(simplify(raw)):
        folded = unicodedata.normalize("NFKC", char).casefold().translate(_ARROWS)
        chars.extend((c, i) for c in folded)
    chars = _tidy(chars)
    text = "".join(c for c, _ in chars)
    text = _JOINERS.sub(" ", text)
    return Folded(raw, text, tuple(i for _, i in chars))


def _tidy(chars: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Collapse blanks; drop them beside Chinese and around arrows; `->` becomes `>`."""
    out: list[tuple[str, int]] = []
    for char, index in chars:
        if char.isspace():
            if out and out[-1][0] != " ":
                out.append((" ", index))
            continue
        if out and out[-1][0] == " " and len(out) > 1 and _glued(out[-2][0], char):
            out.pop()
        if char == ">" and out and out[-1][0] == "-":
            out.pop()
            if out and out[-1][0] == " ":
                out.pop()
        out.append((char, index))
    while out and out[-1][0] == " ":
        out.pop()
    return out[1:] if out and out[0][0] == " " else out


def _glued(left: str, right: str) -> bool:
    return bool(_CJK.match(left) or _CJK.match(right)) or ">" in (left, right)


_BESIDE = re.compile(r"(?<=[\u3400-\u9fff\uf900-\ufaff]) | (?=[\u3400-\u9fff\uf900-\ufaff])")
_ARROW = re.compile(r" ?-?> ?")


def fold_word(word: str) -> str:
    """Fold a name of the catalogue the same way, without the way back."""
    return _fold_simplified(simplify(word))


def fold_words(words: list[str]) -> list[str]:
    """Fold many names at once (one conversion for all of them)."""
    joined = simplify("\n".join(words)).split("\n")
    same = len(joined) == len(words)
    return [_fold_simplified(w) for w in joined] if same else [fold_word(w) for w in words]


def _fold_simplified(word: str) -> str:
    text = word if word.isascii() else unicodedata.normalize("NFKC", word).translate(_ARROWS)
    text = " ".join(text.casefold().split())
    if " " in text and not text.isascii():
        text = _BESIDE.sub("", text)
    if ">" in text:
        text = _ARROW.sub(">", text)
    return _JOINERS.sub(" ", text) if "-" in text or "_" in text else text


def is_latin(char: str) -> bool:
    """Whether a folded character is part of a Latin word or number."""
    return char.isascii() and (char.isalnum())


def has_chinese(text: str) -> bool:
    """Whether the text has a Chinese character."""
    return bool(_CJK.search(text))


_ENGLISH_ASKING = re.compile(
    r"\b(?:the|of|for|which|what|how|who|when|by|are|is|was|were|in|show|list|our|my|does|did|with|and)\b",
    re.IGNORECASE,
)
_CHINESE_ASKING = re.compile(
    r"[的了吗呢吧哪谁几各按本上下今去这那每和与是有看给怎]|什么|多少|对比|趋势|同比|环比"
)


def is_english(text: str) -> bool:
    """Whether a text has words that only an English sentence has: `of`, `what`."""
    return bool(_ENGLISH_ASKING.search(text))


def language_of(text: str) -> Literal["zh", "en"] | None:
    """Return the language of a question; None when it has no letters.

    A Chinese name in an English sentence does not make it Chinese: `leads of 华东`.
    """
    if has_chinese(text):
        english = _ENGLISH_ASKING.search(text) and not _CHINESE_ASKING.search(text)
        return "en" if english else "zh"
    return "en" if any(c.isascii() and c.isalpha() for c in text) else None
