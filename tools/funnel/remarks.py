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
    first = funnel.chain.stages[0].label.get("en")
    until = (funnel.periods[0].cut - timedelta(days=1)).isoformat()
    if funnel.args.view == "event":
        yield note(
            "EVENT_VIEW",
            "Event view: each stage counts its own entries in the period, so a rate compares "
            "different items and may exceed 100%; days look back to the stage before.",
        )
        return
    yield note(
        "COHORT_VIEW",
        "Cohort view: the items that entered {stage} in the period, followed until {until}; a later "
        "stage counts only after every stage before it.",
        stage=first,
        until=until,
    )
    if funnel.args.time is None:
        yield note("ALL_TIME", "No period was named: all data is used.")
    if funnel.args.filters:
        yield note("FILTERS_ON_FIRST", "Filters apply to the items of {stage}.", stage=first)


def _cohort(funnel: Funnel, rows: Sequence[FunnelRow]) -> Iterator[Note]:
    args = funnel.args
    if len(funnel.periods) > 1:
        earlier, cut = funnel.periods[-1], funnel.periods[1].cut
        yield note(
            "SAME_MATURITY",
            "Earlier periods (from {start}) are followed only as long as this one could be "
            "(the latest until {until}), so that all had the same time to convert.",
            start=earlier.start.isoformat(),
            until=(cut - timedelta(days=1)).isoformat(),
        )
    if args.compare == "none" and len(funnel.periods) > 1:
        yield note(
            "HISTORY",
            "The bottleneck is measured against the {count} periods of the same length before.",
            count=HISTORY,
        )
    if args.within_days is not None:
        yield note(
            "WITHIN",
            "A stage counts only if reached less than {days} days after the first stage.",
            days=args.within_days,
        )
    yield from _maturity(funnel, rows)
    yield note(
        "STALLED_RULE",
        "Stalled: open, and without a move for {rule}.",
        rule=_stalled_rule(args.stalled_days),
    )


def _stalled_rule(days: int | None) -> str:
    if days is not None:
        return f"{days} days or more"
    return "longer than nine tenths of those that went on needed (see stalled_after_days)"


def _maturity(funnel: Funnel, rows: Sequence[FunnelRow]) -> Iterator[Note]:
    for row, stage in zip(rows[:-1], funnel.chain.stages, strict=False):
        waiting = row.waiting or 0
        if row.entered and waiting / row.entered > IMMATURE:
            yield note(
                "IMMATURE",
                "{stage}: {waiting} of {entered} are still open and young; the rate may still rise.",
                stage=stage.label.get("en"),
                waiting=waiting,
                entered=row.entered,
            )


def _links(funnel: Funnel) -> Iterator[Note]:
    stages = funnel.chain.stages
    steps = [
        f"{a.label.get('en')} -> {b.label.get('en')} by {link}"
        for a, b, link in zip(stages, stages[1:], funnel.chain.links, strict=False)
    ]
    yield note("LINKS", "Stages are linked: {links}.", links="; ".join(steps))
    loose = sorted(set(funnel.chain.links) - EXACT_LINKS)
    if loose:
        yield note(
            "LOOSE_LINK",
            "A link by {keys} may join items that have nothing else in common; an earlier event "
            "of the same {keys} is passed over.",
            keys=" or ".join(loose),
        )


def _left_out(funnel: Funnel) -> Iterator[Note]:
    void = [s.label.get("en") for s in funnel.chain.stages if s.void is not None]
    if void:
        yield note(
            "VOID_EXCLUDED", "Cancelled items are left out: {stages}.", stages=", ".join(void)
        )


def hidden_amounts(stages: Sequence[StageRole]) -> Iterator[Note]:
    """Say which stages' amounts the asker may not see."""
    if stages:
        names = ", ".join(s.label.get("en") for s in stages)
        yield note("AMOUNT_HIDDEN", "You may not see the amounts of {stages}.", stages=names)


_CHECKS = {
    "unlinked": (
        "UNLINKED",
        "{count} entries of {stage} since the period began have no {link} and belong to no item here.",
    ),
    "disorder": (
        "OUT_OF_ORDER",
        "Data problem: {count} entries of {stage} are dated before the stage before them; "
        "they do not count.",
    ),
    "skipped": (
        "STAGE_SKIPPED",
        "{count} items came to {stage} without passing every stage before it in order; "
        "they do not count there.",
    ),
}


def _checks(funnel: Funnel, counts: Counts) -> Iterator[Note]:
    for (kind, k), count in sorted(counts.checks.items()):
        if count:
            code, text = _CHECKS[kind]
            stage, link = funnel.chain.stages[k].label.get("en"), funnel.chain.links[k - 1]
            yield note(code, text, stage=stage, count=count, link=link)


def _mixes(funnel: Funnel, mixes: Sequence[Mix]) -> Iterator[Note]:
    for mix in mixes:
        stages = funnel.chain.stages
        yield note(
            "MIX_EXPLAINS",
            "{stage} -> {next}: the overall rate fell from {before:.1%} to {now:.1%} because the mix "
            "of groups changed ({mix:+.1%}), not because the groups convert worse ({rate:+.1%}; "
            "{worse} of them fell).",
            stage=stages[mix.k].label.get("en"),
            next=stages[mix.k + 1].label.get("en"),
            before=mix.before,
            now=mix.now,
            mix=mix.mix_effect,
            rate=mix.rate_effect,
            worse=mix.worse,
        )
    if funnel.args.by is None and len(funnel.periods) > 1 and funnel.args.view == "cohort":
        yield note(
            "NOT_SPLIT",
            "Not split by a dimension: a change of mix between groups can move an overall rate.",
        )


def _groups(funnel: Funnel, counts: Counts, shown: int) -> Iterator[Note]:
    total = len(counts.by_size())
    if shown < total:
        yield note(
            "GROUPS_CUT",
            "The {shown} largest of {total} groups are shown; the total holds all.",
            shown=shown,
            total=total,
        )
    sums = {k: sum(s.items[k].items for s in counts.groups.values() if k in s.items)
            for k in counts.total.items}  # fmt: skip
    if any(funnel.args.by and sums[k] > own.items for k, own in counts.total.items.items()):
        yield note(
            "ITEMS_OVERLAP",
            "Some later items belong to several groups; `items` and `amount` must not be added up.",
        )
