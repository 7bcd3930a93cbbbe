"""What `analyze_funnel` takes and gives."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from semantic_layer import Filter, TimeRange
from semantic_layer.model import Text
from semantic_layer.result import Cell
from semantic_layer.timegrain import DateRange
from tools.base import Result
from tools.notes import Note

View = Literal["cohort", "event"]
Compare = Literal["none", "previous_period", "previous_year"]
Versus = Literal["history", "peers"]


class FunnelArgs(BaseModel):
    """Which stages, whose items, when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stages: tuple[str, ...] = Field(
        default=(), description="Stage ids in their declared order; empty: the whole chain."
    )
    view: View = Field(
        default="cohort",
        description="cohort: items that entered the first stage in the period, followed until "
        "now; event: each stage's own entries in the period.",
    )
    by: str | None = Field(default=None, description="Dimension id to break down by.")
    time: TimeRange | None = Field(default=None, description="The period; all data when absent.")
    filters: tuple[Filter, ...] = Field(
        default=(),
        description="cohort: on the items of the first stage; event: on the entries of every stage.",
    )
    within_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="cohort: count a later stage only if reached within so many days of the first.",
    )
    compare: Compare = Field(default="none", description="Show an earlier period beside it.")
    stalled_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="Call an open item stalled after so many days without a move; default: when "
        "it has waited longer than nine tenths of those that went on.",
    )
    limit: int = Field(default=50, ge=1, le=1000, description="At most so many groups.")

    @field_validator("stages")
    @classmethod
    def _once(cls, stages: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(stages)) != len(stages):
            msg = "a stage is named twice"
            raise ValueError(msg)
        return stages


class Past(Result):
    """The same step in the period compared with."""

    entered: int
    converted: int | None
    rate: float | None
    """To the next stage."""


class FunnelRow(Result):
    """One stage of one group.

    Attributes:
        group: Value of the dimension; None in totals, and for items that have no value.
        entered: cohort: items of the first stage that came this far; event: entries.
        items: The stage's own items behind them (one lead may have two orders); event: entries.
        amount: Sum over those items in the company's currency; None where a stage has none.
        converted: Of those entered, how many came to the next stage (event: its entries).
        rate: `converted / entered`; None at the last stage and over nothing.
        rate_from_first: `entered` over the first stage's.
        median_days: Days between the local dates of this stage and the next, of those that moved.
        p90_days: Their 90th percentile (interpolated).
        waiting: Open and not stalled: may still convert (cohort only).
        stalled: Open and without a move for longer than `stalled_after_days` (cohort only).
        closed: Left the funnel here: lost or disqualified (cohort only).
    """

    group: Cell = None
    stage: str
    entered: int
    items: int
    amount: Cell = None
    converted: int | None = None
    rate: float | None = None
    rate_from_first: float | None = None
    median_days: float | None = None
    p90_days: float | None = None
    waiting: int | None = None
    stalled: int | None = None
    stalled_after_days: float | None = None
    closed: int | None = None
    previous: Past | None = None


class Bottleneck(Result):
    """The step that loses significantly more than it should.

    Attributes:
        stage: The step goes from this stage ...
        next_stage: ... to this one.
        group: The group that loses; None when `is_total`, and for items without a value.
        is_total: All groups together.
        versus: Its own `history`, or its `peers` (all other groups together).
        entered: Items at the step now; `converted` and `rate` of them went on.
        reference_entered: Items it is measured against, with their `converted` and `rate`.
        missing: Items that would have gone on at the reference rate, and did not.
        loss: `missing` as a share of what the step would have passed on in all, 0-1.
        test: `two-proportion z` or `Fisher exact`, both two-sided.
        p_value: Of that test, before correction.
        tests: How many steps were tested; significant means p_value x tests < 0.05 (Bonferroni).
    """

    stage: str
    next_stage: str
    group: Cell = None
    is_total: bool
    versus: Versus
    entered: int
    converted: int
    rate: float
    reference_entered: int
    reference_converted: int
    reference_rate: float
    missing: float
    loss: float
    test: str
    p_value: float
    tests: int


class StageName(Result):
    """A stage and what it is called."""

    id: str
    label: Text
    metric: str | None = None


class FunnelResult(Result):
    """A funnel, its bottleneck, and what to know about them.

    Attributes:
        total: One row per stage over all groups.
        rows: One row per group and stage, largest group first; the total without `by`.
        groups: How many groups there are, shown or not.
        compared: The period of `previous`.
        followed_until: Last local day on which a conversion counts.
        bottleneck: None when no step is significantly worse; `bottleneck_reason` says why.
    """

    view: View
    stages: tuple[StageName, ...]
    by: str | None
    period: DateRange | None
    compared: DateRange | None
    followed_until: str
    total: tuple[FunnelRow, ...]
    rows: tuple[FunnelRow, ...]
    groups: int
    bottleneck: Bottleneck | None
    bottleneck_reason: str
    notes: tuple[Note, ...]
    sql: tuple[str, ...]
