"""Slots -> queries: one `Query` per reading, with the assumptions that were made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import product

from assistant.plan import Note
from assistant.planner.lexicon import Sense
from assistant.planner.slots import Slots, ValueSlot
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
from semantic_layer.query import Value
from semantic_layer.timegrain import Calendar, TimeGrain

_HINTED = frozenset({Reading.CALENDAR, Reading.TO_DATE, Reading.FISCAL})
_TREND_STEPS = ((45, TimeGrain.DAY), (120, TimeGrain.WEEK), (1200, TimeGrain.MONTH))
_MAX_READINGS = 4


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

    def __init__(self, question: Note, candidates: tuple[str, ...] = ()) -> None:
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
        fixed = list(slots.metrics)
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

    def _ambiguous(self, word: str) -> tuple[str, ...]:
        from assistant.planner.normalise import fold_word

        for said, item in self.layer.definitions.ambiguous.items():
            if fold_word(said) == word:
                return item.metrics
        return ()

    # --- values -----------------------------------------------------------------------

    def _value_readings(self, metrics: tuple[str, ...], label: Note) -> list[Draft]:
        shared = shared_dimensions(self.ctx, metrics)
        choices = [self._dims_of(slot, shared) for slot in self.slots.values]
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
        for slot, sense in zip(self.slots.values, combo, strict=True):
            held = wanted.setdefault((sense.id, slot.negate), [])
            held += [v for v in sense.values if v not in held]
            if not slot.negate and not slot.group:
                several[sense.id] = several.get(sense.id, 0) + 1
        focus_share = "share" in self.slots.flags and not self.slots.dimensions
        for (dim, negate), values in wanted.items():
            if focus_share and not negate and dim not in draft.dimensions:
                draft.dimensions.append(dim)
                draft.focus += [str(v) for v in values]
                continue
            draft.filters.append(
                Filter(dimension=dim, op="not_in" if negate else "in", values=tuple(values))
            )
        if self.slots.total:
            return
        for dim, count in several.items():
            if count > 1 and dim not in draft.dimensions:
                draft.dimensions.append(dim)

    # --- time -------------------------------------------------------------------------

    def _finish(self, draft: Draft) -> Read:
        self._time(draft)
        self._grain(draft)
        order, limit = self._order(draft)
        if limit is not None:
            self._named_only(draft)
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

    def _time(self, draft: Draft) -> None:
        periods = self.slots.periods
        shift = self.slots.shifts[0] if self.slots.shifts else None
        if len(periods) > 2:
            raise Ask(
                Note(
                    zh="问题里有三个以上的时间段，请一次比较两个。",
                    en="The question names three or more periods; please compare two at a time.",
                )
            )
        if len(periods) == 2:
            self._two_periods(draft, periods)
        elif periods:
            draft.time = self._range(draft, periods[0])
        elif shift is not None:
            draft.time = self._implied(draft, shift)
        if shift is not None and draft.compare is None:
            self._compare(draft, shift)
        elif "delta" in self.slots.flags and draft.compare is None:
            self._compare(draft, Shift("previous_period"))
            draft.notes.append(
                Note(
                    zh="与上一期比较（未指明对比期）",
                    en="compared with the period before (none named)",
                )
            )

    def _two_periods(self, draft: Draft, periods: list[Period]) -> None:
        first, second = periods
        if first.start is None or second.start is None:
            raise Ask(
                Note(
                    zh="请说明两个时间段的起止。", en="Please give both periods a start and an end."
                )
            )
        later, earlier = (first, second) if first.start >= second.start else (second, first)
        draft.time = self._range(draft, later)
        other = self._range(draft, earlier)
        draft.compare = Comparison(kind="range", range=other)

    def _range(self, draft: Draft, period: Period) -> TimeRange:
        if period.note_zh or period.note_en:
            draft.notes.append(Note(zh=period.note_zh, en=period.note_en))
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
        if open_ended and self.slots.grain is None and "trend" not in self.slots.flags:
            draft.time = self._implied(draft, shift)
        if shift.period is not None and (shift.kind == "span" or self.slots.periods):
            self._against(draft, shift.period)
            return
        kind = "previous_year" if shift.kind == "previous_year" else "previous_period"
        draft.compare = Comparison.model_validate({"kind": kind})

    def _against(self, draft: Draft, named: Period) -> None:
        """Compare with a period that was named: like for like if it is simply the one before."""
        main = draft.time.span if draft.time else None
        other = named.range
        if main is None or draft.time is None or other is None:
            raise Ask(
                Note(
                    zh="请说明两个时间段的起止。", en="Please give both periods a start and an end."
                )
            )
        for kind in ("previous_period", "previous_year"):
            compare = Comparison.model_validate({"kind": kind})
            usual = earlier(self.ctx, main, draft.time.grain, compare)
            if usual.start == other.start and usual.end <= other.end:
                draft.compare = compare
                return
        if other.start > main.start:
            draft.time, other = self._range(draft, named), main
        draft.compare = Comparison(kind="range", range=TimeRange(start=other.start, end=other.end))

    def _grain(self, draft: Draft) -> None:
        draft.grain = self.slots.grain
        if draft.grain is None and "trend" in self.slots.flags:
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
        ranked = slots.superlative or slots.limit or slots.flags & {"rank", "desc", "asc"}
        if not ranked:
            return (), None
        if not draft.dimensions and draft.grain is None:
            raise Ask(
                Note(
                    zh="要按什么排名？例如按渠道、活动或大区。",
                    en="Rank what? For example channels, campaigns or regions.",
                ),
                self._some_dimensions(draft),
            )
        by = slots.order_metric or (draft.metrics[0] if draft.metrics else "")
        if "delta" in slots.flags and draft.compare is not None:
            by = f"{by}__delta"
        limit = slots.limit
        if (
            limit is None
            and slots.superlative
            and (slots.which or slots.which_period or len(draft.dimensions) == 1)
        ):
            limit = 1
        return (Order(by=by, desc=self._descending(by)),), limit

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

    def _some_dimensions(self, draft: Draft) -> tuple[str, ...]:
        dims = self.layer.definitions.dimensions
        return tuple(
            dims[d].label.get("zh") for d in shared_dimensions(self.ctx, draft.metrics)[:6]
        )

    def _descending(self, by: str) -> bool:
        slots = self.slots
        good_down = self.layer.definitions.metrics[by.split("__")[0]].good == "down"
        if slots.superlative in {"best", "worst"}:
            return (slots.superlative == "best") != good_down
        if slots.superlative is not None:
            return slots.superlative == "top"
        if slots.limit_desc is not None:
            return slots.limit_desc
        return "asc" not in slots.flags

    def _having(self, draft: Draft) -> list[MetricFilter]:
        out = []
        for item in self.slots.thresholds:
            metric = item.metric or (draft.metrics[0] if draft.metrics else None)
            if metric is None:
                raise Ask(Note(zh="哪个指标的条件？", en="A condition on which metric?"))
            if not draft.dimensions and draft.grain is None:
                raise Ask(
                    Note(
                        zh="按什么来筛选？例如渠道或活动。",
                        en="Filter what? For example channels or campaigns.",
                    ),
                    self._some_dimensions(draft),
                )
            value, upper = self._scaled(draft, metric, item.value, percent=item.percent), item.upper
            if upper is not None:
                upper = self._scaled(draft, metric, upper, percent=item.percent)
            op = item.op
            out.append(
                MetricFilter.model_validate(
                    {"metric": metric, "op": op, "value": value, "upper": upper}
                )
            )
        return out

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
