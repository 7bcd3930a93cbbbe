"""English calendar phrases: months, quarters, weeks, and parts of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from semantic_layer.timegrain import DateRange, add_months

from . import parts
from .dates import YEAR4, expand_year, month_node, year_node
from .en_words import (
    MON,
    MONTHS,
    SEP,
    UNIT,
    UNITS,
    WDAY,
    WEEKDAYS,
    YEAR,
    month_word,
    number_of,
    year_of,
)
from .model import Reading
from .nodes import Ctx, Level, Node
from .numerals import EN_NUM, EN_ORD, EN_YEAR_WORDS, en_year_words
from .rules import Rule

_RANK = rf"({EN_ORD}|last|final|opening|closing)"


def _month(match: re.Match[str], ctx: Ctx) -> Node | None:
    number = month_word(match, ctx)
    return None if number is None else parts.month(number)


def _month_year(match: re.Match[str], ctx: Ctx) -> Node | None:
    year = year_of(match.groups()[1:4], ctx)
    return None if year is None else month_node(year, MONTHS[match[1]])


def _year_month(match: re.Match[str], ctx: Ctx) -> Node:
    return month_node(int(match[1]), MONTHS[match[2]])


def _quarter(match: re.Match[str], _: Ctx) -> Node | None:
    number = int(match[1])
    return parts.quarters(number, number)


def _quarter_year(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 3Q25, Q3'25, Q3-25."""
    year = year_node(expand_year(int(match[2]), ctx.today))
    quarter = _quarter(match, ctx)
    return None if year is None or quarter is None else quarter.inside(year)


def _quarter_word(match: re.Match[str], _: Ctx) -> Node | None:
    number = number_of(match[1])
    return parts.quarters(number, number)


def _half(match: re.Match[str], _: Ctx) -> Node:
    word = match[1]
    return parts.half(1 if word.startswith(("1", "f")) else 2)


def _half_year(match: re.Match[str], ctx: Ctx) -> Node | None:
    year = year_node(expand_year(int(match[2]), ctx.today))
    return None if year is None else _half(match, ctx).inside(year)


def _half_of(match: re.Match[str], _: Ctx) -> Node:
    """Read first half: of a month its first 15 days, of a longer period half its months."""
    first = not match[1].startswith(("sec", "2", "lat", "las"))
    year_half = parts.half(1 if first else 2)

    def part(around: DateRange) -> DateRange | None:
        days = around.days
        if days > 300:
            return year_half.part(around) if year_half.part else None
        middle = (around.start + timedelta(days=(days - 1) // 2)).replace(day=16)
        return DateRange(around.start, middle) if first else DateRange(middle, around.end)

    return replace(year_half, part=part, within=parts.LONG)


def _week_number(match: re.Match[str], _: Ctx) -> Node | None:
    number = number_of(match[1])
    return parts.nth_week(number) if 1 <= number <= 53 else None


def _short_week(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read W32; W2 may be a tax form, so it needs a time word next to it."""
    node = _week_number(match, ctx)
    return None if node is None else replace(node, weak=True)


def _rank(text: str) -> int:
    return (
        -1 if text in ("last", "final", "closing") else 1 if text == "opening" else number_of(text)
    )


def _nth_week(match: re.Match[str], _: Ctx) -> Node | None:
    node = parts.nth_week(_rank(match[1]))
    return None if node is None else replace(node, every=None)


def _nth_unit(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read the third month (of 2021), the last quarter of."""
    unit = UNITS[match[2]]
    rank = _rank(match[1])
    return None if not rank else parts.nth_unit(rank, unit, ctx.calendar)


def _edge_units(match: re.Match[str], ctx: Ctx) -> Node | None:
    first = match[1] in ("first", "opening", "initial")
    return parts.edge_units(number_of(match[2]), UNITS[match[3]], ctx.calendar, first=first)


def _nth_weekday(match: re.Match[str], _: Ctx) -> Node | None:
    rank = _rank(match[1])
    if not rank:
        return None
    if match[2].startswith("weekend"):
        return parts.nth_weekend(rank)
    return parts.nth_weekday(rank, WEEKDAYS[match[2]])


def _weekday(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read Monday, Tue; lower-case sat, sun, mon, wed only when a phrase stands alone."""
    word = match[1]
    node = parts.weekday(WEEKDAYS[word])
    typed = ctx.text[match.start(1)]
    return replace(node, weak=len(word) < 6 and not typed.isupper())


def _edge(match: re.Match[str], _: Ctx) -> Node:
    """Read early, mid, late, end of, beginning of a month, quarter or year."""
    return edge_node(match[1].rstrip(" -"))


def edge_node(word: str) -> Node:
    """Return the part of a longer period that early, mid, end of… names."""
    place = 0 if word in _EARLY else 1 if word in _MIDDLE else 2
    narrow = word.startswith(("begin", "start", "end"))

    def part(around: DateRange) -> DateRange | None:
        return _third_of(around, place, narrow=narrow)

    note = (
        "早、中、晚按三段划分",
        "early, mid and late cut a month into tens of days and a year into 3, 6 and 3 months",
    )
    return Node(Level.TENDAY, part=part, within=parts.LONG, note=note, tail=place == 2 and narrow)


_EARLY = frozenset({"early", "beginning of", "start of", "early in", "early part of"})
_MIDDLE = frozenset({"mid", "middle of", "middle part of"})


def _third_of(around: DateRange, place: int, *, narrow: bool) -> DateRange | None:
    if around.days <= 31:
        bounds = ((1, 10), (11, 20), (21, 31))[place]
        days = parts.days_of_month(*bounds)
        return days.part(around) if days is not None and days.part else None
    starts = [around.start]
    while starts[-1] < around.end:
        starts.append(add_months(starts[-1], 1))
    size = len(starts) - 1
    edge = 1 if narrow or size < 12 else 3
    if place == 0:
        return DateRange(starts[0], starts[edge])
    if place == 2:
        return DateRange(starts[size - edge], starts[size])
    edge = max(size // 4, 1)
    return DateRange(starts[edge], starts[size - edge])


_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}


def season_node(word: str) -> Node | None:
    """Return three months by the name of a season."""
    first = _SEASONS[word]
    node = parts.months(first, (first + 1) % 12 + 1)
    note = (f"季节按 {first} 月起三个月计", "meteorological season of three months")
    return None if node is None else replace(node, reading=Reading.CALENDAR, note=note)


def _season(match: re.Match[str], _: Ctx) -> Node | None:
    node = season_node(match[1])
    return None if node is None else replace(node, weak=not match[0].startswith("the "))


def _year(match: re.Match[str], _: Ctx) -> Node | None:
    return year_node(int(match[1]))


def _year_words(match: re.Match[str], _: Ctx) -> Node | None:
    number = en_year_words(match[0])
    node = None if number is None else year_node(number)
    return None if node is None else replace(node, weak=True)


def _short_year(match: re.Match[str], ctx: Ctx) -> Node | None:
    node = year_node(expand_year(int(match[1]), ctx.today))
    return None if node is None else replace(node, weak=True)


def _decade(match: re.Match[str], ctx: Ctx) -> Node | None:
    number = int(match[1])
    if number < 100:
        number = 2000 + number if number in (0, 10) else 1900 + number
    first, last = year_node(number), year_node(number + 9)
    if first is None or last is None or not first.fixed or not last.fixed:
        return None
    return Node(Level.DECADE, fixed=DateRange(first.fixed.start, last.fixed.end))


RULES: tuple[Rule, ...] = (
    Rule(rf"(?:\b(?:the )?(?:year|calendar year|cy)(?: of)?|\bcy) ?({YEAR4})\b(?![-/.]\d)", _year),
    Rule(r"\bcy ?'?(\d\d)(?!\d)", lambda m, ctx: year_node(expand_year(int(m[1]), ctx.today))),
    Rule(rf"\b{EN_YEAR_WORDS}", _year_words),
    Rule(r"(?<![\w])'(\d\d)\b(?! ?[\"'])", _short_year),
    Rule(r"\b(?:the )?'?((?:19|20)?\d0)'?s\b", _decade),
    Rule(MON, _month),
    Rule(rf"{MON}{SEP}?{YEAR}", _month_year),
    Rule(rf"\b({YEAR4})(?: ?, ?| ?[-/] ?| ){MON}(?! ?\d{{1,2}}\b)", _year_month),
    Rule(r"(?:(?<![a-z\d])|(?<=\d\d))q([1-4])(?![\da-z])", _quarter),
    Rule(r"\b(?:quarter|qtr)\.? ([1-4])\b", _quarter),
    Rule(r"(?<![a-z\d])q([1-4]) ?['-]?(\d\d)(?![\d%])", _quarter_year),
    Rule(r"(?<![a-z\d.])([1-4])q ?'?(\d\d(?:\d\d)?)(?!\d)", _quarter_year),
    Rule(r"(?<![a-z\d.])([1-4])q(?![\da-z])", _quarter),
    Rule(
        r"(?:\bthe )?\b(1st|2nd|3rd|4th|first|second|third|fourth|last|final)[ -](?:fiscal )?"
        r"(?:quarter|qtr)\b",
        _quarter_word,
    ),
    Rule(r"(?:(?<![a-z\d])|(?<=\d\d))h([12])(?![\da-z])", _half),
    Rule(r"(?<![a-z\d.])([12])h(?![\da-z])", _half),
    Rule(r"(?<![a-z\d])h([12]) ?'?(\d\d)(?!\d)", _half_year),
    Rule(r"(?<![a-z\d.])([12])h ?'?(\d\d(?:\d\d)?)(?!\d)", _half_year),
    Rule(
        r"(?:\bthe )?\b(first|second|1st|2nd|latter|later|last)[ -]half(?:[ -]year)?\b(?! hour)",
        _half_of,
    ),
    Rule(
        rf"\b(?:week|wk)(?: number| no\.?| #)? ?({EN_NUM})\b(?! ?(?:day|month|pm|am))",
        _week_number,
    ),
    Rule(r"(?<![a-z\d])w(?:k|eek)-?(\d\d?)(?![\da-z])", _week_number),
    Rule(r"(?:(?<![a-z\d])|(?<=\d{4}))w-?(\d\d?)(?![\da-z])", _short_week),
    Rule(rf"(?:\bthe )?\b{_RANK} (?:full )?(?:week|wk)\b", _nth_week),
    Rule(
        rf"(?:\bthe )?\b{_RANK} (?:calendar )?(day|month|quarter|qtr|year)\b(?= of| in|'s| next"
        r"| last| this|$)",
        _nth_unit,
    ),
    Rule(
        rf"(?:\bthe )?\b(first|last|final|opening|closing|initial) ({EN_NUM}) {UNIT}",
        _edge_units,
    ),
    Rule(rf"(?:\bthe )?\b{_RANK} {WDAY}", _nth_weekday),
    Rule(rf"(?:\bthe )?\b{_RANK} (weekend)\b", _nth_weekday),
    Rule(rf"(?<!every )(?<!each ){WDAY}", _weekday),
    Rule(r"\bweekend\b", lambda _, __: replace(parts.weekend(), weak=True)),
    Rule(
        r"(?:\b(?:in |at |by )?the )?\b(early(?: in| part of)?|mid(?:dle(?: part)? of)?|late"
        r"(?: in)?"
        r"|beginning of|start of|end of)(?=[ -]|$|\b)",
        _edge,
    ),
    Rule(r"(?:\bthe )?\b(spring|summer|autumn|fall|winter)\b", _season),
)
