"""Brings text to one spelling without moving any character."""

from __future__ import annotations

import unicodedata

# Only the traditional characters that time phrases use; one for one, so offsets stay.
_TRADITIONAL = dict(
    zip(
        "週個這兩號禮節後間開從時國慶勞動兒婦師軍聖誕陽雙黃財對較環與過來當現為於幾內裡裏萬億曆歷親"
        "愛臘滿連續滾總購數離歲僅據將給終補調網種長達無單學遠會啟應別",
        "周个这两号礼节后间开从时国庆劳动儿妇师军圣诞阳双黄财对较环与过来当现为于几内里里万亿历历亲"
        "爱腊满连续滚总购数离岁仅据将给终补调网种长达无单学远会启应别",
        strict=True,
    )
)
_DASHES = dict.fromkeys("–—−‐‑‒―－", "-") | dict.fromkeys("~～〜∼", "~")
_QUOTES = dict.fromkeys("’‘ʼ`´", "'")
_SPACES = dict.fromkeys("\u00a0\u3000\t\u2009\u202f", " ")
_TABLE = str.maketrans(
    _TRADITIONAL
    | _DASHES
    | _QUOTES
    | _SPACES
    | {"\u3007": "零", "○": "零", "，": ",", "：": ":", "（": "(", "）": ")"}
)


def _fold(char: str) -> str:
    """Return the plain lower-case form of one character if it is one character long."""
    plain = unicodedata.normalize("NFKC", char)
    plain = plain if len(plain) == 1 else char
    lower = plain.lower()
    return lower if len(lower) == 1 else plain


def normalise(text: str) -> str:
    """Return `text` with full width, case and traditional forms folded; same length."""
    if text.isascii():
        return text.lower().replace("\t", " ").replace("`", "'")
    out = text.translate(_TABLE)
    if out.isascii():
        return out.lower()
    return "".join(c if "一" <= c <= "鿿" else _fold(c) for c in out)
