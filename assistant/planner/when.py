"""Periods and comparisons of the slots -> time, grain and comparison of the query."""

from __future__ import annotations

from datetime import timedelta

from assistant.plan import Note
from assistant.planner.draft import Ask, Draft
from assistant.planner.several_periods import (
    SHORT_OF_YEAR,
    check_periods,
    listed,
    nested,
    nested_periods,
    shares_part,
)
from assistant.planner.slots import Slots
from assistant.planner.steps import trend_grain
from assistant.planner.stocks import first_day, one_day, only_stocks
from assistant.timeparse import Period, Reading, Shift
from semantic_layer import Comparison, Query, SemanticLayer, TimeRange
from semantic_layer.compile.comparison import earlier
from semantic_layer.timegrain import Calendar, DateRange, TimeGrain, add_months

_HINTED = frozenset({Reading.CALENDAR, Reading.TO_DATE, Reading.FISCAL})
_BEFORE = ("前", "previous", "prior", "preceding")
_UP_TO = Note(
    zh="从有数据起到这一天全部计入，不是当天的存量",
    en="everything up to that day is counted, not the state on it",
)


class When:
    """Fills in a draft's time.

    Args:
        layer: Calendar and as-of.
        slots: What the question says.
    """

    def __init__(self, layer: SemanticLayer, slots: Slots) -> None:
        self.layer = layer
        self.ctx = layer.context
        self.slots = slots
        self.calendar: Calendar = layer.context.calendar

    def time(self, draft: Draft) -> None:
        """Set the draft's period and comparison.

        Raises:
            Ask: A period would have to be dropped or guessed.
        """
        periods, shifts = listed(self.slots, self.calendar), list(self.slots.shifts)
        check_periods(self.slots, draft, periods)
        if not periods:
            # `去年同期对比 今年以来`: of two comparisons the one with a period is the main one.
            named = [s for s in shifts if s.period is not None]
            if len(shifts) == 2 and len(named) == 1 and named[0].period is not None:
                shifts.remove(named[0])
                periods = [named[0].period]
        shift = shifts[0] if shifts else None
        if len(periods) == 2:
            self._two_periods(draft, periods)
        elif periods:
            draft.time = self._range(draft, periods[0])
            self._step_back(draft)
        elif shift is not None:
            draft.time = self._implied(draft, shift)
        if shift is not None and draft.compare is None:
            self._compare(draft, shift)
        elif self._wants_change(draft):
            self._compare(draft, Shift("previous_period"))
            draft.notes.append(
                Note(
                    zh="与上一期比较（未指明对比期）",
                    en="compared with the period before (none named)",
                )
            )

    def _step_back(self, draft: Draft) -> None:
        """Move to the period before the one under discussion, once for each time it was said."""
        span = draft.time.span if draft.time else None
        if span is None or not self.slots.steps_back:
            return
        for _ in range(self.slots.steps_back):
            grain = draft.time.grain if draft.time else None
            span = earlier(self.ctx, span, grain, Comparison(kind="previous_period"))
        draft.time = TimeRange(start=span.start, end=span.end, grain=grain)

    def _wants_change(self, draft: Draft) -> bool:
        """A change was asked for and nothing says against what (two values are no period)."""
        slots = self.slots
        if draft.compare is not None or not (slots.direction or slots.flags & {"delta", "rate"}):
            return False
        pair = any(len(f.values) > 1 for f in draft.filters)
        return not ("vs" in slots.flags and pair)

    def _two_periods(self, draft: Draft, periods: list[Period]) -> None:
        first, second = periods
        if first.start is None or second.start is None:
            raise Ask(
                Note(
                    zh="请说明两个时间段的起止。", en="Please give both periods a start and an end."
                )
            )
        if first.range == second.range:
            if not any(t.startswith(_BEFORE) for t in self.slots.period_texts):
                raise self._same_period()
            draft.time = self._range(draft, first)  # 近7天和前7天
            draft.compare = Comparison(kind="previous_period")
            return
        if {first.grain, second.grain} != {TimeGrain.YEAR} and shares_part(first, second):
            raise Ask(
                Note(
                    zh=f"{first.start.year} 年是看全年，还是和后面一样的那一段？请写全两个时间段。",
                    en=f"All of {first.start.year}, or the same part of it? Please name both periods in full.",
                )
            )
        if first.range and second.range and nested(first.range, second.range):
            raise nested_periods()
        later, earlier_one = (first, second) if first.start >= second.start else (second, first)
        draft.time = self._range(draft, later)
        other = self._range(draft, earlier_one)
        main, past = draft.time.span, other.span
        if past is not None and main is not None and self._usual(draft, main, past):
            return
        draft.compare = Comparison(kind="range", range=other)

    def _range(self, draft: Draft, period: Period) -> TimeRange:
        """Return a period as a range, with its note; of a stock the day that is meant."""
        if period.note_zh or period.note_en:
            note = Note(zh=period.note_zh, en=period.note_en)
            draft.notes += [note] if note not in draft.notes else []
        opening = first_day(self.layer, draft, period, self.slots.period_texts)
        if opening is not None:
            return opening
        if period.start is None and not only_stocks(self.layer, draft.metrics):
            draft.notes += [_UP_TO] if _UP_TO not in draft.notes else []
        hint = period.grain if period.reading in _HINTED else None
        return TimeRange(start=period.start, end=period.end, grain=hint)

    def _implied(self, draft: Draft, shift: Shift) -> TimeRange:
        """The period meant by a bare comparison: the one after the named, else the last month."""
        as_of = self.ctx.as_of
        if only_stocks(self.layer, draft.metrics) and shift.period is None and not shift.grain:
            note = Note(zh=f"存量指标，按 {as_of} 计", en=f"a stock, as of {as_of}")
            draft.notes.append(note)
            return one_day(as_of)
        named = shift.period.grain if shift.period else shift.grain
        running = shift.period is not None or shift.running
        grain = named or TimeGrain.MONTH
        period = self.calendar.period(as_of, grain)
        if running:
            end = min(period.end, as_of + timedelta(days=1))
            draft.notes.append(
                Note(
                    zh=f"未指明本期，按 {period.start} 至 {end - timedelta(days=1)} 计算",
                    en=f"no period named: {period.start} to {end - timedelta(days=1)} is used",
                )
            )
            return TimeRange(start=period.start, end=end, grain=grain)
        if period.end > as_of + timedelta(days=1):
            period = self.calendar.period(as_of, grain, -1)
        last = period.end - timedelta(days=1)
        draft.notes.append(
            Note(
                zh=f"未指明时间，按最近一个完整周期 {period.start} 至 {last} 计算",
                en=f"no period named: the last complete one, {period.start} to {last}, is used",
            )
        )
        return TimeRange(start=period.start, end=period.end, grain=grain)

    def _compare(self, draft: Draft, shift: Shift) -> None:
        open_ended = draft.time is None or draft.time.span is None
        series = self.slots.grain is not None or bool(self.slots.flags & {"trend"})
        if open_ended and not series:
            draft.time = self._implied(draft, shift)
        if shift.period is not None and (shift.kind == "span" or self.slots.periods):
            self._against(draft, shift)
            return
        named = shift.grain is not None and shift.grain is not TimeGrain.DAY
        if named and shift.period is None and shift.grain and self._finer(draft, shift.grain):
            self.slots.grain = shift.grain  # `month over month in 2025` is a series
        kind = "previous_year" if shift.kind == "previous_year" else "previous_period"
        if kind == "previous_year" and not series and self._holiday_before(draft):
            return
        draft.compare = Comparison.model_validate({"kind": kind})

    def _holiday_before(self, draft: Draft) -> bool:
        """Hold a holiday whose dates move against itself: 今年春节同比 is not the same dates."""
        before = self.slots.periods[0].year_before if len(self.slots.periods) == 1 else None
        main = draft.time.span if draft.time else None
        if before is None or main is None or self.slots.steps_back:
            return False
        if earlier(self.ctx, main, None, Comparison(kind="previous_year")) == before:
            return False
        draft.compare = Comparison(
            kind="range", range=TimeRange(start=before.start, end=before.end)
        )
        draft.notes.append(
            Note(
                zh=f"同比按节日对齐：本期 {main.days} 天，上年同一节日 {before.days} 天",
                en=f"the same holiday of the year before: {main.days} days against {before.days}",
            )
        )
        return True

    def _finer(self, draft: Draft, grain: TimeGrain) -> bool:
        span = draft.time.span if draft.time else None
        return (
            span is not None
            and self.slots.grain is None
            and (self.calendar.period(span.start, grain).days * 1.5 < span.days)
        )

    def _against(self, draft: Draft, shift: Shift) -> None:
        """Compare with a period that was named: like for like if it is simply the one before."""
        main = draft.time.span if draft.time else None
        other = shift.period.range if shift.period else None
        if main is None or draft.time is None or other is None or shift.period is None:
            raise Ask(
                Note(
                    zh="请说明两个时间段的起止。", en="Please give both periods a start and an end."
                )
            )
        relative = self.slots.relative_shift and other.start >= main.start
        relative |= shift.kind == "previous_period" and other == main  # Q3较上季度
        if relative and not self._is_series():
            draft.compare = Comparison(kind="previous_period")
            return
        if other == main:
            main = self._next_year(draft, main)
        if draft.time.grain is not TimeGrain.YEAR and self._year_of(shift.period, main):
            if self._holiday_before(draft):
                return
            draft.compare = Comparison(kind="previous_year")
            draft.notes.append(
                Note(zh="与去年同期比较", en="compared with the same period of that year")
            )
            return
        if self._usual(draft, main, other):
            return
        if nested(main, other):
            raise nested_periods()
        if other.start > main.start:
            draft.time, other = self._range(draft, shift.period), main
        draft.compare = Comparison(kind="range", range=TimeRange(start=other.start, end=other.end))

    def _year_of(self, period: Period, main: DateRange) -> bool:
        """Whether a whole year is named beside a shorter period of the year after it."""
        other = period.range
        if other is None or period.grain is not TimeGrain.YEAR or main.days > SHORT_OF_YEAR:
            return False
        shifted = add_months(main.start, -12)
        return other.start <= shifted < other.end

    def _is_series(self) -> bool:
        """Whether the answer goes period by period: `the one before` is then another period."""
        drawn = self.slots.draw == "line"
        return self.slots.grain is not None or drawn or "trend" in self.slots.flags

    def _usual(self, draft: Draft, main: DateRange, other: DateRange) -> bool:
        """Whether the named period is the one before, or a year before: like for like then."""
        kinds = ("previous_year",) if self._is_series() else ("previous_period", "previous_year")
        for kind in kinds:
            compare = Comparison.model_validate({"kind": kind})
            usual = earlier(self.ctx, main, draft.time.grain if draft.time else None, compare)
            running = main.end >= self.ctx.data_end
            if usual == other or (running and usual.start == other.start and usual.end < other.end):
                draft.compare = compare
                return True
        return False

    @staticmethod
    def _same_period() -> Ask:
        return Ask(
            Note(
                zh="两个时间段相同，请说明要和哪一段比较。",
                en="Both periods are the same. Which one should it be compared with?",
            )
        )

    def _next_year(self, draft: Draft, main: DateRange) -> DateRange:
        """`Q3 vs Q3 last year`: the plain Q3 is the latest one."""
        later = DateRange(add_months(main.start, 12), add_months(main.end, 12))
        if later.start > self.ctx.as_of or draft.time is None:
            raise self._same_period()
        draft.time = draft.time.model_copy(update={"start": later.start, "end": later.end})
        return later

    def grain(self, draft: Draft) -> None:
        """Set the breakdown by time: as asked, or fitting the length of a trend."""
        draft.grain = self.slots.grain
        varies = "vary" in self.slots.flags and draft.compare is None
        drawn = self.slots.draw == "line"
        if draft.grain is None and ("trend" in self.slots.flags or varies or drawn):
            draft.grain = trend_grain(draft)
        span = draft.time.span if draft.time else None
        if draft.compare is not None and draft.grain is not None and span is None:
            found = self.layer.data_range(Query(metrics=draft.metrics[:1]))
            draft.time = TimeRange(start=found.start, end=found.end)
