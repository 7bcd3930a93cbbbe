"""What `customer_journey` takes and gives."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from semantic_layer import TimeRange
from semantic_layer.model import Text
from semantic_layer.result import Cell
from tools.base import Result
from tools.notes import Note

SubjectKind = Literal["account", "person", "lead"]


class JourneyArgs(BaseModel):
    """Whose journey: exactly one of account, person and lead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str | None = Field(default=None, min_length=1, description="Account name or id.")
    person: str | None = Field(default=None, min_length=1, description="Person's name or id.")
    lead: str | None = Field(default=None, min_length=1, description="Lead id.")
    time: TimeRange | None = Field(default=None, description="Only events in this period.")
    limit: int = Field(default=200, ge=1, le=5000, description="At most so many events, latest.")
    marketing_only: bool = Field(default=False, description="Leave out touches of sales.")

    @model_validator(mode="after")
    def _one_subject(self) -> JourneyArgs:
        if sum(v is not None for v in (self.account, self.person, self.lead)) != 1:
            msg = "give exactly one of account, person and lead"
            raise ValueError(msg)
        return self

    @property
    def subject(self) -> tuple[SubjectKind, str]:
        """What kind of thing is asked for, and its name or id."""
        if self.account is not None:
            return "account", self.account.strip()
        if self.person is not None:
            return "person", self.person.strip()
        return "lead", (self.lead or "").strip()


class Event(Result):
    """One dated event.

    Attributes:
        kind: `touch`, or `stage` when an item enters a stage of the funnel.
        at: Local date and time, ISO; only the date where no time is known.
        day: Local date, ISO.
        days: Local days since the first event of the journey.
        person: Number of the person in `people`; None when the event names nobody.
        stage: Stage id, for stage events.
        item: Key of the touch or of the stage's item.
        amount: The item's amount in the company's currency, if the stage has one.
        details: Dimension id -> value (channel, campaign, content ...).
    """

    kind: Literal["touch", "stage"]
    at: str
    day: str
    days: int
    person: int | None = None
    stage: str | None = None
    item: str
    amount: Cell = None
    details: dict[str, Cell] = Field(default_factory=dict)


class Person(Result):
    """One human of the journey.

    Attributes:
        number: From 1, by first appearance.
        records: Ids of the records that are this human.
        name: As the policies show it: in full, masked, or None when it is hidden.
        attributes: Declared open attributes, such as the title; personal ones only if allowed.
        touches: Touches shown or counted in the journey.
    """

    number: int
    records: tuple[str, ...]
    name: str | None = None
    attributes: dict[str, Cell] = Field(default_factory=dict)
    touches: int = 0
    first_day: str
    last_day: str


class StageMark(Result):
    """First arrival at a stage.

    Attributes:
        days_since_previous: Local days since the first arrival at the stage before that was met.
        days_since_first: Local days since the first arrival at the first stage that was met.
        last_touch: Last touch not after the arrival.
    """

    stage: str
    label: Text
    day: str
    items: int
    amount: Cell = None
    days_since_first: int
    days_since_previous: int | None
    last_touch: Event | None


class Gap(Result):
    """A silence between two events."""

    start: str
    end: str
    days: int


class JourneySummary(Result):
    """The journey at a glance, over every event and not only those shown.

    Attributes:
        first_touch: Earliest touch.
        stages: First arrival at each stage met, in declared order.
        counts: Touch dimension -> (value, touches), most first; at most ten values each.
        people: How many humans touched or were named: the buying group.
        gaps: Silences of 30 days and more, longest first; at most five.
    """

    touches: int
    stage_events: int
    first_touch: Event | None
    last_touch: Event | None
    stages: tuple[StageMark, ...]
    counts: dict[str, tuple[tuple[Cell, int], ...]]
    people: int
    days: int
    gaps: tuple[Gap, ...]


class JourneyResult(Result):
    """A dated journey across channels and stages.

    Attributes:
        subject: Kind of what was asked for.
        id: Its key.
        account: Name of the account, where it may be seen.
        events: In order of time, at most `limit`, the latest.
    """

    subject: SubjectKind
    id: str
    account: str | None
    events: tuple[Event, ...]
    total_events: int
    people: tuple[Person, ...]
    summary: JourneySummary
    notes: tuple[Note, ...]
    sql: tuple[str, ...]
