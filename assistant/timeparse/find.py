"""Finds time expressions in running text."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from semantic_layer.timegrain import Calendar, TimeGrain

from . import (
    dates,
    en,
    en_days,
    en_names,
    en_relative,
    en_rolling,
    en_words,
    grains,
    zh,
    zh_days,
    zh_names,
    zh_relative,
)
from .compose import finish, join_parts, share_years
from .events import beside_events
from .model import Period, Reading, Shift, TimeMatch
from .nodes import ONE_DAY, Ctx, Level
from .opens import join_open
from .pieces import Piece, pieces_of
from .ranges import join_ranges
from .rules import Rule, Token, alone, compiled, scan
from .text import normalise

_CJK = re.compile("[一-鿿]")
_LATIN = re.compile("[a-z]")
_DIGIT = re.compile(r"\d")
#: Longer texts are not questions; reading them whole would only cost time.
MAX_CHARS = 2000

#: What must stand before a bare year or figure date in running text.
_EN_CONTEXT = re.compile(rf"(?:^|[\s(,])(?:{en_words.PREPOSITIONS})\s*$")
_ZH_CONTEXT = re.compile(r"(?:在|从|自|于|到|至|截至|截止|对比|相比|比|和|与|跟|、|是|看)\s*$")
_UNITS_AFTER = re.compile(
    r"\s*(?:[个条家人件元万亿块次台名位行笔单封份款%]|leads?\b|mqls?\b|sqls?\b|rows?\b|users?\b"
    r"|customers?\b"
    r"|deals?\b|orders?\b|people\b|clicks?\b|contacts?\b|dollars?\b|usd\b|rmb\b|cny\b|visits?\b"
    r"|records?\b|companies\b|accounts?\b|opportunities\b|employees\b|k\b|m\b|million\b|px\b)"
)
_BIG_BEFORE = re.compile(
    r"(?:超过|大于|小于|少于|多于|高于|低于|达到|满|top|over|above|below|under|least|most|than"
    r"|about"
    r"|around|exceeds?|limit|first|[<>=$¥￥#])\s*$"
)


@lru_cache(maxsize=8)
def _rules(cjk: bool, latin: bool) -> tuple[Rule, ...]:
    """Return the rules worth trying; order breaks ties between equally long matches."""
    out: tuple[Rule, ...] = ()
    if cjk:
        out += grains.ZH_RULES + zh_relative.RULES + zh_names.RULES + zh.RULES + zh_days.RULES
    if latin:
        out += (
            grains.EN_RULES
            + en_relative.RULES
            + en_rolling.RULES
            + en_names.RULES
            + en.RULES
            + en_days.RULES
        )
    return out + dates.RULES


def _tokens(ctx: Ctx) -> list[Token]:
    cjk, latin = bool(_CJK.search(ctx.norm)), bool(_LATIN.search(ctx.norm))
    if not cjk and not latin and not _DIGIT.search(ctx.norm):
        return []
    return scan(_rules(cjk, latin), ctx)


def _runs(tokens: list[Token]) -> list[list[Token]]:
    """Cut the tokens where a comparison or breakdown word stands between them."""
    out: list[list[Token]] = [[]]
    for token in tokens:
        if isinstance(token.found, Shift | TimeGrain):
            out.append([])
        else:
            out[-1].append(token)
    return out


def _believed(piece: Piece, ctx: Ctx) -> bool:
    """Whether a weak reading (a bare 2018, 7日, 4/22) is meant as time."""
    if not piece.node.weak:
        return True
    before, after = ctx.norm[: piece.start], ctx.norm[piece.end :]
    if piece.period is not None:
        figure = compiled(r"(?:greater|less|newer|older) than\b").match(ctx.norm, piece.start)
        return not _UNITS_AFTER.match(after) and (
            not figure or ctx.whole or compiled(r"(?:year|date) is $").search(before) is not None
        )
    if alone(ctx, (piece.start, piece.end)):
        return True
    if _UNITS_AFTER.match(after) or _BIG_BEFORE.search(before):
        return False
    if piece.node.level is Level.YEAR and piece.node.fixed is not None:
        year = ctx.norm[piece.start : piece.end]
        return bool(_EN_CONTEXT.search(before) or _ZH_CONTEXT.search(before)) or (
            "2001" <= year <= "2049" and not after.startswith(("-", "/"))
        )
    return bool(_EN_CONTEXT.search(before) or _ZH_CONTEXT.search(before))


_COMPARE = (
    r"(?:(?:相比于?|相较于?|较之?|对比|比起|比|环比|同比|vs\.?|pk)|\b(?:vs\.?|versus|compared? "
    r"(?:to|with|against)"
    r"|against"
    r"|relative to|than (?:in |during |for )?|(?:growth|increase|change|decrease|decline|(?<!or )(?:up|down)"
    r"|drop|gain) (?:over|from|on|vs)))"
    r" ?(?:the )?$"
)
_WITH = r"(?:与|和|跟|同)\s?$"
_COMPARE_END = r" ?(?:的?同期)? ?(?:相比较?|做?对比|比较|比(?![例率重])|来说)"
_SAME = r"的?同期(?:数据)?"
_WHOLE = r"的?(?:全年|整年|一整年|一年(?![前后])|整月|全月|一整月|整个?季度|整周)"


def _comparison(piece: Piece, period: Period, ctx: Ctx) -> tuple[int, int] | None:
    """Return the span of "比上月", "与上季度相比", "vs last year" around a period, if any."""
    before, after = ctx.norm[: piece.start], ctx.norm[piece.end :]
    prefix = compiled(_COMPARE).search(before[-24:])
    suffix = compiled(_COMPARE_END).match(after)
    offset = max(len(before) - 24, 0)
    if prefix:
        end = piece.end + (suffix.end() if suffix else 0)
        return offset + prefix.start(), end
    together = compiled(_WITH).search(before)
    same = compiled(_SAME).match(after)
    if same:
        start = together.start() if together else piece.start
        return start, piece.end + (suffix or same).end()
    if together and suffix:
        return together.start(), piece.end + suffix.end()
    return None


def _shift(piece: Piece, period: Period, ctx: Ctx) -> Shift:
    """Return the comparison with a named period: the previous one, the year before, or it."""
    grain = period.grain
    if period.reading is Reading.ROLLING:
        words = ctx.norm[piece.start : piece.end]
        if compiled(r"previous|prior|preceding|^(?:之|以|往)?前").search(words):
            # "the last 30 days vs the previous 30 days": the window before the one in question
            return Shift("previous_period", grain=grain)
    if grain is None or period.range is None:
        return Shift("span", period)
    try:
        previous = ctx.calendar.period(ctx.today, grain, -1)
    except (ValueError, OverflowError):
        return Shift("span", period)
    if previous != period.range:
        return Shift("span", period)
    if grain in (TimeGrain.YEAR, TimeGrain.FISCAL_YEAR):
        return Shift("previous_year", period, grain)
    return Shift("previous_period", period, grain)


def _match(piece: Piece, ctx: Ctx) -> TimeMatch | None:
    period = piece.period or finish(piece.node, ctx)
    if period is None:
        return None
    tail = compiled(_WHOLE).match(ctx.norm, piece.end) if piece.node.level >= Level.WEEK else None
    span = (piece.start, tail.end() if tail else piece.end)
    compared = _comparison(piece, period, ctx)
    if compared is not None:
        return TimeMatch(compared, ctx.text[slice(*compared)], shift=_shift(piece, period, ctx))
    return TimeMatch(span, ctx.text[slice(*span)], period=period)


def _periods(tokens: list[Token], ctx: Ctx) -> list[TimeMatch]:
    pieces = beside_events(join_parts(pieces_of(tokens), ctx), ctx)
    pieces = join_open(join_ranges(share_years(pieces, ctx), ctx), ctx)
    found = (_match(piece, ctx) for piece in pieces if _believed(piece, ctx))
    return [match for match in found if match is not None]


_ALL_TIME = re.compile(
    r"\b(?:till|to|until|up to) (?:date|now)\b|截至目前|截止目前|至今|迄今(?:为止)?|到目前为止"
)
_EVER = re.compile(r"有史以来|所有时间|全部时间|不限时间|历史累计|全部历史")


def _open_ends(ctx: Ctx) -> list[TimeMatch]:
    """Return "till date" and 有史以来, which name no period at all."""
    out = []
    for pattern, end in ((_ALL_TIME, ctx.as_of + ONE_DAY), (_EVER, None)):
        for match in pattern.finditer(ctx.norm):
            period = Period(None, end, None, complete=False, reading=Reading.OPEN)
            out.append(TimeMatch(match.span(), ctx.text[slice(*match.span())], period=period))
    return out


def _find(ctx: Ctx) -> list[TimeMatch]:
    tokens = _tokens(ctx)
    out = [match for run in _runs(tokens) for match in _periods(run, ctx)]
    for token in tokens:
        if isinstance(token.found, Shift):
            text = ctx.text[token.start : token.end]
            out.append(TimeMatch((token.start, token.end), text, shift=token.found))
        elif isinstance(token.found, TimeGrain):
            text = ctx.text[token.start : token.end]
            out.append(TimeMatch((token.start, token.end), text, grain=token.found))
    out.extend(_open_ends(ctx))
    return _disjoint(out)


def _disjoint(matches: list[TimeMatch]) -> list[TimeMatch]:
    """Return leftmost, then longest matches that do not overlap."""
    matches.sort(key=lambda m: (m.span[0], -m.span[1]))
    out: list[TimeMatch] = []
    for match in matches:
        if not out or match.span[0] >= out[-1].span[1]:
            out.append(match)
    return out


def find_times(text: str, *, today: date, as_of: date, calendar: Calendar) -> list[TimeMatch]:
    """Return the time expressions of a text, in order and not overlapping.

    Args:
        text: A question in Chinese, English or both.
        today: The asker's local date.
        as_of: Last complete day of data.
        calendar: Week start and fiscal year of the company.

    Returns:
        Periods, comparisons and breakdown units with their places in `text`.
    """
    text = text[:MAX_CHARS]
    ctx = Ctx(today, as_of, calendar, text, normalise(text), whole=False)
    try:
        return _find(ctx)
    except (ValueError, OverflowError):
        # Dates beyond year 9999: nothing anybody asks about.
        return []


def parse_period(
    text: str, *, today: date, as_of: date | None = None, calendar: Calendar | None = None
) -> TimeMatch | None:
    """Return the best time expression of a phrase, or of a sentence holding one.

    Args:
        text: A phrase such as "last quarter", or a sentence.
        today: The asker's local date.
        as_of: Last complete day of data; yesterday by default.
        calendar: Week start and fiscal year of the company.

    Returns:
        The longest period of the text, else a comparison or breakdown word, else None.
    """
    text = text[:MAX_CHARS]
    last = as_of if as_of is not None else today - timedelta(days=1)
    ctx = Ctx(today, last, calendar or Calendar(), text, normalise(text), whole=len(text) <= 40)
    try:
        found = _find(ctx)
    except (ValueError, OverflowError):
        return None
    if not found:
        return None
    return max(found, key=lambda m: (m.period is not None, m.span[1] - m.span[0], -m.span[0]))
