"""English runs of units: last 30 days, next two weeks, 3 months ago."""

from __future__ import annotations

import re
from dataclasses import replace

from semantic_layer.timegrain import DateRange, TimeGrain

from . import parts, relative
from .en_names import AHEAD, BACK, sign_of
from .en_words import UNIT, UNITS
from .nodes import Ctx, Node
from .numerals import EN_NUM, en_number
from .rules import Rule


def _fortnight(match: re.Match[str], ctx: Ctx) -> Node | None:
    if sign_of(match[1]) > 0:
        return relative.upcoming(ctx, 14, TimeGrain.DAY)
    return relative.rolling(ctx, 14, TimeGrain.DAY)


def _rolling(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read last 30 days, past three months, last 3 full months, 5 past years."""
    groups = match.groupdict()
    count, unit = en_number(groups["n"] or "") or 0, UNITS[groups["u"]]
    node = (relative.whole if groups["full"] else relative.rolling)(ctx, count, unit)
    if node is None or not match[0].removeprefix("the ").startswith("last"):
        return node
    inner = parts.edge_units(count, unit, ctx.calendar, first=False)
    if inner is None:
        return node
    return replace(node, part=inner.part, within=inner.within)  # the last 4 months of 2021


def _rolling_months(match: re.Match[str], ctx: Ctx) -> Node | None:
    count = 12 if match[1] in ("ttm", "ltm", "r12m", "l12m") else int(match[2] or 0)
    return relative.rolling(ctx, count, TimeGrain.MONTH)


def _short_rolling(match: re.Match[str], ctx: Ctx) -> Node | None:
    units = {"d": TimeGrain.DAY, "w": TimeGrain.WEEK, "m": TimeGrain.MONTH, "y": TimeGrain.YEAR}
    return relative.rolling(ctx, int(match[1]), units[match[2]])


def _half_rolling(match: re.Match[str], ctx: Ctx) -> Node | None:
    months = {"half year": 6, "half a year": 6, "six months": 6, "year and a half": 18}
    return relative.rolling(ctx, months[match[1]], TimeGrain.MONTH)


def _upcoming(match: re.Match[str], ctx: Ctx) -> Node | None:
    return relative.upcoming(ctx, en_number(match["n"]) or 0, UNITS[match["u"]])


def _ago(match: re.Match[str], ctx: Ctx) -> Node | None:
    count = 1 if match[1] in ("a", "an") else en_number(match[1]) or 0
    return relative.ago(ctx, count, UNITS[match[2]])


def _from_now(match: re.Match[str], ctx: Ctx) -> Node | None:
    count = 1 if match[1] in ("a", "an") else en_number(match[1]) or 0
    if not 1 <= count <= relative.MAX_UNITS:
        return None
    return relative.period(ctx, UNITS[match[2]], count)


def _rest(match: re.Match[str], ctx: Ctx) -> Node | None:
    whole = relative.period(ctx, UNITS[match[1]], 0)
    if whole.fixed is None:
        return None
    return replace(whole, fixed=DateRange(ctx.today, whole.fixed.end), clip=False)


def _hours(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read the last 24 hours: data is by day, so whole days."""
    count = en_number(match[1]) or 0
    return relative.rolling(ctx, -(-count // 24), TimeGrain.DAY)


_N = rf"(?P<n>{EN_NUM})"
_FULL = r"(?P<full>(?:full|complete|completed|whole|calendar|entire) )?"
_U = UNIT.replace("(fiscal", "(?P<u>fiscal", 1).replace("(?:calendar )?", "", 1)
_BACK_THE = rf"(?:\bthe )?\b(?:{BACK})"
RULES: tuple[Rule, ...] = (
    Rule(rf"(?:\bthe )?\b({BACK}|{AHEAD}) (?:fortnight|two-week period)\b", _fortnight),
    Rule(rf"{_BACK_THE}[ -]{_N}[ -]?{_FULL}{_U}", _rolling),
    Rule(rf"(?:\bthe )?\b{_N} (?:{BACK}) {_FULL}{_U}", _rolling),
    Rule(
        r"(?:\bthe )?\b(?:last|past|previous) (half a year|half year|year and a half)\b",
        _half_rolling,
    ),
    Rule(r"\b(ttm|ltm|r12m|l12m)\b", _rolling_months),
    Rule(r"\b(?:last|past|l|rolling|trailing) ?(\d{1,4})([dwmy])\b", _short_rolling),
    Rule(rf"(?:\b(?:a |the )?rolling) {_N}[ -]{_FULL}{_U}", _rolling),
    Rule(rf"(?:\bthe )?\b(?:{AHEAD}) {_N} {_U}", _upcoming),
    Rule(rf"(?:\bthe )?\b{_N} (?:{AHEAD}) {_U}", _upcoming),
    Rule(rf"\b({EN_NUM}|an?) {UNIT} (?:ago|earlier|back)\b", _ago),
    Rule(rf"\b({EN_NUM}|an?) {UNIT} from (?:now|today)\b", _from_now),
    Rule(r"\brest of (?:the |this )?(week|month|quarter|year)\b", _rest),
    Rule(rf"(?:\bthe )?\b(?:last|past|previous) ({EN_NUM}) hours\b", _hours),
)
