"""Leads in a list: each with who it is, its score, and what a person thinks of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlglot import exp

from semantic_layer import QueryError
from semantic_layer.compile.door import quoted
from semantic_layer.errors import suggest
from tools.base import ToolContext
from tools.leads.facts import Fact, Score
from tools.leads.find import account_names
from tools.leads.gather import readable
from tools.leads.judgements import judgement_store
from tools.leads.rows import Read, Row, fields, read, subquery
from tools.leads.score_tree import scoring_of
from tools.leads.scores import score_of

ROWS = "z"
"""Alias of the scored leads in trees above them."""
Flag = Literal["hot", "unattended", "judged"]


class Args(BaseModel):
    """Base of the arguments here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    chance: float | None = None
    """Calibrated probability of the outcome by the trained model; None without one."""


def scored_of(context: ToolContext, rows: Sequence[Row]) -> tuple[ScoredLead, ...]:
    """Return rows of the score tree as leads."""
    store = judgement_store(context.layer.project.home)
    judged = store.newest([str(r["lead"]) for r in rows])
    people = person_names(context, {str(r["person"]) for r in rows if r["person"] is not None})
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


def person_names(context: ToolContext, ids: Iterable[str]) -> dict[str, str]:
    """Return the visible names of people by record."""
    role, wanted = context.layer.definitions.roles.person, tuple(sorted(ids))
    if role is None or not wanted or not readable(context, role.model):
        return {}
    texts = fields({"person": role.id, "name": role.name})
    rows = read(context, Read(role.model, texts, {"person": wanted}))
    return {str(r["person"]): str(r["name"]) for r in rows if r["name"] is not None}


def of_level(context: ToolContext, tree: exp.Select, level: str) -> exp.Select:
    """Keep the leads of a level; every lead without one."""
    if not level:
        return tree
    known = [lv.id for lv in scoring_of(context).levels]
    if level not in known:
        near = suggest(level, known) or tuple(known)
        raise QueryError("UNKNOWN_LEVEL", f"There is no level `{level}`.", candidates=near)
    kept = exp.select(exp.Star()).from_(subquery(tree, ROWS))
    return kept.where(exp.EQ(this=quoted("level", ROWS), expression=exp.Literal.string(level)))


def owners_of(owner: str) -> tuple[str, ...]:
    """Return the owners to look for."""
    return (owner,) if owner else ()


def newest_first(first: str) -> list[exp.Expr]:
    """Return an order: the largest `first`, then the newest lead."""
    keys = ((first, True), ("created_on", True), ("lead", False))
    return [exp.Ordered(this=quoted(name), desc=desc) for name, desc in keys]
