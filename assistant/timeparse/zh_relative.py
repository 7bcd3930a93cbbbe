"""Chinese phrases told from today, and fiscal periods."""

from __future__ import annotations

import re
from dataclasses import replace

from semantic_layer.timegrain import TimeGrain

from . import parts, relative
from .dates import expand_year
from .model import Reading
from .nodes import Ctx, Level, Node
from .numerals import ZH_NUM, zh_number
from .rules import Rule
from .zh_days import third_node
from .zh_words import UNIT, UNITS, WEEKDAYS

_THIS = r"(?:本|当前|当|这一个|这个|这一|这|该)"
_SHIFTED = r"(?:上一个|上一|上{1,4}个?|前一个|下一个|下一|下{1,4}个?)"
_REL_UNIT = r"(?:自然周|自然月|财年|财季|周|星期|礼拜|月份|月|季度|季|半年|年度|年)"
_FOLLOW = r"(?![龄级薪轻刊均]|报(?![名价])|活(?![动跃]))(?!期(?!间))"
_DAYS = {
    "今天": 0, "今日": 0, "本日": 0, "昨天": -1, "昨日": -1, "昨晚": -1, "前天": -2, "前日": -2,
    "大前天": -3, "明天": 1, "明日": 1, "后天": 2, "后日": 2, "大后天": 3,
}  # fmt: skip


def _offset(prefix: str) -> int:
    """Return the number of periods that 上, 上上个, 下一个, 本… moves."""
    ups, downs = prefix.count("上") + prefix.count("前一"), prefix.count("下")
    return 0 if prefix.startswith(("本", "当", "这", "该")) else downs - ups


def _relative(match: re.Match[str], ctx: Ctx) -> Node | None:
    offset, unit = _offset(match[1]), match[2]
    if abs(offset) > 6:
        return None
    if unit == "半年" and match[1] in ("上", "下"):
        return None  # 上半年 is the first half, 上个半年 the previous one
    if unit == "半年":
        return relative.half_year(ctx, offset)
    node = relative.period(ctx, UNITS[unit], offset)
    if offset or node.level not in (Level.MONTH, Level.QUARTER):
        return node
    same = parts.month(ctx.today.month)
    if node.level is Level.QUARTER:
        same = parts.quarters((ctx.today.month + 2) // 3, (ctx.today.month + 2) // 3)
    # 去年本月 is this month of last year.
    return node if same is None else replace(node, part=same.part, within=same.within)


def _relative_weekday(match: re.Match[str], ctx: Ctx) -> Node | None:
    week = relative.period(ctx, TimeGrain.WEEK, _offset(match[1]))
    day = parts.weekend() if match[2] == "末" else parts.weekday(WEEKDAYS[match[2]])
    return day.inside(week)


def _relative_third(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 上个月底, 本月初."""
    month = relative.period(ctx, TimeGrain.MONTH, _offset(match[1]))
    third = third_node(match[2])
    return None if third is None else third.inside(month)


def _relative_quarter_edge(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 本季度末, 上季初: the last or first month of the quarter."""
    quarter = relative.period(ctx, TimeGrain.QUARTER, _offset(match[1]))
    edge = parts.edge_units(1, TimeGrain.MONTH, ctx.calendar, first=match[2] == "初")
    return None if edge is None else edge.inside(quarter)


def _day_word(match: re.Match[str], ctx: Ctx) -> Node:
    offset = _DAYS[match[0]]
    node = relative.days_back(ctx, offset)
    if offset:
        return node
    same = parts.day_of_year(ctx.today.month, ctx.today.day)  # 去年今天
    return node if same is None else replace(node, part=same.part, within=same.within)


_VAGUE = ("“几”按 3 计", "read as three")


def _count(text: str) -> int:
    return 3 if text in ("几", "数") else zh_number(text) or 0


def _rolling(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 近30天, 前三个月, 上两周, 最近一个完整季度."""
    word, count, full, unit = match[1], _count(match[2]), match[3], UNITS[match[4]]
    if word == "前" and match[2].isdigit() and len(match[2]) == 4:
        return None
    whole = bool(full) or (match[4].startswith("自然") and unit is not TimeGrain.DAY)
    whole = whole or (word.startswith("上") and unit is not TimeGrain.DAY)
    node = (relative.whole if whole else relative.rolling)(ctx, count, unit)
    if node is None:
        return None
    if match[2] in ("几", "数"):
        node = replace(node, note=(f"{node.note[0]}，{_VAGUE[0]}", f"{node.note[1]}, {_VAGUE[1]}"))
    if word == "前" or word == "上":
        inner = parts.edge_units(count, unit, ctx.calendar, first=True)
        if inner is not None:  # inside a longer period 前三个月 are its first three months
            return replace(node, part=inner.part, within=inner.within)
    return node


def _rolling_half(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 近半年, 过去一年半, 近两个半月."""
    count, unit = match[1], match[2]
    if unit == "半年":
        months = 12 * (zh_number(count.rstrip("个")) or 0) if count else 0
        return relative.rolling(ctx, months + 6, TimeGrain.MONTH)
    if unit == "年半":
        return relative.rolling(ctx, 12 * (zh_number(count) or 0) + 6, TimeGrain.MONTH)
    return relative.rolling(ctx, 15, TimeGrain.DAY)


def _upcoming(match: re.Match[str], ctx: Ctx) -> Node | None:
    word, count, unit = match[1], _count(match[2]), UNITS[match[3]]
    aligned = word == "下" and unit is not TimeGrain.DAY
    node = relative.upcoming(ctx, count, unit, aligned=aligned)
    if word == "后" and node is not None:
        inner = parts.edge_units(count, unit, ctx.calendar, first=False)
        if inner is not None:
            return replace(node, part=inner.part, within=inner.within)
    return node


def _ago(match: re.Match[str], ctx: Ctx) -> Node | None:
    if match[1].isdigit() and len(match[1]) > 1 and UNITS[match[2]] is TimeGrain.YEAR:
        return None  # 07年以前 is a year; 三年前 is a distance
    count = zh_number(match[1])
    return None if not count else relative.ago(ctx, count, UNITS[match[2]])


def _half_ago(match: re.Match[str], ctx: Ctx) -> Node | None:
    return relative.ago(ctx, 6, TimeGrain.MONTH)


_EDGE = {
    "年": TimeGrain.YEAR, "季": TimeGrain.QUARTER, "季度": TimeGrain.QUARTER,
    "月": TimeGrain.MONTH, "周": TimeGrain.WEEK, "财年": TimeGrain.FISCAL_YEAR,
    "财季": TimeGrain.FISCAL_QUARTER,
}  # fmt: skip


def _start_to_date(match: re.Match[str], ctx: Ctx) -> Node:
    return relative.to_date(ctx, _EDGE[match[1]])


def _cumulative(match: re.Match[str], ctx: Ctx) -> Node:
    return relative.to_date(ctx, _EDGE[match[1]])


def _fiscal_year(match: re.Match[str], ctx: Ctx) -> Node | None:
    number = zh_number(match[1])
    if number is None:
        return None
    found = ctx.calendar.fiscal_year_range(expand_year(number, ctx.today))
    return Node(Level.YEAR, fixed=found, reading=Reading.FISCAL, grain=TimeGrain.FISCAL_YEAR)


def _fiscal_relative(match: re.Match[str], ctx: Ctx) -> Node:
    word = match[1]
    offset = {"去年": -1, "今年": 0, "明年": 1, "前年": -2}.get(word)
    offset = _offset(word) if offset is None else offset
    return relative.period(ctx, UNITS[match[2]], offset)


def _fiscal_part(match: re.Match[str], _: Ctx) -> Node | None:
    number = zh_number(match[1]) or 0
    node = parts.quarters(number, number)
    if node is None:
        return None
    return replace(
        node,
        every=TimeGrain.FISCAL_YEAR,
        reading=Reading.FISCAL,
        grain=TimeGrain.FISCAL_QUARTER,
    )


def _first_quarters(match: re.Match[str], _: Ctx) -> Node | None:
    """Read 前三季度, which without 个 means Q1 to Q3 of a year."""
    return parts.quarters(1, zh_number(match[1]) or 0)


def _hours(match: re.Match[str], ctx: Ctx) -> Node | None:
    """Read 过去24小时: data is by day, so whole days."""
    return relative.rolling(ctx, -(-(zh_number(match[1]) or 0) // 24), TimeGrain.DAY)


_ROLL = (
    r"(最近的?|近|过去的?|过往|往前|此前|之前的?|前|刚过去的?|上|这)(?:这)? ?"
    rf"({ZH_NUM}|几|数) ?个?(完整的?|整)?({UNIT})(?:内|以内|里|间|以来)?"
)
RULES: tuple[Rule, ...] = (
    Rule("|".join(sorted(_DAYS, key=len, reverse=True)), _day_word),
    Rule(rf"({_THIS}|{_SHIFTED})(?:完整的?|整)?({_REL_UNIT}){_FOLLOW}", _relative),
    Rule(
        rf"({_THIS}|{_SHIFTED})(?:周|星期|礼拜)"
        r"([二三四五六末]|一(?![共个次般些样直起])|日(?![均活报])|天(?!数))",
        _relative_weekday,
    ),
    Rule(rf"({_THIS}|{_SHIFTED})月(?:份)?的?(初|中|底|末)(?!旬|期)", _relative_third),
    Rule(rf"({_THIS}|{_SHIFTED})季度?([初底末])", _relative_quarter_edge),
    Rule(r"前([二两三2-3])季度", _first_quarters),
    Rule(rf"(?:最近|近|过去|过往)的?({ZH_NUM}) ?个?小时(?:内|里)?", _hours),
    Rule(_ROLL, _rolling),
    Rule(
        rf"(?:最近|近|过去|过往|此前)(?:的|这)?({ZH_NUM}个?)?(半年|半个?月)(?:内|里|以来)?",
        _rolling_half,
    ),
    Rule(rf"(?:最近|近|过去|过往|此前)(?:的|这)?({ZH_NUM})(年半)(?:内|里|以来)?", _rolling_half),
    Rule(
        rf"(未来|接下来|今后|往后|之后|后|将来|下)的?({ZH_NUM}|几) ?个?({UNIT})(?:内|里)?",
        _upcoming,
    ),
    Rule(
        rf"(?<![\d.第近去])({ZH_NUM}) ?(天|周|星期|礼拜|年)(?:以前|之前|前)"
        r"(?![\d一二三四五六七八九十])",
        _ago,
    ),
    Rule(
        rf"(?<![\d.第近去])({ZH_NUM}) ?个(月|季度|星期|礼拜)(?:以前|之前|前)"
        r"(?![\d一二三四五六七八九十])",
        _ago,
    ),
    Rule(r"(?<![上下前后])半年(?:以前|之前|前)", _half_ago),
    Rule(
        r"(财年(?=初?至今|初)|财季(?=初?至今|初)|年(?=初)|季度(?=初)|季(?=初)|月(?=初)|周"
        r"(?=初))初?(?=至今|以来|到现在|到今天|到目前|起至今|开始至今)",
        _start_to_date,
    ),
    Rule(r"本?(年|月|季度|季|周|财年)(?:度)?累计(?!消费|付款|收款)", _cumulative),
    Rule(r"(?:fy ?'?)?(\d{4}|(?<!\d)\d{2})(?:财政年度|财年)(?:度)?", _fiscal_year),
    Rule(rf"({_THIS}|{_SHIFTED}|去年|今年|明年|前年)的?(财年|财季)(?:度)?", _fiscal_relative),
    Rule(r"财年的?第?(?:q ?)?([1-4一二三四])(?:个?(?:季度|财季|季))?(?![\d月])", _fiscal_part),
    Rule(r"(?:财|fy)q([1-4])", _fiscal_part),
)
