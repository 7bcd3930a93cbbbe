"""Words and patterns that the English rules share."""

from __future__ import annotations

import re

from semantic_layer.timegrain import TimeGrain

from .dates import YEAR4, expand_year
from .nodes import Ctx
from .numerals import EN_ORD, EN_YEAR_WORDS, en_number, en_year_words
from .rules import alone

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
MONTHS = {name: i for i, name in enumerate(_MONTHS, start=1)}
MONTHS |= {name[:3]: i for name, i in list(MONTHS.items())} | {"sept": 9}
WEEKDAYS = {
    name: i
    for i, names in enumerate(
        (
            "monday mon",
            "tuesday tue tues",
            "wednesday wed weds",
            "thursday thu thur thurs",
            "friday fri",
            "saturday sat",
            "sunday sun",
        )
    )
    for name in names.split()
}
UNITS: dict[str, TimeGrain] = {
    "day": TimeGrain.DAY,
    "week": TimeGrain.WEEK,
    "wk": TimeGrain.WEEK,
    "month": TimeGrain.MONTH,
    "mo": TimeGrain.MONTH,
    "mth": TimeGrain.MONTH,
    "quarter": TimeGrain.QUARTER,
    "qtr": TimeGrain.QUARTER,
    "year": TimeGrain.YEAR,
    "yr": TimeGrain.YEAR,
    "fiscal quarter": TimeGrain.FISCAL_QUARTER,
    "fiscal year": TimeGrain.FISCAL_YEAR,
    "financial year": TimeGrain.FISCAL_YEAR,
}
UNIT = (
    r"(?:calendar )?(fiscal quarter|fiscal year|financial year|quarter|qtr|month|mth|week|wk"
    r"|year|yr|day)s?\b"
)
MONTH_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
MON = rf"(?:(?<![a-z])({MONTH_NAMES})(?:\.|(?![a-z])))"
WEEKDAY_NAMES = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
WDAY = rf"(?:\b({WEEKDAY_NAMES})\b\.?)"
DAY_NO = (
    rf"(?:(?:the )?(3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\d.:%]\d|\d|%)|(?:the )?({EN_ORD}))"
)
ORD_ONLY = rf"(?:the )?({EN_ORD})"
YEAR = rf"(?:({YEAR4})(?![\d%])|'(\d\d)\b|({EN_YEAR_WORDS}))"
SEP = r"(?: ?, ?| ?[-/] ?| of | in | )"
TO = r" ?(?:-|~|\bto\b|\bthrough\b|\bthru\b|\buntil\b|\btill\b|\band\b) ?"
#: Words after which "may" and "march" are months and bare years are years.
PREPOSITIONS = (
    r"(?:in|of|for|during|since|before|after|from|to|through|thru|until|till|by|between|and|or"
    r"|vs\.?|versus|last|next|this|past|previous|early|mid|late|end|the|on|as of|up to|-|,|/|~"
    r"|year|within|with|than|over|throughout|prior|starting|ending|beginning)"
)


def year_of(groups: tuple[str | None, ...], ctx: Ctx) -> int | None:
    """Return the year that the three groups of `YEAR` hold."""
    full, short, words = groups
    if full:
        return int(full)
    if short:
        return expand_year(int(short), ctx.today)
    return en_year_words(words) if words else None


def month_word(match: re.Match[str], ctx: Ctx, group: int = 1) -> int | None:
    """Return the month number unless the word is the verb "may" or "march"."""
    word = match[group]
    start = match.start(group)
    if word not in ("may", "march") or ctx.whole or alone(ctx, match.span()):
        return MONTHS[word]
    before = ctx.norm[:start].rstrip()
    if re.search(rf"(?:^|[ ,(-]){PREPOSITIONS}$", before):
        return MONTHS[word]
    after = ctx.norm[match.end(group) :]
    if re.match(
        r"\.? ?,? ?(?:\d|-|~|to\b|through\b|until\b|till\b|and (?:jun|apr|jul|feb))", after
    ):
        return MONTHS[word]
    capital = ctx.text[start : start + 1].isupper() and bool(before)
    return MONTHS[word] if capital and not before.endswith((".", "?", "!")) else None


def number_of(*texts: str | None) -> int:
    """Return the number in the first group that matched, 0 when none is one."""
    return next((en_number(text) or 0 for text in texts if text), 0)
