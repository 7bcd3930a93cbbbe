"""Numbers as people write them in dates, in Chinese and in English."""

from __future__ import annotations

ZH_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
    "两": 2,
    "俩": 2,
    "仨": 3,
    "首": 1,
}
ZH_NUM = r"(?:\d{1,6}|[零一二三四五六七八九十百两俩仨]{1,6})"

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
]

EN_ONES = {word: i for i, word in enumerate(_ONES)}
EN_TENS = {word: 10 * i for i, word in enumerate(_TENS, start=2)}
EN_ORDINALS = {word: i for i, word in enumerate(_ORDINALS) if i} | {
    "twentieth": 20,
    "thirtieth": 30,
    "last": -1,
    "final": -1,
}

_tens = "|".join(_TENS)
_ones = "|".join(sorted(_ONES[1:], key=len, reverse=True))
_ords = "|".join(sorted(_ORDINALS[1:10], key=len, reverse=True))
_all_ords = "|".join(sorted([*_ORDINALS[1:], "twentieth", "thirtieth"], key=len, reverse=True))
#: A count: 3, three, twenty one, a couple of, a few.
EN_NUM = (
    rf"(?:\d{{1,6}}|(?:{_tens})[ -](?:{'|'.join(_ONES[1:10])})\b|(?:{_tens})\b|(?:{_ones})\b"
    r"|(?:a )?couple(?: of)?\b|(?:a )?few\b|several\b)"
)
#: A day of the month or a rank: 1st, first, twenty-third.
EN_ORD = rf"(?:\d{{1,3}}(?:st|nd|rd|th)\b|(?:{_tens})[ -](?:{_ords})\b|(?:{_all_ords})\b)"
#: A year in words: two thousand ten, two thousand and sixteen, twenty twenty five.
EN_YEAR_WORDS = (
    rf"(?:two thousand(?: (?:and )?(?:(?:{_tens})[ -](?:{'|'.join(_ONES[1:10])})|(?:{_tens})"
    rf"|(?:{_ones})))?\b|(?:nineteen|twenty) (?:(?:{_tens})[ -](?:{'|'.join(_ONES[1:10])})"
    rf"|(?:{_tens})|(?:{'|'.join(_ONES[10:])}))\b)"
)


def zh_number(text: str) -> int | None:
    """Return the value of a Chinese or Arabic numeral (十二, 三十, 二〇二五, 两), else None."""
    text = text.strip()
    if not text:
        return None
    if text.isascii():
        return int(text) if text.isdigit() and len(text) < 10 else None
    if not any(c in "十百" for c in text):
        digits = [ZH_DIGITS.get(c, -1) for c in text]
        if -1 in digits or len(digits) > 4:
            return None
        return int("".join(map(str, digits)))
    total, current = 0, -1
    for char in text:
        if char in "十百":
            total += (1 if current < 0 else current) * (10 if char == "十" else 100)
            current = -1
        elif char in ZH_DIGITS:
            current = ZH_DIGITS[char]
        else:
            return None
    return total + max(current, 0)


def en_number(text: str) -> int | None:
    """Return the value of an English count or rank (3, three, 3rd, twenty-third), else None."""
    text = text.strip().removeprefix("a ").replace("-", " ")
    if text[:1].isdigit():
        digits = text.rstrip("stndrh")
        return int(digits) if digits.isdigit() and len(digits) < 10 else None
    if text.startswith("couple"):
        return 2
    if text in {"few", "several"}:
        return 3
    total = 0
    for word in text.split():
        value = EN_ONES.get(word) or EN_TENS.get(word) or EN_ORDINALS.get(word)
        if value is None:
            return None
        total += value
    return total


def en_year_words(text: str) -> int | None:
    """Return the year of "two thousand ten" or "twenty twenty five", else None."""
    words = text.replace("-", " ").replace(" and ", " ").split()
    if words[:2] == ["two", "thousand"]:
        rest = en_number(" ".join(words[2:])) if words[2:] else 0
        return None if rest is None else 2000 + rest
    head = {"nineteen": 1900, "twenty": 2000}.get(words[0])
    tail = en_number(" ".join(words[1:]))
    return None if head is None or tail is None else head + tail
