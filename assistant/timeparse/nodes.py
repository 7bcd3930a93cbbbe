"""The building block of the grammar: a period that may still need a year or month around it.

A `Node` is either *fixed* (dates known: 上个月, 2026年) or a *part* (3月, Q2, 15号, 第一周): a
function from the period around it to its dates. Putting a part into a fixed period gives a
fixed node; putting it into another part composes the two functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum

from semantic_layer.timegrain import Calendar, DateRange, TimeGrain

from .model import Reading

ONE_DAY = timedelta(days=1)


class Level(IntEnum):
    """Sizes of periods, for deciding what fits into what."""

    DAY = 0
    WEEK = 1
    TENDAY = 2
    MONTH = 3
    QUARTER = 4
    HALF = 5
    YEAR = 6
    DECADE = 7


LEVEL_GRAIN: dict[Level, TimeGrain | None] = {
    Level.DAY: TimeGrain.DAY,
    Level.WEEK: TimeGrain.WEEK,
    Level.TENDAY: TimeGrain.DAY,
    Level.MONTH: TimeGrain.MONTH,
    Level.QUARTER: TimeGrain.QUARTER,
    Level.HALF: None,
    Level.YEAR: TimeGrain.YEAR,
    Level.DECADE: TimeGrain.YEAR,
}


@dataclass(frozen=True, slots=True)
class Ctx:
    """What a phrase is read against."""

    today: date
    as_of: date
    calendar: Calendar
    text: str  # as typed: capitals tell May from may
    norm: str
    whole: bool  # the text is one phrase, so weak readings (a bare 2018) are wanted


Part = Callable[[DateRange], "DateRange | None"]


@dataclass(frozen=True, slots=True)
class Node:
    """A period with or without known dates.

    Attributes:
        level: Its size.
        fixed: The dates, when known.
        part: Dates inside a surrounding period, when not.
        within: Sizes of periods it can be a part of.
        every: The period it recurs in when nothing surrounds it; None needs a surrounding.
        reading: How it was read.
        grain: Grain to report; by default that of `level`.
        note: (zh, en) sentence about the reading.
        weak: Only believed next to another time word (a bare 2018, 7日).
        clip: Whether a running period is cut at the last day of data.
        anchor: For a holiday, the part that gives the day itself.
        tail: Whether "before" it means before its end (月底前).
        yearly: For a holiday, the part that gives its dates in any year.
    """

    level: Level
    fixed: DateRange | None = None
    part: Part | None = None
    within: frozenset[Level] = frozenset()
    every: TimeGrain | None = None
    reading: Reading = Reading.CALENDAR
    grain: TimeGrain | None = None
    note: tuple[str, str] = ("", "")
    weak: bool = False
    clip: bool = True
    anchor: Part | None = None
    tail: bool = False
    yearly: Part | None = None

    @property
    def natural_grain(self) -> TimeGrain | None:
        """The grain reported to callers."""
        return self.grain or LEVEL_GRAIN[self.level]

    def inside(self, container: Node) -> Node | None:
        """Return this part inside `container`, or None when it does not fit."""
        if self.part is None or container.level not in self.within:
            return None
        part, anchor = self.part, self.anchor
        if container.fixed is not None:
            found = _safe(part, container.fixed)
            if found is None:
                return None
            around = container.fixed
            day = (lambda _: _safe(anchor, around)) if anchor else None
            reading, grain = _fiscal(self, container)
            # 去年本月十日: 本月 is known by itself and a part of 去年, and so is its 十日.
            outer = container.part
            return replace(
                self,
                note=("", "") if self.fixed else self.note,
                fixed=found,
                part=_compose(outer, part) if outer else None,
                within=container.within if outer else frozenset(),
                weak=False,
                reading=reading,
                grain=grain,
                anchor=day,
            )
        outer = container.part
        if outer is None:
            return None
        rolled = self.reading is Reading.ROLLING
        return replace(
            self,
            reading=Reading.CALENDAR if rolled else self.reading,
            note=("", "") if self.fixed else self.note,
            fixed=None,
            part=_compose(outer, part),
            within=container.within,
            every=container.every,
            weak=False,
            anchor=_compose(outer, anchor) if anchor else None,
        )


def _fiscal(node: Node, container: Node) -> tuple[Reading, TimeGrain | None]:
    """Return reading and grain of `node` in a container that may be a fiscal year."""
    if container.reading is not Reading.FISCAL:
        rolled = node.reading is Reading.ROLLING  # 前三个月 alone rolls, 2026年前三个月 does not
        return Reading.CALENDAR if rolled else node.reading, node.grain
    grain = TimeGrain.FISCAL_QUARTER if node.level is Level.QUARTER else node.grain
    return Reading.FISCAL, grain


def year_before(node: Node, span: DateRange) -> DateRange | None:
    """Return the same holiday of the year before `span`, None for what is no holiday."""
    if node.yearly is None:
        return None
    year = (span.end - timedelta(days=1)).year
    before, now = (
        _safe(node.yearly, DateRange(date(y, 1, 1), date(y + 1, 1, 1))) for y in (year - 1, year)
    )
    return before if now == span else None


def _safe(part: Part, around: DateRange) -> DateRange | None:
    try:
        return part(around)
    except (ValueError, OverflowError):
        return None


def _compose(outer: Part, inner: Part) -> Part:
    def part(around: DateRange) -> DateRange | None:
        middle = outer(around)
        return None if middle is None else inner(middle)

    return part


def fixed(start: date, end: date, level: Level, reading: Reading = Reading.CALENDAR) -> Node:
    """Return a node with known dates."""
    return Node(level, fixed=DateRange(start, end), reading=reading)


def occurrences(node: Node, ctx: Ctx, back: int = 9, ahead: int = 1) -> Iterator[DateRange]:
    """Yield the dates of a recurring part around today, latest first."""
    if node.fixed is not None:
        yield node.fixed
        return
    if node.part is None or node.every is None:
        return
    steps = back if node.every in (TimeGrain.YEAR, TimeGrain.FISCAL_YEAR) else back * 12
    for offset in range(ahead, -steps - 1, -1):
        try:
            around = ctx.calendar.period(ctx.today, node.every, offset)
        except (ValueError, OverflowError):
            continue
        found = _safe(node.part, around)
        if found is not None:
            yield found


def resolve(node: Node, ctx: Ctx) -> DateRange | None:
    """Return the dates of `node`; without a year, the latest that has begun."""
    for found in occurrences(node, ctx):
        if node.fixed is not None or found.start <= ctx.today:
            return found
    return None


def first_from(node: Node, ctx: Ctx, bound: date) -> DateRange | None:
    """Return the earliest occurrence of `node` that begins on or after `bound`."""
    if node.fixed is not None:
        return node.fixed if node.fixed.start >= bound else None
    if node.part is None or node.every is None:
        return None
    for offset in range(-1, 10):
        try:
            around = ctx.calendar.period(bound, node.every, offset)
        except (ValueError, OverflowError):
            continue
        found = _safe(node.part, around)
        if found is not None and found.start >= bound:
            return found
    return None


def last_until(node: Node, ctx: Ctx, bound: date) -> DateRange | None:
    """Return the latest occurrence of `node` that begins on or before `bound`."""
    if node.fixed is not None:
        return node.fixed if node.fixed.start <= bound else None
    if node.part is None or node.every is None:
        return None
    for offset in range(1, -10, -1):
        try:
            around = ctx.calendar.period(bound, node.every, offset)
        except (ValueError, OverflowError):
            continue
        found = _safe(node.part, around)
        if found is not None and found.start <= bound:
            return found
    return None
