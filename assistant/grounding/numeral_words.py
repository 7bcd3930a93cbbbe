"""Words that are numbers or units of numbers."""

from __future__ import annotations

from typing import Literal

Unit = Literal["", "money", "percent", "points", "times", "rank", "top", "classifier", "duration"]

SCALES = {
    "千": 1e3, "k": 1e3, "thousand": 1e3, "万": 1e4, "百万": 1e6, "m": 1e6, "mn": 1e6, "million": 1e6,
    "千万": 1e7, "亿": 1e8, "b": 1e9, "bn": 1e9, "billion": 1e9, "万亿": 1e12,
}  # fmt: skip
SIGNS = {"¥": "CNY", "￥": "CNY", "$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "hk$": "HKD", "rmb": "CNY", "cny": "CNY", "usd": "USD"}  # fmt: skip
MONEY = {"元": "", "块钱": "", "块": "", "人民币": "CNY", "rmb": "CNY", "cny": "CNY", "yuan": "CNY", "美元": "USD", "usd": "USD", "dollars": "USD", "欧元": "EUR", "euros": "EUR"}  # fmt: skip
DURATION = {"天": "day", "日": "day", "days": "day", "day": "day", "小时": "hour", "hours": "hour", "hour": "hour", "分钟": "minute", "minutes": "minute", "minute": "minute", "周": "week", "weeks": "week", "week": "week", "个月": "month", "months": "month", "month": "month", "年": "year", "years": "year", "year": "year", "个季度": "quarter", "季度": "quarter", "quarters": "quarter"}  # fmt: skip
CLASSIFIERS = ("条", "单", "家", "个", "人", "次", "名", "位", "笔", "分", "组", "项", "种", "大", "类", "场", "篇")  # fmt: skip
POINTS = ("percentage-point", "pct-point", "point", "个百分点", "百分点", "percentage points", "percentage point", "pct points", "pp", "pts", "ppt", "points")  # fmt: skip
PERCENT = ("%", "percent", "per cent")
TIMES = ("倍", "times", "x", "-fold", "fold", "×")
ZH_ONES = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"\u3007": 0, "两": 2}
ZH_TENS = {"十": 10, "百": 100, "千": 1000}
ZH_BIG = {"万": 10_000, "亿": 100_000_000}
EN_SMALL = {w: i for i, w in enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"))} | {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12, "hundred": 100}  # fmt: skip
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}  # fmt: skip
#: Words that are numbers of another shape: (value, unit, exactness).
SPECIAL: dict[str, tuple[float, Unit, float]] = {
    "一半": (0.5, "percent", 0.015), "half": (0.5, "percent", 0.015), "过半": (0.5, "percent", -1.0),
    "翻了一番": (2, "times", 0.08), "翻番": (2, "times", 0.08), "翻倍": (2, "times", 0.08), "翻了一倍": (2, "times", 0.08),
    "doubled": (2, "times", 0.08), "double": (2, "times", 0.08), "twice": (2, "times", 0.08),
    "tripled": (3, "times", 0.12), "triple": (3, "times", 0.12), "quadrupled": (4, "times", 0.15), "halved": (0.5, "times", 0.03), "减半": (0.5, "times", 0.03), "腰斩": (0.5, "times", 0.03),
    "one half": (0.5, "percent", 0.015), "one-half": (0.5, "percent", 0.015), "a half": (0.5, "percent", 0.015), "半数": (0.5, "percent", 0.015), "对半": (0.5, "percent", 0.015), "小一半": (0.5, "percent", -2.0), "一大半": (0.5, "percent", -1.0), "大半": (0.5, "percent", -1.0), "半数以上": (0.5, "percent", -1.0), "过半数": (0.5, "percent", -1.0),
    "threefold": (3, "times", 0.12), "twofold": (2, "times", 0.08), "tenfold": (10, "times", 0.4), "thrice": (3, "times", 0.12), "two-fifths": (0.4, "percent", 0.015), "two fifths": (0.4, "percent", 0.015), "three-fifths": (0.6, "percent", 0.015), "three fifths": (0.6, "percent", 0.015), "four-fifths": (0.8, "percent", 0.015), "four fifths": (0.8, "percent", 0.015), "one-third": (1 / 3, "percent", 0.02), "one-quarter": (0.25, "percent", 0.015), "one-fifth": (0.2, "percent", 0.015), "a sixth": (1 / 6, "percent", 0.01), "one tenth": (0.1, "percent", 0.01), "an eighth": (0.125, "percent", 0.01),
    "过千": (1000, "", -1.0), "破千": (1000, "", -1.0), "上千": (1000, "", -1.0), "过万": (1e4, "", -1.0), "破万": (1e4, "", -1.0), "过百": (100, "", -1.0), "过亿": (1e8, "", -1.0), "破亿": (1e8, "", -1.0),
    "half a million": (500_000, "", 25_000.0), "a million": (1_000_000, "", 50_000.0), "half a billion": (5e8, "", 25e6),
    "runner-up": (2, "rank", 0.0), "runners-up": (2, "rank", 0.0), "亚军": (2, "rank", 0.0), "次席": (2, "rank", 0.0), "榜眼": (2, "rank", 0.0), "季军": (3, "rank", 0.0), "探花": (3, "rank", 0.0),
    "最后一名": (-1, "rank", 0.0), "最后一位": (-1, "rank", 0.0), "last place": (-1, "rank", 0.0), "second to last": (-2, "rank", 0.0), "second-to-last": (-2, "rank", 0.0), "second from last": (-2, "rank", 0.0), "second from bottom": (-2, "rank", 0.0), "second from the bottom": (-2, "rank", 0.0), "next to last": (-2, "rank", 0.0), "next-to-last": (-2, "rank", 0.0), "third from last": (-3, "rank", 0.0), "third from bottom": (-3, "rank", 0.0), "third from the bottom": (-3, "rank", 0.0), "third to last": (-3, "rank", 0.0),
    "a quarter": (0.25, "percent", 0.015), "one quarter": (0.25, "percent", 0.015), "a third": (1 / 3, "percent", 0.02), "one third": (1 / 3, "percent", 0.02),
    "two thirds": (2 / 3, "percent", 0.02), "two-thirds": (2 / 3, "percent", 0.02), "three quarters": (0.75, "percent", 0.015), "three-quarters": (0.75, "percent", 0.015),
    "a fifth": (0.2, "percent", 0.015), "one fifth": (0.2, "percent", 0.015), "a tenth": (0.1, "percent", 0.01), "one in three": (1 / 3, "percent", 0.02), "one in four": (0.25, "percent", 0.015), "one in five": (0.2, "percent", 0.015), "one in ten": (0.1, "percent", 0.01),
}  # fmt: skip
