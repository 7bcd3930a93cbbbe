"""English days and runs of days: May 3rd, 3-12 of Sept, Friday the 11th."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from semantic_layer.timegrain import DateRange, add_months

from . import parts
from .dates import YEAR4, day_node, month_node
from .en_words import (
    DAY_NO,
    MON,
    MONTHS,
    ORD_ONLY,
    SEP,
    TO,
    WDAY,
    WEEKDAYS,
    YEAR,
    number_of,
    year_of,
)
from .model import Reading
from .nodes import Ctx, Node
from .rules import Rule


def _dated(month: int, day: int, year: int | None) -> Node | None:
    return parts.day_of_year(month, day) if year is None else day_node(year, month, day)


def _month_day(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read May 3rd, Oct. 2, July 4th of 1995, Dec. 31 , 1994."""
    year = year_of(match.groups()[3:6], ctx)
    return _dated(MONTHS[match[1]], number_of(match[2], match[3]), year)


def _day_month(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 3rd of May, 14 nov, twenty third day of September 2016."""
    year = year_of(match.groups()[3:6], ctx)
    return _dated(MONTHS[match[3]], number_of(match[1], match[2]), year)


def _ymd_word(match: re.Match[str], _: Ctx) -> Node:
    return day_node(int(match[1]), MONTHS[match[2]], int(match[3]))


def _run(month: int, first: int, last: int, year: int | None) -> Node | None:
    days = parts.days_of_month(first, last)
    around = parts.month(month) if year is None else month_node(year, month)
    found = None if days is None or around is None else days.inside(around)
    return None if found is None else replace(found, reading=Reading.RANGE, clip=False)


def _month_days(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read November 19-20, april 9th through 17th."""
    first, last = number_of(match[2], match[3]), number_of(match[4], match[5])
    return _run(MONTHS[match[1]], first, last, year_of(match.groups()[5:8], ctx))


def _days_month(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 3 until 12 of Sept, 4-22 January, 1995."""
    first, last = number_of(match[1], match[2]), number_of(match[3], match[4])
    return _run(MONTHS[match[5]], first, last, year_of(match.groups()[5:8], ctx))


def _day_to_month_day(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read from 4 to January 22, 1995."""
    first, last = number_of(match[1], match[2]), number_of(match[4], match[5])
    return _run(MONTHS[match[3]], first, last, year_of(match.groups()[5:8], ctx))


def _bare_days(match: re.Match[str], _: Ctx) -> Node | None:
    """Read the "4 to 23" of "4 to 23 next month"; nothing without a month around it."""
    node = parts.days_of_month(number_of(match[1], match[2]), number_of(match[3], match[4]))
    if node is None:
        return None
    return replace(node, every=None, reading=Reading.RANGE, clip=False, weak=True)


def _day_of_month(match: re.Match[str], _: Ctx) -> Node | None:
    day = number_of(match[1])
    node = parts.days_of_month(day, day)
    return None if node is None else replace(node, weak=not match[2])


def month_span(first: date) -> DateRange:
    """Return the month that begins on `first`."""
    return DateRange(first, add_months(first, 1))


def _weekday_the(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read Friday the 11th: the nearest 11th that is a Friday."""
    day = number_of(match[2], match[3])
    node = parts.days_of_month(day, day)
    if node is None or node.part is None:
        return None
    plain, number = node.part, WEEKDAYS[match[1]]

    first = ctx.today.replace(day=1)
    near = [plain(month_span(add_months(first, offset))) for offset in range(-12, 13)]
    dated = [found for found in near if found and found.start.weekday() == number]
    if not dated:
        return None
    best = min(dated, key=lambda found: abs((found.start - ctx.today).days))
    return replace(node, fixed=best, part=None)


RULES: tuple[Rule, ...] = (
    Rule(rf"{MON}(?: |, ?|/|-)?{DAY_NO}(?:{SEP}{YEAR})?(?! ?[a-z]*%)", _month_day),
    Rule(
        rf"(?<![\d.$]){DAY_NO}(?: day)?(?: of |/|-| )?{MON}(?:{SEP}{YEAR})?(?! ?\d{{1,2}}(?:st|nd"
        r"|rd|th)\b)",
        _day_month,
    ),
    Rule(rf"\b({YEAR4})[-/ ]{MON}[-/ ](\d{{1,2}})\b", _ymd_word),
    Rule(
        rf"{MON} ?{DAY_NO}{TO}{DAY_NO}(?! of | ?[-/]\d)(?:{SEP}{YEAR})?(?! ?(?:jan|feb|mar|apr|may"
        r"|jun|jul|aug|sep|oct|nov|dec))",
        _month_days,
    ),
    Rule(rf"(?<![\d.$]){DAY_NO}{TO}{DAY_NO}(?: of)? ?{MON}(?:{SEP}{YEAR})?", _days_month),
    Rule(rf"(?<![\d.$/]){DAY_NO}{TO}{MON} ?{DAY_NO}(?:{SEP}{YEAR})?", _day_to_month_day),
    Rule(
        rf"(?<![\d.$/-]){DAY_NO}{TO}{DAY_NO}(?=,? (?:of )?(?:next|last|this|the|previous) month)",
        _bare_days,
    ),
    Rule(r"(?<=\bon )the (\d{1,2})()\b(?![\d%-]| \w)", _day_of_month),
    Rule(
        r"(?:\bthe )?(?<![\d.])(\d{1,2})()(?= of (?:next|last|this|the|previous) month)",
        _day_of_month,
    ),
    Rule(
        rf"{ORD_ONLY}( day)?(?= ?(?:$|[,.?!;)-]|of\b|in\b|to\b|until\b|till\b|through\b|and\b|at\b"
        r"|on\b|or\b|next\b|last\b|this\b))",
        _day_of_month,
    ),
    Rule(rf"{WDAY},? (?:the ){DAY_NO}", _weekday_the),
)
