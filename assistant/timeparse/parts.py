"""Parts of periods: the third week of a month, Q2 of a year, the first ten days."""

from __future__ import annotations

from datetime import date, timedelta

from semantic_layer.timegrain import Calendar, DateRange, TimeGrain, add_months

from .model import Reading
from .nodes import ONE_DAY, Level, Node, Part

YEARS = frozenset({Level.YEAR})
MONTHS = frozenset({Level.MONTH})
WEEKS = frozenset({Level.WEEK})
LONG = frozenset({Level.MONTH, Level.QUARTER, Level.HALF, Level.YEAR})

UNIT_LEVEL: dict[TimeGrain, Level] = {
    TimeGrain.DAY: Level.DAY,
    TimeGrain.WEEK: Level.WEEK,
    TimeGrain.MONTH: Level.MONTH,
    TimeGrain.QUARTER: Level.QUARTER,
    TimeGrain.YEAR: Level.YEAR,
    TimeGrain.FISCAL_QUARTER: Level.QUARTER,
    TimeGrain.FISCAL_YEAR: Level.YEAR,
}
WEEK_NOTE = (
    "第N周按周一起、以周四所在月（年）归属计算",
    "weeks run Monday to Sunday and belong to the month or year of their Thursday",
)


def month(number: int) -> Node | None:
    """Return the node of a month of the year."""
    if not 1 <= number <= 12:
        return None

    def part(around: DateRange) -> DateRange:
        start = add_months(around.start, (number - around.start.month) % 12)
        return DateRange(start, add_months(start, 1))

    return Node(Level.MONTH, part=part, within=YEARS, every=TimeGrain.YEAR)


def months(first: int, last: int) -> Node | None:
    """Return the node of a run of months, both included; it may cross the new year."""
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None

    def part(around: DateRange) -> DateRange:
        start = add_months(around.start, (first - around.start.month) % 12)
        return DateRange(start, add_months(start, (last - first) % 12 + 1))

    return Node(
        Level.HALF,
        part=part,
        within=YEARS,
        every=TimeGrain.YEAR,
        reading=Reading.RANGE,
        grain=TimeGrain.MONTH,
        clip=False,
    )


def quarters(first: int, last: int) -> Node | None:
    """Return the node of a run of quarters, both included."""
    if not 1 <= first <= last <= 4:
        return None

    def part(around: DateRange) -> DateRange:
        start = add_months(around.start, 3 * (first - 1))
        return DateRange(start, add_months(start, 3 * (last - first + 1)))

    if first == last:
        return Node(Level.QUARTER, part=part, within=YEARS, every=TimeGrain.YEAR)
    return Node(
        Level.HALF,
        part=part,
        within=YEARS,
        every=TimeGrain.YEAR,
        reading=Reading.RANGE,
        grain=TimeGrain.QUARTER,
        clip=False,
    )


def half(number: int) -> Node:
    """Return the node of the first or second half of a year."""

    def part(around: DateRange) -> DateRange:
        start = add_months(around.start, 6 * (number - 1))
        return DateRange(start, add_months(start, 6))

    return Node(Level.HALF, part=part, within=YEARS, every=TimeGrain.YEAR)


def day_of_year(month_number: int, day: int) -> Node | None:
    """Return the node of a day such as 5 May."""
    if not (1 <= month_number <= 12 and 1 <= day <= 31):
        return None

    def part(around: DateRange) -> DateRange | None:
        year = around.start.year + (month_number < around.start.month)
        return one_day(date(year, month_number, day))

    part_checked: Part = part
    return Node(
        Level.DAY, part=part_checked, within=YEARS, every=TimeGrain.YEAR, reading=Reading.POINT
    )


def one_day(day: date) -> DateRange:
    """Return the range of one day."""
    return DateRange(day, day + ONE_DAY)


def days_of_month(first: int, last: int, *, level: Level = Level.DAY) -> Node | None:
    """Return the node of a run of days of a month, both included; 31 means "to the end"."""
    if not 1 <= first <= last <= 31:
        return None

    def part(around: DateRange) -> DateRange | None:
        size = (add_months(around.start, 1) - around.start).days
        if first > size or (last > size and last != 31) or (first == last and last > size):
            return None
        start = around.start + timedelta(days=first - 1)
        return DateRange(start, around.start + timedelta(days=min(last, size)))

    single = first == last
    return Node(
        level,
        part=part,
        within=MONTHS,
        every=TimeGrain.MONTH,
        reading=Reading.POINT if single else Reading.CALENDAR,
        grain=TimeGrain.DAY,
    )


def weekday(number: int) -> Node:
    """Return the node of a weekday (0 = Monday) of a week."""

    def part(around: DateRange) -> DateRange:
        return one_day(around.start + timedelta(days=(number - around.start.weekday()) % 7))

    return Node(Level.DAY, part=part, within=WEEKS, every=TimeGrain.WEEK, reading=Reading.POINT)


def weekend() -> Node:
    """Return the node of a Saturday and Sunday; of a longer period, its last weekend."""

    def part(around: DateRange) -> DateRange:
        # A Sunday-based week would hold two half weekends: take its Saturday and the day after.
        start = around.start + timedelta(days=(5 - around.start.weekday()) % 7)
        return DateRange(start, start + timedelta(days=2))

    return Node(Level.DAY, part=part, within=WEEKS, every=TimeGrain.WEEK)


def _whole_weeks(around: DateRange) -> DateRange:
    """Return the Monday-based weeks whose Thursday lies in `around`."""
    thursday = around.start + timedelta(days=(3 - around.start.weekday()) % 7)
    start = thursday - timedelta(days=3)
    weeks = ((around.end - thursday).days + 6) // 7
    return DateRange(start, start + timedelta(days=7 * weeks))


def nth_week(number: int, count: int = 1) -> Node | None:
    """Return the node of week `number` (from 1, or -1 for the last) of a longer period."""
    if number == 0 or number > 53:
        return None

    def part(around: DateRange) -> DateRange | None:
        weeks = _whole_weeks(around)
        edge = weeks.start if number > 0 else weeks.end
        start = edge + timedelta(days=7 * (number - 1 if number > 0 else -count))
        found = DateRange(start, start + timedelta(days=7 * count))
        return found if weeks.start <= found.start and found.end <= weeks.end else None

    return Node(Level.WEEK, part=part, within=LONG, every=TimeGrain.YEAR, note=WEEK_NOTE)


def nth_weekday(number: int, day: int) -> Node:
    """Return the node of the n-th (or -1: last) given weekday of a longer period."""

    def part(around: DateRange) -> DateRange | None:
        if number > 0:
            first = around.start + timedelta(days=(day - around.start.weekday()) % 7)
            found = first + timedelta(days=7 * (number - 1))
        else:
            last = around.end - ONE_DAY
            found = last - timedelta(days=(last.weekday() - day) % 7)
        return one_day(found) if found in around else None

    return Node(Level.DAY, part=part, within=LONG, reading=Reading.POINT)


def nth_weekend(number: int) -> Node:
    """Return the node of the n-th (or last) weekend whose Saturday lies in a period."""
    saturday = nth_weekday(number, 5)

    def part(around: DateRange) -> DateRange | None:
        found = saturday.part(around) if saturday.part else None
        return None if found is None else DateRange(found.start, found.start + timedelta(days=2))

    return Node(Level.DAY, part=part, within=LONG)


def edge_units(count: int, unit: TimeGrain, calendar: Calendar, *, first: bool) -> Node | None:
    """Return the node of the first or last `count` units of a longer period."""
    level = UNIT_LEVEL[unit]
    if count < 1 or count > 1000:
        return None
    if unit is TimeGrain.WEEK:
        node = nth_week(1 if first else -1, count)
        return None if node is None else _needs_container(node, count)

    def part(around: DateRange) -> DateRange | None:
        if first:
            found = DateRange(around.start, calendar.add(around.start, count, unit))
        else:
            found = DateRange(calendar.add(around.end, -count, unit), around.end)
        return found if around.start <= found.start and found.end <= around.end else None

    within = frozenset(size for size in (*LONG, Level.WEEK, Level.DECADE) if size > level)
    return Node(level, part=part, within=within, grain=unit)


def nth_unit(number: int, unit: TimeGrain, calendar: Calendar) -> Node | None:
    """Return the node of the n-th (-1: last) unit of a longer period, as 第三个月 is."""
    if unit is TimeGrain.WEEK:
        return nth_week(number)
    if number == -1:
        return edge_units(1, unit, calendar, first=False)
    level = UNIT_LEVEL[unit]
    if number < 1 or number > 1000:
        return None

    def part(around: DateRange) -> DateRange | None:
        start = calendar.add(around.start, number - 1, unit)
        found = DateRange(start, calendar.add(start, 1, unit))
        return found if found.end <= around.end else None

    within = frozenset(size for size in (*LONG, Level.WEEK, Level.DECADE) if size > level)
    return Node(level, part=part, within=within, grain=unit)


def _needs_container(node: Node, count: int) -> Node:
    level = Level.WEEK if count == 1 else Level.TENDAY
    return Node(level, part=node.part, within=LONG, grain=TimeGrain.WEEK, note=WEEK_NOTE)
