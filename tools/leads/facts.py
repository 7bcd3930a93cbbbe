"""What is known of a lead, as typed facts. Each says which rows it comes from.

`sources` hold `kind:id` of the rows behind a fact (`touch:`, `note:`, `lead:`, `deal:`,
`person:`, `stage:`); a fact that counts rows names at most `MAX_SOURCES` of them.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from semantic_layer.lead_roles import Signal
from semantic_layer.model import Text
from semantic_layer.result import Cell
from tools.base import Result

MAX_SOURCES = 20


class Fact(Result):
    """Base of every fact."""

    sources: tuple[str, ...] = ()


class Attribute(Fact):
    """One attribute of the lead that has a value."""

    id: str
    label: Text
    value: Cell


class Who(Fact):
    """Who the lead is. A name is None when there is none or the asker may not see it."""

    lead: str
    name: str | None = None
    title: str | None = None
    company: str | None = None
    owner: str | None = None
    created_on: date
    attributes: tuple[Attribute, ...] = ()


class Topic(Fact):
    """An interest: its share of all weighted, aged touches of content."""

    topic: str
    share: float
    touches: int
    last_on: date
    titles: tuple[str, ...] = ()


class Page(Fact):
    """A page of the website that was opened."""

    page: str
    visits: int
    last_on: date


class Share(Fact):
    """A part of the touches."""

    value: str
    touches: int


class Hours(Fact):
    """The hours of most activity, local time, `end` excluded."""

    start: int
    end: int
    touches: int
    total: int


class Surge(Fact):
    """Clearly more touches in the last days than usual."""

    days: int
    touches: int
    usual: float
    """Mean of the same number of days over the three months before."""


class Habits(Fact):
    """How the person behaves, over the year up to the data's last day."""

    touches: int
    active_days: int
    first_on: date
    last_on: date
    last_kind: str | None = None
    last_channel: str | None = None
    channels: tuple[Share, ...] = ()
    gap_days: int | None = None
    """Median days between active days."""
    hours: Hours | None = None
    weekday: int | None = None
    """0 is Monday; None without a clear favourite."""
    surge: Surge | None = None


class Colleague(Fact):
    """Another person of the same account who was active lately."""

    person: str
    name: str | None = None
    title: str | None = None
    touches: int
    last_on: date


class Stage(Fact):
    """The furthest stage reached."""

    id: str
    label: Text
    since: date


class Reason(Fact):
    """One rule that gives points."""

    rule: str
    label: Text
    points: float
    count: int | None = None
    """Touches that counted; None for a rule about attributes."""
    last_on: date | None = None


class Judgement(Fact):
    """What a salesperson thinks: a comment, and a score if they set one."""

    author: str
    said_on: date
    comment: str
    score: float | None = None


class Score(Fact):
    """The rule score, why, and where it comes from."""

    score: float
    max_score: float
    level: Text | None = None
    level_id: str | None = None
    reasons: tuple[Reason, ...] = ()
    previous: float | None = None
    """The score `previous_days` earlier by the same rules; None when there was no lead."""
    previous_days: int = 30
    judgement: Judgement | None = None


class Deal(Fact):
    """An opportunity of the lead or of its company."""

    deal: str
    name: str | None = None
    amount: float | None = None
    stage: str | None = None
    is_open: bool
    is_own: bool
    """Whether it came from this lead."""
    created_on: date
    stage_days: int | None = None
    is_stalled: bool = False


class Clause(Fact):
    """A part of a note, word for word."""

    kind: Signal
    text: str
    said_on: date
    author: str | None = None


RiskKind = Literal[
    "closed", "duplicate", "stalled", "silent", "unattended", "competitor", "overdue", "objection"
]


class Risk(Fact):
    """Why this lead may be lost."""

    kind: RiskKind
    days: int | None = None
    text: str | None = None
    """A quotation or a name from the data."""


StepKind = Literal[
    "leave", "merge", "first_call", "keep_promise", "unblock_deal", "call_now", "meet", "reengage",
    "nurture",
]  # fmt: skip


class Step(Fact):
    """What to do next."""

    kind: StepKind
    days: int | None = None
    text: str | None = None
    channel: str | None = None
    """How earlier follow-ups mostly went."""
    hours: Hours | None = None
    weekday: int | None = None


class Point(Fact):
    """Something to talk about."""

    kind: Literal["content", "need", "budget", "competitor", "promise", "colleague"]
    text: str
    on: date | None = None


NoteKind = Literal[
    "no_touches",
    "hidden_fields",
    "other_leads",
    "instructions_ignored",
    "touches_cut",
    "score_denied",
]


class Caveat(Fact):
    """What the reader must know about this summary."""

    kind: NoteKind
    count: int | None = None
    names: tuple[str, ...] = ()


About = Literal["all", "score"]
"""What a summary is asked for: everything, or the reasons of the score."""


class LeadSummary(Result):
    """Everything a salesperson needs before a call."""

    as_of: date
    about: About = "all"
    who: Who
    stage: Stage | None = None
    score: Score | None = None
    topics: tuple[Topic, ...] = ()
    pages: tuple[Page, ...] = ()
    habits: Habits | None = None
    colleagues: tuple[Colleague, ...] = ()
    deals: tuple[Deal, ...] = ()
    clauses: tuple[Clause, ...] = ()
    risks: tuple[Risk, ...] = ()
    step: Step | None = None
    points: tuple[Point, ...] = ()
    caveats: tuple[Caveat, ...] = ()
