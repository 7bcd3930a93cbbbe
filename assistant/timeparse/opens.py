"""Periods with one open end: before, after, since, until, up to now."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from semantic_layer.timegrain import DateRange

from .model import Period, Reading
from .nodes import (
    ONE_DAY,
    Ctx,
    Node,
    resolve,
)
from .pieces import Piece
from .rules import compiled

_ZH_INCLUSIVE = (
    r"(?:\(含\)(?:之|以)?|,?(?:或|及|以及|含)(?:之|以)?|和(?:之|以)(?=[前后]"
    r"(?!的?[\d一二三四五六七八九十几两])))"
)
_NOT_BEFORE = r"(?![\d一二三四五六七八九十几后天日年台端往来者景提沿])"
_NOT_AFTER = r"(?![\d一二三四五六七八九十几续台天日面期端者果来])"
_BEFORE = (
    rf" ?(?:{_ZH_INCLUSIVE}前|(?:之|以)前(?!的?[\d一二三四五六七八九十几两])|前{_NOT_BEFORE}|"
    r"(?:为止|止)(?!损|住)|,? (?:or|and) "
    r"(?:before"
    r"|earlier|prior|older)\b)"
)
_AFTER = (
    rf" ?(?:{_ZH_INCLUSIVE}后|(?:之|以)后|后{_NOT_AFTER}|(?:以|往)?来(?!自|源|访|电|的客)"
    r"|起(?!来|步|点|伏)(?!至今)|开始|(?:之|以)后"
    r"|,? (?:or|and) (?:after|later|greater|newer|beyond|onwards?)\b|,? (?:on ?)?onwards?\b"
    r"|,? on\b(?= *$))"
)
_UNTIL_NOW = (
    r" ?(?:起|开始|以来)?,? ?(?:至今|到现在|到今天|到目前(?:为止)?|迄今(?:为止)?|截至目前|直到现在"
    r"|至目前)"
    r"|,? (?:to date|so far|(?:until|till|to|through|up to) (?:now|date|the present|present)"
    r"|thus far)\b"
)
_PRE = (
    r"(?P<through>(?:^|(?<=[, ]))到|不晚于|不迟于|截至到?|截止到?|直到|直至|\b(?:up to and including|through|thru"
    r"|until|till|up (?:to"
    r"|until|till)"
    r"|no later than|not later than|not after"
    r"|on or before|as of|by)(?: the)?(?: end of)? )"
    r"|(?P<since>不早于|自从|自打|自|从|始于|\b(?:since|on or after|starting(?: from| in| on)?"
    r"|beginning"
    r"(?: in"
    r"| on)?|no earlier than|not earlier than|not before|from)(?: the)? )"
    r"|(?P<after>晚于|\b(?:after|later than|past|greater than|newer than)(?: the)?(?: year)? )"
    r"|(?P<before>早于|\b(?:before|prior to|earlier than|older than|less than|ahead of)(?: the)?"
    r"(?: year)? )"
)


def _suffix(pattern: str, piece: Piece, limit: int, ctx: Ctx) -> re.Match[str] | None:
    """Return the words after a node, unless they belong to the next: 2010 | and before 2018."""
    found = compiled(pattern).match(ctx.norm[piece.end :])
    if found and found[0].isascii():
        rest = ctx.norm[piece.end + found.end() : limit]
        if limit > piece.end + found.end() and rest.strip() in ("", "the"):
            return None
    return found


def _open(piece: Piece, limit: int, ctx: Ctx) -> Piece | None:
    """Return the open or to-date period that the words around a node make of it."""
    span = resolve(piece.node, ctx)
    if span is None:
        return None
    prefix = _last_match(_PRE, ctx.norm[: piece.start])
    now = _suffix(_UNTIL_NOW, piece, limit, ctx)
    if now:
        start = piece.start - (len(prefix[0]) if prefix and prefix["since"] else 0)
        return _built(piece, ctx, start, piece.end + now.end(), span, "now")
    later = _suffix(_AFTER, piece, limit, ctx)
    if later:
        start = piece.start - (len(prefix[0]) if prefix and prefix["since"] else 0)
        word = later[0].strip()
        exclusive = word in ("后", "之后", "以后")
        running = word.endswith("来") and span.start <= ctx.today < span.end
        kind = "now" if running else "after" if exclusive else "since"
        return _built(piece, ctx, start, piece.end + later.end(), span, kind)
    sooner = _suffix(_BEFORE, piece, limit, ctx)
    if sooner:
        word = sooner[0].strip()
        if piece.node.tail and ctx.norm[piece.start] in "年月":
            span = _running_tail(piece.node, ctx) or span
        cut = prefix and prefix["through"] and prefix.group().startswith(("截", "直"))
        inclusive = word not in ("前", "之前", "以前") or piece.node.tail
        start = piece.start - (len(prefix[0]) if cut and prefix else 0)
        kind = "through" if inclusive else "before"
        return _built(piece, ctx, start, piece.end + sooner.end(), span, kind)
    if prefix is None:
        return None
    kind = next(name for name in ("through", "since", "after", "before") if prefix[name])
    if kind == "before" and piece.node.tail:
        kind = "through"  # before the end of June
    if kind == "since" and prefix[0].strip() in ("从", "自", "from", "from the"):
        return None
    return _built(piece, ctx, piece.start - len(prefix[0]), piece.end, span, kind)


def _running_tail(node: Node, ctx: Ctx) -> DateRange | None:
    """Return the 年底 or 月底 to come: 年底前 is a deadline, not last December."""
    if node.part is None or node.every is None:
        return None
    return node.part(ctx.calendar.period(ctx.today, node.every))


def _last_match(pattern: str, text: str) -> re.Match[str] | None:
    """Return the match of `pattern` that ends where `text` ends."""
    return compiled(rf"(?:{pattern})$").search(text[-24:])


_NOTES = {
    "after": ("“之后”不含该时段本身", "the named period itself is not included in “after”"),
    "before": ("“之前”不含该时段本身", "the named period itself is not included in “before”"),
    "through": ("截至日包含在内", "the last day is included"),
    "since": ("", ""),
    "now": ("截至最近完整数据日", "up to the last complete day of data"),
}


def _built(piece: Piece, ctx: Ctx, start: int, end: int, span: DateRange, kind: str) -> Piece:
    now = ctx.as_of + ONE_DAY
    ends: dict[str, tuple[date | None, date | None, Reading]] = {
        "now": (span.start, max(now, span.start + ONE_DAY), Reading.TO_DATE),
        "since": (span.start, None, Reading.SINCE),
        "after": (span.end, None, Reading.SINCE),
        "before": (None, span.start, Reading.BEFORE),
        "through": (None, span.end, Reading.BEFORE),
    }
    first, last, reading = ends[kind]
    complete = last is not None and last <= now and kind != "now"
    period = Period(first, last, piece.node.natural_grain, complete, reading, *_NOTES[kind])
    return Piece(start, end, piece.node, period)


def join_open(pieces: list[Piece], ctx: Ctx) -> list[Piece]:
    """Apply before, after, since and until to the nodes they stand next to."""
    out: list[Piece] = []
    for i, piece in enumerate(pieces):
        limit = pieces[i + 1].start if i + 1 < len(pieces) else 0
        joined = _open(piece, limit, ctx) if piece.period is None else None
        piece = joined or piece
        if out and piece.start < out[-1].end:
            piece = replace(piece, start=out[-1].end)
        out.append(piece)
    return _close(out, ctx)


_AND = r",? (?:and|but)? ?| ?(?:,|、)? ?(?:且|并且?|而且|同时|到)? ?(?:在)?"


def _close(pieces: list[Piece], ctx: Ctx) -> list[Piece]:
    """Join "after 2010 and before 2018" into the one period between them."""
    out: list[Piece] = []
    for piece in pieces:
        last = out[-1].period if out else None
        if last is not None and piece.period is not None and last.end is None:
            gap = ctx.norm[out[-1].end : piece.start]
            begun, ends = last.start, piece.period.end
            joins = piece.period.start is None and compiled(_AND).fullmatch(gap) is not None
            if joins and begun and ends and begun < ends:
                both = replace(piece.period, start=begun, reading=Reading.RANGE)
                out[-1] = replace(piece, start=out[-1].start, period=both)
                continue
        out.append(piece)
    return out
