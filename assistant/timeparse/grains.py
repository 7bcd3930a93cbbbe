"""Words that ask for a breakdown by time, and the comparison words that name no period."""

from __future__ import annotations

import re

from semantic_layer.timegrain import TimeGrain

from .model import Shift
from .nodes import Ctx
from .rules import Rule, alone, compiled

_ZH = {
    "日": TimeGrain.DAY,
    "天": TimeGrain.DAY,
    "周": TimeGrain.WEEK,
    "星期": TimeGrain.WEEK,
    "礼拜": TimeGrain.WEEK,
    "月": TimeGrain.MONTH,
    "季": TimeGrain.QUARTER,
    "年": TimeGrain.YEAR,
    "财季": TimeGrain.FISCAL_QUARTER,
    "财年": TimeGrain.FISCAL_YEAR,
}
_ZH_UNIT = r"(?:自然)?(财年|财季|季(?!节)|日|天(?!数|猫)|周|星期|礼拜|月|年)"
#: What would make another word of the unit: 周期, 年龄, 月薪, 日志, 年级.
_ZH_NOT = r"(?![龄级薪轻历刊活票卡资检化志程])(?!期)"
_EN = {
    "day": TimeGrain.DAY,
    "daily": TimeGrain.DAY,
    "date": TimeGrain.DAY,
    "week": TimeGrain.WEEK,
    "weekly": TimeGrain.WEEK,
    "month": TimeGrain.MONTH,
    "monthly": TimeGrain.MONTH,
    "quarter": TimeGrain.QUARTER,
    "qtr": TimeGrain.QUARTER,
    "quarterly": TimeGrain.QUARTER,
    "year": TimeGrain.YEAR,
    "yearly": TimeGrain.YEAR,
    "annually": TimeGrain.YEAR,
    "annual": TimeGrain.YEAR,
    "fiscal quarter": TimeGrain.FISCAL_QUARTER,
    "fiscal year": TimeGrain.FISCAL_YEAR,
}
_EN_UNIT = r"(?:calendar )?(fiscal quarter|fiscal year|day|date|week|month|quarter|qtr|year)"
#: Terms of art that begin with one of the adverbs: monthly recurring revenue, daily active users.
_EN_NOT = (
    r"(?! (?:active|recurring|budgets?|fees?|plans?|subscri\w+|newsletters?|contracts?|unique))"
)


def _zh(match: re.Match[str], _: Ctx) -> TimeGrain:
    return _ZH[match[1]]


def _en(match: re.Match[str], _: Ctx) -> TimeGrain:
    return _EN[match[1]]


def _zh_compare(match: re.Match[str], _: Ctx) -> Shift:
    unit = _ZH.get((match[1] or "")[:1])
    if match[2] == "同比":
        return Shift("previous_year", grain=unit)
    return Shift("previous_period", grain=unit)


def _same_period(match: re.Match[str], _: Ctx) -> Shift:
    return Shift("previous_year", grain=_ZH.get(match[1] or ""))


def _same_last(match: re.Match[str], _: Ctx) -> Shift:
    return Shift("previous_period", grain=_ZH[match[1][0]], running=True)


def _en_same_last(match: re.Match[str], _: Ctx) -> Shift:
    return Shift("previous_period", grain=_EN[match[1]], running=True)


_CHANGE = r"growth|change|increas|decreas|trend|compar|delta|%|leads|revenue|mql"
_LETTER = {
    "d": TimeGrain.DAY,
    "w": TimeGrain.WEEK,
    "m": TimeGrain.MONTH,
    "q": TimeGrain.QUARTER,
    "p": None,
}


def _en_letters(match: re.Match[str], ctx: Ctx) -> Shift | None:
    """Read MoM, y/y; wow, mom, pop and dod in small letters only where a change is meant."""
    letter = match[1]
    typed = ctx.text[slice(*match.span())]
    if typed.islower() and letter in "wmpd" and "/" not in typed and not alone(ctx, match.span()):
        around = ctx.norm[max(match.start() - 12, 0) : match.end() + 12]
        if not compiled(_CHANGE).search(around):
            return None
    if letter == "y":
        return Shift("previous_year", grain=TimeGrain.YEAR)
    return Shift("previous_period", grain=_LETTER[letter])


def _en_over(match: re.Match[str], _: Ctx) -> Shift:
    if match[1] in ("year", "annual"):
        return Shift("previous_year", grain=TimeGrain.YEAR)
    return Shift("previous_period", grain=_EN.get(match[1]))


def _en_prior(match: re.Match[str], _: Ctx) -> Shift:
    return Shift("previous_period")


def _en_same(match: re.Match[str], _: Ctx) -> Shift:
    return Shift("previous_year", grain=_EN.get(match[1] or "") if match.re.groups else None)


ZH_RULES: tuple[Rule, ...] = (
    Rule(
        rf"(?:平均)?(?:每个?|每一个?)?{_ZH_UNIT}{_ZH_NOT}(?:的|度)?(?:均(?!价|衡|匀|等|摊))",
        _zh,
    ),
    Rule(
        rf"(?:按照?|每个?|每一个?|各个?|逐|分)(?:每个?)?{_ZH_UNIT}{_ZH_NOT}(?:度|份)?(?![一二三四五六末])",
        _zh,
    ),
    Rule(r"(?<![\d一二三四五六七八九十本上下全两每财])(日|周|月|季)度(?!假)", _zh),
    Rule(
        r"(?<![\d一二三四五六七八九十本上下个这当今去前明全两每近财])(日|天|周|月|季|年)(?:度)?(?=趋势|走势)",
        _zh,
    ),
    Rule(r"(日|周|月|季度?|年)?度?(同比|环比)", _zh_compare),
    Rule(r"()(同比|环比)", _zh_compare),
    Rule(
        r"(?:(?:同比|比|较|对比|相比于?|相较于?|跟|与|和|同)\s?)?(?:去年|上年|前一年|上一年)(?:的|之)?"
        r"(?:同一?个?(月|季|周|日|天)度?|同一?期间?|同一?时间段?|同时期|同一时期)"
        r"(?:相比较?|比较|对比|比|来说)?",
        _same_period,
    ),
    Rule(
        r"(?:(?:相比于?|相较于?|较之?|对比|比|跟|与|和|同)\s?)?上(?:个|一)?(月|周|季)度?(?:的)?同期"
        r"(?:相比较?|做?对比|比较|比(?![例率重])|来说)?",
        _same_last,
    ),
    Rule(
        r"(?:与|和|跟|较|比|相比)?(?:前一|上一?个?|前)(?:周期|期)(?:相比|比|对比)?(?=相比|比|对比|$|的|,|，|增|变|下|上)",
        _en_prior,
    ),
)

EN_RULES: tuple[Rule, ...] = (
    Rule(
        r"(?:\b(?:vs\.?|versus|compared (?:to|with)|than) )?\bthis (?:time|day|point) last year\b",
        _en_same,
    ),
    Rule(
        r"\b(?:vs\.?|versus|compared (?:to|with)|against|relative to|than) (?:the )?"
        r"(day|week|month|quarter|year) (?:before(?! last)|prior|earlier)\b",
        _en_over,
    ),
    Rule(rf"\b(?:by|per|each|every|for each|for every)(?: the)? {_EN_UNIT}s?\b(?![ -]end)", _en),
    Rule(r"\b(day|week|month|quarter|year)[ -]by[ -]\1\b", _en),
    Rule(rf"\b(daily|weekly|monthly|quarterly|yearly|annually)\b{_EN_NOT}", _en),
    Rule(r"\b(annual)(?= (?:trend|breakdown|comparison|totals?))", _en),
    Rule(r"\b([dwmqyp])[o/]\1\b", _en_letters),
    Rule(
        r"\b(day|week|month|quarter|year|period)[ -](?:over|on|to|vs\.?|versus)[ -]\1\b",
        _en_over,
    ),
    Rule(
        r"(?:\b(?:vs\.?|versus|compared (?:to|with)|against|relative to|than) )?(?:\bthe )?"
        r"\bsame (?:period|time|(month|quarter|week|day)|dates?|time period|timeframe)"
        r"(?: (?:of|in|from|for))?(?: the)? (?:last|previous|prior|preceding) (?:year|yr)\b",
        _en_same,
    ),
    Rule(
        r"(?:\b(?:vs\.?|versus|compared (?:to|with)|against|relative to|than) )?(?:\bthe )?"
        r"\bsame (?:period|time|days?|dates?|time period|timeframe)"
        r"(?: (?:of|in|from|for))?(?: the)? (?:last|previous|prior|preceding) (month|quarter|week)\b",
        _en_same_last,
    ),
    Rule(r"(?:\b(?:vs\.?|versus|than) )?\b(?:a|one) year (?:earlier|before)\b", _en_same),
    Rule(
        r"(?:\b(?:vs\.?|versus|compared (?:to|with)|against|relative to|than) )?(?:\bthe )?"
        r"\b(?:previous|prior|preceding|last) period\b",
        _en_prior,
    ),
)
