"""`score_leads`: how warm leads are, and how the scores are spread."""

from __future__ import annotations

from datetime import date, timedelta

from pydantic import Field
from sqlglot import exp

from semantic_layer.compile.door import quoted
from semantic_layer.model import Text
from tools.base import Result, ToolContext, ToolDef
from tools.leads.levels import number
from tools.leads.listed import ROWS, Args, ScoredLead, newest_first, of_level, owners_of, scored_of
from tools.leads.rows import run_rows, subquery
from tools.leads.score_tree import ScoreRequest, score_tree, scoring_of

_BAND = 10


class ScoreLeadsArgs(Args):
    """Which leads to score."""

    leads: tuple[str, ...] = Field(default=(), max_length=1000, description="Lead ids; empty: all.")
    owner: str = Field(default="", description="Only this owner's, by id or name.")
    level: str = Field(default="", description="Only leads of this level.")
    days: int | None = Field(default=None, ge=1, description="Only leads created in the last days.")
    limit: int = Field(default=20, ge=1, le=500)


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


def _score_leads(args: ScoreLeadsArgs, context: ToolContext) -> ScoredLeads:
    as_of = context.layer.context.as_of
    start = as_of - timedelta(days=args.days - 1) if args.days else None
    request = ScoreRequest(
        as_of, leads=args.leads, owners=owners_of(args.owner), created_from=start
    )
    tree = of_level(context, score_tree(context, request), args.level)
    levels, bands = _distribution(context, tree)
    top = exp.select(exp.Star()).from_(subquery(tree, ROWS)).order_by(*newest_first("score"))
    rows = run_rows(context, top.limit(args.limit))
    return ScoredLeads(
        as_of=as_of, rows=scored_of(context, rows), total=sum(b.leads for b in bands),
        levels=levels, bands=bands, days=args.days, owner=args.owner,
    )  # fmt: skip


def _distribution(
    context: ToolContext, tree: exp.Select
) -> tuple[tuple[LevelCount, ...], tuple[BandCount, ...]]:
    band = exp.Floor(this=exp.Div(this=quoted("score", ROWS), expression=number(_BAND)))
    counted = (
        exp.select(
            quoted("level", ROWS),
            exp.alias_(band, "band"),
            exp.alias_(exp.Count(this=exp.Star()), "n"),
        )
        .from_(subquery(tree.copy(), ROWS))
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


SCORE_LEADS = ToolDef(
    name="score_leads",
    summary="Score leads by the rules, with reasons, levels and the distribution.",
    args=ScoreLeadsArgs,
    function=_score_leads,
)
