"""Arguments and results of campaign_impact (*contract*: names may grow, not change)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from semantic_layer.model import Text
from tools.attribution.contract import JourneyArgs
from tools.base import Result
from tools.notes import Note


class ImpactArgs(JourneyArgs):
    """Whose impact is asked for."""

    campaign: tuple[str, ...] = Field(
        min_length=1, description="Name of the campaign, or several; or values of `dimension`."
    )
    dimension: str = Field(default="campaign", description="Touch dimension of the values.")
    models: tuple[str, ...] = Field(
        default=(), description="Attribution models for the ROI; default: the company's."
    )
    limit: int = Field(default=10, ge=0, le=1000, description="How many peers to list.")

    @field_validator("campaign", "models", mode="before")
    @classmethod
    def _one(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class StageImpact(Result):
    """Conversions of one stage that the campaign had a part in, each in full."""

    stage: str
    label: Text
    influenced: int
    direct: int
    indirect: int
    amount: float
    direct_amount: float
    indirect_amount: float


class ChainStep(Result):
    """How many of the campaign's own leads reached a stage.

    Attributes:
        kind: leading: visible at once. lagging: takes its time.
        rate: Of the leads; `step_rate` of the step before.
        maturity: Share of what these leads will bring, by past pace, that has happened by now.
    """

    stage: str
    label: Text
    kind: Literal["leading", "lagging"]
    leads: int
    rate: float | None
    step_rate: float | None
    maturity: float | None


class ValueImpact(Result):
    """The impact of one campaign."""

    value: str
    stages: tuple[StageImpact, ...]
    chain: tuple[ChainStep, ...]
    cost: float | None
    attributed: dict[str, float]
    roi: dict[str, float | None]
    roas: dict[str, float | None]


class Peer(Result):
    """A campaign of the same type, for comparison; `attributed` and `roi` by the first model."""

    value: str
    leads: dict[str, int]
    influenced: dict[str, int]
    amounts: dict[str, float]
    attributed: float | None
    cost: float | None
    roi: float | None


class Distinct(Result):
    """Conversions that any of several campaigns had a part in, each once."""

    influenced: int
    amount: float


class ImpactResult(Result):
    """Impact of each campaign asked about, of all of them together, and of their peers."""

    dimension: str
    dimension_label: Text
    currency: str
    values: tuple[ValueImpact, ...]
    together: dict[str, Distinct]
    peer_of: dict[str, str]
    peers: tuple[Peer, ...]
    peer_count: int
    peer_medians: dict[str, float]
    notes: tuple[Note, ...]
