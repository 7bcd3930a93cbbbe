"""An answer as WeCom messages: pure, total, inside every byte limit, honest about what is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assistant.answer import Answer, Table
from assistant.cells import cell_text
from bots.render.measure import clean, cut, one_line, utf8
from bots.render.told import basis, body, choices, headline, shown_tables, warnings, word
from bots.wecom import limits
from bots.wecom.cards import button_card, kpi_card
from bots.wecom.limits import Surface
from bots.wecom.split import split
from semantic_layer.tracing import traced

_TABLE_ROWS = 10
_TABLE_COLUMNS = 6
_CELL = 60
_NUMBERING = 24  # bytes kept free for （1/3）
# WeCom would ring everybody, colour, link or call somebody where a text only quotes these.
_SPECIAL = re.compile(r"<(?=[@/a-zA-Z])|(?<=\])\(")


@dataclass(frozen=True)
class Message:
    """One message, ready for any of the four ways of sending.

    Attributes:
        key: Idempotency key.
        kind: markdown, card or picture.
        content: Markdown text, or the alt text of a picture.
        card: The template card.
        cuts: What was shortened or left out in the whole answer; said in the text.
    """

    key: str
    kind: str
    content: str = ""
    card: dict[str, Any] | None = None
    cuts: tuple[str, ...] = ()


@traced("render")
def render(
    answer: Answer, answer_id: str, surface: Surface, *, web_url: str = ""
) -> tuple[Message, ...]:
    """Return an answer as messages, in the order of sending: text, picture, card."""
    texts, cuts = _texts(answer, surface)
    keys = (f"{answer_id}:{i}" for i in range(len(texts) + 2))
    out = [Message(next(keys), "markdown", t, cuts=cuts) for t in texts]
    if surface.pictures and answer.status == "answered" and answer.charts:
        alt = one_line(answer.charts[0].alt or answer.charts[0].title) or headline(answer)
        out.append(Message(next(keys), "picture", cut(alt, limits.TEXT, utf8), cuts=cuts))
    card = _card(answer, answer_id, surface, web_url)
    if card is not None:
        out.append(Message(next(keys), "card", card=card, cuts=cuts))
    return tuple(out)


def _card(answer: Answer, answer_id: str, surface: Surface, url: str) -> dict[str, Any] | None:
    card = button_card(answer, answer_id) if surface.buttons else None
    if card is None and surface.dialect == "v1":
        return kpi_card(answer, answer_id, url)
    return card


def _texts(answer: Answer, surface: Surface) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the numbered texts. Headline and basis are never what is given up."""
    room = surface.markdown - _NUMBERING
    whole = _safe(headline(answer))
    head = cut(whole, room // 5, utf8)
    receipt, is_short = basis(answer, room // 6, utf8)  # quoting and making safe may double it
    quoted = _quoted(_safe(receipt))
    middle, cuts = _middle(answer, surface)
    cuts = (
        *((word(answer.lang, "headline"),) if head != whole else ()),
        *((word(answer.lang, "basis"),) if is_short else ()),
        *cuts,
    )
    top = f"**{head}**" if surface.dialect == "v1" else f"## {head}"
    text = _joined(top, *middle)
    foot = _joined(_said(cuts, answer.lang, room // 6), quoted)
    parts, is_lost = split(_joined(text, foot), room, parts=surface.parts)
    if is_lost:
        cuts = (*cuts, word(answer.lang, "kept"))
        foot = _joined(_said(cuts, answer.lang, room // 6), quoted)
        parts = _trimmed(text, foot, room, surface.parts)
    if len(parts) == 1:
        return parts, cuts
    n = len(parts)
    return tuple(p + word(answer.lang, "part", i, n) for i, p in enumerate(parts, 1)), cuts


def _trimmed(text: str, foot: str, room: int, count: int) -> tuple[str, ...]:
    """Give up the end of `text`, so that `foot` still fits into the last part."""
    (*fore, last), _ = split(text, room, parts=count)
    kept, _ = split(last, room - utf8(foot) - 2, parts=1)
    return (*fore, _joined(*kept, foot))


def _joined(*texts: str) -> str:
    return "\n\n".join(t for t in texts if t)


def _said(cuts: tuple[str, ...], lang: str, limit: int) -> str:
    text = word(lang, "sep").join(dict.fromkeys(cuts))
    return cut(word(lang, "cut") + text, limit, utf8) if text else ""


def _middle(answer: Answer, surface: Surface) -> tuple[list[str], tuple[str, ...]]:
    asked = "\n".join(f"{i}. {_safe(c)}" for i, c in enumerate(choices(answer), start=1))
    parts = [_safe(body(answer)), asked]
    tables = shown_tables(answer)
    cuts: tuple[str, ...] = ()
    if tables:
        text, cuts = _table(tables[0], answer, surface)
        parts.append(text)
    if len(tables) > 1:
        cuts = (*cuts, word(answer.lang, "tables", len(tables) - 1))
    parts.append(_safe(warnings(answer)))
    return [p for p in parts if p], cuts


# --- tables ---------------------------------------------------------------------------------


def _table(table: Table, answer: Answer, surface: Surface) -> tuple[str, tuple[str, ...]]:
    shown = table.columns[:_TABLE_COLUMNS]
    rows = [
        [one_line(cell_text(v, c, answer)) for v, c in zip(row, shown, strict=False)]
        for row in table.rows[:_TABLE_ROWS]
    ]
    names = [cut(one_line(c.label) or "—", _CELL, utf8) for c in shown]
    short = [[cut(t, _CELL, utf8) or "—" for t in row] for row in rows]
    cuts = [word(answer.lang, "cells")] if short != [[t or "—" for t in r] for r in rows] else []
    total = max(table.total_rows, len(table.rows))
    if len(rows) < total:
        cuts.append(word(answer.lang, "rows", len(rows), total))
    if len(shown) < len(table.columns):
        cuts.append(word(answer.lang, "columns", len(shown), len(table.columns)))
    if surface.dialect == "v1":
        return "\n".join(_lines(names, short)), tuple(cuts)
    rule = "|" + "|".join(" --: " if c.type == "number" else " :-- " for c in shown) + "|"
    lines = [_row(names), rule, *map(_row, short)]
    return "\n".join(lines), tuple(cuts)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(_safe(c).replace("|", "｜") for c in cells) + " |"


def _lines(names: list[str], rows: list[list[str]]) -> Iterator[str]:
    """One line for each row: the number first, for clients that know no tables."""
    for row in rows:
        first, *rest = zip(names, row, strict=True)
        values = "，".join(f"{_safe(n)} **{_safe(v)}**" for n, v in rest)
        yield f"{_safe(first[1])}：{values}" if rest else f"{_safe(first[0])} **{_safe(first[1])}**"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _safe(text: str) -> str:
    """Keep a quoted text from calling people, colouring or linking."""
    return _SPECIAL.sub(lambda m: "＜" if m[0] == "<" else "（", clean(text)).replace(
        "@all", "@ all"
    )
