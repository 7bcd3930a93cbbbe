"""Distances from a named day: 国庆前一周, 双11后三天, the week before Christmas."""

from __future__ import annotations

from semantic_layer.timegrain import DateRange

from .en_words import UNITS as EN_UNITS
from .model import Reading
from .nodes import Ctx, Level, Node, resolve
from .numerals import EN_NUM, ZH_NUM, en_number, zh_number
from .pieces import Piece
from .rules import compiled
from .zh_words import UNITS as ZH_UNITS

_ZH = rf"的?(前|后)({ZH_NUM}) ?个?(天|日|周|星期|月)(?!期)"
_EN = rf"(?:\bthe )?\b(?:({EN_NUM}) )?(day|week|month)s? (before|after) (?:the )?$"


def _beside(span: DateRange, ctx: Ctx, count: int, word: str, *, before: bool) -> Node | None:
    """Return `count` units that end where `span` begins, or begin where it ends."""
    if not 1 <= count <= 400:
        return None
    unit = ZH_UNITS.get(word) or EN_UNITS[word]
    if before:
        found = DateRange(ctx.calendar.add(span.start, -count, unit), span.start)
    else:
        found = DateRange(span.end, ctx.calendar.add(span.end, count, unit))
    note = ("紧邻该日期，不含当天", "next to the named day, which is not included")
    return Node(Level.DAY, fixed=found, reading=Reading.RANGE, grain=unit, note=note, clip=False)


def beside_events(pieces: list[Piece], ctx: Ctx) -> list[Piece]:
    """Replace a day and the distance next to it by the period they mean."""
    out: list[Piece] = []
    for piece in pieces:
        if out and piece.start < out[-1].end:
            continue  # swallowed: the 前一周 of 国庆前一周
        out.append(_joined(piece, ctx) or piece)
    return out


def _joined(token: Piece, ctx: Ctx) -> Piece | None:
    node = token.node
    if node.level is not Level.DAY:
        return None
    if node.reading not in (Reading.HOLIDAY, Reading.POINT):
        return None
    span = resolve(node, ctx)
    if span is None:
        return None
    after = compiled(_ZH).match(ctx.norm, token.end)
    if after:
        count = zh_number(after[2]) or 0
        found = _beside(span, ctx, count, after[3], before=after[1] == "前")
        return None if found is None else Piece(token.start, after.end(), found)
    head = ctx.norm[max(token.start - 40, 0) : token.start]
    before = compiled(_EN).search(head)
    if before:
        count = (en_number(before[1]) or 0) if before[1] else 1
        found = _beside(span, ctx, count, before[2], before=before[3] == "before")
        start = token.start - len(head) + before.start()
        return None if found is None else Piece(start, token.end, found)
    return None
