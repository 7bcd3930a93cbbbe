"""A journey at a glance: firsts, lasts, days, counts, silences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from semantic_layer.convert import cell
from semantic_layer.model import StageRole
from semantic_layer.result import Cell
from tools.journey.events import Raw
from tools.journey.model import Event, Gap, JourneySummary, StageMark

QUIET_DAYS = 30  # a month without a sign
_MOST_GAPS = 5
_MOST_VALUES = 10


def show(event: Raw, first: date, numbers: dict[str, int], stages: Sequence[StageRole]) -> Event:
    """Return an event as it is shown; `first` is the journey's first day."""
    is_touch = event.rank < 0
    return Event(
        kind="touch" if is_touch else "stage",
        at=event.at.isoformat(sep=" ", timespec="seconds") if event.precise else str(event.day),
        day=event.day.isoformat(),
        days=(event.day - first).days,
        person=numbers.get(event.person) if event.person is not None else None,
        stage=None if is_touch else stages[event.rank].id,
        item=event.item,
        amount=event.amount,
        details=event.details,
    )


def summarise(
    raw: Sequence[Raw],
    shown: Sequence[Event],
    stages: Sequence[StageRole],
    dims: Sequence[str],
    people: int,
) -> JourneySummary:
    """Return the summary of events in order (`shown` are the same events)."""
    touches = [event for event in shown if event.kind == "touch"]
    return JourneySummary(
        touches=len(touches),
        stage_events=len(shown) - len(touches),
        first_touch=touches[0] if touches else None,
        last_touch=touches[-1] if touches else None,
        stages=tuple(_marks(raw, shown, stages)),
        counts={d: _counts(touches, d) for d in dims},
        people=people,
        days=shown[-1].days if shown else 0,
        gaps=_gaps(raw),
    )


def _marks(
    raw: Sequence[Raw], shown: Sequence[Event], stages: Sequence[StageRole]
) -> Iterator[StageMark]:
    begin: date | None = None
    before: date | None = None
    for number, stage in enumerate(stages):
        mine = [i for i, event in enumerate(raw) if event.rank == number]
        if not mine:
            continue
        day = raw[mine[0]].day
        begin = begin or day
        touch = next((shown[i] for i in range(mine[0], -1, -1) if raw[i].rank < 0), None)
        yield StageMark(
            stage=stage.id,
            label=stage.label,
            day=day.isoformat(),
            items=len(mine),
            amount=_sum(raw[i].amount for i in mine) if stage.amount is not None else None,
            days_since_first=(day - begin).days,
            days_since_previous=None if before is None else (day - before).days,
            last_touch=touch,
        )
        before = day


def _sum(amounts: Iterator[Cell]) -> Cell:
    """Add money exactly: 0.1 + 0.2 is 0.3."""
    return cell(sum((Decimal(str(a)) for a in amounts if a is not None), Decimal(0)))


def _counts(touches: Sequence[Event], dim: str) -> tuple[tuple[Cell, int], ...]:
    found = Counter(event.details[dim] for event in touches if dim in event.details)
    ordered = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(ordered[:_MOST_VALUES])


def _gaps(raw: Sequence[Raw]) -> tuple[Gap, ...]:
    days = sorted({event.day for event in raw})
    found = [
        Gap(start=a.isoformat(), end=b.isoformat(), days=(b - a).days)
        for a, b in pairwise(days)
        if (b - a).days >= QUIET_DAYS
    ]
    return tuple(sorted(found, key=lambda gap: (-gap.days, gap.start))[:_MOST_GAPS])
