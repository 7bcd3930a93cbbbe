"""Chinese calendar phrases: years, months, quarters, weeks and parts of them."""

from __future__ import annotations

import re
from dataclasses import replace

from semantic_layer.timegrain import DateRange, TimeGrain

from . import parts
from .dates import day_node, expand_year, month_node, year_node
from .model import Reading
from .nodes import Ctx, Level, Node
from .numerals import ZH_NUM, zh_number
from .rules import Rule
from .zh_words import (
    CN,
    MONTH,
    MONTH_WORD,
    UNIT,
    UNITS,
    WEEK_WORD,
    WEEKDAY,
    WEEKDAYS,
    YEAR,
    month_number,
    month_part,
)


def _year(match: re.Match[str], ctx: Ctx) -> Node | None:
    text = match[1]
    number = zh_number(text)
    if number is None or (len(text) == 2 and number > 99):
        return None
    if len(text) == 2:
        if re.search(
            r"(?:近|过去|满|前|后|过|共|超|第|每|去|用|花|了|达|上|下)个?$",
            match.string[: match.start()],
        ):
            return None
        number = expand_year(number, ctx.today)
    return year_node(number)


_YEAR_WORDS = {
    "今年": 0, "本年": 0, "本年度": 0, "当年": 0, "这一年": 0, "这年": 0, "今年度": 0,
    "去年": -1, "去年度": -1, "上年": -1, "上年度": -1, "上一年": -1, "上一年度": -1,
    "上个年度": -1, "前年": -2, "大前年": -3, "上上年": -2,
    "明年": 1, "来年": 1, "次年": 1, "下一年": 1, "明年度": 1, "下年度": 1, "下一年度": 1,
    "后年": 2, "大后年": 3,
}  # fmt: skip


def _relative_year(match: re.Match[str], ctx: Ctx) -> Node | None:
    return year_node(ctx.today.year + _YEAR_WORDS[match[0]])


def _month_run(match: re.Match[str], _: Ctx) -> Node | None:
    return parts.months(month_number(match[1]) or 0, month_number(match[2]) or 0)


def _month_list(match: re.Match[str], _: Ctx) -> Node | None:
    """Read 1、2月 as a run; months that do not touch are read one by one."""
    first, last = month_number(match[1]) or 0, month_number(match[2]) or 0
    return parts.months(first, last) if last == first + 1 else None


def _quarter_number(text: str) -> int:
    return {"首": 1, "末": 4}.get(text) or zh_number(text) or 0


def _quarter(match: re.Match[str], _: Ctx) -> Node | None:
    number = _quarter_number(match[1])
    return parts.quarters(number, number)


def _quarter_run(match: re.Match[str], _: Ctx) -> Node | None:
    return parts.quarters(_quarter_number(match[1]), _quarter_number(match[2]))


def _quarter_list(match: re.Match[str], _: Ctx) -> Node | None:
    """Read 一、二季度 and 三四季度 as a run; quarters that do not touch are not one."""
    first, last = _quarter_number(match[1]), _quarter_number(match[2])
    return parts.quarters(first, last) if last == first + 1 else None


def _quarter_edge(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read the 末 of 三季度末: the last month of the quarter."""
    return parts.edge_units(1, TimeGrain.MONTH, ctx.calendar, first=match[1] == "初")


def _half(match: re.Match[str], _: Ctx) -> Node:
    return parts.half(1 if match[0][0] in "上前" else 2)


_YEAR_EDGES = {"年初": (1, 1), "年中": (6, 6), "年底": (12, 12), "年末": (12, 12), "岁末": (12, 12)}


def year_edge(word: str) -> Node | None:
    """Return January, June or December for 年初, 年中, 年底."""
    first, _ = _YEAR_EDGES[word]
    node = parts.month(first)
    if node is None:
        return None
    zh = f"{word}按 {first} 月计"
    return replace(node, note=(zh, f"read as month {first} of the year"), tail=word[-1] in "底末")


def _year_edge(match: re.Match[str], ctx: Ctx) -> Node | None:
    edge = year_edge("年" + match[2])
    if edge is None:
        return None
    if not match[1]:
        return edge
    number = zh_number(match[1])
    if match[1] in "今去前明后本":
        number = ctx.today.year + {"今": 0, "本": 0, "去": -1, "前": -2, "明": 1, "后": 2}[match[1]]
    elif number is not None and len(match[1]) == 2:
        number = expand_year(number, ctx.today)
    year = year_node(number or 0)
    return None if year is None else edge.inside(year)


def _nth_week(match: re.Match[str], _: Ctx) -> Node | None:
    word = match[1]
    number = {"首": 1, "最后一": -1, "最后": -1, "末": -1}.get(word) or zh_number(word)
    node = None if number is None else parts.nth_week(number)
    if node is not None and word[0].isdigit() and not match[0].startswith("第"):
        return replace(node, weak=True)  # 26周 is as often a length
    return replace(node, every=None) if node is not None and number == -1 else node


def _nth_unit(match: re.Match[str], ctx: Ctx) -> Node | None:
    number = 1 if match[1] == "首" else zh_number(match[1])
    return None if not number else parts.nth_unit(number, UNITS[match[2]], ctx.calendar)


def _last_units(match: re.Match[str], ctx: Ctx) -> Node | None:
    count = zh_number(match[1]) if match[1] else 1
    return parts.edge_units(count or 0, UNITS[match[2]], ctx.calendar, first=False)


def _first_units(match: re.Match[str], ctx: Ctx) -> Node | None:
    return parts.edge_units(zh_number(match[1]) or 0, UNITS[match[2]], ctx.calendar, first=True)


def _rank(text: str) -> int:
    return -1 if text.startswith("最后") else 1 if text == "首" else zh_number(text) or 0


def _nth_weekday(match: re.Match[str], _: Ctx) -> Node | None:
    rank = _rank(match[1])
    if not rank:
        return None
    if match[2] == "末":
        return parts.nth_weekend(rank)
    return parts.nth_weekday(rank, WEEKDAYS[match[2]])


def _weekday(match: re.Match[str], _: Ctx) -> Node:
    if match[1] == "末":  # alone, 周末 is more often a kind of day than a date
        return replace(parts.weekend(), weak=True)
    return parts.weekday(WEEKDAYS[match[1]])


_SEASONS = {"春": 3, "夏": 6, "秋": 9, "冬": 12}


def _summer_break(_: re.Match[str], __: Ctx) -> Node | None:
    node = parts.months(7, 8)
    note = ("暑假按 7、8 月计", "read as July and August")
    return None if node is None else replace(node, reading=Reading.CALENDAR, note=note)


def _season(match: re.Match[str], _: Ctx) -> Node | None:
    first = _SEASONS[match[1]]
    node = parts.months(first, (first + 1) % 12 + 1)
    note = (f"{match[1]}季按 {first} 月起三个月计", "meteorological season")
    return None if node is None else replace(node, weak=True, reading=Reading.CALENDAR, note=note)


def _decade(match: re.Match[str], _: Ctx) -> Node | None:
    number = zh_number(match[2]) or 0
    if number % 10 or not 10 <= number <= 90:
        number = {"零": 0, "一零": 10}.get(match[2], -1)
    if number < 0:
        return None
    century = 2000 if (match[1] or "").startswith(("21", "二十一", "本")) else 1900
    start = day_node(century + number, 1, 1).fixed
    end = day_node(century + number + 10, 1, 1).fixed
    if start is None or end is None:
        return None
    return Node(Level.DECADE, fixed=DateRange(start.start, end.start))


def _year_month(match: re.Match[str], ctx: Ctx) -> Node | None:
    number, month = zh_number(match[1]), month_number(match[2])
    if number is None or month is None:
        return None
    return month_node(expand_year(number, ctx.today), month)


RULES: tuple[Rule, ...] = (
    Rule(rf"({YEAR}) ?年 ?({MONTH}){MONTH_WORD}", _year_month),
    Rule(rf"({YEAR}) ?年(?:度)?(?![龄级薪])", _year),
    Rule("|".join(sorted(_YEAR_WORDS, key=len, reverse=True)), _relative_year),
    Rule(rf"({MONTH}){MONTH_WORD}(?![均薪活报饼])", month_part),
    Rule(rf"({MONTH})(?: ?月(?:份)?)? ?(?:-|~|到|至) ?({MONTH}){MONTH_WORD}(?! ?\d)", _month_run),
    Rule(rf"({MONTH}) ?、 ?({MONTH}){MONTH_WORD}(?! ?\d)", _month_list),
    Rule(rf"({MONTH})(?= ?(?:、|和|及|与) ?(?:{MONTH}(?:、|和|及|与))*{MONTH} ?月)", month_part),
    Rule(r"(?:第? ?)([一二三四首末1-4]) ?个?(?<!上个)(?<!下个)季(?:度|(?!节))", _quarter),
    Rule(r"(?:(?<![a-z\d])|(?<=\d\d))q([1-4])(?![\da-z])", _quarter),
    Rule(r"(?<![a-z\d.])([1-4])q(?![\da-z])", _quarter),
    Rule(
        r"(?:第? ?)([一二三四1-4]) ?(?:季度)? ?(?:-|~|到|至) ?第? ?([一二三四1-4]) ?季度",
        _quarter_run,
    ),
    Rule(r"第? ?([一二三四1-4]) ?、? ?第?([一二三四1-4]) ?季度", _quarter_list),
    Rule(r"(?<=季度)(初|末|底)(?!旬)", _quarter_edge),
    Rule(r"[上前下后]半年(?:度)?", _half),
    Rule(
        r"((?<!\d)\d{4}|(?<!\d)\d{2}|[今去前明后本])?年([初底末]|中(?!旬|秋|国|间|心))(?!级)",
        _year_edge,
    ),
    Rule(
        rf"第? ?({ZH_NUM}|首|最后一|最后|末) ?(?:个)?{WEEK_WORD}(?![一二三四五六日天末期报活岁年])",
        _nth_week,
    ),
    Rule(rf"第 ?({ZH_NUM}) ?个?(天|日|自然月|月|季度|年)(?!级)", _nth_unit),
    Rule(r"(首)个?(月|季度|季|天|日)", _nth_unit),
    Rule(rf"最后的?({ZH_NUM})? ?个?({UNIT})", _last_units),
    Rule(rf"头({ZH_NUM}) ?个?({UNIT})", _first_units),
    Rule(rf"(?:第 ?)?(最后一|{ZH_NUM}|首) ?个(?:周|星期|礼拜)([一二三四五六日天末])", _nth_weekday),
    Rule(rf"(?<![一二三四五六七八九十\d两每几])(?:周|星期|礼拜)({WEEKDAY}|末)", _weekday),
    Rule(r"([春夏秋冬])(?:季|天)", _season),
    Rule(r"暑假|暑期", _summer_break),
    Rule(
        rf"(上世纪|本世纪|20世纪|21世纪|二十世纪|二十一世纪)?的?((?<!\d)\d0|[{CN}]十|零零|零|一零)年代",
        _decade,
    ),
)
