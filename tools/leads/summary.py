"""`summarize_lead`: who, what they want, how warm, what is at risk, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer import DeniedError, QueryError
from semantic_layer.lead_roles import Signal
from tools.base import ToolContext, ToolDef
from tools.leads.advice import Known, next_step, risks, talking_points
from tools.leads.deals import read_deals
from tools.leads.facts import Caveat, LeadSummary, Score, Who
from tools.leads.find import FoundLead, account_names, find_lead, lead_fields
from tools.leads.gather import (
    Person,
    read_attributes,
    read_colleagues,
    read_notes,
    read_pages,
    read_person,
    read_stage,
    read_touches,
)
from tools.leads.habits import Touch, habits, topics
from tools.leads.judgements import judgement_store
from tools.leads.notes import clauses
from tools.leads.rows import lead_role, visible
from tools.leads.scores import score_of, score_one


class SummarizeLeadArgs(BaseModel):
    """Which lead to summarise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lead: str = Field(min_length=1, description="Lead id, or the person's name (and company).")
    company: str = Field(default="", description="Part of the company's name, for namesakes.")


def summarize(args: SummarizeLeadArgs, context: ToolContext) -> LeadSummary:
    """Return all facts about one lead that the asker may see.

    Raises:
        QueryError: There is no such lead, or several people of that name.
    """
    found = find_lead(context, args.lead, args.company)
    lead, as_of = str(found.row["lead"]), context.layer.context.as_of
    person = read_person(context, found.row.get("person"))
    touches, is_cut = read_touches(context, person.records, as_of)
    notes = read_notes(context, lead)
    said, ignored = clauses(notes, _signals(context))
    who, kept = _who(context, found, person)
    known = Known(
        lead=lead, as_of=as_of, created_on=who.created_on,
        closed_on=_day(found.row.get("closed_on")), closed_reason=_text(found.row.get("closed_reason")),
        duplicate_of=_text(found.row.get("duplicate_of")), followed_on=_day(found.row.get("followed_on")),
        notes=notes, clauses=said, habits=habits(touches, as_of),
        score=_score(context, lead, person, as_of),
        deals=read_deals(context, lead, found.row.get("account"), as_of),
        topics=topics(touches, as_of),
        colleagues=read_colleagues(context, found.row.get("account"), person.records, as_of),
    )  # fmt: skip
    dangers = risks(known)
    has_score = known.score is not None or context.layer.definitions.scoring is None
    return LeadSummary(
        as_of=as_of, who=who, stage=read_stage(context, lead), score=known.score,
        topics=known.topics, pages=read_pages(context, person.visitors, as_of), habits=known.habits,
        colleagues=known.colleagues, deals=known.deals, clauses=said, risks=dangers,
        step=next_step(known, dangers), points=talking_points(known),
        caveats=_caveats(touches, kept, found, ignored, is_cut=is_cut, has_score=has_score),
    )  # fmt: skip


def _who(context: ToolContext, found: FoundLead, person: Person) -> tuple[Who, tuple[str, ...]]:
    """Return who the lead is, and the names of what the asker may not see."""
    row, lead = found.row, str(found.row["lead"])
    attributes, kept = read_attributes(context, lead)
    account = row.get("account")
    names = account_names(context, {str(account)} if account is not None else set())
    created = row["created_on"]
    if not isinstance(created, date):
        raise QueryError(
            "LEAD_NOT_FOUND", f"Lead {lead} has no creation time.", params={"asked": lead}
        )
    who = Who(
        lead=lead, name=person.name, title=person.title, company=names.get(str(account)),
        owner=_text(row.get("owner_name")), created_on=created, attributes=attributes,
        sources=(f"lead:{lead}",),
    )  # fmt: skip
    return who, (*kept, *_hidden_names(context))


def _hidden_names(context: ToolContext) -> tuple[str, ...]:
    roles = context.layer.definitions.roles
    hidden = visible(context, lead_role(context).model, lead_fields(lead_role(context)))[1]
    person = roles.person
    if person is not None and context.scope.hidden.get(person.model, frozenset()) & {person.name}:
        hidden |= {"name"}
    return tuple(sorted(hidden))


def _signals(context: ToolContext) -> Mapping[Signal, tuple[str, ...]]:
    notes = lead_role(context).notes
    return notes.signals if notes else {}


def _score(context: ToolContext, lead: str, person: Person, as_of: date) -> Score | None:
    try:
        found = score_one(context, lead, person.records, as_of)
    except DeniedError:
        return None
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
