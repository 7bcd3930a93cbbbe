"""Arguments and results of attribute_revenue (*contract*: names may grow, not change)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from semantic_layer.model import Text
from semantic_layer.query import Filter, TimeRange
from tools.base import Result
from tools.notes import Note

RowKind = Literal["group", "none", "other", "unattributed"]


class JourneyArgs(BaseModel):
    """How journeys are made, whatever is done with them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversion: str | None = Field(
        default=None, description="Stage id that is credited; default: the order."
    )
    time: TimeRange | None = Field(default=None, description="Period of the conversions.")
    basis: Literal["close", "cohort"] = Field(
        default="close",
        description="close: converted in the period. cohort: touched in the period, whenever converted.",
    )
    anchor: Literal["close", "lead", "opportunity"] = Field(
        default="close", description="Where journeys end: at the conversion, or at a milestone."
    )
    lookback_days: int | None = Field(default=None, ge=1, le=3650)
    scope: Literal["account", "person", "lead"] | None = Field(
        default=None,
        description="Whose touches: the account's (all contacts), the converting person's, or "
        "those of the person behind the conversion's lead. Default: account where known.",
    )
    filters: tuple[Filter, ...] = Field(default=(), description="Conditions on the conversions.")
    touch_filters: tuple[Filter, ...] = Field(
        default=(), description="Conditions on the touches that make up journeys."
    )
    marketing_only: bool = Field(default=True, description="Leave out sales calls and the like.")

    @field_validator("filters", "touch_filters", mode="before")
    @classmethod
    def _many(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value


class AttributeArgs(JourneyArgs):
    """How revenue is credited to touches."""

    models: tuple[str, ...] = Field(
        default=(), description="Attribution models, side by side; default: the company's."
    )
    by: str = Field(default="channel", description="Touch dimension that is credited.")
    groups: tuple[str | None, ...] = Field(
        default=(), description="Show only these values of `by`; journeys stay whole."
    )
    measure: Literal["amount", "count"] | None = Field(
        default=None,
        description="What shares and ranks are of; default: amount where there is one.",
    )
    middle: Literal["all", "before_opp"] = Field(
        default="all", description="Which touches share the middle part of the W."
    )
    half_life_days: float | None = Field(default=None, gt=0, le=3650)
    weights: dict[str, float] | None = Field(
        default=None,
        description="Custom model: role (first, lead, opportunity, last, middle) -> weight.",
    )
    limit: int | None = Field(default=None, ge=1, le=10_000)
    explain: str | None = Field(
        default=None, description="Id of one conversion: its touches, times and credits."
    )
    recommend: bool = Field(
        default=False, description="Recommend a model and weights from the company's own journeys."
    )

    @field_validator("models", "groups", mode="before")
    @classmethod
    def _one(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _once(self) -> AttributeArgs:
        if len(set(self.models)) != len(self.models):
            msg = "models are named twice"
            raise ValueError(msg)
        return self


class Credit(Result):
    """What one model gives one group.

    Attributes:
        amount: Credited amount, exact to the cent; None for a stage without an amount.
        conversions: Sum of weights: fractions of conversions.
        share: Of the whole measure, 0-1, unattributed included.
        rank: 1 is the largest; None for rows that are not groups.
        rank_change: Places won (+) or lost (-) against the first model.
    """

    amount: float | None
    conversions: float
    share: float | None
    rank: int | None = None
    rank_change: int | None = None
    roi: float | None = None
    roas: float | None = None
    removal_effect: float | None = None


class GroupRow(Result):
    """One value of the credited dimension."""

    group: str
    kind: RowKind
    models: dict[str, Credit]
    touched: int
    """Conversions with at least one touch of the group: groups overlap."""
    cost: float | None = None
    budget_share: float | None = None


class ModelInfo(Result):
    """A model that was used."""

    id: str
    label: Text
    meaning: Text


class Totals(Result):
    """The whole that credits add up to."""

    conversions: int
    attributed_conversions: int
    amount: float | None
    attributed_amount: float | None
    coverage: float | None
    cost: float | None = None


class Distance(Result):
    """Half the sum of absolute differences of shares: 0 the same, 1 disjoint."""

    a: str
    b: str
    total_variation: float


class EvidenceTouch(Result):
    """One touch of an explained conversion."""

    position: int
    touch_id: str
    touched_at: datetime
    """Local wall time."""
    days_before: float
    roles: tuple[str, ...]
    dimensions: dict[str, str | None]
    weights: dict[str, float]
    amounts: dict[str, float]


class Evidence(Result):
    """Why one conversion is credited as it is."""

    conversion_id: str
    converted_at: datetime
    amount: float | None
    touches: tuple[EvidenceTouch, ...]
    groups: dict[str, dict[str, float]]
    """Model -> group -> weight, where a model has no weights per touch."""


class QuarterFit(Result):
    """Custom weights fitted on one quarter's conversions."""

    start: date
    conversions: int
    weights: dict[str, float]
    total_variation: float
    """Distance of the quarter's shares from those of all quarters, under the same weights."""
    distances: dict[str, float] = Field(default_factory=dict)
    """Named model -> distance of its shares from the Markov chain's."""
    held_out: float | None = None
    """The same of custom weights that were fitted on the other quarters."""


class Recommendation(Result):
    """Which model fits the company's own cycle, and how sure that is."""

    model: str
    reason: str
    median_cycle_days: float | None
    median_touches: float | None
    several_touches_share: float | None
    weights: dict[str, float]
    fit_distance: float | None
    """Mean distance of held-out custom weights; the named models' are in `distances`."""
    distances: dict[str, float] = Field(default_factory=dict)
    gain: float | None = None
    """By how much held-out custom weights beat the recommended model; negative: they do not."""
    is_custom_better: bool = False
    """Custom weights passed: nearer by the margin on the mean, and in two quarters of three."""
    quarters: tuple[QuarterFit, ...]
    is_stable: bool | None


class AttributionResult(Result):
    """Credits per group and model, what they add up to, and on what assumptions."""

    by: str
    by_label: Text
    conversion: str
    conversion_label: Text
    measure: Literal["amount", "count"]
    currency: str
    models: tuple[ModelInfo, ...]
    rows: tuple[GroupRow, ...]
    unattributed: GroupRow | None
    totals: Totals
    distances: tuple[Distance, ...]
    total_groups: int
    span: tuple[date | None, date | None]
    notes: tuple[Note, ...]
    evidence: Evidence | None = None
    recommendation: Recommendation | None = None
    sql: tuple[str, ...] = ()
