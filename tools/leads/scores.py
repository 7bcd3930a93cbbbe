"""Rows of the score tree as scores with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from semantic_layer.scoring import Scoring
from tools.base import ToolContext
from tools.leads.facts import Judgement, Reason, Score
from tools.leads.levels import POINTS
from tools.leads.rows import Part, Row
from tools.leads.score_tree import COUNT, LAST, ScoreRequest, score_tree, scoring_of

TREND_DAYS = 30


@dataclass(frozen=True, slots=True)
class ScoreNow:
    """A score and the one before it, as rows of the score tree."""

    now: Row
    before: Row | None = None


def score_part(context: ToolContext, lead: str, people: Sequence[str], as_of: date) -> Part | None:
    """Return the read of one lead's score today and `TREND_DAYS` ago; None without rules.

    Raises:
        DeniedError: The asker may not see what the rules look at.
    """
    if context.layer.definitions.scoring is None:
        return None
    earlier = as_of - timedelta(days=TREND_DAYS)
    request = ScoreRequest(as_of, leads=(lead,), people=tuple(people), earlier=earlier)
    return Part(score_tree(context, request), ())


def score_now(rows: Sequence[Row], as_of: date) -> ScoreNow | None:
    """Return the rows of today and of `TREND_DAYS` ago; None without one of today."""
    by_day = {row["as_of"]: row for row in rows}
    earlier = as_of - timedelta(days=TREND_DAYS)
    return ScoreNow(by_day[as_of], by_day.get(earlier)) if as_of in by_day else None


def score_of(
    context: ToolContext,
    row: Row,
    *,
    previous: Row | None = None,
    judgement: Judgement | None = None,
) -> Score:
    """Return a row of the score tree as a score with its reasons, strongest first."""
    scoring = scoring_of(context)
    level = next((lv for lv in scoring.levels if lv.id == row["level"]), None)
    return Score(
        score=_number(row["score"]),
        max_score=scoring.max_score,
        level=level.label if level else None,
        level_id=level.id if level else None,
        reasons=reasons(scoring, row),
        previous=_number(previous["score"]) if previous else None,
        previous_days=TREND_DAYS,
        judgement=judgement,
        sources=(f"lead:{row['lead']}",),
    )


def reasons(scoring: Scoring, row: Row) -> tuple[Reason, ...]:
    """Return the rules that give or take points, strongest first."""
    found: list[Reason] = []
    source = (f"lead:{row['lead']}",)
    for attribute in scoring.attributes:
        points = _number(row[POINTS + attribute.id])
        found.append(
            Reason(rule=attribute.id, label=attribute.label, points=points, sources=source)
        )
    for rule in scoring.behaviours:
        last = row[LAST + rule.id]
        found.append(
            Reason(
                rule=rule.id,
                label=rule.label,
                points=round(_number(row[POINTS + rule.id]), 1),
                count=int(_number(row[COUNT + rule.id])),
                last_on=last if isinstance(last, date) else None,
                sources=source,
            )
        )
    kept = [r for r in found if r.points]
    return tuple(sorted(kept, key=lambda r: (-abs(r.points), r.rule)))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
