"""What a funnel must say about itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from semantic_layer.model import StageRole
from tools.funnel.bottleneck import Mix
from tools.funnel.chain import EXACT_LINKS, HISTORY
from tools.funnel.counts import Counts
from tools.funnel.model import FunnelRow
from tools.funnel.sql import Funnel
from tools.notes import Note, note

IMMATURE = 0.1  # share of a stage's items that are still waiting: above it a rate will rise


def funnel_notes(
    funnel: Funnel, counts: Counts, rows: Sequence[FunnelRow], shown: int, mixes: Sequence[Mix]
) -> tuple[Note, ...]:
    """Return every assumption, window and omission, in reading order.

    Args:
        funnel: What was asked.
        counts: What was counted.
        rows: The total's rows.
        shown: How many groups the result holds.
        mixes: Steps that fell by a change of mix.
    """
    cohort = funnel.args.view == "cohort"
    return (
        *_view(funnel),
        *(_cohort(funnel, rows) if cohort else ()),
        *_links(funnel),
        *_left_out(funnel),
        *_checks(funnel, counts),
        *_mixes(funnel, mixes),
        *_groups(funnel, counts, shown),
    )


def _view(funnel: Funnel) -> Iterator[Note]:
    first = funnel.chain.stages[0].label
    until = (funnel.periods[0].cut - timedelta(days=1)).isoformat()
    if funnel.args.view == "event":
        yield note(
            "EVENT_VIEW",
        )
        return
    yield note(
        "COHORT_VIEW",
        stage=first,
        until=until,
    )
    if funnel.args.time is None:
        yield note("ALL_TIME")
    if funnel.args.filters:
        yield note("FILTERS_ON_FIRST", stage=first)


def _cohort(funnel: Funnel, rows: Sequence[FunnelRow]) -> Iterator[Note]:
    args = funnel.args
    if len(funnel.periods) > 1:
        earlier, cut = funnel.periods[-1], funnel.periods[1].cut
        yield note(
            "SAME_MATURITY",
            start=earlier.start.isoformat(),
            until=(cut - timedelta(days=1)).isoformat(),
        )
    if args.compare == "none" and len(funnel.periods) > 1:
        yield note(
            "HISTORY",
            count=HISTORY,
        )
    if args.within_days is not None:
        yield note(
            "WITHIN",
            days=args.within_days,
        )
    yield from _maturity(funnel, rows)
    if args.stalled_days is None:
        yield note("STALLED_RULE")
    else:
        yield note("STALLED_DAYS", days=args.stalled_days)


def _maturity(funnel: Funnel, rows: Sequence[FunnelRow]) -> Iterator[Note]:
    for row, stage in zip(rows[:-1], funnel.chain.stages, strict=False):
        waiting = row.waiting or 0
        if row.entered and waiting / row.entered > IMMATURE:
            yield note(
                "IMMATURE",
                stage=stage.label,
                waiting=waiting,
                entered=row.entered,
            )


def _links(funnel: Funnel) -> Iterator[Note]:
    stages = funnel.chain.stages
    yield note("LINKS", stages=tuple(x.label for x in stages), keys=tuple(funnel.chain.links))
    loose = sorted(set(funnel.chain.links) - EXACT_LINKS)
    if loose:
        yield note(
            "LOOSE_LINK",
            keys=tuple(loose),
        )


def _left_out(funnel: Funnel) -> Iterator[Note]:
    void = [s.label for s in funnel.chain.stages if s.void is not None]
    if void:
        yield note("VOID_EXCLUDED", stages=tuple(void))


def hidden_amounts(stages: Sequence[StageRole]) -> Iterator[Note]:
    """Say which stages' amounts the asker may not see."""
    if stages:
        names = tuple(s.label for s in stages)
        yield note("AMOUNT_HIDDEN", stages=names)


_CHECKS = {"unlinked": "UNLINKED", "disorder": "OUT_OF_ORDER", "skipped": "STAGE_SKIPPED"}


def _checks(funnel: Funnel, counts: Counts) -> Iterator[Note]:
    for (kind, k), count in sorted(counts.checks.items()):
        if count and (kind != "disorder" or funnel.chain.links[k - 1] in EXACT_LINKS):
            stage, link = funnel.chain.stages[k].label, funnel.chain.links[k - 1]
            yield note(_CHECKS[kind], stage=stage, count=count, keys=link)


def _mixes(funnel: Funnel, mixes: Sequence[Mix]) -> Iterator[Note]:
    for mix in mixes:
        stages = funnel.chain.stages
        yield note(
            "MIX_EXPLAINS",
            stage=stages[mix.k].label,
            next=stages[mix.k + 1].label,
            before=mix.before,
            now=mix.now,
            mix=mix.mix_effect,
            rate=mix.rate_effect,
            worse=mix.worse,
        )
    if funnel.args.by is None and len(funnel.periods) > 1 and funnel.args.view == "cohort":
        yield note(
            "NOT_SPLIT",
        )


def _groups(funnel: Funnel, counts: Counts, shown: int) -> Iterator[Note]:
    total = len(counts.by_size())
    if shown < total:
        yield note(
            "GROUPS_CUT",
            shown=shown,
            total=total,
        )
    sums = {k: sum(s.items[k].items for s in counts.groups.values() if k in s.items)
            for k in counts.total.items}  # fmt: skip
    if any(funnel.args.by and sums[k] > own.items for k, own in counts.total.items.items()):
        yield note(
            "ITEMS_OVERLAP",
        )
