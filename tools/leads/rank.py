"""`rank_leads`: whom to call first, by the rules or by what a trained model expects."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field
from sqlglot import exp

from semantic_layer import TimeRange
from semantic_layer.compile.door import quoted
from semantic_layer.compile.rows import literal_date
from semantic_layer.scoring import days_of
from tools.base import Result, ToolContext, ToolDef
from tools.leads.facts import LeadSummary
from tools.leads.gather import readable
from tools.leads.judgements import judgement_store
from tools.leads.levels import number
from tools.leads.listed import (
    ROWS,
    Args,
    Flag,
    ScoredLead,
    newest_first,
    of_level,
    owners_of,
    scored_of,
)
from tools.leads.rows import Row, among, fields, run_rows, subquery
from tools.leads.score_tree import LAST, ScoreRequest, score_tree, scoring_of
from tools.leads.summary import SummarizeLeadArgs, summarize
from tools.propensity.live import Chances, Unused, chances

_MOST = 1_000_000
_HOT, _UNATTENDED = 15.0, 10.0
"""What recent activity and never having been called add to the score for the call list."""


class RankLeadsArgs(Args):
    """Whose call list, of which leads, and how long."""

    owner: str = Field(default="", description="Owner id or name; empty: every visible lead.")
    level: str = Field(default="", description="Only leads of this level.")
    days: int = Field(default=180, ge=1, le=3650, description="Leads created in the last days.")
    time: TimeRange | None = Field(
        default=None, description="Leads created in this range, instead of the last days."
    )
    limit: int = Field(default=10, ge=1, le=200)
    summaries: int = Field(
        default=0, ge=0, le=20, description="Sum up that many of the first in a few words."
    )


class RankedLeads(Result):
    """Who to call first."""

    as_of: date
    rows: tuple[ScoredLead, ...]
    total: int
    days: int
    time: TimeRange | None = None
    owner: str = ""
    level: str = ""
    briefs: tuple[LeadSummary, ...] = ()
    model: str = ""
    """Version of the model whose probability stands for the score; empty: by the rules."""
    model_auc: float | None = None
    unused: Unused | None = None
    """Why a trained model was not used; None when it was, or there is none."""


def _rank_leads(args: RankLeadsArgs, context: ToolContext) -> RankedLeads:
    request = _request(args, context)
    tree = _without_deal(context, of_level(context, score_tree(context, request), args.level))
    priority = exp.alias_(_priority(context, request.as_of), "priority", quoted=True)
    ranked = exp.select(exp.Star(), priority).from_(subquery(tree, ROWS))
    model = chances(context, request.created_from, request.created_until)
    known = model if isinstance(model, Chances) else None
    rows, total = _first(context, ranked, known, args.limit)
    found = [
        _urgent(context, lead, row, known)
        for lead, row in zip(scored_of(context, rows), rows, strict=True)
    ]
    found.sort(key=lambda lead: (-(lead.priority or 0), -lead.created_on.toordinal(), lead.lead))
    shown = tuple(found[: args.limit])
    return RankedLeads(
        as_of=request.as_of, rows=shown, total=total, days=args.days, time=args.time,
        owner=args.owner, level=args.level,
        briefs=tuple(_brief(context, lead.lead) for lead in shown[: args.summaries]),
        model=known.version if known else "", model_auc=known.auc if known else None,
        unused=model if isinstance(model, str) else None,
    )  # fmt: skip


def _request(args: RankLeadsArgs, context: ToolContext) -> ScoreRequest:
    as_of = context.layer.context.as_of
    start: date | None = as_of - timedelta(days=args.days - 1)
    end: date | None = None
    if args.time is not None:
        start, end = args.time.start, args.time.end
    return ScoreRequest(
        as_of, is_open=True, owners=owners_of(args.owner), created_from=start, created_until=end
    )


def _brief(context: ToolContext, lead: str) -> LeadSummary:
    return summarize(SummarizeLeadArgs(lead=lead), context)


def _first(
    context: ToolContext, ranked: exp.Select, model: Chances | None, limit: int
) -> tuple[tuple[Row, ...], int]:
    """Return the rows among which the first `limit` are, and how many leads there are."""
    judged = judgement_store(context.layer.project.home).scored()
    short = exp.select(quoted("lead", ROWS), quoted("score", ROWS), quoted("priority", ROWS))
    every = short.from_(subquery(ranked.copy(), ROWS)).order_by(*newest_first("priority"))
    rows = run_rows(context, every.select(quoted("created_on", ROWS), copy=False), max_rows=_MOST)
    worth = {str(r["lead"]): _worth(r, model, scoring_of(context).max_score) for r in rows}
    best = sorted(worth, key=lambda lead: -worth[lead])[:limit]  # stable: ties stay newest first
    kept = {*best, *(lead for lead in judged if lead in worth)}
    tree = exp.select(exp.Star()).from_(subquery(ranked, ROWS))
    return run_rows(context, tree.where(among(quoted("lead", ROWS), sorted(kept)))), len(worth)


def _worth(row: Row, model: Chances | None, most: float) -> float:
    """Return the priority of a row, with the model's expectation in place of the rule score."""
    priority, score = float(str(row["priority"] or 0)), float(str(row["score"] or 0))
    chance = model.by_lead.get(str(row["lead"])) if model else None
    return priority if chance is None else priority - score + most * chance


def _urgent(context: ToolContext, lead: ScoredLead, row: Row, model: Chances | None) -> ScoredLead:
    scoring, as_of = scoring_of(context), context.layer.context.as_of
    last = [day for r in scoring.behaviours if isinstance(day := row[LAST + r.id], date)]
    flags: list[Flag] = []
    if last and (as_of - max(last)).days < days_of(scoring.hot_after):
        flags.append("hot")
    if row["followed"] is None:
        flags.append("unattended")
    value, judgement = _worth(row, model, scoring.max_score), lead.score.judgement
    if judgement is not None and judgement.score is not None:  # a person's own score wins
        flags.append("judged")
        value = _worth(row, None, scoring.max_score) + judgement.score - lead.score.score
    chance = model.by_lead.get(lead.lead) if model else None
    found = {"priority": round(value, 1), "chance": chance, "flags": tuple(flags)}
    return lead.model_copy(update=found)


def _priority(context: ToolContext, as_of: date) -> exp.Expr:
    """Return the score with recent activity and a missing first call added."""
    scoring = scoring_of(context)
    since = as_of - timedelta(days=days_of(scoring.hot_after) - 1)
    total: exp.Expr = quoted("score", ROWS)
    days = [quoted(LAST + rule.id, ROWS) for rule in scoring.behaviours]
    if days:
        newest = exp.Greatest(this=days[0], expressions=days[1:]) if len(days) > 1 else days[0]
        hot = exp.GTE(this=newest, expression=literal_date(since))
        total = exp.Add(this=total, expression=exp.Case().when(hot, number(_HOT)).else_(number(0)))
    unseen = exp.Is(this=quoted("followed", ROWS), expression=exp.null())
    waiting = exp.Case().when(unseen, number(_UNATTENDED)).else_(number(0))
    return exp.Add(this=total, expression=waiting)


def _without_deal(context: ToolContext, tree: exp.Select) -> exp.Select:
    """Leave out leads that already have an opportunity: those are worked there."""
    role = context.layer.definitions.roles.deal
    if role is None or role.lead is None or not readable(context, role.model):
        return tree
    deals = context.layer.relation(role.model, fields({"lead": role.lead}), context.scope)
    on = exp.EQ(
        this=exp.cast(quoted("lead", ROWS), "VARCHAR"),
        expression=exp.cast(quoted("lead", "d"), "VARCHAR"),
    )
    star = exp.Column(this=exp.Star(), table=exp.to_identifier(ROWS, quoted=True))
    joined = exp.select(star).from_(subquery(tree, ROWS))
    joined = joined.join(subquery(deals.distinct(), "d"), on=on, join_type="left", copy=False)
    return joined.where(exp.Is(this=quoted("lead", "d"), expression=exp.null()), copy=False)


RANK_LEADS = ToolDef(
    name="rank_leads",
    summary="Say whom to call first, for one owner or all, with reasons.",
    args=RankLeadsArgs,
    function=_rank_leads,
)
