"""Numbers, limits and settings of a question: `3万`, `between 5 and 10`, `top 3`, `回溯90天`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.planner.customer_words import spans
from assistant.planner.normalise import is_latin
from assistant.planner.pieces import Token

_AMOUNT = (
    r"(?P<m{0}>[-−])?[¥$￥]?(?P<n{0}>\d+(?:,\d{{3}})*(?:\.\d+)?|[一二两三四五六七八九十百千]+(?=[万亿千]|个|名|位|条|元|块|成|家))"
    r"(?P<s{0}>百万|千万|万|亿|千|k|m| ?million| ?billion| ?thousand| ?bn)?"
    r"(?P<u{0}>%|％| ?percent|成|元|块钱|块|rmb|cny|个|名|位|条|家|单|笔|人|次|天|小时)?(?![a-z0-9])"
)
_NUMBER = re.compile(r"(?<![a-z0-9.])" + _AMOUNT.format(""))
_BETWEEN = re.compile(
    r"(?<![a-z0-9.])"
    + _AMOUNT.format("a")
    + r"(?: ?(?:到|至|-|~|和|与) ?| and | to )"
    + _AMOUNT.format("b")
    + r"(?:之间)?"
)
_LIMIT = re.compile(
    r"(?:(?P<tw>top|前|排名前|排前|tops)|(?P<bw>bottom|后|倒数|末尾|last))\s*"
    r"(?P<n>\d{1,4}|[一二两三四五六七八九十]{1,3}|one|two|three|five|ten)\s*(?:大|名|个|位|条|强|家|篇|场|份|款|种|类|的)?"
    r"(?![0-9a-z天周月年季旬小])"
)
_BEST_N = re.compile(
    r"(?:(?P<n1>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大))(?=的?[^0-9]{0,6}(?:最|排名))"
    r"|(?<=最高的)(?P<n2>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大)"
    r"|(?<=最低的)(?P<n3>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大)"
    r"|(?<=最多的)(?P<n4>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大)"
    r"|(?<=最少的)(?P<n5>\d{1,3}|[一二两三四五六七八九十])\s*(?:个|名|位|条|家|大)"
    r"|(?<![a-z0-9])(?P<n6>\d{1,3}|three|five|ten) (?=(?:best|worst|highest|lowest|largest|biggest|most|least|smallest|top))"
    r"|(?<=best )(?P<n7>\d{1,3})(?![0-9%])|(?<=worst )(?P<n8>\d{1,3})(?![0-9%])"
    r"|(?<=highest )(?P<n9>\d{1,3})(?![0-9%])|(?<=lowest )(?P<n10>\d{1,3})(?![0-9%])"
)
_SETTING = re.compile(
    r"(?:回溯期?|回看期?)(?:为|是|用|取|设为|改为)? ?(\d{1,4}) ?天|(\d{1,4}) ?天(?:的)?(?:回溯期?|回看期?)"
    r"|半衰期(?:为|是|用|取|设为|改为)? ?(\d{1,4}(?:\.\d+)?) ?天"
    r"|(?<![a-z0-9])(\d{1,4})[- ]days?(?: of)? look ?back|look ?back(?: window)?(?: of)? (\d{1,4}) days"
    r"|half[- ]life(?: of)? (\d{1,4}(?:\.\d+)?) days"
)
_SCALE = {
    "千": 1e3, "k": 1e3, "thousand": 1e3, "万": 1e4, "百万": 1e6, "m": 1e6, "million": 1e6,
    "千万": 1e7, "亿": 1e8, "bn": 1e9, "billion": 1e9,
}  # fmt: skip
_BETWEEN_BEFORE = re.compile(r"(?:between|介于|在|从|from) ?$")
_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2}
_ENGLISH = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10,
}  # fmt: skip
_NUMBER_WORD = re.compile(r"(?<![a-z])(two|three|four|five|six|seven|eight|nine|ten)(?= [a-z])")
_HALF = re.compile(
    r"一半|半数|(?<=过)半|(?<=超)半|(?<=than )half(?: of)?(?![a-z])|(?<=over )half(?![a-z])"
)
_UNITS = {"十": 10, "百": 100, "千": 1000}


def chinese_number(text: str) -> float:
    """Return the value of a small numeral such as 十二, 三百, 5."""
    if text in _ENGLISH:
        return float(_ENGLISH[text])
    plain = text.replace(",", "")
    if re.fullmatch(r"[\d.]+", plain):
        return float(plain)
    total, digit = 0, 0
    for char in plain:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS.get(char, 0)
    return float(total + digit)


def amounts(text: str) -> Iterator[Token]:
    """Yield every number, limit and setting of a folded question."""
    yield from _numbers(text)
    for found in _LIMIT.finditer(text):
        if _latin_inside(text, *found.span()):
            continue
        number = chinese_number(found["n"])
        yield Token("limit", *found.span(), found[0], number=number, descending=bool(found["tw"]))
    for found in _BEST_N.finditer(text):
        number = chinese_number(next(g for g in found.groups() if g))
        yield Token("limit", *found.span(), found[0], number=number)
    for found in _SETTING.finditer(text):
        number = chinese_number(next(g for g in found.groups() if g))
        yield Token("setting", *found.span(), found[0], number=number)
    for start, end, days in spans(text):
        yield Token("setting", start, end, text[start:end], number=days)


def _amount(found: re.Match[str], which: str = "") -> tuple[float, bool]:
    unit = (found[f"u{which}"] or "").strip()
    value = chinese_number(found[f"n{which}"]) * (-1 if found[f"m{which}"] else 1)
    value *= _SCALE.get((found[f"s{which}"] or "").strip(), 1)
    if unit == "成":
        return value / 10, True
    percent = unit in {"%", "％", "percent"}
    return (value / 100 if percent else value), percent


def _numbers(text: str) -> list[Token]:
    out: list[Token] = []
    for found in _NUMBER.finditer(text):
        value, percent = _amount(found)
        out.append(Token("number", *found.span(), found[0], number=value, percent=percent))
    for found in _NUMBER_WORD.finditer(text):
        value = float(_ENGLISH[found[1]])
        out.append(Token("number", *found.span(), found[0], number=value))
    out += [
        Token("number", *found.span(), found[0], number=0.5, percent=True)
        for found in _HALF.finditer(text)
    ]
    for found in _BETWEEN.finditer(text):
        bounded = (
            found[0].endswith("之间")
            or "~" in found[0]
            or _BETWEEN_BEFORE.search(text[: found.start()])
        )
        (low, p), (high, q) = _amount(found, "a"), _amount(found, "b")
        if not bounded:
            continue
        low = low / 100 if q and not p else low
        if found["sb"] and not found["sa"]:  # 7到464万 is 7万 to 464万
            low *= _SCALE.get(found["sb"].strip(), 1)
        token = Token("number", *found.span(), found[0], number=low, percent=p or q, upper=high)
        out.append(token)
    return out


def _latin_inside(text: str, start: int, end: int) -> bool:
    before = start > 0 and is_latin(text[start]) and is_latin(text[start - 1])
    after = end < len(text) and is_latin(text[end - 1]) and is_latin(text[end])
    return before or after
