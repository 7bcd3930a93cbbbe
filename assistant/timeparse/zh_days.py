"""Chinese days and parts of a month: 5月3日, 3月5日至10日, 上旬, 月底."""

from __future__ import annotations

import re
from dataclasses import replace

from . import parts
from .dates import day_node, expand_year
from .model import Reading
from .nodes import Ctx, Level, Node
from .numerals import zh_number
from .rules import Rule
from .zh_words import (
    CN,
    DAY,
    MONTH,
    MONTH_WORD,
    NOT_DAY,
    TO,
    YEAR,
    month_number,
    month_part,
)


def _month_day(match: re.Match[str], _: Ctx) -> Node | None:
    month, day = month_number(match[1]), zh_number(match[2])
    return parts.day_of_year(month or 0, day or 0)


def _month_days(match: re.Match[str], _: Ctx) -> Node | None:
    """Read 3月5日至10日 (the second day has no month of its own)."""
    month = month_part(match, _)
    first, last = zh_number(match[2]) or 0, zh_number(match[3]) or 0
    days = parts.days_of_month(first, last)
    if month is None or days is None:
        return None
    found = days.inside(month)
    return None if found is None else replace(found, reading=Reading.RANGE, clip=False)


def _day_run(match: re.Match[str], _: Ctx) -> Node | None:
    node = parts.days_of_month(zh_number(match[1]) or 0, zh_number(match[2]) or 0)
    return None if node is None else replace(node, reading=Reading.RANGE, clip=False, weak=True)


def _day(match: re.Match[str], _: Ctx) -> Node | None:
    day = zh_number(match[1]) or 0
    node = parts.days_of_month(day, day)
    return None if node is None else replace(node, weak=match[2] == "日")


_THIRDS = {
    "上旬": (1, 10), "初旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "上半月": (1, 15),
    "下半月": (16, 31), "月初": (1, 10), "月中": (11, 20), "月底": (21, 31), "月末": (21, 31),
    "初": (1, 10), "中": (11, 20), "底": (21, 31), "末": (21, 31),
}  # fmt: skip
_THIRD_NOTE = (
    "月初、月中、月底按上、中、下旬计",
    "the first, second or last ten days of the month",
)


def third_node(word: str) -> Node | None:
    """Return the part of a month that 上旬, 月底, 末… names."""
    node = parts.days_of_month(*_THIRDS[word], level=Level.TENDAY)
    if node is None:
        return None
    vague = word[-1] in "初中底末"
    note = _THIRD_NOTE if vague else ("", "")
    return replace(node, note=note, tail=word[-1] in "底末", clip=False)


def _third(match: re.Match[str], _: Ctx) -> Node | None:
    return third_node(match[0])


def _month_third(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 3月底 and 上个月底, where 月 belongs to the month's name."""
    month = month_part(match, ctx)
    third = third_node(match[2])
    return None if month is None or third is None else third.inside(month)


def _full_date(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 2016年的3月5日 in one go, so the day is never taken for a count."""
    number = zh_number(match[1])
    month, day = zh_number(match[2]), zh_number(match[3])
    if number is None or month is None or day is None:
        return None
    return day_node(expand_year(number, ctx.today), month, day)


RULES: tuple[Rule, ...] = (
    Rule(rf"({YEAR}) ?年 ?({MONTH}){MONTH_WORD} ?({DAY}) ?[日号]?{NOT_DAY}", _full_date),
    Rule(rf"({MONTH}){MONTH_WORD} ?({DAY}) ?(?:[日号](?![均活])|{NOT_DAY})", _month_day),
    Rule(
        rf"({MONTH}){MONTH_WORD} ?({DAY}) ?[日号]?{TO}({DAY}) ?(?:[日号]|{NOT_DAY})"
        r"(?! ?月)",
        _month_days,
    ),
    Rule(rf"(?<![\d第.])({DAY}) ?[日号]?{TO}({DAY}) ?[日号]{NOT_DAY}", _day_run),
    Rule(rf"(?<![\d.{CN}])({DAY}) ?([日号]){NOT_DAY}", _day),
    Rule(r"上旬|初旬|中旬|下旬|上半月|下半月|月初|月中(?!旬)|月底|月末", _third),
    Rule(rf"({MONTH}) ?月(?:份)?(初|中|底|末)(?!旬|期)", _month_third),
)
