"""Words and patterns that the Chinese rules share."""

from __future__ import annotations

import re

from semantic_layer.timegrain import TimeGrain

from . import parts
from .nodes import Ctx, Node
from .numerals import zh_number

UNITS: dict[str, TimeGrain] = {
    "自然日": TimeGrain.DAY,
    "工作日": TimeGrain.DAY,
    "天": TimeGrain.DAY,
    "日": TimeGrain.DAY,
    "自然周": TimeGrain.WEEK,
    "周": TimeGrain.WEEK,
    "星期": TimeGrain.WEEK,
    "礼拜": TimeGrain.WEEK,
    "自然月": TimeGrain.MONTH,
    "月份": TimeGrain.MONTH,
    "月": TimeGrain.MONTH,
    "自然季度": TimeGrain.QUARTER,
    "季度": TimeGrain.QUARTER,
    "季": TimeGrain.QUARTER,
    "自然年": TimeGrain.YEAR,
    "年度": TimeGrain.YEAR,
    "年": TimeGrain.YEAR,
    "财季": TimeGrain.FISCAL_QUARTER,
    "财年": TimeGrain.FISCAL_YEAR,
}
#: Units after a count; what follows must not turn 年, 月, 周, 日 into another word.
UNIT = (
    r"(?:自然[日周月年]|自然季度|天|日|周|星期|礼拜|月(?!份)|季度|季(?!节)|年度|年|财季|财年)"
    r"(?![龄级薪轻历刊票卡均岁]|报(?![名价])|活(?![动跃]))(?!期(?!间))"
)
WEEKDAYS = {c: i for i, c in enumerate("一二三四五六")} | {"日": 6, "天": 6, "末": 5}
CN = "一二三四五六七八九十"
YEAR = (
    r"(?:(?<![\d.])\d{4}|(?<![\d.,])\d{2}|(?<![零一二三四五六七八九十])[零一二三四五六七八九]{2}"
    r"(?:[零一二三四五六七八九]{2})?)"
)
MONTH = (
    rf"(?:(?<![\d.])(?:1[0-2]|0?[1-9])|(?<![{CN}])(?:十[一二]?|[一二三四五六七八九]|元(?=月)|腊"
    r"(?=月)))"
)
DAY = r"(?:3[01]|[12]\d|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])"
MONTH_WORD = r" ?月(?:份)?"
WEEK_WORD = r"(?:周|星期|礼拜)"
WEEKDAY = (
    r"(?:一(?![共个次般些样直起下边方家条款场年月周季天日位名并同定切期])"
    r"|二|三|四|五|六|日(?![均活报志常历程记])|天(?!数))"
)
TO = r" ?(?:-|~|到|至|、) ?"
NOT_DAY = r"(?! ?(?:[个条家人件元万块次台名位%店楼仓机门均龄内间级\d]|线(?!索)|报(?![名价])|活(?![动跃])))"


def month_number(text: str) -> int | None:
    """Return the number of a month's name or numeral, 元 and 腊 included."""
    return {"元": 1, "腊": 12}.get(text) or zh_number(text)


def month_part(match: re.Match[str], _: Ctx) -> Node | None:
    """Build the month that group 1 of a rule names."""
    number = month_number(match[1])
    return None if number is None else parts.month(number)
