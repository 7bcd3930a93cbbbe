"""Named days: their dates, and the days off around the Chinese public holidays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from semantic_layer.timegrain import DateRange, TimeGrain

from .lunar import lunar_date
from .model import Reading
from .nodes import ONE_DAY, Level, Node
from .parts import YEARS, one_day

DayOf = Callable[[int], "date | None"]

#: Full names of public holidays that mean the day itself: 国庆节 is 1 October, while 国庆 and
#: 国庆期间 are the days off. 春节 is not here: by contract it is the holiday. Empty this set to
#: read every name as the days off.
ZH_DAY_NAMES = frozenset(
    {"元旦节", "劳动节", "五一劳动节", "国际劳动节", "国庆节", "清明节", "端午节", "中秋节"}
)
DAY_NOTE = (
    "按节日当天；要看整个假期请说“期间”",
    "read as the day itself; say “holiday” or 期间 for all the days off",
)


@dataclass(frozen=True, slots=True)
class Festival:
    """A day that returns every year.

    Attributes:
        day: The date in a year, None where unknown.
        official: Key of the public holiday in `chinese_calendar`, if it gives days off.
        lead: Days before the day that "…期间" adds (双11期间 = 1-11 November).
        after: Days after the day that "…期间" adds.
    """

    day: DayOf
    official: str | None = None
    lead: int = 0
    after: int = 0


def _on(month: int, day: int) -> DayOf:
    return lambda year: date(year, month, day)


def _nth(month: int, weekday: int, number: int, plus: int = 0) -> DayOf:
    """Return the n-th (-1: last) weekday of a month, plus some days."""

    def find(year: int) -> date:
        if number > 0:
            first = date(year, month, 1)
            found = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
        else:
            last = date(year + month // 12, month % 12 + 1, 1) - ONE_DAY
            found = last - timedelta(days=(last.weekday() - weekday) % 7)
        return found + timedelta(days=plus)

    return find


def _lunar(month: int, day: int) -> DayOf:
    return lambda year: lunar_date(year, month, day)


def _easter(year: int, plus: int = 0) -> date:
    """Return Easter Sunday (Gregorian computus) plus some days."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, day = divmod(h + el - 7 * m + 114, 31)
    return date(year, month, day + 1) + timedelta(days=plus)


def _easter_plus(plus: int) -> DayOf:
    return lambda year: _easter(year, plus)


def _qingming(year: int) -> date:
    """Return Tomb-sweeping Day by the usual approximation, exact for 1900-2099."""
    base = 5.59 if year < 2000 else 4.81
    short = year % 100
    return date(year, 4, int(short * 0.2422 + base) - short // 4)


FESTIVALS: dict[str, Festival] = {
    "new_year": Festival(_on(1, 1), "new_years_day"),
    "spring": Festival(_lunar(1, 1), "spring_festival"),
    "spring_eve": Festival(_lunar(1, 0)),
    "lantern": Festival(_lunar(1, 15)),
    "qingming": Festival(_qingming, "tomb_sweeping_day"),
    "labour": Festival(_on(5, 1), "labour_day"),
    "dragon": Festival(_lunar(5, 5), "dragon_boat_festival"),
    "qixi": Festival(_lunar(7, 7)),
    "mid_autumn": Festival(_lunar(8, 15), "mid_autumn_festival"),
    "double_ninth": Festival(_lunar(9, 9)),
    "laba": Festival(lambda year: lunar_date(year - 1, 12, 8)),
    "national": Festival(_on(10, 1), "national_day"),
    "double11": Festival(_on(11, 11), lead=10),
    "double12": Festival(_on(12, 12), lead=11),
    "618": Festival(_on(6, 18), lead=17),
    "girls": Festival(_on(3, 7)),
    "women": Festival(_on(3, 8)),
    "tree": Festival(_on(3, 12)),
    "consumer": Festival(_on(3, 15)),
    "fools": Festival(_on(4, 1)),
    "earth": Festival(_on(4, 22)),
    "youth": Festival(_on(5, 4)),
    "children": Festival(_on(6, 1)),
    "party": Festival(_on(7, 1)),
    "army": Festival(_on(8, 1)),
    "teachers": Festival(_on(9, 10)),
    "halloween": Festival(_on(10, 31)),
    "christmas_eve": Festival(_on(12, 24)),
    "christmas": Festival(_on(12, 25)),
    "boxing": Festival(_on(12, 26)),
    "new_year_eve": Festival(_on(12, 31)),
    "valentine": Festival(_on(2, 14)),
    "groundhog": Festival(_on(2, 2)),
    "patrick": Festival(_on(3, 17)),
    "cinco": Festival(_on(5, 5)),
    "juneteenth": Festival(_on(6, 19)),
    "independence": Festival(_on(7, 4)),
    "bastille": Festival(_on(7, 14)),
    "veterans": Festival(_on(11, 11)),
    "mlk": Festival(_nth(1, 0, 3)),
    "presidents": Festival(_nth(2, 0, 3)),
    "mothers": Festival(_nth(5, 6, 2)),
    "memorial": Festival(_nth(5, 0, -1)),
    "fathers": Festival(_nth(6, 6, 3)),
    "us_labor": Festival(_nth(9, 0, 1)),
    "columbus": Festival(_nth(10, 0, 2)),
    "thanksgiving": Festival(_nth(11, 3, 4)),
    "black_friday": Festival(_nth(11, 3, 4, 1), after=3),
    "cyber_monday": Festival(_nth(11, 3, 4, 4)),
    "easter": Festival(_easter),
    "easter_monday": Festival(_easter_plus(1)),
    "good_friday": Festival(_easter_plus(-2)),
    "palm_sunday": Festival(_easter_plus(-7)),
    "ash_wednesday": Festival(_easter_plus(-46)),
    "shrove_tuesday": Festival(_easter_plus(-47)),
    "ascension": Festival(_easter_plus(39)),
    "pentecost": Festival(_easter_plus(49)),
    "whit_monday": Festival(_easter_plus(50)),
    "trinity": Festival(_easter_plus(56)),
    "corpus_christi": Festival(_easter_plus(60)),
}


@lru_cache(maxsize=1)
def _official_days() -> dict[str, frozenset[date]]:
    """Return the announced days off by holiday, empty when the package is missing."""
    try:
        from chinese_calendar.constants import Holiday, holidays
    except ImportError:
        return {}
    names = {member.value: member.name for member in Holiday}
    out: dict[str, set[date]] = {}
    for day, value in holidays.items():
        out.setdefault(names.get(value, value), set()).add(day)
    return {name: frozenset(days) for name, days in out.items()}


@lru_cache(maxsize=256)
def days_off(key: str, around: date) -> DateRange | None:
    """Return the announced days off of a public holiday near a day, None outside the data.

    They are found around the day, not by calendar year: New Year's Day 2023 began on
    31 December 2022. A Mid-Autumn inside the National Day week does not cut the week.
    """
    near = [around + timedelta(days=offset) for offset in range(-12, 13)]
    days = [day for day in near if day in _official_days().get(key, ())]
    return DateRange(days[0], days[-1] + ONE_DAY) if days else None


def _day_part(festival: Festival) -> Callable[[DateRange], DateRange | None]:
    def part(around: DateRange) -> DateRange | None:
        for year in range(around.start.year, around.end.year + 1):
            day = festival.day(year)
            if day is not None and day in around:
                return one_day(day)
        return None

    return part


def _window_part(festival: Festival) -> Callable[[DateRange], DateRange | None]:
    inner = _day_part(festival)

    def part(around: DateRange) -> DateRange | None:
        found = inner(around)
        if found is None:
            return None
        if festival.official is not None:
            return days_off(festival.official, found.start) or found
        return DateRange(
            found.start - timedelta(days=festival.lead), found.end + timedelta(days=festival.after)
        )

    return part


OFF_NOTE = (
    "按国务院公布的放假安排（含调休），未公布的年份按节日当天",
    "the announced days off, or the day itself where none are announced yet",
)


def holiday(key: str, *, window: bool) -> Node:
    """Return the node of a named day, or of the period around it when `window`."""
    festival = FESTIVALS[key]
    day = _day_part(festival)
    note = ("", "") if festival.official is None else DAY_NOTE
    part = _window_part(festival) if window else day
    if window and festival.official:
        note = OFF_NOTE
    elif window and (festival.lead or festival.after):
        note = ("按活动期计", "read as the campaign period")
    return Node(
        Level.DAY,
        part=part,
        within=YEARS,
        every=TimeGrain.YEAR,
        reading=Reading.HOLIDAY,
        note=note,
        anchor=day,
        clip=False,
        yearly=part,
    )


def holiday_weekend(key: str) -> Node:
    """Return the node of the weekend nearest to a named day."""
    day = _day_part(FESTIVALS[key])

    def part(around: DateRange) -> DateRange | None:
        found = day(around)
        if found is None:
            return None
        near = found.start + timedelta(days=3)
        saturday = near - timedelta(days=(near.weekday() - 5) % 7)
        return DateRange(saturday, saturday + timedelta(days=2))

    return Node(Level.DAY, part=part, within=YEARS, every=TimeGrain.YEAR, reading=Reading.HOLIDAY)
