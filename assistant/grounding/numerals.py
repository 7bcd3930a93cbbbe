"""Numbers as prose writes them, with how exactly they were said and in what unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.grounding.numeral_words import (
    CLASSIFIERS,
    DURATION,
    EN_SMALL,
    MONEY,
    ORDINALS,
    PERCENT,
    POINTS,
    SCALES,
    SIGNS,
    SPECIAL,
    TIMES,
    ZH_BIG,
    ZH_ONES,
    ZH_TENS,
    Unit,
)

_ZH = "[零〇一二两三四五六七八九十百千万亿]"


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
    rf"(?P<points>{_alternatives(POINTS)})|(?P<percent>{_alternatives(PERCENT)})"
    rf"|(?P<times>{_alternatives(TIMES)})(?![a-z])|(?P<money>{_alternatives(MONEY)})(?![a-z])"
    rf"|(?P<duration>{_alternatives(DURATION)})(?![a-z])|(?P<classifier>{_alternatives(CLASSIFIERS)})"
)
#: `600 多条`, `四成多`, `6 万余`: more than that; not the 多 of 多于, 多了.
_OVER = r"多(?![于出过了数少]|\s*[\d约近])|余(?!下)|有余|出头"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_PLAIN = re.compile(
    rf"(?P<sign>[+-](?=\s?[¥$€£\d]))?\s?(?P<cur>{_alternatives(SIGNS)})?\s?(?P<sign2>[+-])?(?P<num>{_DIGITS})"
    rf"\s?(?P<scale>{_alternatives(SCALES)})?(?P<over>{_OVER})?(?P<scale2>万|亿)?"
    rf"(?![a-z](?<!x)(?<!p))\s?-?(?:{_UNIT})?(?P<over2>{_OVER})?"
)
_CHINESE = re.compile(
    rf"(?P<cent>百分之)?(?P<num>{_ZH}+(?:点[零〇一二三四五六七八九]+)?)(?P<tenths>成(?:半|[一二三四五六七八九](?![成个万千百]))?)?(?P<over>{_OVER})?\s?(?:{_UNIT})?(?P<over2>{_OVER})?"
)
_FRACTION = re.compile(rf"(?P<den>{_ZH}+)分之(?P<num>{_ZH}+)")
_DIGIT_FRACTION = re.compile(r"(?P<num>\d{1,3})\s?/\s?(?P<den>\d{1,3})(?![\d/])")
_IN = re.compile(
    rf"(?<![a-z])(?P<num>\d|{_alternatives(EN_SMALL)}) (?:in|in every|out of every|out of) (?P<den>ten|100|10|(?<!out of )(?:three|four|five))(?![a-z\d])"
)
_DIGIT_TENTHS = re.compile(rf"(?P<num>\d(?:\.\d)?)\s?成(?P<over>{_OVER})?")
_RANK = re.compile(
    rf"(?:(?P<low>倒数)第?|第|排名?第?|位列第?|位居第?|名列第?|no\. ?|number |#|ranked |ranks |rank )(?P<n>\d+|{_ZH}+|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|one|two|three|four|five)(?:st|nd|rd|th)?(?:大|名|位)?(?![a-z])"
)
_EN_RANK = re.compile(
    rf"\b(?:(?P<n>\d+)(?:st|nd|rd|th)|(?P<w>{_alternatives(ORDINALS)}))\b(?! (?:quarter|half|month|week|day|year))"
)
_TOP = re.compile(
    rf"(?:(?P<w>(?<![目之此以提当])前|top|first|leading|(?<![随之此以然而最])后|倒数|bottom|last)\s?)(?P<n>\d+|{_ZH}+|{_alternatives(EN_SMALL)})(?:大|名|位|个|家|强|项|类)?(?![a-z\d]|,\d)"
)
_WORDS = re.compile(rf"(?<![a-z])(?:{_alternatives(SPECIAL)})(?![a-z])")
_SMALL = re.compile(rf"(?<![a-z-])(?P<n>{_alternatives(EN_SMALL)})(?![a-z])\s?(?:{_UNIT})?")


def chinese_number(text: str) -> float | None:
    """Return the value of a Chinese numeral: 三千五百万, 一百二十点五, 二〇二六; None if it is none."""
    whole, _, fraction = text.partition("点")
    if all(c in ZH_ONES for c in whole) and len(whole) > 1:
        return float("".join(str(ZH_ONES[c]) for c in whole))
    total, section, digit = 0.0, 0.0, 0.0
    for char in whole:
        if char in ZH_ONES:
            digit = float(ZH_ONES[char])
        elif char in ZH_TENS:
            section += (digit or 1.0) * ZH_TENS[char]
            digit = 0.0
        elif char in ZH_BIG:
            total = (total + section + digit or 1.0) * ZH_BIG[char]
            section = digit = 0.0
        else:
            return None
    decimals = "".join(str(ZH_ONES[c]) for c in fraction)
    return total + section + digit + (float(f"0.{decimals}") if decimals else 0.0)


def small_number(text: str) -> int | None:
    """Return a count or rank in digits, Chinese or English words."""
    if text.isdigit():
        return int(text)
    named = EN_SMALL.get(text) or ORDINALS.get(text)
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
    value, unit, slack = SPECIAL[match[0]]
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
        return "money", MONEY[groups["money"]]
    if groups.get("duration"):
        return "duration", DURATION[groups["duration"]]
    for unit in ("points", "percent", "times", "classifier"):
        if groups.get(unit):
            return unit, groups[unit]
    return "", ""


def _plain(match: re.Match[str]) -> Numeral | None:
    digits = match["num"].replace(",", "")
    decimals = len(digits.partition(".")[2])
    scale = SCALES.get(match["scale"] or "", 1.0) * SCALES.get(match["scale2"] or "", 1.0)
    unit, word = _unit(match)
    if match["cur"]:
        if unit not in {"", "money"}:
            return None
        unit, word = "money", SIGNS[match["cur"]]
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
        half = 0.05 if more == "半" else ZH_ONES.get(more, 0) / 100
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
    last = next((s for c, s in (ZH_BIG | ZH_TENS).items() if match["num"].endswith(c)), step)
    said = last if match["num"][-1:] in ZH_BIG else step
    return _make(match, value, said / 2, last / 2, unit=unit, word=word, bound=_over(match))


def _small(match: re.Match[str]) -> Numeral | None:
    unit, word = _unit(match)
    value = float(EN_SMALL[match["n"]])
    if unit in {"percent", "points"}:
        value /= 100
    return _make(match, value, 0.005 if unit in {"percent", "points"} else 0.5, unit=unit, word=word)  # fmt: skip
