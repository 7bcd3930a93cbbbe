"""English phrases told from today, and fiscal periods."""

from __future__ import annotations

import re
from dataclasses import replace

from semantic_layer.timegrain import DateRange, TimeGrain

from . import parts, relative
from .dates import expand_year
from .en import edge_node, season_node
from .en_names import AHEAD, BACK, NOW, shifted, sign_of
from .en_words import MON, MONTH_NAMES, MONTHS, UNIT, UNITS, WDAY, WEEKDAY_NAMES, WEEKDAYS
from .model import Reading
from .nodes import Ctx, Level, Node, first_from, resolve
from .numerals import EN_NUM, EN_ORD, en_number
from .rules import Rule

_DAYS = {
    "today": 0, "now": 0, "yesterday": -1, "tomorrow": 1, "day before yesterday": -2,
    "day after tomorrow": 2,
}  # fmt: skip


def _day_word(match: re.Match[str], ctx: Ctx) -> Node:
    return relative.days_back(ctx, _DAYS[match[1]])


def _relative(match: re.Match[str], ctx: Ctx) -> Node:
    sign, unit = sign_of(match[1]), UNITS[match[2]]
    node = relative.period(ctx, unit, sign)
    if not match[1].startswith("last"):
        return node
    inner = parts.nth_unit(-1, unit, ctx.calendar)  # the last week of July
    return node if inner is None else replace(node, part=inner.part, within=inner.within)


def _the_unit(match: re.Match[str], ctx: Ctx) -> Node:
    """Read "(for) the month", "the quarter so far"."""
    return relative.period(ctx, UNITS[match[1]], 0)


def _unit_end(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read year end: the last month of the year, the last third of the month."""
    return edge_node("end of").inside(relative.period(ctx, UNITS[match[1]], 0))


def _two_away(match: re.Match[str], ctx: Ctx) -> Node:
    """Read the week before last, the month after next."""
    return relative.period(ctx, UNITS[match[1]], -2 if match[2] == "before" else 2)


def _half_year(match: re.Match[str], ctx: Ctx) -> Node:
    return relative.half_year(ctx, sign_of(match[1]))


def _decade(match: re.Match[str], ctx: Ctx) -> Node:
    first = ctx.today.year // 10 * 10 + 10 * sign_of(match[1])
    start = ctx.today.replace(year=first, month=1, day=1)
    return Node(Level.DECADE, fixed=DateRange(start, start.replace(year=first + 10)))


def _to_date(match: re.Match[str], ctx: Ctx) -> Node:
    letter = {
        "y": TimeGrain.YEAR,
        "q": TimeGrain.QUARTER,
        "m": TimeGrain.MONTH,
        "w": TimeGrain.WEEK,
    }
    return relative.to_date(ctx, letter[match[1]])


def _to_date_words(match: re.Match[str], ctx: Ctx) -> Node:
    return relative.to_date(ctx, UNITS[match[1]])


def _relative_weekday(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read last Friday (the latest before today), this Friday, next Friday (next week)."""
    sign, number = sign_of(match[1]), WEEKDAYS[match[2]]
    if sign < 0:
        back = (ctx.today.weekday() - number - 1) % 7 + 1
        inner = parts.nth_weekday(-1, number)  # the last Tuesday of June
        day = relative.days_back(ctx, -back)
        return replace(day, part=inner.part, within=inner.within)
    return parts.weekday(number).inside(relative.period(ctx, TimeGrain.WEEK, sign))


def _relative_weekend(match: re.Match[str], ctx: Ctx) -> Node | None:
    sign = sign_of(match[1])
    node = parts.weekend().inside(relative.period(ctx, TimeGrain.WEEK, sign))
    if node is None or sign >= 0:
        return node
    inner = parts.nth_weekend(-1)
    return replace(node, part=inner.part, within=inner.within)


def _weekday_after_next(match: re.Match[str], ctx: Ctx) -> Node:
    ahead = (WEEKDAYS[match[1]] - ctx.today.weekday() - 1) % 7 + 1
    return relative.days_back(ctx, ahead + 7)


def _counted_weekday(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 2 Sundays ago, three Fridays from now."""
    count, number = en_number(match[1]) or 0, WEEKDAYS[match[2]]
    if not 1 <= count <= 60:
        return None
    if match[3] == "ago":
        back = (ctx.today.weekday() - number - 1) % 7 + 1
        return relative.days_back(ctx, -back - 7 * (count - 1))
    ahead = (number - ctx.today.weekday() - 1) % 7 + 1
    return relative.days_back(ctx, ahead + 7 * (count - 1))


def _relative_month(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read last September (of last year), this May, next March (the next to come)."""
    month, sign = parts.month(MONTHS[match[2]]), sign_of(match[1])
    if month is None:
        return None
    if sign <= 0:
        found = month.inside(relative.period(ctx, TimeGrain.YEAR, sign))
        note = ("去年的该月", "the month of last year")
        return replace(found, note=note) if found is not None and sign < 0 else found
    ahead = first_from(month, ctx, ctx.today)
    return None if ahead is None else replace(month, fixed=ahead, part=None)


def _relative_season(match: re.Match[str], ctx: Ctx) -> Node | None:
    season = season_node(match[2])
    return None if season is None else shifted(season, match[1], ctx)


def _week_of(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read the week of Sept 16, w/c feb 4, the week of the 18th."""
    if match["m"]:
        node = parts.day_of_year(MONTHS[match["m"]], en_number(match["d"]) or 0)
    elif match["m2"]:
        node = parts.day_of_year(MONTHS[match["m2"]], en_number(match["d2"]) or 0)
    else:
        day = en_number(match["d3"]) or 0
        node = parts.days_of_month(day, day)
    if node is None:
        return None
    if match["y"]:
        year = relative.period(replace(ctx, today=ctx.today.replace(year=int(match["y"]), day=1)),
                               TimeGrain.YEAR, 0)  # fmt: skip
        node = node.inside(year)
        if node is None:
            return None
    found = resolve(node, ctx)
    if found is None:
        return None
    return Node(Level.WEEK, fixed=ctx.calendar.period(found.start, TimeGrain.WEEK))


def _week_iso(match: re.Match[str], ctx: Ctx) -> Node | None:
    week = ctx.calendar.period(ctx.today.replace(int(match[1]), int(match[2]), int(match[3])),
                               TimeGrain.WEEK)  # fmt: skip
    return Node(Level.WEEK, fixed=week)


def _fiscal_year(match: re.Match[str], ctx: Ctx) -> Node:
    named = match[2] or match[1]  # FY 2025/26 is named after its second year
    found = ctx.calendar.fiscal_year_range(expand_year(int(named), ctx.today))
    return Node(Level.YEAR, fixed=found, reading=Reading.FISCAL, grain=TimeGrain.FISCAL_YEAR)


def _fiscal_quarter(match: re.Match[str], _: Ctx) -> Node | None:
    number = int(match[1])
    node = parts.quarters(number, number)
    return (
        None
        if node is None
        else replace(
            node,
            every=TimeGrain.FISCAL_YEAR,
            reading=Reading.FISCAL,
            grain=TimeGrain.FISCAL_QUARTER,
        )
    )


def _all_time(_: re.Match[str], ctx: Ctx) -> Node:
    return Node(Level.DECADE, fixed=DateRange(ctx.today, ctx.today), reading=Reading.OPEN)


def _named_month(name: str) -> str:
    return rf"\b(?P<{name}>{MONTH_NAMES})(?:\.|(?![a-z]))"


_DAY_NO = rf"(?:{EN_ORD}|\d{{1,2}}(?!\d))"
RULES: tuple[Rule, ...] = (
    Rule(
        r"(?:\bthe )?\b(day before yesterday|day after tomorrow|today|yesterday|tomorrow)\b",
        _day_word,
    ),
    Rule(
        r"\b(?:the )?(?:current|present) (?:date|day)\b",
        lambda _, ctx: relative.days_back(ctx, 0),
    ),
    Rule(
        rf"(?:\bthe )?\b({BACK}|{AHEAD}|{NOW}) (?:full |completed? |whole |entire )?{UNIT}",
        _relative,
    ),
    Rule(
        r"(?:(?<=for )|(?<=of )|(?<=in )|(?<=during )|^)the (week|month|quarter|qtr|year)\b"
        r"(?! of| before| after| ending| to date| \d| begin| start| commenc)",
        _the_unit,
    ),
    Rule(
        r"(?:\bthe )?\b(day|week|month|quarter|qtr|year) (before|after) (?:the )?(?:last|next"
        r"|previous)\b(?! \w*(?:week|month|quarter|year))",
        _two_away,
    ),
    Rule(rf"(?:\bthe )?\b({BACK}|{AHEAD}|{NOW}) half(?:[ -]year)?\b(?! of)", _half_year),
    Rule(rf"(?:\bthe )?\b({BACK}|{AHEAD}|{NOW}) decade\b", _decade),
    Rule(rf"\b({EN_NUM}) ({WEEKDAY_NAMES})s (ago|from now)\b", _counted_weekday),
    Rule(rf"(?:\bthe )?{WDAY} after next\b", _weekday_after_next),
    Rule(r"\b([yqmw])td\b", _to_date),
    Rule(r"(?:\bthe )?\b(year|quarter|month)[ -]end\b", _unit_end),
    Rule(r"\bfytd\b", lambda _, ctx: relative.to_date(ctx, TimeGrain.FISCAL_YEAR)),
    Rule(r"\bfqtd\b", lambda _, ctx: relative.to_date(ctx, TimeGrain.FISCAL_QUARTER)),
    Rule(r"\b(fiscal year|fiscal quarter|year|quarter|month|week)[ -]to[ -]date\b", _to_date_words),
    Rule(
        r"\bsince the (?:start|beginning) of (?:the|this) (fiscal year|year|quarter|month|week)\b",
        _to_date_words,
    ),
    Rule(rf"(?:\bthe )?\b({BACK}|{AHEAD}|{NOW}) {WDAY}", _relative_weekday),
    Rule(rf"(?:\bthe )?\b({BACK}|{AHEAD}|{NOW}) week ?end\b", _relative_weekend),
    Rule(r"\b(the) week ?end\b", _relative_weekend),
    Rule(
        rf"(?:\bthe )?\b({BACK}|{AHEAD}|{NOW}) {MON}(?! ?\d{{1,2}}\b)(?! ?(?:19|20)\d\d)",
        _relative_month,
    ),
    Rule(
        rf"(?:\bthe )?\b({BACK}|{AHEAD}|{NOW}) (spring|summer|autumn|fall|winter)\b",
        _relative_season,
    ),
    Rule(
        r"(?:\b(?:the )?(?:week|wk) (?:of|commencing|beginning|starting|from)|\bw/c)(?: the| on)? "
        rf"(?:{_named_month('m')} ?(?P<d>{_DAY_NO})|(?P<d2>{_DAY_NO})(?: of)? {_named_month('m2')}"
        rf"|(?P<d3>{EN_ORD}))(?:,? (?P<y>(?:19|20)\d\d))?",
        _week_of,
    ),
    Rule(
        r"\b(?:week|wk) (?:of|commencing|beginning|starting) ((?:19|20)\d\d)[-/](\d\d?)[-/](\d\d?)",
        _week_iso,
    ),
    Rule(
        r"\b(?:fy|fiscal year|financial year|fiscal) ?'?-?((?:19|20)\d\d|\d\d)(?:[/-](\d\d)"
        r"(?!\d))?(?![\d%])",
        _fiscal_year,
    ),
    Rule(r"\b(?:fy|f|fiscal) ?q([1-4])\b", _fiscal_quarter),
    Rule(
        r"\b(?:all time|all-time|lifetime to date|since inception|ever)\b(?! high| low)",
        _all_time,
    ),
)
