"""What the time parser returns: periods, comparison shifts and their places in the text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from semantic_layer.timegrain import DateRange, TimeGrain


class Reading(StrEnum):
    """How a phrase was read."""

    CALENDAR = "calendar"  # a whole calendar period: 上个月, Q3 2025
    TO_DATE = "to_date"  # a running period up to the data: 本月, YTD
    ROLLING = "rolling"  # N units ending with the last complete day: 近30天
    RANGE = "range"  # A to B, B included
    HOLIDAY = "holiday"  # a named day or the days off around it
    POINT = "point"  # one day
    SINCE = "since"  # open end
    BEFORE = "before"  # open start
    FISCAL = "fiscal"  # a fiscal year or quarter
    OPEN = "open"  # all time


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of local dates and how it was understood.

    Attributes:
        start: First day, or None when open ("before X").
        end: Day after the last, or None when open ("after X").
        grain: Natural grain of the phrase (上季度 -> quarter, 近30天 -> day); None for half years.
        complete: False when the period runs beyond the last complete day of data.
        reading: How the phrase was read.
        note_zh: One sentence when the reading is an assumption, else empty.
        note_en: The same in English.
        year_before: For a holiday, the same holiday a year earlier: the moon moves its dates.
    """

    start: date | None
    end: date | None
    grain: TimeGrain | None
    complete: bool
    reading: Reading
    note_zh: str = ""
    note_en: str = ""
    year_before: DateRange | None = None

    @property
    def is_open(self) -> bool:
        """Whether one side has no bound."""
        return self.start is None or self.end is None

    @property
    def range(self) -> DateRange | None:
        """The dates as a `DateRange`, or None when a side is open."""
        if self.start is None or self.end is None:
            return None
        return DateRange(self.start, self.end)

    def is_future(self, today: date) -> bool:
        """Whether the period begins after `today`."""
        return self.start is not None and self.start > today


@dataclass(frozen=True, slots=True)
class Shift:
    """A comparison: what the span under discussion is held against.

    Attributes:
        kind: `previous_period` (环比), `previous_year` (同比), or `span` (an explicit period).
        period: The period named in the phrase, if any.
        grain: The unit named in the phrase (月环比, MoM), if any.
        running: Of the running period as far as it goes (上月同期), not of the last complete one.
    """

    kind: Literal["previous_period", "previous_year", "span"]
    period: Period | None = None
    grain: TimeGrain | None = None
    running: bool = False


@dataclass(frozen=True, slots=True)
class TimeMatch:
    """One time expression in a text; exactly one of `period`, `shift`, `grain` is set.

    Attributes:
        span: Character offsets in the given text.
        text: The text between the offsets.
        period: For a period of time.
        shift: For a comparison phrase.
        grain: For a "breakdown by time" word.
    """

    span: tuple[int, int]
    text: str
    period: Period | None = None
    shift: Shift | None = None
    grain: TimeGrain | None = None
