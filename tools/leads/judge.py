"""`judge_lead`: what a salesperson thinks of a lead, kept beside what the rules say."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer import QueryError
from tools.base import Result, ToolContext, ToolDef
from tools.leads.facts import Judgement
from tools.leads.find import find_lead
from tools.leads.judgements import judgement_store
from tools.leads.score_tree import scoring_of


class JudgeLeadArgs(BaseModel):
    """A salesperson's own view of a lead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lead: str = Field(min_length=1)
    comment: str = Field(min_length=1, max_length=2000)
    score: float | None = Field(default=None, ge=0, description="Replaces the score for ranking.")


class JudgementKept(Result):
    """What was kept."""

    lead: str
    judgement: Judgement


def _judge_lead(args: JudgeLeadArgs, context: ToolContext) -> JudgementKept:
    found = find_lead(context, args.lead)
    most = scoring_of(context).max_score
    if args.score is not None and args.score > most:
        raise QueryError("BAD_ARGUMENTS", f"judge_lead: the highest score is {most:g}.")
    lead = str(found.row["lead"])
    if not context.asker:
        raise QueryError("NO_AUTHOR", "It is not known who judges.", hint="Sign in, or use `--as`.")
    store = judgement_store(context.layer.project.home)
    store.add(lead, context.asker, args.comment, args.score)
    return JudgementKept(lead=lead, judgement=store.newest([lead])[lead])


JUDGE_LEAD = ToolDef(
    name="judge_lead",
    summary="Keep a salesperson's comment on a lead, and their own score if they give one.",
    args=JudgeLeadArgs,
    function=_judge_lead,
)
