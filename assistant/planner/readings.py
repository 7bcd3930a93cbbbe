"""Slots -> queries: one `Query` per reading, with the assumptions that were made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product

from assistant.plan import Note
from assistant.planner.lexicon import Sense
from assistant.planner.slots import Slots, Threshold, ValueSlot
from assistant.timeparse import Period, Reading, Shift
from semantic_layer import (
    Comparison,
    Filter,
    MetricFilter,
    Order,
    Query,
    QueryError,
    SemanticLayer,
    TimeRange,
)
from semantic_layer.compile.comparison import earlier
from semantic_layer.compile.facts import shared_dimensions
from semantic_layer.model import RatioMetric
from semantic_layer.query import Value
from semantic_layer.timegrain import Calendar, DateRange, TimeGrain, add_months

_HINTED = frozenset({Reading.CALENDAR, Reading.TO_DATE, Reading.FISCAL})
_TREND_STEPS = ((45, TimeGrain.DAY), (120, TimeGrain.WEEK), (1200, TimeGrain.MONTH))
_MAX_READINGS = 4
_BEFORE = ("前", "previous", "prior", "preceding")


@dataclass
class Draft:
    """A query being built."""

    metrics: tuple[str, ...]
    label: Note
    dimensions: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    time: TimeRange | None = None
    compare: Comparison | None = None
    grain: TimeGrain | None = None
    focus: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """One finished reading."""

    query: Query
    label: Note
    notes: tuple[Note, ...]
    focus: tuple[str, ...] = ()


class Ask(Exception):  # noqa: N818 - not an error: the planner has to ask back
    """The slots lack something that only the asker can say."""

    def __init__(self, question: Note, candidates: tuple[Note, ...] = ()) -> None:
        super().__init__(question.en)
        self.question = question
        self.candidates = candidates


class Reader:
    """Builds every reading of the slots.

    Args:
        layer: Definitions, calendar and as-of.
        slots: What the question says.
    """

    def __init__(self, layer: SemanticLayer, slots: Slots) -> None:
        self.layer = layer
        self.ctx = layer.context
        self.slots = slots
        self.calendar: Calendar = layer.context.calendar
        self.values = slots.values

    def readings(self) -> list[Read]:
        """Return the readings, most natural first.

        Raises:
            Ask: Something is missing that cannot be assumed.
            QueryError: A combination has no meaning.
        """
        return [
            self._finish(draft)
            for metrics, label in self._metric_readings()
            for draft in self._value_readings(metrics, label)
        ][:_MAX_READINGS]

    # --- metrics ----------------------------------------------------------------------

    def _metric_readings(self) -> list[tuple[tuple[str, ...], Note]]:
        slots, defs = self.slots, self.layer.definitions
        fixed = [self._ratio(*slots.per)] if slots.per else list(slots.metrics)
        for bundle in slots.bundles:
            fixed += [m for m in defs.bundles[bundle].metrics if m not in fixed]
        options = [[s.id for s in senses] for senses in slots.metric_senses if len(senses) > 1] + [
            list(self._ambiguous(word)) for word in slots.ambiguous
        ]
        if not options:
            return [(tuple(fixed), _named(self.layer, tuple(fixed)))]
        swappable = {s[0].id for s in slots.metric_senses if len(s) > 1}
        base = [m for m in fixed if m not in swappable]
        out = []
        for combo in product(*options):
            metrics = tuple(dict.fromkeys((*base, *combo)))
            out.append((metrics, _named(self.layer, combo)))
        return out

    def _ratio(self, top: str, bottom: str) -> str:
        """`spend per MQL` is the ratio metric of the two, if there is one."""
        metrics = self.layer.definitions.metrics
        for name, metric in metrics.items():
            if not isinstance(metric, RatioMetric) or metric.hidden:
                continue
            if (metric.numerator, metric.denominator) == (top, bottom):
                return name
        labels = _named(self.layer, (top, bottom))
        raise Ask(
            Note(
                zh=f"没有「{labels.zh.replace('、', '」除以「')}」这个指标。想分别看这两个指标吗？",
                en=f"There is no metric “{labels.en.replace(', ', ' per ')}”. Do you want the two separately?",
            )
        )

    def _ambiguous(self, word: str) -> tuple[str, ...]:
        from assistant.planner.normalise import fold_word

        for said, item in self.layer.definitions.ambiguous.items():
            if fold_word(said) == word:
                return item.metrics
        return ()

    # --- values -----------------------------------------------------------------------

    def _value_readings(self, metrics: tuple[str, ...], label: Note) -> list[Draft]:
        shared = shared_dimensions(self.ctx, metrics)
        self.values = [
            v for v in self.slots.values if not v.optional or any(s.id in shared for s in v.senses)
        ]
        choices = [self._dims_of(slot, shared) for slot in self.values]
        drafts = []
        for combo in product(*choices):
            named = _reading_label(self.layer, label, choices, combo)
            draft = Draft(metrics, named, list(self.slots.dimensions))
            self._bundle_filters(draft)
            self._filters(draft, combo)
            drafts.append(draft)
        return drafts

    def _dims_of(self, slot: ValueSlot, shared: tuple[str, ...]) -> list[Sense]:
        """Which dimensions a value may belong to: those that every metric knows, if any."""
        by_dim: dict[str, Sense] = {}
        for sense in slot.senses:
            known = by_dim.get(sense.id)
            values = sense.values if known is None else tuple({*known.values, *sense.values})
            by_dim[sense.id] = replace(sense, values=tuple(sorted(values, key=str)))
        usable = [s for d, s in by_dim.items() if d in shared]
        asked = [s for s in usable if s.id in self.slots.dimensions]
        return asked[:1] or usable or list(by_dim.values())[:1]

    def _bundle_filters(self, draft: Draft) -> None:
        named = {s.id for slot in self.slots.values for s in slot.senses}
        for bundle in self.slots.bundles:
            for dim, values in self.layer.definitions.bundles[bundle].filters.items():
                if dim not in named:
                    draft.filters.append(Filter(dimension=dim, values=values))
                    shown = "、".join(values)
                    draft.notes.append(
                        Note(zh=f"限于{shown}", en=f"limited to {', '.join(values)}")
                    )

    def _filters(self, draft: Draft, combo: tuple[Sense, ...]) -> None:
        wanted: dict[tuple[str, bool], list[Value]] = {}
        several: dict[str, int] = {}
        for slot, sense in zip(self.values, combo, strict=True):
            held = wanted.setdefault((sense.id, slot.negate), [])
            held += [v for v in sense.values if v not in held]
            if not slot.negate and not slot.group:
                several[sense.id] = several.get(sense.id, 0) + 1
        focus = self._share_focus(combo)
        for (dim, negate), values in wanted.items():
            if dim == focus and not negate:
                if dim not in draft.dimensions:
                    draft.dimensions.append(dim)
                draft.focus += [str(v) for v in values]
                continue
            draft.filters.append(
                Filter(dimension=dim, op="not_in" if negate else "in", values=tuple(values))
            )
        for dim in self.slots.empty_dimensions:
            draft.filters.append(Filter(dimension=dim, op="is_null"))
        if self.slots.total:
            return
        for dim, count in several.items():
            if count > 1 and dim not in draft.dimensions:
                draft.dimensions.append(dim)

    def _share_focus(self, combo: tuple[Sense, ...]) -> str | None:
        """`华东的线索中百度占比`: the value named last is the part, the others are the whole."""
        if "share" not in self.slots.flags or self.slots.dimensions or not combo:
            return None
        return combo[0].id if self.slots.part_first else combo[-1].id

    # --- time -------------------------------------------------------------------------

    def _finish(self, draft: Draft) -> Read:
        self._time(draft)
        self._grain(draft)
        if "share" in self.slots.flags and not draft.dimensions:
            raise Ask(
                Note(zh="按什么看占比？", en="The share of what?"), self._some_dimensions(draft)
            )
        order, limit = self._order(draft)
        if limit is not None and "share" not in self.slots.flags:
            self._named_only(draft)
        for noun in self.slots.nouns:
            draft.notes.append(
                Note(zh=f"「{noun}」按泛指理解，没有按它拆分", en=f"“{noun}” taken as a plain noun")
            )
        self._check_comparison(draft)
        if self.slots.mine:
            draft.notes.append(Note(zh="“我的”按您的查看范围理解", en="“my” read as your own view"))
        query = Query(
            metrics=draft.metrics,
            dimensions=tuple(draft.dimensions),
            grain=draft.grain,
            time=draft.time,
            filters=tuple(draft.filters),
            having=tuple(self._having(draft)),
            compare=draft.compare,
            order=order,
            limit=limit,
            share="share" in self.slots.flags,
        )
        return Read(query, draft.label, tuple(draft.notes), tuple(draft.focus))

    def _check_comparison(self, draft: Draft) -> None:
        """Refuse a comparison that would leave no trace in the query."""
        slots = self.slots
        groups = [v for v in slots.values if v.group and not v.negate]
        apart = len(groups) > 1 and len({s.id for v in groups for s in v.senses}) == 1
        pair = any(len(f.values) > 1 for f in draft.filters)
        lost = "vs" in slots.flags and draft.compare is None and not (draft.dimensions or pair)
        between = "delta" in slots.flags and "vs" in slots.flags and len(draft.metrics) > 1
        if apart or (lost and len(draft.metrics) < 2) or (between and not slots.shifts):
            raise Ask(
                Note(
                    zh="请说明要和什么比较，例如和上个月比，或按某个维度比较。",
                    en="Compare with what? For example with last month, or by a dimension.",
                )
            )

    def _time(self, draft: Draft) -> None:
        periods, shifts = self.slots.periods, list(self.slots.shifts)
        self._check_periods(draft)
        if not periods:
            # `去年同期对比 今年以来`: of two comparisons the one with a period is the main one.
            named = [s for s in shifts if s.kind == "span" and s.period is not None]
            if len(shifts) == 2 and len(named) == 1 and named[0].period is not None:
                shifts.remove(named[0])
                periods = [named[0].period]
        shift = shifts[0] if shifts else None
        if len(periods) == 2:
            self._two_periods(draft, periods)
        elif periods:
            draft.time = self._range(draft, periods[0])
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

    def _check_periods(self, draft: Draft) -> None:
        """Refuse what would mean dropping one of the periods."""
        slots = self.slots
        count = len(slots.periods) + sum(s.period is not None for s in slots.shifts)
        if len(slots.periods) > 2 or count > 2 or len(slots.shifts) > 2:
            raise Ask(
                Note(
                    zh="问题里有三个以上的时间段，请一次比较两个。",
                    en="The question names three or more periods; please compare two at a time.",
                )
            )
        crowded = len(slots.periods) == 2 and bool(slots.shifts)
        if crowded or len({s.kind for s in slots.shifts if s.period is None}) > 1:
            raise Ask(
                Note(
                    zh="环比和同比请分开问。",
                    en="Please ask for one comparison at a time.",
                )
            )
        if len(slots.periods) == 2 and not slots.linked_periods:
            raise Ask(
                Note(
                    zh="问题里有两个时间段，是要比较它们，还是只看其中一个？",
                    en="The question names two periods: compare them, or only one of them?",
                )
            )
        apart = len(slots.metrics) > 1 and "vs" not in slots.flags
        if len(slots.periods) == 2 and (apart or slots.total):
            raise Ask(
                Note(
                    zh="两个时间段怎么用？请分开问。",
                    en="How do the two periods belong to it? Please ask for them one at a time.",
                )
            )
        several = len(draft.dimensions) and any(
            len(f.values) > 1 for f in draft.filters if f.dimension in draft.dimensions
        )
        if len(slots.periods) == 2 and several and len(slots.values) == 2:
            raise Ask(
                Note(
                    zh="两个对象和两个时间段怎么对应？请分开问。",
                    en="Which period goes with which? Please ask for them one at a time.",
                )
            )

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
        later, earlier_one = (first, second) if first.start >= second.start else (second, first)
        draft.time = self._range(draft, later)
        other = self._range(draft, earlier_one)
        main, past = draft.time.span, other.span
        running = main is not None and main.end >= self.ctx.data_end
        if running and past is not None and main is not None and self._usual(draft, main, past):
            return
        draft.compare = Comparison(kind="range", range=other)

    def _range(self, draft: Draft, period: Period) -> TimeRange:
        if period.note_zh or period.note_en:
            note = Note(zh=period.note_zh, en=period.note_en)
            draft.notes += [note] if note not in draft.notes else []
        hint = period.grain if period.reading in _HINTED else None
        return TimeRange(start=period.start, end=period.end, grain=hint)

    def _implied(self, draft: Draft, shift: Shift) -> TimeRange:
        """The period meant by a bare comparison: the one after the named, else the last month."""
        as_of = self.ctx.as_of
        named = shift.period.grain if shift.period else shift.grain
        running = shift.period is not None
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
        draft.compare = Comparison.model_validate({"kind": kind})

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
        if relative and self.slots.grain is None:
            draft.compare = Comparison(kind="previous_period")
            return
        if other == main:
            main = self._next_year(draft, main)
        if self._usual(draft, main, other):
            return
        if other.start > main.start:
            draft.time, other = self._range(draft, shift.period), main
        draft.compare = Comparison(kind="range", range=TimeRange(start=other.start, end=other.end))

    def _usual(self, draft: Draft, main: DateRange, other: DateRange) -> bool:
        """Whether the named period is the one before, or a year before: like for like then."""
        kinds = (
            ("previous_period", "previous_year") if self.slots.grain is None else ("previous_year",)
        )
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

    def _grain(self, draft: Draft) -> None:
        draft.grain = self.slots.grain
        varies = "vary" in self.slots.flags and draft.compare is None
        if draft.grain is None and ("trend" in self.slots.flags or varies):
            draft.grain = self._trend_grain(draft)
        span = draft.time.span if draft.time else None
        if draft.compare is not None and draft.grain is not None and span is None:
            found = self.layer.data_range(Query(metrics=draft.metrics[:1]))
            draft.time = TimeRange(start=found.start, end=found.end)

    def _trend_grain(self, draft: Draft) -> TimeGrain:
        span = draft.time.span if draft.time else None
        if span is None:
            return TimeGrain.MONTH
        for days, grain in _TREND_STEPS:
            if span.days <= days:
                return grain
        return TimeGrain.QUARTER if span.days <= 3000 else TimeGrain.YEAR

    # --- order ------------------------------------------------------------------------

    def _order(self, draft: Draft) -> tuple[tuple[Order, ...], int | None]:
        slots = self.slots
        if not slots.ranked:
            return (), None
        self._check_ranking(draft)
        by = slots.order_metric or draft.metrics[0]
        moving = slots.direction or slots.flags & {"delta", "rate"}
        if draft.compare is not None and moving and slots.superlative in {"fast", "slow"}:
            by = f"{by}__pct"
        elif draft.compare is not None and slots.direction:
            by = f"{by}__delta"
        elif draft.compare is not None and slots.flags & {"delta", "rate"}:
            by = f"{by}__pct" if "rate" in slots.flags else f"{by}__delta"
        elif "share" in slots.flags:
            by = f"{by}__share"
        limit = slots.limit
        single = slots.which or slots.which_period or len(draft.dimensions) == 1
        if limit is None and slots.superlative and single:
            limit = 1
        return (Order(by=by, desc=self._descending(by)),), limit

    def _check_ranking(self, draft: Draft) -> None:
        """Refuse rankings of nothing, and rankings inside groups."""
        if not draft.dimensions and draft.grain is None:
            raise Ask(
                Note(
                    zh="要按什么排名？",
                    en="Rank what?",
                ),
                self._some_dimensions(draft),
            )
        cut = self.slots.limit or self.slots.superlative
        if self.slots.bundles and cut and not self.slots.metrics:
            raise Ask(
                Note(zh="按哪个指标排名？", en="Rank by which metric?"),
                tuple(_named(self.layer, (m,)) for m in draft.metrics[:6]),
            )
        if cut and self.slots.each_period and draft.dimensions:
            raise Ask(
                Note(
                    zh="还不能在每个时间段内分别排名；可以看某一段的排名，或前几名的趋势。",
                    en="Ranking inside each period is not possible yet; ask for one period.",
                )
            )
        if cut and len(draft.dimensions) > 1:
            raise Ask(
                Note(
                    zh="还不能在每个组内分别排名；一次按一个维度排名。",
                    en="Ranking inside each group is not possible yet; rank one dimension at a time.",
                ),
                self._some_dimensions(draft),
            )
        self._check_adjective(draft)

    def _check_adjective(self, draft: Draft) -> None:
        """Cheap, dear, fast and slow say something of costs and durations only."""
        slots = self.slots
        word = slots.superlative
        if word not in {"dear", "cheap", "fast", "slow"}:
            return
        changing = slots.direction or slots.flags & {"delta", "rate"}
        if word in {"fast", "slow"} and changing:
            return
        name = slots.order_metric or draft.metrics[0]
        metric = self.layer.definitions.metrics[name]
        timed = metric.unit in {"day", "hour", "minute"}
        if metric.good == "down" and timed == (word in {"fast", "slow"}):
            return
        label = _named(self.layer, (name,))
        raise Ask(
            Note(
                zh=f"「{label.zh}」没有贵贱快慢之分，请用最高/最低。",
                en=f"“{label.en}” is not cheap, dear, fast or slow; say highest or lowest.",
            )
        )

    def _named_only(self, draft: Draft) -> None:
        """A ranking is of named things: rows without a name are left out, and that is said."""
        for dim in draft.dimensions:
            if any(f.dimension == dim and f.op == "in" for f in draft.filters):
                continue
            draft.filters.append(Filter(dimension=dim, op="not_null"))
            label = self.layer.definitions.dimensions[dim].label
            draft.notes.append(
                Note(
                    zh=f"没有{label.get('zh')}的记录不参与排名",
                    en=f"rows without a {label.get('en').lower()} are not ranked",
                )
            )

    def _some_dimensions(self, draft: Draft) -> tuple[Note, ...]:
        dims = self.layer.definitions.dimensions
        shared = shared_dimensions(self.ctx, draft.metrics)[:6]
        return tuple(Note(zh=dims[d].label.get("zh"), en=dims[d].label.get("en")) for d in shared)

    def _descending(self, by: str) -> bool:
        slots = self.slots
        good_down = self.layer.definitions.metrics[by.split("__")[0]].good == "down"
        if slots.superlative in {"best", "worst"}:
            return (slots.superlative == "best") != good_down
        if "asc" in slots.flags:
            return False
        if slots.superlative is not None:
            return self._superlative_desc(by)
        if slots.direction and slots.limit_desc is not False:
            return slots.direction > 0
        if slots.limit_desc is not None:
            return slots.limit_desc
        return "asc" not in slots.flags

    def _superlative_desc(self, by: str) -> bool:
        word, falling = self.slots.superlative, self.slots.direction < 0
        if by.endswith("__pct") and word in {"fast", "slow"}:
            return (word == "fast") != falling
        return (word in {"top", "dear", "slow"}) != falling

    def _having(self, draft: Draft) -> list[MetricFilter]:
        out = [self._threshold(draft, item) for item in self.slots.thresholds]
        selects = self.slots.which and draft.dimensions and not self.slots.ranked
        if self.slots.direction and selects and draft.compare is not None and not out:
            op = "gt" if self.slots.direction > 0 else "lt"
            out.append(
                MetricFilter.model_validate(
                    {"metric": draft.metrics[0], "of": "delta", "op": op, "value": 0}
                )
            )
        return out

    def _threshold(self, draft: Draft, item: Threshold) -> MetricFilter:
        metric = item.metric or draft.metrics[0]
        if not draft.dimensions and draft.grain is None:
            raise Ask(
                Note(zh="按什么来筛选？", en="Filter what?"),
                self._some_dimensions(draft),
            )
        of, sign = self._measured(draft, item)
        rate = of == "value"
        value = (
            self._scaled(draft, metric, item.value, percent=item.percent) if rate else item.value
        )
        upper = item.upper
        if upper is not None and rate:
            upper = self._scaled(draft, metric, upper, percent=item.percent)
        op = item.op
        if sign < 0:  # `fell more than 20%` is a change below -20%
            flipped = {"gt": "lt", "gte": "lte", "lt": "gt", "lte": "gte"}
            op, value = flipped.get(op, op), -value
        data = {"metric": metric, "of": of, "op": op, "value": value, "upper": upper}
        return MetricFilter.model_validate(data)

    def _measured(self, draft: Draft, item: Threshold) -> tuple[str, int]:
        """Whether a condition is on the value, its change, or its share."""
        slots = self.slots
        changing = slots.direction or slots.flags & {"delta", "rate"}
        if draft.compare is not None and changing:
            sign = -1 if slots.direction < 0 else 1
            return ("pct" if item.percent or "rate" in slots.flags else "delta"), sign
        return ("share" if "share" in slots.flags and item.percent else "value"), 1

    def _scaled(self, draft: Draft, metric: str, value: float, *, percent: bool) -> float:
        rate = self.layer.definitions.metrics[metric].unit == "%"
        if rate and not percent and value > 1:
            draft.notes.append(
                Note(zh=f"{value:g} 按 {value:g}% 理解", en=f"{value:g} read as {value:g}%")
            )
            return value / 100
        return value


def _named(layer: SemanticLayer, metrics: tuple[str, ...]) -> Note:
    labels = [layer.definitions.metrics[m].label for m in metrics]
    return Note(
        zh="、".join(text.get("zh") for text in labels),
        en=", ".join(text.get("en") for text in labels),
    )


def _reading_label(
    layer: SemanticLayer, label: Note, choices: list[list[Sense]], combo: tuple[Sense, ...]
) -> Note:
    open_dims = [s.id for options, s in zip(choices, combo, strict=True) if len(options) > 1]
    if not open_dims:
        return label
    texts = [layer.definitions.dimensions[d].label for d in open_dims]
    zh = "、".join(t.get("zh") for t in texts)
    en = ", ".join(t.get("en") for t in texts)
    return Note(zh=f"{label.zh}（按{zh}理解）", en=f"{label.en} (read as {en})")


__all__ = ["Ask", "QueryError", "Read", "Reader"]
