"""Which stages, how they link, which periods: everything decided before SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from semantic_layer import Comparison, QueryError, TimeRange
from semantic_layer.compile.comparison import earlier
from semantic_layer.compile.context import Context
from semantic_layer.compile.facts import shared_model_dimensions
from semantic_layer.compile.verify import check_personal_dimensions
from semantic_layer.errors import suggest
from semantic_layer.model import StageRole
from semantic_layer.scope import Scope
from semantic_layer.timegrain import DateRange
from tools.funnel.model import FunnelArgs

LINKS = ("deal", "lead", "person", "account")  # most specific first
EXACT_LINKS = frozenset({"deal", "lead"})  # one chain of events; a person or account has many
HISTORY = 4  # preceding periods pooled: a year of quarters, a month of weeks
BEGINNING = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Chain:
    """Stages in order; `links[i]` joins stage i to stage i + 1."""

    stages: tuple[StageRole, ...]
    links: tuple[str, ...]

    def fragment(self, index: int, link: str) -> str | None:
        """Return what a stage declares for a kind of link."""
        found: str | None = getattr(self.stages[index], link)
        return found


@dataclass(frozen=True, slots=True)
class Period:
    """Entries from `start` to `end` (excluded); conversions count before `cut`."""

    start: date
    end: date
    cut: date


def resolve_chain(declared: tuple[StageRole, ...], asked: tuple[str, ...]) -> Chain:
    """Return the asked stages with their links.

    Raises:
        QueryError: No stages are declared, one is unknown, their order is another, or two
            neighbours share no key.
    """
    if not declared:
        raise QueryError(
            "NO_STAGES",
            "This company declares no funnel stages.",
            hint="Declare `roles.stages` in the definitions.",
        )
    known = {stage.id: stage for stage in declared}
    for name in asked:
        if name not in known:
            near = suggest(name, known) or tuple(known)
            raise QueryError("UNKNOWN_STAGE", f"There is no stage `{name}`.", candidates=near)
    order = tuple(known)
    wanted = asked or order
    if [order.index(name) for name in wanted] != sorted(order.index(name) for name in wanted):
        right = tuple(name for name in order if name in wanted)
        raise QueryError(
            "STAGE_ORDER",
            "The stages are not in their declared order.",
            hint="Their order is " + ", ".join(right) + ".",
            candidates=right,
        )
    if len(wanted) < 2:
        raise QueryError("ONE_STAGE", "A funnel needs at least two stages.", candidates=order)
    stages = tuple(known[name] for name in wanted)
    return Chain(stages, tuple(map(_link, stages, stages[1:])))


def _link(before: StageRole, after: StageRole) -> str:
    for link in LINKS:
        if getattr(before, link) is not None and getattr(after, link) is not None:
            return link
    raise QueryError(
        "STAGES_NOT_LINKED",
        f"The stages `{before.id}` and `{after.id}` have no key in common.",
        hint="Declare the same one of " + ", ".join(LINKS) + " for both.",
        params={"stage": before.label.get("zh"), "next": after.label.get("zh")},
    )


def check_dimensions(ctx: Context, scope: Scope, chain: Chain, args: FunnelArgs) -> None:
    """Refuse a dimension that the stages concerned do not bind, or that is personal.

    Raises:
        QueryError: With the dimensions that would work.
        DeniedError: It is personal data.
    """
    names = [f.dimension for f in args.filters] + ([args.by] if args.by else [])
    stages = chain.stages if args.view == "event" else chain.stages[:1]
    known = ctx.definitions.dimensions
    for name in names:
        if name not in known:
            raise QueryError(
                "UNKNOWN_DIMENSION",
                f"There is no dimension `{name}`.",
                candidates=suggest(name, known),
            )
        _check_bound(ctx, stages, name)
    check_personal_dimensions(ctx, names, scope)


def _check_bound(ctx: Context, stages: Iterable[StageRole], name: str) -> None:
    for stage in stages:
        if name not in ctx.model(stage.model).dims:
            shared = shared_model_dimensions(ctx, [s.model for s in stages])
            raise QueryError(
                "DIMENSION_NOT_IN_FUNNEL",
                f"`{name}` is not known of the stage `{stage.id}`.",
                hint="Use the cohort view or another dimension.",
                candidates=suggest(name, shared) or shared[:5],
                params={"dimension": name, "stage": stage.label.get("zh")},
            )


def resolve_periods(ctx: Context, args: FunnelArgs) -> tuple[Period, ...]:
    """Return the asked period first, then those that it is measured against.

    An earlier cohort is followed as long as the asked one could be: its cut-off is moved back
    as far as its start, so that both had the same time to convert.

    Raises:
        QueryError: A comparison is asked without a period.
    """
    time, end = args.time or TimeRange(), ctx.data_end
    current = Period(time.start or BEGINNING, min(time.end or end, end), end)
    if time.start is not None and current.start >= current.end:
        return (Period(time.start, time.start, end),)
    span = time.span or (DateRange(time.start, end) if time.start else None)
    if span is None:
        if args.compare != "none":
            raise QueryError(
                "COMPARE_NEEDS_PERIOD",
                "A comparison needs a period to compare.",
                hint="Name one, for example this month or last quarter.",
            )
        return (current,)
    return (current, *_earlier(ctx, args, span))


def _earlier(ctx: Context, args: FunnelArgs, span: DateRange) -> Iterable[Period]:
    grain = args.time.grain if args.time else None
    comparison = Comparison(kind="previous_period" if args.compare == "none" else args.compare)
    count = HISTORY if args.compare == "none" else 1
    before = span
    for _ in range(count):
        before = earlier(ctx, before, grain, comparison)
        back = timedelta(days=(span.start - before.start).days)
        yield Period(before.start, before.end, ctx.data_end - back)
