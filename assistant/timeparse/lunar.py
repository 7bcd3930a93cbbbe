"""Chinese lunar dates of festivals, 1990-2050."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

_FIRST_YEAR = 1990
_FIRST_NEW_YEAR = date(1990, 1, 27)
# One number a year: bits 15-4 say whether months 1-12 have 30 days, the low digit names the
# leap month (0: none), bit 16 says whether the leap month has 30 days.
_YEARS = (
    0x04AF5, 0x04970, 0x064B0, 0x074A3, 0x0EA50, 0x06B58, 0x05AC0, 0x0AB60, 0x096D5, 0x092E0,
    0x0C960, 0x0D954, 0x0D4A0, 0x0DA50, 0x07552, 0x056A0, 0x0ABB7, 0x025D0, 0x092D0, 0x0CAB5,
    0x0A950, 0x0B4A0, 0x0BAA4, 0x0AD50, 0x055D9, 0x04BA0, 0x0A5B0, 0x15176, 0x052B0, 0x0A930,
    0x07954, 0x06AA0, 0x0AD50, 0x05B52, 0x04B60, 0x0A6E6, 0x0A4E0, 0x0D260, 0x0EA65, 0x0D530,
    0x05AA0, 0x076A3, 0x096D0, 0x04AFB, 0x04AD0, 0x0A4D0, 0x1D0B6, 0x0D250, 0x0D520, 0x0DD45,
    0x0B5A0, 0x056D0, 0x055B2, 0x049B0, 0x0A577, 0x0A4B0, 0x0AA50, 0x1B255, 0x06D20, 0x0ADA0,
    0x14B63,
)  # fmt: skip


def _month_days(info: int, month: int) -> int:
    return 30 if info & (0x10000 >> month) else 29


def _leap_days(info: int) -> int:
    if not info & 0xF:
        return 0
    return 30 if info & 0x10000 else 29


@lru_cache(maxsize=64)
def _new_year(year: int) -> date:
    day = _FIRST_NEW_YEAR
    for info in _YEARS[: year - _FIRST_YEAR]:
        day += timedelta(days=sum(_month_days(info, m) for m in range(1, 13)) + _leap_days(info))
    return day


def lunar_date(year: int, month: int, day: int) -> date | None:
    """Return the date of a (non-leap) lunar month and day, None outside the table.

    Day 0 of month 1 is the eve of the new year.
    """
    if not _FIRST_YEAR <= year < _FIRST_YEAR + len(_YEARS):
        return None
    info = _YEARS[year - _FIRST_YEAR]
    leap = info & 0xF
    days = sum(_month_days(info, m) for m in range(1, month))
    if 0 < leap < month:
        days += _leap_days(info)
    return _new_year(year) + timedelta(days=days + day - 1)
