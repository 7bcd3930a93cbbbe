"""Joins parts into their containers, shares years in lists, and dates what stands alone."""

from __future__ import annotations

from dataclasses import replace

from semantic_layer.timegrain import TimeGrain

from .model import Period, Reading
from .nodes import (
    LEVEL_GRAIN,
    ONE_DAY,
    Ctx,
    Level,
    Node,
    first_from,
    resolve,
    year_before,
)
from .pieces import Piece
from .rules import compiled

#: Between a container and a part that follows it: 去年的 | 第一周, 2016 | Q2, last year's | May.
_FORWARD = (
    r" ?(?:的|那个?|里的?|内的?|之内|中的|当中|度|份)? ?(?:从|自)?|,? ?(?:'?s|') |,? | ?[-/] ?"
    r"| from | in | the "
)
#: Between a part and a container that follows it: Q2 | of | last year.
_BACKWARD = (
    r"(?: ?, ?| | ?[-/] ?| ?,? ?(?:of|in|for|from|during|within|on|at)(?: the)?(?: year| month)? ?"
    r"(?:of )?)"
)
_OF = r"\b(?:of|in|from)\b"
_WEEKDAY_GAP = r" ?,? ?(?:the )?"


def _as_part(left: Piece, right: Piece, ctx: Ctx) -> Node | None:
    gap = ctx.norm[left.end : right.start]
    if len(gap) > 14:
        return None
    # 前三个月 and "last week" stand alone too, so they need a closer tie to be parts.
    loose = right.node.fixed is not None and gap not in ("", "的")
    if not loose and compiled(_FORWARD).fullmatch(gap):
        node = right.node.inside(left.node)
        if node is not None:
            return node
    if compiled(_WEEKDAY_GAP).fullmatch(gap):
        date_node = _weekday_and_date(left.node, right.node, ctx)
        if date_node is not None:
            return date_node
    loose = left.node.fixed is not None and not compiled(_OF).search(gap)
    if not loose and compiled(_BACKWARD).fullmatch(gap):
        return left.node.inside(right.node)
    return None


def _weekday_and_date(left: Node, right: Node, ctx: Ctx) -> Node | None:
    """Return the date of "Sunday, Feb 10" or "10月12号,星期一": the weekday adds nothing."""
    for day, other in ((left, right), (right, left)):
        if day.every is TimeGrain.WEEK and day.level is Level.DAY and other.level is Level.DAY:
            dated = other.fixed is not None or other.every is TimeGrain.YEAR
            if dated and other.reading is Reading.POINT:
                return _on_weekday(other, day, ctx)
    return None


def _on_weekday(dated: Node, weekday: Node, ctx: Ctx) -> Node:
    """Return the next such date instead of the last when only that falls on the weekday."""
    latest, ahead = resolve(dated, ctx), first_from(dated, ctx, ctx.today)
    named = resolve(weekday, ctx)
    if dated.fixed is not None or latest is None or ahead is None or named is None:
        return dated
    number = named.start.weekday()
    if latest.start.weekday() != number == ahead.start.weekday():
        return replace(dated, fixed=ahead, part=None)
    return dated


def join_parts(pieces: list[Piece], ctx: Ctx) -> list[Piece]:
    """Merge neighbours until nothing fits, from the right (first week of | October 2014)."""
    pieces = list(pieces)
    changed = True
    while changed and len(pieces) > 1:
        changed = False
        for i in range(len(pieces) - 2, -1, -1):
            left, right = pieces[i], pieces[i + 1]
            node = _as_part(left, right, ctx)
            if node is not None:
                pieces[i : i + 2] = [Piece(left.start, right.end, node)]
                changed = True
                break
    return pieces


_LIST = (
    r" ?(?:、|和|与|及|跟|或|,|/|对比|比|vs\.?|pk) ?|,? (?:and|or|vs\.?|versus|compared (?:to"
    r"|with)|against"
    r"|than|&) "
)
_EXPLICIT_YEAR = r"年|\d{4}|\bfy|\byear|'\d\d|\d\dq"


def _year_around(piece: Piece, ctx: Ctx) -> Node | None:
    """Return the year a piece lies in when its text names one."""
    if piece.year is not None:
        return piece.year
    found = piece.node.fixed
    text = ctx.norm[piece.start : piece.end]
    if found is None or piece.node.level >= Level.YEAR or not compiled(_EXPLICIT_YEAR).search(text):
        return None
    fiscal = piece.node.reading is Reading.FISCAL
    unit = TimeGrain.FISCAL_YEAR if fiscal else TimeGrain.YEAR
    return Node(
        Level.YEAR, fixed=ctx.calendar.period(found.start, unit), reading=piece.node.reading
    )


def _same_year(bare: Piece, dated: Piece, ctx: Ctx) -> Piece:
    """Return the bare part in the year of its neighbour: 2025年3月和5月, Q1 and Q2 2025."""
    if bare.node.fixed is not None or bare.node.every is not TimeGrain.YEAR:
        return bare
    year = _year_around(dated, ctx)
    node = None if year is None else bare.node.inside(year)
    return bare if node is None else replace(bare, node=node, year=year)


def share_years(pieces: list[Piece], ctx: Ctx) -> list[Piece]:
    """Give the members of a list the year that only one of them names."""
    out = list(pieces)
    for i in range(1, len(out)):
        gap = ctx.norm[out[i - 1].end : out[i].start]
        if compiled(_LIST).fullmatch(gap):
            out[i] = _same_year(out[i], out[i - 1], ctx)
    for i in range(len(out) - 1, 0, -1):
        gap = ctx.norm[out[i - 1].end : out[i].start]
        if gap.isascii() and compiled(_LIST).fullmatch(gap):
            out[i - 1] = _same_year(out[i - 1], out[i], ctx)
    return out


def finish(node: Node, ctx: Ctx) -> Period | None:
    """Return the period of a node that stands alone; a running one is cut at the data."""
    if node.reading is Reading.OPEN:
        return Period(None, None, None, complete=False, reading=Reading.OPEN)
    span = resolve(node, ctx)
    if span is None:
        return None
    end, now = span.end, ctx.as_of + ONE_DAY
    note, reading = node.note, node.reading
    running = span.start <= ctx.today and span.end > now
    if running and node.clip and node.level > Level.DAY:
        end = min(span.end, max(now, span.start + ONE_DAY))
        shown = end - ONE_DAY
        reading = Reading.TO_DATE if reading is Reading.CALENDAR else reading
        note = (f"进行中的周期，截至 {shown}", f"running period, to date through {shown}")
    elif node.fixed is None and node.every is not None and not note[0]:
        note = (
            f"未写明{_EVERY[node.every][0]}，按最近已开始的一段",
            f"no {_EVERY[node.every][1]} given: the latest that has begun",
        )
    grain = node.grain or LEVEL_GRAIN[node.level]
    return Period(span.start, end, grain, span.end <= now, reading, *note, year_before(node, span))


_EVERY: dict[TimeGrain, tuple[str, str]] = {
    TimeGrain.DAY: ("日期", "date"),
    TimeGrain.WEEK: ("哪一周", "week"),
    TimeGrain.MONTH: ("月份", "month"),
    TimeGrain.QUARTER: ("季度", "quarter"),
    TimeGrain.YEAR: ("年份", "year"),
    TimeGrain.FISCAL_QUARTER: ("财季", "fiscal quarter"),
    TimeGrain.FISCAL_YEAR: ("财年", "fiscal year"),
}
