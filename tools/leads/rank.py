"""`score_leads` and `rank_leads`: how warm, and whom to call first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.door import quoted
from semantic_layer.compile.rows import literal_date
from semantic_layer.errors import suggest
from semantic_layer.model import Text
from semantic_layer.scoring import days_of
from tools.base import Result, ToolContext, ToolDef
from tools.leads.facts import Fact, Score
from tools.leads.find import account_names
from tools.leads.gather import readable
from tools.leads.judgements import judgement_store
from tools.leads.levels import number
from tools.leads.rows import Read, Row, among, fields, read, run_rows, subquery
from tools.leads.score_tree import LAST, ScoreRequest, score_tree, scoring_of
from tools.leads.scores import score_of

Flag = Literal["hot", "unattended", "judged"]
_S = "z"
_HOT, _UNATTENDED = 15.0, 10.0
"""What recent activity and never having been called add to the score for the call list."""
_BAND = 10


class Args(BaseModel):
    """Base of the arguments here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ScoreLeadsArgs(Args):
    """Which leads to score."""

    leads: tuple[str, ...] = Field(default=(), max_length=1000, description="Lead ids; empty: all.")
    owner: str = Field(default="", description="Only this owner's, by id or name.")
    level: str = Field(default="", description="Only leads of this level.")
    days: int | None = Field(default=None, ge=1, description="Only leads created in the last days.")
    limit: int = Field(default=20, ge=1, le=500)


class RankLeadsArgs(Args):
    """Whose call list, and how long."""

    owner: str = Field(default="", description="Owner id or name; empty: every visible lead.")
    level: str = Field(default="", description="Only leads of this level.")
    days: int = Field(default=180, ge=1, le=3650, description="Leads created in the last days.")
    limit: int = Field(default=10, ge=1, le=200)


class ScoredLead(Fact):
    """A lead with its score."""

    lead: str
    name: str | None = None
    company: str | None = None
    owner: str | None = None
    created_on: date
    score: Score
    priority: float | None = None
    """On a call list: the score (or a person's own) with what makes it urgent added."""
    flags: tuple[Flag, ...] = ()


class LevelCount(Result):
    """How many leads are at a level; no level is `none`."""

    id: str
    label: Text
    leads: int


class BandCount(Result):
    """How many leads score from `start` (included) to `start` + 10."""

    start: int
    leads: int


class ScoredLeads(Result):
    """Scores, best first, and how they are distributed."""

    as_of: date
    rows: tuple[ScoredLead, ...]
    total: int
    levels: tuple[LevelCount, ...]
    bands: tuple[BandCount, ...]
    days: int | None = None
    owner: str = ""


class RankedLeads(Result):
    """Who to call first."""

    as_of: date
    rows: tuple[ScoredLead, ...]
    total: int
    days: int
    owner: str = ""


def _score_leads(args: ScoreLeadsArgs, context: ToolContext) -> ScoredLeads:
    as_of = context.layer.context.as_of
    start = as_of - timedelta(days=args.days - 1) if args.days else None
    request = ScoreRequest(as_of, leads=args.leads, owners=_owners(args.owner), created_from=start)
    tree = _of_level(context, score_tree(context, request), args.level)
    levels, bands = _distribution(context, tree)
    top = exp.select(exp.Star()).from_(subquery(tree, _S)).order_by(*_order("score"))
    rows = run_rows(context, top.limit(args.limit))
    return ScoredLeads(
        as_of=as_of, rows=_scored(context, rows), total=sum(b.leads for b in bands),
        levels=levels, bands=bands, days=args.days, owner=args.owner,
    )  # fmt: skip


def _rank_leads(args: RankLeadsArgs, context: ToolContext) -> RankedLeads:
    as_of = context.layer.context.as_of
    start = as_of - timedelta(days=args.days - 1)
    request = ScoreRequest(as_of, is_open=True, owners=_owners(args.owner), created_from=start)
    tree = _without_deal(context, _of_level(context, score_tree(context, request), args.level))
    urgent = exp.select(exp.Star(), exp.alias_(_priority(context, as_of), "priority", quoted=True))
    ranked = urgent.from_(subquery(tree, _S))
    total = _count(context, ranked)
    judged = judgement_store(context.layer.project.home).scored()
    top = exp.select(exp.Star()).from_(subquery(ranked, _S)).order_by(*_order("priority"))
    rows = run_rows(context, top.limit(args.limit + len(judged)))
    rows += _judged_rows(context, ranked, judged, {str(r["lead"]) for r in rows})
    found = [
        _urgent(context, lead, row) for lead, row in zip(_scored(context, rows), rows, strict=True)
    ]
    found.sort(key=lambda lead: (-(lead.priority or 0), -lead.created_on.toordinal(), lead.lead))
    return RankedLeads(
        as_of=as_of, rows=tuple(found[: args.limit]), total=total, days=args.days, owner=args.owner
    )


def _judged_rows(
    context: ToolContext, ranked: exp.Select, judged: Sequence[str], known: set[str]
) -> tuple[Row, ...]:
    """Return the rows that a person's own score may lift into the list."""
    missing = [lead for lead in judged if lead not in known]
    if not missing:
        return ()
    tree = exp.select(exp.Star()).from_(subquery(ranked.copy(), _S))
    return run_rows(context, tree.where(among(quoted("lead", _S), missing)))


def _urgent(context: ToolContext, lead: ScoredLead, row: Row) -> ScoredLead:
    scoring, as_of = scoring_of(context), context.layer.context.as_of
    last = [day for r in scoring.behaviours if isinstance(day := row[LAST + r.id], date)]
    flags: list[Flag] = []
    if last and (as_of - max(last)).days < days_of(scoring.hot_after):
        flags.append("hot")
    if row["followed"] is None:
        flags.append("unattended")
    priority = row["priority"]
    value = float(priority) if isinstance(priority, int | float) else 0.0
    judgement = lead.score.judgement
    if judgement is not None and judgement.score is not None:
        flags.append("judged")
        value += judgement.score - lead.score.score
    return lead.model_copy(update={"priority": round(value, 1), "flags": tuple(flags)})


def _priority(context: ToolContext, as_of: date) -> exp.Expr:
    """Return the score with recent activity and a missing first call added."""
    scoring = scoring_of(context)
    since = as_of - timedelta(days=days_of(scoring.hot_after) - 1)
    total: exp.Expr = quoted("score", _S)
    days = [quoted(LAST + rule.id, _S) for rule in scoring.behaviours]
    if days:
        newest = exp.Greatest(this=days[0], expressions=days[1:]) if len(days) > 1 else days[0]
        hot = exp.GTE(this=newest, expression=literal_date(since))
        total = exp.Add(this=total, expression=exp.Case().when(hot, number(_HOT)).else_(number(0)))
    unseen = exp.Is(this=quoted("followed", _S), expression=exp.null())
    waiting = exp.Case().when(unseen, number(_UNATTENDED)).else_(number(0))
    return exp.Add(this=total, expression=waiting)


def _without_deal(context: ToolContext, tree: exp.Select) -> exp.Select:
    """Leave out leads that already have an opportunity: those are worked there."""
    role = context.layer.definitions.roles.deal
    if role is None or role.lead is None or not readable(context, role.model):
        return tree
    deals = context.layer.relation(role.model, fields({"lead": role.lead}), context.scope)
    on = exp.EQ(
        this=exp.cast(quoted("lead", _S), "VARCHAR"),
        expression=exp.cast(quoted("lead", "d"), "VARCHAR"),
    )
    star = exp.Column(this=exp.Star(), table=exp.to_identifier(_S, quoted=True))
    joined = exp.select(star).from_(subquery(tree, _S))
    joined = joined.join(subquery(deals.distinct(), "d"), on=on, join_type="left", copy=False)
    return joined.where(exp.Is(this=quoted("lead", "d"), expression=exp.null()), copy=False)


def _of_level(context: ToolContext, tree: exp.Select, level: str) -> exp.Select:
    if not level:
        return tree
    known = [lv.id for lv in scoring_of(context).levels]
    if level not in known:
        near = suggest(level, known) or tuple(known)
        raise QueryError("UNKNOWN_LEVEL", f"There is no level `{level}`.", candidates=near)
    kept = exp.select(exp.Star()).from_(subquery(tree, _S))
    return kept.where(exp.EQ(this=quoted("level", _S), expression=exp.Literal.string(level)))


def _distribution(
    context: ToolContext, tree: exp.Select
) -> tuple[tuple[LevelCount, ...], tuple[BandCount, ...]]:
    band = exp.Floor(this=exp.Div(this=quoted("score", _S), expression=number(_BAND)))
    counted = (
        exp.select(
            quoted("level", _S),
            exp.alias_(band, "band"),
            exp.alias_(exp.Count(this=exp.Star()), "n"),
        )
        .from_(subquery(tree.copy(), _S))
        .group_by(exp.Literal.number(1), exp.Literal.number(2))
    )
    by_level: dict[str, int] = {}
    by_band: dict[int, int] = {}
    for row in run_rows(context, counted):
        level, n = str(row["level"] or "none"), int(str(row["n"]))
        start = int(float(str(row["band"] or 0))) * _BAND
        by_level[level] = by_level.get(level, 0) + n
        by_band[start] = by_band.get(start, 0) + n
    labels = {lv.id: lv.label for lv in scoring_of(context).levels}
    labels["none"] = Text(zh="未达标", en="No level")
    levels = tuple(
        LevelCount(id=i, label=labels[i], leads=by_level[i]) for i in labels if i in by_level
    )
    return levels, tuple(BandCount(start=s, leads=n) for s, n in sorted(by_band.items()))


def _scored(context: ToolContext, rows: Sequence[Row]) -> tuple[ScoredLead, ...]:
    store = judgement_store(context.layer.project.home)
    judged = store.newest([str(r["lead"]) for r in rows])
    people = _person_names(context, {str(r["person"]) for r in rows if r["person"] is not None})
    companies = account_names(
        context, {str(r["account"]) for r in rows if r["account"] is not None}
    )
    return tuple(
        ScoredLead(
            lead=str(r["lead"]),
            name=people.get(str(r["person"])),
            company=companies.get(str(r["account"])),
            owner=None if r["owner_name"] is None else str(r["owner_name"]),
            created_on=date.fromisoformat(str(r["created_on"])),
            score=score_of(context, r, judgement=judged.get(str(r["lead"]))),
            sources=(f"lead:{r['lead']}",),
        )
        for r in rows
    )


def _person_names(context: ToolContext, ids: Iterable[str]) -> dict[str, str]:
    role, wanted = context.layer.definitions.roles.person, tuple(sorted(ids))
    if role is None or not wanted or not readable(context, role.model):
        return {}
    texts = fields({"person": role.id, "name": role.name})
    rows = read(context, Read(role.model, texts, {"person": wanted}))
    return {str(r["person"]): str(r["name"]) for r in rows if r["name"] is not None}


def _owners(owner: str) -> tuple[str, ...]:
    return (owner,) if owner else ()


def _order(first: str) -> list[exp.Expr]:
    keys = ((first, True), ("created_on", True), ("lead", False))
    return [exp.Ordered(this=quoted(name), desc=desc) for name, desc in keys]


def _count(context: ToolContext, tree: exp.Select) -> int:
    counted = exp.select(exp.alias_(exp.Count(this=exp.Star()), "n")).from_(
        subquery(tree.copy(), _S)
    )
    return int(str(run_rows(context, counted)[0]["n"]))


SCORE_LEADS = ToolDef(
    name="score_leads",
    summary="Score leads by the rules, with reasons, levels and the distribution.",
    args=ScoreLeadsArgs,
    function=_score_leads,
)
RANK_LEADS = ToolDef(
    name="rank_leads",
    summary="Say whom to call first, for one owner or all, with reasons.",
    args=RankLeadsArgs,
    function=_rank_leads,
)
