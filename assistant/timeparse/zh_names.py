"""Chinese names of days and of the periods around them."""

from __future__ import annotations

import re
from dataclasses import replace

from .holidays import ZH_DAY_NAMES, holiday, holiday_weekend
from .nodes import Ctx, Node
from .rules import Rule

#: Names by festival; a name may be followed by 节.
_NAMES: dict[str, str] = {
    "元旦": "new_year", "新年": "new_year", "春节": "spring", "农历新年": "spring",
    "大年初一": "spring", "除夕": "spring_eve", "大年三十": "spring_eve", "元宵": "lantern",
    "清明": "qingming", "五一劳动": "labour", "五一": "labour", "国际劳动": "labour",
    "劳动节": "labour", "端午": "dragon", "七夕": "qixi", "中秋": "mid_autumn",
    "重阳": "double_ninth", "腊八": "laba", "十一国庆": "national", "国庆": "national",
    "双十一": "double11", "双11": "double11", "双十二": "double12", "双12": "double12",
    "光棍节": "double11", "女生节": "girls", "女神节": "women", "三八节": "women",
    "三八妇女": "women", "妇女节": "women", "国际妇女": "women", "植树节": "tree",
    "愚人": "fools", "青年节": "youth", "五四青年": "youth", "六一儿童": "children",
    "六一": "children",
    "儿童节": "children", "建党节": "party", "建军": "army", "教师节": "teachers",
    "万圣节": "halloween", "万圣": "halloween", "平安夜": "christmas_eve", "圣诞": "christmas",
    "情人节": "valentine", "母亲节": "mothers", "父亲节": "fathers", "感恩节": "thanksgiving",
    "黑色星期五": "black_friday", "黑五": "black_friday", "网络星期一": "cyber_monday",
    "网购星期一": "cyber_monday", "复活节": "easter", "消费者权益日": "consumer",
    "地球日": "earth", "跨年夜": "new_year_eve", "美国独立日": "independence",
    "平安夜晚": "christmas_eve",
}  # fmt: skip
_NAME = "|".join(sorted(_NAMES, key=len, reverse=True))
_WINDOW = (
    r"(?:小长假|长假|黄金周|假期|假日|放假期间|放假|期间|活动期间|活动期|大促期间|大促|购物节期间"
    r"|购物节|促销期间|促销)"
)


def _festival(match: re.Match[str], _: Ctx) -> Node:
    name, suffix = match[1], match[3] or ""
    key = _NAMES[name]
    if suffix in ("当天", "当日", "那天", "这天"):
        return holiday(key, window=False)
    full = name + (match[2] or "")
    window = bool(suffix) or full not in ZH_DAY_NAMES
    if name in ("大年初一", "农历新年初一"):
        return holiday(key, window=False)
    if not suffix and key in ("double11", "double12", "black_friday"):
        window = False
    return holiday(key, window=window)


def _bare_eleven(match: re.Match[str], _: Ctx) -> Node:
    """Read the 十一 of 去年十一; alone it is the number eleven."""
    return replace(holiday("national", window=True), weak=True)


def _eleven(match: re.Match[str], _: Ctx) -> Node:
    return holiday("national", window=True)


def _sale618(match: re.Match[str], _: Ctx) -> Node:
    suffix = match[1] or ""
    node = holiday("618", window=bool(suffix) and suffix not in ("当天", "当日"))
    return replace(node, weak=not suffix)


def _festival_weekend(match: re.Match[str], _: Ctx) -> Node:
    return holiday_weekend(_NAMES[match[1]])


_NOT_PLACE = (
    r"(?![路街零一二三四五六七八九十\d个月年号日条家])(?!广场|大道|中路|东路|西路|南路|北路|小区"
    r"|大厦|新村|村)"
)
RULES: tuple[Rule, ...] = (
    Rule(r"(?<=年)的?十一(?![月个日号条家位万千百人天周])", _bare_eleven),
    Rule(
        rf"(?<![零一二三四五六七八九十百千万第周\d])({_NAME})(节|日)?(当天|当日|那天|这天"
        rf"|{_WINDOW})?"
        rf"{_NOT_PLACE}",
        _festival,
    ),
    Rule(rf"({_NAME})节?的?周末", _festival_weekend),
    Rule(
        r"(?<![零一二三四五六七八九十百千万第\d双])十一(?:黄金周|期间|假期|长假|小长假|放假)",
        _eleven,
    ),
    Rule(
        r"(?<![\d.])6[.·]?18(大促期间|大促|年中大促|期间|活动期间|活动|购物节|当天|当日)?(?![\d.])",
        _sale618,
    ),
)
