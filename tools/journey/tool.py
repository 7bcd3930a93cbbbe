"""`customer_journey`: what happened with an account, a person or a lead, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from semantic_layer import QueryError
from semantic_layer.model import Roles
from tools.base import ToolContext, ToolDef
from tools.journey.events import MOST_TOUCHES, Found, Raw, read_stages, read_touches
from tools.journey.lookup import Subject, find_subject
from tools.journey.model import JourneyArgs, JourneyResult
from tools.journey.people import read_people
from tools.journey.reading import Reader
from tools.journey.summary import show, summarise
from tools.notes import Note, note


def trace(args: JourneyArgs, context: ToolContext) -> JourneyResult:
    """Return one subject's journey, within the asker's rights.

    Raises:
        QueryError: The company declares neither touches nor stages, or the subject is not found,
            or is not one only.
        DeniedError: The asker may not see it.
    """
    roles = context.layer.definitions.roles
    if roles.touchpoint is None and not roles.stages:
        raise QueryError(
            "NO_TOUCHPOINTS",
            "This company declares neither touchpoints nor funnel stages.",
            hint="Declare `roles.touchpoint` or `roles.stages` in the definitions.",
        )
    reader = Reader(context.layer, context.scope)
    subject = find_subject(reader, roles, *args.subject)
    touches = Found(())
    if roles.touchpoint is not None:
        touches = read_touches(
            reader, roles.touchpoint, subject, args.time, marketing=args.marketing_only
        )
    stages = read_stages(reader, roles.stages, subject, args.time)
    raw = sorted((*touches.events, *stages.events), key=lambda event: event.order)
    return _result(args, roles, reader, subject, raw, touches, stages)


def _result(
    args: JourneyArgs,
    roles: Roles,
    reader: Reader,
    subject: Subject,
    raw: Sequence[Raw],
    touches: Found,
    stages: Found,
) -> JourneyResult:
    people, numbers = read_people(reader, roles.person, raw)
    shown = tuple(show(event, raw[0].day, numbers, roles.stages) for event in raw)
    dims = tuple(roles.touchpoint.dims) if roles.touchpoint else ()
    seen = tuple(d for d in dims if any(d in event.details for event in raw))
    return JourneyResult(
        subject=subject.kind,
        id=subject.id,
        account=subject.name,
        events=shown[-args.limit :],
        total_events=len(shown),
        people=people,
        summary=summarise(raw, shown, roles.stages, seen, len(people)),
        notes=tuple(_notes(args, roles, subject, len(shown), touches, stages)),
        sql=tuple(reader.sql),
    )


def _notes(
    args: JourneyArgs, roles: Roles, subject: Subject, total: int, touches: Found, stages: Found
) -> Iterator[Note]:
    if subject.partly:
        yield note(
            "MATCHED_BY_PART",
            part=subject.partly,
            name=subject.name,
        )
    if not total:
        yield note("NO_EVENTS")
    if total > args.limit:
        yield note(
            "EVENTS_CUT",
            shown=args.limit,
            total=total,
        )
    if touches.cut:
        yield note("TOUCHES_CUT", most=MOST_TOUCHES)
    yield from _left_out(args, roles, subject, touches, stages)


def _left_out(
    args: JourneyArgs, roles: Roles, subject: Subject, touches: Found, stages: Found
) -> Iterator[Note]:
    if roles.touchpoint is None:
        yield note("NO_TOUCHPOINTS")
    if touches.by_account:
        yield note("TOUCHES_OF_ACCOUNT")
    if args.marketing_only:
        yield note("MARKETING_ONLY")
    if stages.blind:
        names = {s.id: s.label for s in roles.stages}
        yield note(
            "STAGES_NOT_SHOWN",
            kind=subject.kind,
            stages=tuple(names[s] for s in stages.blind),
        )
    void = tuple(s.label for s in roles.stages if s.void is not None)
    if void:
        yield note("VOID_EXCLUDED", stages=void)


CUSTOMER_JOURNEY = ToolDef(
    name="customer_journey",
    summary="Show the dated journey of an account, a person or a lead: touches across channels "
    "and stages reached, with people masked by rights.",
    args=JourneyArgs,
    function=trace,
)
