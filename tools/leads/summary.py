"""`summarize_lead`: who, what they want, how warm, what is at risk, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer import DeniedError, QueryError
from semantic_layer.lead_roles import Signal
from tools.base import ToolContext, ToolDef
from tools.leads.advice import Known, next_step, risks, talking_points
from tools.leads.deals import deals_of, deals_part
from tools.leads.facts import About, Caveat, LeadSummary, Score, Who
from tools.leads.find import FoundLead, find_lead, lead_fields, names_of, names_part
from tools.leads.gather import (
    Person,
    attributes_of,
    colleagues_of,
    colleagues_part,
    kept_attributes,
    notes_of,
    notes_part,
    pages_of,
    pages_part,
    read_person,
    touches_of,
    touches_part,
)
from tools.leads.habits import Touch, habits, topics
from tools.leads.judgements import judgement_store
from tools.leads.notes import clauses
from tools.leads.rows import Part, Row, lead_role, run_parts, visible
from tools.leads.scores import score_now, score_of, score_part
from tools.leads.stages import stage_of, stage_parts


class SummarizeLeadArgs(BaseModel):
    """Which lead to summarise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lead: str = Field(min_length=1, description="Lead id, or the person's name (and company).")
    company: str = Field(default="", description="Part of the company's name, for namesakes.")
    about: About = Field(default="all", description="Everything, or why the score is what it is.")


def summarize(args: SummarizeLeadArgs, context: ToolContext) -> LeadSummary:
    """Return all facts about one lead that the asker may see.

    Raises:
        QueryError: There is no such lead, or several people of that name.
    """
    found = find_lead(context, args.lead, args.company)
    as_of = context.layer.context.as_of
    person = read_person(context, found.row.get("person"))
    parts, has_score = _parts(context, found.row, person, as_of)
    rows = run_parts(context, parts)
    touches, is_cut = touches_of(context, rows["touches"])
    known, ignored = _known(context, found.row, rows, touches)
    dangers = risks(known)
    return LeadSummary(
        as_of=as_of, about=args.about, who=_who(context, found.row, person, rows["company"]),
        stage=stage_of(context, known.lead, rows), score=known.score,
        topics=known.topics, pages=pages_of(rows["pages"], person.visitors), habits=known.habits,
        colleagues=known.colleagues, deals=known.deals, clauses=known.clauses, risks=dangers,
        step=next_step(known, dangers), points=talking_points(known),
        caveats=_caveats(
            touches, _hidden_names(context), found, ignored, is_cut=is_cut, has_score=has_score
        ),
    )  # fmt: skip


def _parts(
    context: ToolContext, row: Row, person: Person, as_of: date
) -> tuple[dict[str, Part | None], bool]:
    """Return every read about the lead, and whether its score may be seen."""
    lead, account = str(row["lead"]), row.get("account")
    names = {str(account)} if account is not None else set()
    parts = {
        "company": names_part(context, names),
        "touches": touches_part(context, person.records, as_of),
        "notes": notes_part(context, lead),
        "deals": deals_part(context, lead, account),
        "colleagues": colleagues_part(context, account, person.records, as_of),
        "pages": pages_part(context, person.visitors, as_of),
        **stage_parts(context, lead),
    }
    try:
        return parts | {"score": score_part(context, lead, person.records, as_of)}, True
    except DeniedError:
        return parts | {"score": None}, False


def _known(
    context: ToolContext, row: Row, rows: Mapping[str, Sequence[Row]], touches: tuple[Touch, ...]
) -> tuple[Known, int]:
    """Return what the rules look at, and how many clauses of notes were ignored."""
    lead, as_of = str(row["lead"]), context.layer.context.as_of
    notes = notes_of(rows["notes"])
    said, ignored = clauses(notes, _signals(context))
    known = Known(
        lead=lead, as_of=as_of, created_on=_created(row),
        closed_on=_day(row.get("closed_on")), closed_reason=_text(row.get("closed_reason")),
        duplicate_of=_text(row.get("duplicate_of")), followed_on=_day(row.get("followed_on")),
        notes=notes, clauses=said, habits=habits(touches, as_of),
        score=_score(context, lead, rows["score"]),
        deals=deals_of(context, rows["deals"], lead, as_of),
        topics=topics(touches, as_of), colleagues=colleagues_of(rows["colleagues"]),
    )  # fmt: skip
    return known, ignored


def _who(context: ToolContext, row: Row, person: Person, companies: Sequence[Row]) -> Who:
    names = names_of(companies)
    return Who(
        lead=str(row["lead"]), name=person.name, title=person.title,
        company=names.get(str(row.get("account"))), owner=_text(row.get("owner_name")),
        created_on=_created(row), attributes=attributes_of(context, row),
        sources=(f"lead:{row['lead']}",),
    )  # fmt: skip


def _created(row: Row) -> date:
    created, lead = row["created_on"], str(row["lead"])
    if not isinstance(created, date):
        message = f"Lead {lead} has no creation time."
        raise QueryError("LEAD_NOT_FOUND", message, params={"asked": lead})
    return created


def _hidden_names(context: ToolContext) -> tuple[str, ...]:
    """Return the names of what the asker may not see of the lead."""
    roles = context.layer.definitions.roles
    hidden = visible(context, lead_role(context).model, lead_fields(lead_role(context)))[1]
    person = roles.person
    if person is not None and context.scope.hidden.get(person.model, frozenset()) & {person.name}:
        hidden |= {"name"}
    return (*kept_attributes(context), *sorted(hidden))


def _signals(context: ToolContext) -> Mapping[Signal, tuple[str, ...]]:
    notes = lead_role(context).notes
    return notes.signals if notes else {}


def _score(context: ToolContext, lead: str, rows: Sequence[Row]) -> Score | None:
    found = score_now(rows, context.layer.context.as_of)
    if found is None:
        return None
    judged = judgement_store(context.layer.project.home).newest([lead]).get(lead)
    return score_of(context, found.now, previous=found.before, judgement=judged)


def _caveats(
    touches: tuple[Touch, ...],
    kept: tuple[str, ...],
    found: FoundLead,
    ignored: int,
    *,
    is_cut: bool,
    has_score: bool,
) -> tuple[Caveat, ...]:
    out: list[Caveat] = []
    if not touches:
        out.append(Caveat(kind="no_touches"))
    if kept:
        out.append(Caveat(kind="hidden_fields", names=kept))
    if found.others:
        out.append(Caveat(kind="other_leads", count=len(found.others), names=found.others[:3]))
    if ignored:
        out.append(Caveat(kind="instructions_ignored", count=ignored))
    if is_cut:
        out.append(Caveat(kind="touches_cut", count=len(touches)))
    if not has_score:
        out.append(Caveat(kind="score_denied"))
    return tuple(out)


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


SUMMARIZE_LEAD = ToolDef(
    name="summarize_lead",
    summary="Sum up one lead: who, interests, behaviour, score, risks, next best step.",
    args=SummarizeLeadArgs,
    function=summarize,
)
