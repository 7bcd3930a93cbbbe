"""Numbers as prose writes them, with how exactly they were said and in what unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Unit = Literal["", "money", "percent", "points", "times", "rank", "top", "classifier", "duration"]

_SCALES = {
    "千": 1e3, "k": 1e3, "thousand": 1e3, "万": 1e4, "百万": 1e6, "m": 1e6, "mn": 1e6, "million": 1e6,
    "千万": 1e7, "亿": 1e8, "b": 1e9, "bn": 1e9, "billion": 1e9, "万亿": 1e12,
}  # fmt: skip
_SIGNS = {"¥": "CNY", "￥": "CNY", "$": "USD", "us$": "USD", "€": "EUR", "£": "GBP", "hk$": "HKD", "rmb": "CNY", "cny": "CNY", "usd": "USD"}  # fmt: skip
_MONEY = {"元": "", "块钱": "", "块": "", "人民币": "CNY", "rmb": "CNY", "cny": "CNY", "yuan": "CNY", "美元": "USD", "usd": "USD", "dollars": "USD", "欧元": "EUR", "euros": "EUR"}  # fmt: skip
_DURATION = {"天": "day", "日": "day", "days": "day", "day": "day", "小时": "hour", "hours": "hour", "hour": "hour", "分钟": "minute", "minutes": "minute", "minute": "minute", "周": "week", "weeks": "week", "week": "week", "个月": "month", "months": "month", "month": "month", "年": "year", "years": "year", "year": "year", "个季度": "quarter", "季度": "quarter", "quarters": "quarter"}  # fmt: skip
_CLASSIFIERS = ("条", "单", "家", "个", "人", "次", "名", "位", "笔", "分", "组", "项", "种", "大", "类", "场", "篇")  # fmt: skip
_POINTS = ("percentage-point", "pct-point", "point", "个百分点", "百分点", "percentage points", "percentage point", "pct points", "pp", "pts", "ppt", "points")  # fmt: skip
_PERCENT = ("%", "percent", "per cent")
_TIMES = ("倍", "times", "x", "-fold", "fold", "×")

_ZH_ONES = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"\u3007": 0, "两": 2}
_ZH_TENS = {"十": 10, "百": 100, "千": 1000}
_ZH_BIG = {"万": 10_000, "亿": 100_000_000}
_ZH = "[零〇一二两三四五六七八九十百千万亿]"
_EN_SMALL = {w: i for i, w in enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"))} | {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12, "hundred": 100}  # fmt: skip
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}  # fmt: skip
#: Words that are numbers of another shape: (value, unit, exactness).
_SPECIAL: dict[str, tuple[float, Unit, float]] = {
    "一半": (0.5, "percent", 0.015), "half": (0.5, "percent", 0.015), "过半": (0.5, "percent", -1.0),
    "翻了一番": (2, "times", 0.08), "翻番": (2, "times", 0.08), "翻倍": (2, "times", 0.08), "翻了一倍": (2, "times", 0.08),
    "doubled": (2, "times", 0.08), "double": (2, "times", 0.08), "twice": (2, "times", 0.08),
    "tripled": (3, "times", 0.12), "triple": (3, "times", 0.12), "quadrupled": (4, "times", 0.15), "halved": (0.5, "times", 0.03), "减半": (0.5, "times", 0.03), "腰斩": (0.5, "times", 0.03),
    "one half": (0.5, "percent", 0.015), "one-half": (0.5, "percent", 0.015), "a half": (0.5, "percent", 0.015), "半数": (0.5, "percent", 0.015), "对半": (0.5, "percent", 0.015), "小一半": (0.5, "percent", -2.0), "一大半": (0.5, "percent", -1.0), "大半": (0.5, "percent", -1.0), "半数以上": (0.5, "percent", -1.0), "过半数": (0.5, "percent", -1.0),
    "threefold": (3, "times", 0.12), "twofold": (2, "times", 0.08), "tenfold": (10, "times", 0.4), "thrice": (3, "times", 0.12), "two-fifths": (0.4, "percent", 0.015), "two fifths": (0.4, "percent", 0.015), "three-fifths": (0.6, "percent", 0.015), "three fifths": (0.6, "percent", 0.015), "four-fifths": (0.8, "percent", 0.015), "four fifths": (0.8, "percent", 0.015), "one-third": (1 / 3, "percent", 0.02), "one-quarter": (0.25, "percent", 0.015), "one-fifth": (0.2, "percent", 0.015), "a sixth": (1 / 6, "percent", 0.01), "one tenth": (0.1, "percent", 0.01), "an eighth": (0.125, "percent", 0.01),
    "half a million": (500_000, "", 25_000.0), "a million": (1_000_000, "", 50_000.0), "half a billion": (5e8, "", 25e6),
    "runner-up": (2, "rank", 0.0), "runners-up": (2, "rank", 0.0), "亚军": (2, "rank", 0.0), "次席": (2, "rank", 0.0), "榜眼": (2, "rank", 0.0), "季军": (3, "rank", 0.0), "探花": (3, "rank", 0.0),
    "最后一名": (-1, "rank", 0.0), "最后一位": (-1, "rank", 0.0), "last place": (-1, "rank", 0.0), "second to last": (-2, "rank", 0.0), "second-to-last": (-2, "rank", 0.0), "second from last": (-2, "rank", 0.0), "second from bottom": (-2, "rank", 0.0), "second from the bottom": (-2, "rank", 0.0), "next to last": (-2, "rank", 0.0), "next-to-last": (-2, "rank", 0.0), "third from last": (-3, "rank", 0.0), "third from bottom": (-3, "rank", 0.0), "third from the bottom": (-3, "rank", 0.0), "third to last": (-3, "rank", 0.0),
    "a quarter": (0.25, "percent", 0.015), "one quarter": (0.25, "percent", 0.015), "a third": (1 / 3, "percent", 0.02), "one third": (1 / 3, "percent", 0.02),
    "two thirds": (2 / 3, "percent", 0.02), "two-thirds": (2 / 3, "percent", 0.02), "three quarters": (0.75, "percent", 0.015), "three-quarters": (0.75, "percent", 0.015),
    "a fifth": (0.2, "percent", 0.015), "one fifth": (0.2, "percent", 0.015), "a tenth": (0.1, "percent", 0.01), "one in three": (1 / 3, "percent", 0.02), "one in four": (0.25, "percent", 0.015), "one in five": (0.2, "percent", 0.015), "one in ten": (0.1, "percent", 0.01),
}  # fmt: skip


#: What marks an upper bound among the special words.
_UPPER = -1.5


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number of a text.

    Attributes:
        value: Scaled; percentages and points as fractions of 1.
        slack: Half a unit of the last digit that was said.
        coarse: The same, when trailing zeros are not meant (`about 2,500`).
        unit: Kind of unit that was said, and `word`: the currency, duration or classifier.
        sign: +1 or -1 when written, else 0.
        bound: +1 for `more than`, -1 for `less than` that the number itself carries (过半).
    """

    start: int
    end: int
    text: str
    value: float
    slack: float
    coarse: float
    unit: Unit = ""
    word: str = ""
    sign: int = 0
    bound: int = 0


def _alternatives(words: object) -> str:
    ordered = sorted(words, key=len, reverse=True)  # type: ignore[call-overload]
    return "|".join(re.escape(w) for w in ordered)


_UNIT = (
    rf"(?P<points>{_alternatives(_POINTS)})|(?P<percent>{_alternatives(_PERCENT)})"
    rf"|(?P<times>{_alternatives(_TIMES)})(?![a-z])|(?P<money>{_alternatives(_MONEY)})(?![a-z])"
    rf"|(?P<duration>{_alternatives(_DURATION)})(?![a-z])|(?P<classifier>{_alternatives(_CLASSIFIERS)})"
)
#: `600 多条`, `四成多`, `6 万余`: more than that; not the 多 of 多于, 多了.
_OVER = "多(?![于出过了数少])|余(?!下)|有余|出头"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_PLAIN = re.compile(
    rf"(?P<sign>[+-](?=\s?[¥$€£\d]))?\s?(?P<cur>{_alternatives(_SIGNS)})?\s?(?P<sign2>[+-])?(?P<num>{_DIGITS})"
    rf"\s?(?P<scale>{_alternatives(_SCALES)})?(?P<over>{_OVER})?(?P<scale2>万|亿)?"
    rf"(?![a-z](?<!x)(?<!p))\s?-?(?:{_UNIT})?(?P<over2>{_OVER})?"
)
_CHINESE = re.compile(
    rf"(?P<cent>百分之)?(?P<num>{_ZH}+(?:点[零〇一二三四五六七八九]+)?)(?P<tenths>成(?:半|[一二三四五六七八九](?![成个万千百]))?)?(?P<over>{_OVER})?\s?(?:{_UNIT})?(?P<over2>{_OVER})?"
)
_FRACTION = re.compile(rf"(?P<den>{_ZH}+)分之(?P<num>{_ZH}+)")
_DIGIT_FRACTION = re.compile(r"(?P<num>\d{1,3})\s?/\s?(?P<den>\d{1,3})(?![\d/])")
_IN = re.compile(
    rf"(?<![a-z])(?P<num>\d|{_alternatives(_EN_SMALL)}) (?:in|in every|out of every) (?P<den>three|four|five|ten|100|10)(?![a-z\d])"
)
_DIGIT_TENTHS = re.compile(rf"(?P<num>\d(?:\.\d)?)\s?成(?P<over>{_OVER})?")
_RANK = re.compile(
    rf"(?:(?P<low>倒数)第?|第|排名?第?|位列第?|位居第?|名列第?|no\. ?|number |#|ranked |ranks |rank )(?P<n>\d+|{_ZH}+|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|one|two|three|four|five)(?:st|nd|rd|th)?(?:大|名|位)?(?![a-z])"
)
_EN_RANK = re.compile(
    rf"\b(?:(?P<n>\d+)(?:st|nd|rd|th)|(?P<w>{_alternatives(_ORDINALS)}))\b(?! (?:quarter|half|month|week|day|year))"
)
_TOP = re.compile(
    rf"(?:(?P<w>(?<![目之此以提当])前|top|first|leading|后|倒数|bottom|last)\s?)(?P<n>\d+|{_ZH}+|{_alternatives(_EN_SMALL)})(?:大|名|位|个|家|强|项|类)?(?![a-z\d]|,\d)"
)
_WORDS = re.compile(rf"(?<![a-z])(?:{_alternatives(_SPECIAL)})(?![a-z])")
_SMALL = re.compile(rf"(?<![a-z-])(?P<n>{_alternatives(_EN_SMALL)})(?![a-z])\s?(?:{_UNIT})?")


def chinese_number(text: str) -> float | None:
    """Return the value of a Chinese numeral: 三千五百万, 一百二十点五, 二〇二六; None if it is none."""
    whole, _, fraction = text.partition("点")
    if all(c in _ZH_ONES for c in whole) and len(whole) > 1:
        return float("".join(str(_ZH_ONES[c]) for c in whole))
    total, section, digit = 0.0, 0.0, 0.0
    for char in whole:
        if char in _ZH_ONES:
            digit = float(_ZH_ONES[char])
        elif char in _ZH_TENS:
            section += (digit or 1.0) * _ZH_TENS[char]
            digit = 0.0
        elif char in _ZH_BIG:
            total = (total + section + digit or 1.0) * _ZH_BIG[char]
            section = digit = 0.0
        else:
            return None
    decimals = "".join(str(_ZH_ONES[c]) for c in fraction)
    return total + section + digit + (float(f"0.{decimals}") if decimals else 0.0)


def small_number(text: str) -> int | None:
    """Return a count or rank in digits, Chinese or English words."""
    if text.isdigit():
        return int(text)
    named = _EN_SMALL.get(text) or _ORDINALS.get(text)
    if named is not None:
        return named
    value = chinese_number(text)
    return int(value) if value is not None else None


def find_numerals(text: str, taken: list[bool]) -> list[Numeral]:
    """Return every number of a folded text outside the places already taken.

    Args:
        text: Folded text.
        taken: One flag a character: part of a name or a period. Marked as numbers are found.
    """
    out: list[Numeral] = []
    readers = (
        (_RANK, _rank), (_TOP, _top), (_FRACTION, _fraction), (_IN, _in), (_WORDS, _special),
        (_DIGIT_TENTHS, _tenths), (_DIGIT_FRACTION, _ratio), (_EN_RANK, _ordinal), (_PLAIN, _plain), (_CHINESE, _chinese), (_SMALL, _small),
    )  # fmt: skip
    for pattern, read in readers:
        for match in pattern.finditer(text):
            start, end = match.span()
            while start < end and text[start] == " ":
                start += 1
            if any(taken[start:end]):
                continue
            found = read(match)
            if found is None:
                continue
            taken[start:end] = [True] * (end - start)
            out.append(found)
    return sorted(out, key=lambda n: n.start)


def _make(
    match: re.Match[str], value: float, slack: float, coarse: float | None = None, **more: object
) -> Numeral:
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    wide = slack if coarse is None else coarse
    return Numeral(start, match.end(), match[0].strip(), value, slack, wide, **more)  # type: ignore[arg-type]


def _rank(match: re.Match[str]) -> Numeral | None:
    number = small_number(match["n"])
    low = -1 if match["low"] else 0
    return None if number is None else _make(match, number, 0, unit="rank", sign=low)


def _ordinal(match: re.Match[str]) -> Numeral | None:
    number = small_number(match["n"] or match["w"])
    return None if number is None else _make(match, number, 0, unit="rank")


def _top(match: re.Match[str]) -> Numeral | None:
    number = small_number(match["n"])
    low = match["w"] in {"后", "倒数", "bottom", "last"}
    return None if number is None else _make(match, number, 0, unit="top", sign=-1 if low else 1)


def _fraction(match: re.Match[str]) -> Numeral | None:
    top, bottom = chinese_number(match["num"]), chinese_number(match["den"])
    if top is None or not bottom or match["den"] == "百":
        return None  # 百分之 is read with the plain Chinese numbers
    slack = 0.0005 if bottom >= 100 else 0.005 if bottom >= 10 else 0.02
    return _make(match, top / bottom, slack, unit="percent")


def _ratio(match: re.Match[str]) -> Numeral | None:
    bottom = int(match["den"])
    return _make(match, int(match["num"]) / bottom, 0.02, unit="percent") if bottom else None


def _in(match: re.Match[str]) -> Numeral | None:
    """`three in ten`; `six out of seven` counts things and is read as counts."""
    top, bottom = small_number(match["num"]), small_number(match["den"])
    if top is None or not bottom or top >= bottom:
        return None
    return _make(match, top / bottom, 0.02, unit="percent")


def _special(match: re.Match[str]) -> Numeral | None:
    value, unit, slack = _SPECIAL[match[0]]
    if slack < 0:
        return _make(match, value, 0.25, unit=unit, bound=1 if slack > _UPPER else -1)
    if unit == "rank":
        return _make(match, abs(value), 0, unit=unit, sign=-1 if value < 0 else 0)
    return _make(match, value, slack, unit=unit)


def _tenths(match: re.Match[str]) -> Numeral | None:
    return _make(match, float(match["num"]) / 10, 0.02, unit="percent", bound=_over(match))


def _over(match: re.Match[str]) -> int:
    """+1 where `多`, `余` stand behind a number: it is a lower bound."""
    groups = match.groupdict()
    return 1 if groups.get("over") or groups.get("over2") else 0


def _unit(match: re.Match[str]) -> tuple[Unit, str]:
    groups = match.groupdict()
    if groups.get("money"):
        return "money", _MONEY[groups["money"]]
    if groups.get("duration"):
        return "duration", _DURATION[groups["duration"]]
    for unit in ("points", "percent", "times", "classifier"):
        if groups.get(unit):
            return unit, groups[unit]
    return "", ""


def _plain(match: re.Match[str]) -> Numeral | None:
    digits = match["num"].replace(",", "")
    decimals = len(digits.partition(".")[2])
    scale = _SCALES.get(match["scale"] or "", 1.0) * _SCALES.get(match["scale2"] or "", 1.0)
    unit, word = _unit(match)
    if match["cur"]:
        if unit not in {"", "money"}:
            return None
        unit, word = "money", _SIGNS[match["cur"]]
    if unit in {"percent", "points"}:
        scale /= 100
    zeros = len(digits) - len(digits.rstrip("0")) if not decimals else 0
    step = 10.0**-decimals * scale
    written = match["sign"] or match["sign2"]
    return _make(
        match,
        float(digits) * scale,
        step / 2,
        step / 2 * 10**zeros,
        unit=unit,
        word=word,
        sign={"+": 1, "-": -1}.get(written or "", 0),
        bound=_over(match),
    )


def _chinese(match: re.Match[str]) -> Numeral | None:
    value = chinese_number(match["num"])
    unit, word = _unit(match)
    if value is None:
        return None
    decimals = len(match["num"].partition("点")[2])
    step = 10.0**-decimals
    if match["tenths"]:
        more = match["tenths"][1:]
        half = 0.05 if more == "半" else _ZH_ONES.get(more, 0) / 100
        return _make(
            match,
            value / 10 + half,
            0.005 if more and more != "半" else 0.02,
            unit="percent",
            bound=_over(match),
        )
    if match["cent"] or unit == "percent":
        return _make(match, value / 100, step / 200, unit="percent")
    if unit == "points":
        return _make(match, value / 100, step / 200, unit="points")
    last = next((s for c, s in (_ZH_BIG | _ZH_TENS).items() if match["num"].endswith(c)), step)
    said = last if match["num"][-1:] in _ZH_BIG else step
    return _make(match, value, said / 2, last / 2, unit=unit, word=word, bound=_over(match))


def _small(match: re.Match[str]) -> Numeral | None:
    unit, word = _unit(match)
    value = float(_EN_SMALL[match["n"]])
    if unit in {"percent", "points"}:
        value /= 100
    return _make(match, value, 0.005 if unit in {"percent", "points"} else 0.5, unit=unit, word=word)  # fmt: skip
