"""Risks, the next best step and talking points: rules over facts, in order of urgency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from tools.leads.facts import (
    Clause,
    Colleague,
    Deal,
    Habits,
    Point,
    Risk,
    RiskKind,
    Score,
    Step,
    StepKind,
    Topic,
)
from tools.leads.notes import NoteRow

_SILENT_DAYS, _UNATTENDED_DAYS = 30, 2
_OVERDUE_FROM, _OVERDUE_TO = 14, 120


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules look at. All days are local; `as_of` is the data's last one."""

    lead: str
    as_of: date
    created_on: date
    closed_on: date | None
    closed_reason: str | None
    duplicate_of: str | None
    followed_on: date | None
    notes: tuple[NoteRow, ...]
    clauses: tuple[Clause, ...]
    habits: Habits | None
    score: Score | None
    deals: tuple[Deal, ...]
    topics: tuple[Topic, ...]
    colleagues: tuple[Colleague, ...]

    def days_since(self, day: date) -> int:
        """Return whole days from `day` to the data's last day."""
        return (self.as_of - day).days


def risks(known: Known) -> tuple[Risk, ...]:
    """Return the risks, gravest first."""
    return tuple(risk for rule in _RISKS for risk in rule(known))


def _closed(known: Known) -> list[Risk]:
    source = (f"lead:{known.lead}",)
    found = []
    if known.closed_on is not None:
        days = known.days_since(known.closed_on)
        found.append(Risk(kind="closed", days=days, text=known.closed_reason, sources=source))
    if known.duplicate_of is not None:
        found.append(Risk(kind="duplicate", text=known.duplicate_of, sources=source))
    return found


def _stalled(known: Known) -> list[Risk]:
    return [
        Risk(kind="stalled", days=d.stage_days, text=d.name or d.deal, sources=d.sources)
        for d in known.deals
        if d.is_stalled
    ][:1]


def _unattended(known: Known) -> list[Risk]:
    waited = known.days_since(known.created_on)
    if known.notes or known.followed_on or known.closed_on or waited < _UNATTENDED_DAYS:
        return []
    return [Risk(kind="unattended", days=waited, sources=(f"lead:{known.lead}",))]


def _overdue(known: Known) -> list[Risk]:
    """A promise of the newest note: old enough to be due, young enough to matter."""
    newest = known.notes[0] if known.notes else None
    if newest is None:
        return []
    if not _OVERDUE_FROM <= known.days_since(newest.said_on) <= _OVERDUE_TO:
        return []
    return [
        Risk(kind="overdue", days=known.days_since(c.said_on), text=c.text, sources=c.sources)
        for c in known.clauses
        if c.kind == "promise" and c.sources == (f"note:{newest.id}",)
    ][:1]


def _silent(known: Known) -> list[Risk]:
    if known.habits is None:
        return []
    days = known.days_since(known.habits.last_on)
    source = known.habits.sources[:1]
    return [Risk(kind="silent", days=days, sources=source)] if days >= _SILENT_DAYS else []


def _said(known: Known) -> list[Risk]:
    found: list[Risk] = []
    for clause in known.clauses:
        kind = clause.kind
        if (kind == "competitor" or kind == "objection") and all(r.kind != kind for r in found):
            found.append(Risk(kind=kind, text=clause.text, sources=clause.sources))
    return found


_RISKS: tuple[Callable[[Known], list[Risk]], ...] = (
    _closed, _stalled, _unattended, _overdue, _silent, _said,
)  # fmt: skip


def next_step(known: Known, found: Sequence[Risk]) -> Step:
    """Return the one thing to do next: the first rule that applies."""
    by_kind = {risk.kind: risk for risk in reversed(found)}
    for kind, step in _BY_RISK:
        risk = by_kind.get(kind)
        if risk is not None:
            return _step(known, step, risk.days, risk.text, risk.sources)
    surge = known.habits.surge if known.habits else None
    if surge is not None:
        return _step(known, "call_now", surge.touches, None, surge.sources)
    if known.score is not None and known.score.level_id is not None and not _has_open_deal(known):
        return _step(known, "meet", None, None, known.score.sources)
    topic = known.topics[0] if known.topics else None
    kind_: StepKind = "reengage" if "silent" in by_kind else "nurture"
    sources = topic.sources if topic else (f"lead:{known.lead}",)
    days = by_kind["silent"].days if "silent" in by_kind else None
    return _step(known, kind_, days, topic.topic if topic else None, sources)


_BY_RISK: tuple[tuple[RiskKind, StepKind], ...] = (
    ("closed", "leave"),
    ("duplicate", "merge"),
    ("unattended", "first_call"),
    ("overdue", "keep_promise"),
    ("stalled", "unblock_deal"),
)


def _has_open_deal(known: Known) -> bool:
    return any(d.is_open and d.is_own for d in known.deals)


def _step(
    known: Known, kind: StepKind, days: int | None, text: str | None, sources: tuple[str, ...]
) -> Step:
    """Add the usual way of contact and the person's own hours, unless nothing is to be done."""
    if kind in {"leave", "merge"}:
        return Step(kind=kind, days=days, text=text, sources=sources)
    methods = Counter(n.method for n in known.notes if n.method)
    habits = known.habits
    return Step(
        kind=kind, days=days, text=text, sources=sources,
        channel=min(methods, key=lambda m: (-methods[m], m)) if methods else None,
        hours=habits.hours if habits else None,
        weekday=habits.weekday if habits else None,
    )  # fmt: skip


def talking_points(known: Known) -> tuple[Point, ...]:
    """Return what to talk about: what was said, then what was read, then who else is there."""
    if known.closed_on is not None:
        return ()
    points: list[Point] = []
    for kind in ("need", "budget", "competitor", "promise"):
        clause = next((c for c in known.clauses if c.kind == kind), None)
        if clause is not None:
            points.append(
                Point(kind=kind, text=clause.text, on=clause.said_on, sources=clause.sources)
            )
    titled = [t for t in known.topics if t.titles][:1]
    points += [
        Point(kind="content", text=t.titles[0], on=t.last_on, sources=t.sources) for t in titled
    ]
    named = [c for c in known.colleagues if c.name][:1]
    points += [
        Point(kind="colleague", text=c.name or "", on=c.last_on, sources=c.sources) for c in named
    ]
    return tuple(points)
