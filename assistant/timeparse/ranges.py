"""Joins two ends into one period: A to B, between A and B."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from semantic_layer.timegrain import TimeGrain

from .model import Period, Reading
from .nodes import (
    ONE_DAY,
    Ctx,
    Node,
    first_from,
    last_until,
    occurrences,
)
from .pieces import Piece
from .rules import compiled

_CONNECT = (
    r" ?(?:起|开始|以来)?,? ?(?:-+|~|到|至|直到|直至|一直到|截至|截止到?) ?|,? (?:(?:and )?"
    r"(?:up )?to|through|thru"
    r"|until|till"
    r"|(?:and )?ending(?: in| on)?) (?:the )?| ?- ?(?:the )?"
)
_BETWEEN = r" ?(?:和|与|跟|及|,|、) ?|,? (?:and|&) (?:the )?"
_PREFIX = (
    r"(?:从|自从|自|由|在|介于|(?:\b(?:from|between|starting(?: from)?|beginning)(?: the)? ?))\s?$"
)
_BETWEEN_PREFIX = r"(?:介于|从|\bbetween(?: the)? ?)\s?$"
_SUFFIX = r" ?(?:这?(?:之间|期间|间(?!接)|这段时间|这段期间|为止|止)|(?<=\w) inclusive)"
_BETWEEN_SUFFIX = r" ?(?:这段)?(?:之间|期间|间(?!接)|这段时间)"


def _pair(left: Node, right: Node, ctx: Ctx) -> tuple[date, date] | None:
    """Return first day and day after the last of "left to right", right included."""
    start = replace(left, part=left.anchor) if left.anchor and left.fixed is None else left
    if left.fixed is not None and left.anchor is not None:
        day = left.anchor(left.fixed)
        start = replace(left, fixed=day or left.fixed)
    if start.fixed is not None:
        found = first_from(right, ctx, start.fixed.start)
        if found is None and right.fixed is not None and right.fixed.end > start.fixed.start:
            found = right.fixed
        return None if found is None else (start.fixed.start, found.end)
    if right.fixed is not None:
        begin = last_until(start, ctx, right.fixed.start)
        return None if begin is None else (begin.start, right.fixed.end)
    for found in occurrences(right, ctx):
        begin = last_until(start, ctx, found.start)
        if begin is None or begin.start > ctx.today:
            continue
        if first_from(right, ctx, begin.start) == found:
            return begin.start, found.end
    return None


def _finer(left: Node, right: Node) -> TimeGrain | None:
    node = min(left, right, key=lambda n: n.level)
    return node.natural_grain


def _range_note(left: Node, right: Node, ctx: Ctx) -> tuple[str, str]:
    if left.fixed is None and right.fixed is None:
        return ("未写年份，按最近已开始的一段", "no year given: the latest that has begun")
    return ("", "")


def join_ranges(pieces: list[Piece], ctx: Ctx) -> list[Piece]:
    """Merge "A to B" pairs into finished periods."""
    out: list[Piece] = []
    i = 0
    while i < len(pieces):
        piece = pieces[i]
        joined = None
        if i + 1 < len(pieces) and piece.period is None:
            joined = _range(piece, pieces[i + 1], ctx)
        if joined is not None:
            out.append(joined)
            i += 2
        else:
            out.append(piece)
            i += 1
    return out


def _range(left: Piece, right: Piece, ctx: Ctx) -> Piece | None:
    gap = ctx.norm[left.end : right.start]
    before, after = ctx.norm[: left.start], ctx.norm[right.end :]
    prefix = compiled(_PREFIX).search(before)
    suffix = compiled(_SUFFIX).match(after)
    if not compiled(_CONNECT).fullmatch(gap):
        if not compiled(_BETWEEN).fullmatch(gap):
            return None
        if not (compiled(_BETWEEN_PREFIX).search(before) and "," not in gap) and not compiled(
            _BETWEEN_SUFFIX
        ).match(after):
            return None
        if compiled(_BETWEEN_PREFIX).search(before) is None and prefix and "from" in prefix[0]:
            return None
    pair = _pair(left.node, right.node, ctx)
    if pair is None or pair[0] >= pair[1]:
        return None
    note = _range_note(left.node, right.node, ctx)
    period = Period(
        pair[0],
        pair[1],
        _finer(left.node, right.node),
        pair[1] <= ctx.as_of + ONE_DAY,
        Reading.RANGE,
        *note,
    )
    start = prefix.start() if prefix else left.start
    end = right.end + (suffix.end() if suffix else 0)
    return Piece(start, end, left.node, period)
