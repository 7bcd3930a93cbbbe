"""The lowest of several periods is sought among whole ones: a week of two days is no low.

So is the highest of a rate or a mean: one deal of one day is no best month.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from assistant.plan import Note
from assistant.planner.draft import Draft
from semantic_layer import Order, Query, SemanticLayer
from semantic_layer.compile.facts import adds_up
from semantic_layer.query import TimeRange
from semantic_layer.timegrain import DateRange, TimeGrain

_UNITS = {
    TimeGrain.DAY: ("天", "days"), TimeGrain.WEEK: ("周", "weeks"), TimeGrain.MONTH: ("月", "months"),
    TimeGrain.QUARTER: ("季度", "quarters"), TimeGrain.YEAR: ("年", "years"),
    TimeGrain.FISCAL_QUARTER: ("财季", "fiscal quarters"), TimeGrain.FISCAL_YEAR: ("财年", "fiscal years"),
}  # fmt: skip
_ENDS = {False: ("最低", "lowest"), True: ("最高", "highest")}


def only_whole(
    layer: SemanticLayer,
    draft: Draft,
    order: Sequence[Order],
    limit: int | None,
    per: tuple[str, ...],
) -> None:
    """Narrow the window of a ranking of periods to its whole ones, and say so.

    A ranking of counts or sums from the highest down keeps the running period: what leads
    before its end leads.
    """
    if draft.grain is None or per != tuple(draft.dimensions) or limit is None or not order:
        return
    by, highest = order[0].by, order[0].desc
    if by not in draft.metrics or (highest and adds_up(layer.definitions, by, ())):
        return
    asked = draft.time or TimeRange()
    whole = _whole(layer, draft, draft.grain, asked)
    if whole is None or (whole.start, whole.end) == (asked.start, asked.end):
        return
    draft.time = TimeRange(start=whole.start, end=whole.end)
    (zh, en), (zh_end, en_end) = _UNITS[draft.grain], _ENDS[highest]
    last = whole.end - timedelta(days=1)
    draft.notes.append(
        Note(
            zh=f"{zh_end}只在完整的{zh}里找：{whole.start} 至 {last}",
            en=f"the {en_end} is sought among whole {en}: {whole.start} to {last}",
        )
    )


def _whole(
    layer: SemanticLayer, draft: Draft, grain: TimeGrain, asked: TimeRange
) -> DateRange | None:
    """Return the whole periods of a window; None where it holds none.

    Facts that begin within a period leave that period cut, whatever window is asked for.
    """
    ctx = layer.context
    first = layer.first_day(Query(metrics=draft.metrics))
    starts = [day for day in (asked.start, first) if day is not None]
    if not starts:
        return None
    start = max(starts)
    if ctx.calendar.floor(start, grain) != start:
        start = ctx.calendar.period(start, grain, 1).start
    end = min(asked.end or ctx.data_end, ctx.data_end)
    last = ctx.calendar.floor(end, grain)
    return DateRange(start, last) if start < last else None
