"""The lowest of several periods is sought among whole ones: a week of two days is no low."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from assistant.plan import Note
from assistant.planner.draft import Draft
from semantic_layer import Order
from semantic_layer.compile.context import Context
from semantic_layer.query import TimeRange
from semantic_layer.timegrain import TimeGrain

_UNITS = {
    TimeGrain.DAY: ("天", "days"), TimeGrain.WEEK: ("周", "weeks"), TimeGrain.MONTH: ("月", "months"),
    TimeGrain.QUARTER: ("季度", "quarters"), TimeGrain.YEAR: ("年", "years"),
    TimeGrain.FISCAL_QUARTER: ("财季", "fiscal quarters"), TimeGrain.FISCAL_YEAR: ("财年", "fiscal years"),
}  # fmt: skip


def only_whole(
    ctx: Context, draft: Draft, order: Sequence[Order], limit: int | None, per: tuple[str, ...]
) -> None:
    """Narrow the window of a ranking from the lowest period up to its whole periods, and say so.

    A ranking from the highest down keeps the running period: what leads before its end leads.
    """
    lowest = bool(order) and not order[0].desc and order[0].by in draft.metrics
    ranks_periods = draft.grain is not None and per == tuple(draft.dimensions)
    if draft.grain is None or not ranks_periods or limit is None or not lowest:
        return
    asked = draft.time or TimeRange()
    end = min(asked.end or ctx.data_end, ctx.data_end)
    last = ctx.calendar.floor(end, draft.grain)
    start = asked.start
    if start is not None and ctx.calendar.floor(start, draft.grain) != start:
        start = ctx.calendar.period(start, draft.grain, 1).start
    is_whole = last == end and start == asked.start
    if is_whole or (start is not None and start >= last):
        return
    draft.time = TimeRange(start=start, end=last)
    zh, en = _UNITS[draft.grain]
    draft.notes.append(
        Note(
            zh=f"最低只在完整的{zh}里找，到 {last - timedelta(days=1)} 为止",
            en=f"the lowest is sought among whole {en}, up to {last - timedelta(days=1)}",
        )
    )
