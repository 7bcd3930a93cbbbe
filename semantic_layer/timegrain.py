"""Grains, calendars and period arithmetic. No natural language here.

All ranges are half open (`end` excluded) and made of local calendar dates of the
company's time zone; `Calendar.to_utc` turns a date into the instant it begins at.
"""

from __future__ import annotations

import calendar as _calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo


class TimeGrain(StrEnum):
    """The size of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_QUARTER = "fiscal_quarter"
    FISCAL_YEAR = "fiscal_year"


GRAIN_MONTHS: dict[TimeGrain, int] = {
    TimeGrain.MONTH: 1,
    TimeGrain.QUARTER: 3,
    TimeGrain.YEAR: 12,
    TimeGrain.FISCAL_QUARTER: 3,
    TimeGrain.FISCAL_YEAR: 12,
}
GRAIN_DAYS: dict[TimeGrain, int] = {TimeGrain.DAY: 1, TimeGrain.WEEK: 7}
FISCAL_GRAINS = frozenset({TimeGrain.FISCAL_QUARTER, TimeGrain.FISCAL_YEAR})


def add_months(day: date, months: int) -> date:
    """Return `day` moved by whole months; the 31st becomes the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = _calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True, slots=True, order=True)
class DateRange:
    """Local dates from `start` (included) to `end` (excluded)."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


@lru_cache(maxsize=64)
def _fixed_offset(timezone: str) -> timedelta | None:
    zone = ZoneInfo(timezone)
    probes = (datetime(y, m, 1, tzinfo=UTC) for y in range(1992, 2041) for m in (1, 4, 7, 10))
    offsets = {p.astimezone(zone).utcoffset() for p in probes}
    return offsets.pop() if len(offsets) == 1 else None


@dataclass(frozen=True)
class Calendar:
    """How a company cuts time.

    Attributes:
        timezone: IANA name of the zone whose dates people mean.
        week_start: First day of the week.
        fiscal_year_start: Month (1-12) in which the fiscal year begins. The fiscal year is
            named after the calendar year in which it *ends* (FY26 with April = 2025-04..2026-03),
            unless it begins in January.
    """

    timezone: str = "Asia/Shanghai"
    week_start: Literal["monday", "sunday"] = "monday"
    fiscal_year_start: int = 1

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone object."""
        return ZoneInfo(self.timezone)

    def to_utc(self, day: date) -> datetime:
        """Return the naive UTC instant at which the local `day` begins."""
        local = datetime.combine(day, time(), tzinfo=self.zone)
        return local.astimezone(UTC).replace(tzinfo=None)

    def fixed_offset(self) -> timedelta | None:
        """Return the zone's UTC offset if it has been constant since 1992, else None."""
        return _fixed_offset(self.timezone)

    def floor(self, day: date, grain: TimeGrain) -> date:
        """Return the first day of the period of `grain` that holds `day`."""
        if grain is TimeGrain.DAY:
            return day
        if grain is TimeGrain.WEEK:
            shift = day.weekday() if self.week_start == "monday" else (day.weekday() + 1) % 7
            return day - timedelta(days=shift)
        months = GRAIN_MONTHS[grain]
        base = self.fiscal_year_start - 1 if grain in FISCAL_GRAINS else 0
        offset = (day.month - 1 - base) % months
        return add_months(day.replace(day=1), -offset)

    def add(self, day: date, count: int, grain: TimeGrain) -> date:
        """Return `day` moved by `count` periods of `grain`."""
        if grain in GRAIN_DAYS:
            return day + timedelta(days=count * GRAIN_DAYS[grain])
        return add_months(day, count * GRAIN_MONTHS[grain])

    def period(self, day: date, grain: TimeGrain, offset: int = 0) -> DateRange:
        """Return the whole period that holds `day`, moved by `offset` periods."""
        start = self.add(self.floor(day, grain), offset, grain)
        return DateRange(start, self.add(start, 1, grain))

    def periods(self, span: DateRange, grain: TimeGrain) -> list[DateRange]:
        """Return every whole period of `grain` that overlaps `span`, oldest first."""
        out: list[DateRange] = []
        start = self.floor(span.start, grain)
        while start < span.end:
            end = self.add(start, 1, grain)
            out.append(DateRange(start, end))
            start = end
        return out

    def fiscal_year(self, day: date) -> int:
        """Return the name of the fiscal year that holds `day`."""
        start = self.floor(day, TimeGrain.FISCAL_YEAR)
        return start.year if self.fiscal_year_start == 1 else start.year + 1

    def fiscal_year_range(self, year: int) -> DateRange:
        """Return the dates of the fiscal year named `year`."""
        first = year if self.fiscal_year_start == 1 else year - 1
        start = date(first, self.fiscal_year_start, 1)
        return DateRange(start, add_months(start, 12))
