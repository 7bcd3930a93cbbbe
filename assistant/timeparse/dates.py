"""Dates written in figures, the same in every language."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from semantic_layer.timegrain import DateRange, add_months

from .model import Reading
from .nodes import Ctx, Level, Node
from .parts import day_of_year, one_day
from .rules import Rule

YEAR4 = r"(?:19|20)\d\d"


def year_node(number: int) -> Node | None:
    """Return the calendar year `number`."""
    if not 1900 <= number <= 2199:
        return None
    return Node(Level.YEAR, fixed=DateRange(date(number, 1, 1), date(number + 1, 1, 1)))


def expand_year(number: int, today: date) -> int:
    """Return the full year of a two-digit one: up to ten years ahead, else the past century."""
    if number >= 100:
        return number
    return 2000 + number if number <= today.year % 100 + 10 else 1900 + number


def day_node(year: int, month: int, day: int) -> Node:
    """Return one day; raises ValueError when there is no such day."""
    return Node(Level.DAY, fixed=one_day(date(year, month, day)), reading=Reading.POINT)


def month_node(year: int, month: int) -> Node:
    """Return one month of one year."""
    start = date(year, month, 1)
    return Node(Level.MONTH, fixed=DateRange(start, add_months(start, 1)))


def _ymd(match: re.Match[str], _: Ctx) -> Node:
    return day_node(int(match[1]), int(match[3]), int(match[4]))


def _compact(match: re.Match[str], _: Ctx) -> Node:
    return day_node(int(match[1]), int(match[2]), int(match[3]))


def _ym(match: re.Match[str], _: Ctx) -> Node:
    return month_node(int(match[1]), int(match[2]))


def _ym_dotted(match: re.Match[str], _: Ctx) -> Node:
    """Read 2026.3; it may be a version, so it needs a time word next to it."""
    return replace(month_node(int(match[1]), int(match[2])), weak=True)


def _my(match: re.Match[str], _: Ctx) -> Node:
    return month_node(int(match[2]), int(match[1]))


def _mdy(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 5/3/2016 month first (US), 13.5.2015 day first; swap what cannot be a month."""
    first, second = int(match[1]), int(match[3])
    if match[2] == "." or first > 12:
        first, second = second, first
    if len(match[4]) == 2 and (match[2] != "/" or "," in match[0]):
        return None
    return day_node(expand_year(int(match[4]), ctx.today), first, second)


def _md(match: re.Match[str], _: Ctx) -> Node | None:
    node = day_of_year(int(match[1]), int(match[2]))
    return None if node is None else replace(node, weak=True)


def _dotted_range(match: re.Match[str], _: Ctx) -> Node | None:
    first = day_of_year(int(match[1]), int(match[2]))
    last = day_of_year(int(match[3]), int(match[4]))
    if first is None or last is None:
        return None
    first_part, last_part = first.part, last.part

    def part(around: DateRange) -> DateRange | None:
        start = first_part(around) if first_part else None
        end = last_part(around) if last_part else None
        if start is None or end is None:
            return None
        end_day = end.end if end.end > start.start else add_months(end.end, 12)
        return DateRange(start.start, end_day)

    return replace(first, part=part, reading=Reading.RANGE, clip=False)


def _bare_year(match: re.Match[str], _: Ctx) -> Node | None:
    node = year_node(int(match[0]))
    return None if node is None else replace(node, weak=True)


def _year_before_quarter(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read the 26 of 26Q3."""
    return year_node(expand_year(int(match[1]), ctx.today))


RULES: tuple[Rule, ...] = (
    Rule(r"(?<![\d.,a-z'])(\d\d)(?=[qh][1-4](?![\da-z]))", _year_before_quarter),
    Rule(rf"(?<!\d)({YEAR4}) ?([-/.]) ?(\d{{1,2}}) ?\2 ?(\d{{1,2}})(?!\d)", _ymd),
    Rule(r"(?<![\da-z_#])((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)", _compact),
    Rule(
        rf"(?<![\d./-])({YEAR4})\.([1-9])(?![\d.%万千亿元])(?! ?(?:k\b|m\b|million|万|%))",
        _ym_dotted,
    ),
    Rule(
        rf"(?<![\d./-])({YEAR4})(?:[-/](?=\d)|\.(?=\d\d))(0?[1-9]|1[0-2])(?![\d%万千亿元])"
        rf"(?![-/.]\d{{1,2}}(?!\d))"
        r"(?! ?(?:k\b|m\b|million|万|%))",
        _ym,
    ),
    Rule(rf"(?<![\d./])(\d{{1,2}}) ?([-/.]) ?(\d{{1,2}}) ?(?:\2|, ?) ?({YEAR4}|\d\d)(?!\d)", _mdy),
    Rule(rf"(?<![\d./-])(0?[1-9]|1[0-2]) ?[-/] ?({YEAR4})(?!\d)", _my),
    Rule(r"(?<![\d./])(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])(?![\d/%]|\.\d)", _md),
    Rule(r"(?<![\d./~-])(1[0-2]|0[1-9]|[1-9])-(3[01]|[12]\d|0[1-9]|[1-9])(?![\d/%~.-])", _md),
    Rule(r"(?<=[-~到至])(1[0-2]|0?[1-9])\.(3[01]|[12]\d|0?[1-9])(?![\d.%])", _md),
    Rule(
        r"(?<![\d.])(1[0-2]|0?[1-9])\.(3[01]|[12]\d|0?[1-9]) ?(?:-|~|到|至) ?"
        r"(1[0-2]|0?[1-9])\.(3[01]|[12]\d|0?[1-9])(?![\d.%万千亿元])",
        _dotted_range,
    ),
    Rule(
        rf"(?<![\d.,$¥￥#a-z_]){YEAR4}(?![\d%_]|(?![qh][1-4](?!\d)|w\d\d)[a-z]|[.,]\d|[-/]\d{{1,2}}"
        r"(?!\d))",
        _bare_year,
    ),
)
