"""The one typed request: what tools, the planner, an LLM and Python callers all fill in."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from semantic_layer.timegrain import DateRange, TimeGrain

Value = str | int | float | bool | None


class Part(BaseModel):
    """Base of the request's parts."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TimeRange(Part):
    """Local dates, `end` excluded."""

    start: date | None = Field(default=None, description="First day; open when absent.")
    end: date | None = Field(default=None, description="Day after the last; open when absent.")
    grain: TimeGrain | None = Field(
        default=None, description="Natural period of the phrase (month for 'this month')."
    )

    @model_validator(mode="after")
    def _ordered(self) -> TimeRange:
        if self.start and self.end and self.start >= self.end:
            msg = "the range ends before it begins"
            raise ValueError(msg)
        return self

    @property
    def span(self) -> DateRange | None:
        """The range when both ends are known."""
        return DateRange(self.start, self.end) if self.start and self.end else None


FilterOp = Literal[
    "in", "not_in", "contains", "not_contains", "gt", "gte", "lt", "lte", "between",
    "is_null", "not_null",
]  # fmt: skip


class Filter(Part):
    """A condition on a dimension."""

    dimension: str
    op: FilterOp = "in"
    values: tuple[Value, ...] = ()

    @model_validator(mode="after")
    def _arity(self) -> Filter:
        need = {"is_null": 0, "not_null": 0, "between": 2}
        least = need.get(self.op, 1)
        exact = self.op in need or self.op in {"gt", "gte", "lt", "lte"}
        if len(self.values) < least or (exact and len(self.values) != least):
            msg = f"{self.op} on {self.dimension} takes {least} value(s), not {len(self.values)}"
            raise ValueError(msg)
        if None in self.values and self.op not in {"in", "not_in"}:
            msg = f"{self.op} on {self.dimension} cannot compare with an empty value; use is_null"
            raise ValueError(msg)
        return self


class MetricFilter(Part):
    """A condition on a metric's value, applied to the finished rows."""

    metric: str
    of: Literal["value", "delta", "pct", "share"] = Field(
        default="value", description="The value, or its change or share when the query has one."
    )
    op: Literal["gt", "gte", "lt", "lte", "eq", "ne", "between"]
    value: float
    upper: float | None = None

    @model_validator(mode="after")
    def _bounds(self) -> MetricFilter:
        if (self.op == "between") != (self.upper is not None):
            msg = "`upper` goes with between, and only with it"
            raise ValueError(msg)
        return self


class Comparison(Part):
    """Show each metric beside an earlier value of itself."""

    kind: Literal["previous_period", "previous_year", "range"] = "previous_period"
    range: TimeRange | None = None

    @model_validator(mode="after")
    def _range(self) -> Comparison:
        if (self.kind == "range") != (self.range is not None):
            msg = "`range` goes with kind range, and only with it"
            raise ValueError(msg)
        return self


class Parameters(Part):
    """What a metric lets the asker choose; what is absent is the company's default."""

    model: str | None = Field(
        default=None,
        description="Attribution model of metrics that take one: first_touch, last_touch, linear, "
        "u_shaped, w_shaped, full_path, j_shaped, inverse_j, time_decay, ...",
    )
    lookback_days: int | None = Field(
        default=None, ge=1, le=3650, description="How far back touches count."
    )
    half_life_days: float | None = Field(
        default=None, gt=0, le=3650, description="Days in which time decay halves a credit."
    )


class Order(Part):
    """Sort by a metric, a dimension, `time`, or `<metric>__delta|pct|share|prev`."""

    by: str
    desc: bool = True


class Query(Part):
    """A governed question: metrics x dimensions x filters x time x comparison."""

    metrics: tuple[str, ...] = Field(min_length=1, description="Metric ids.")
    dimensions: tuple[str, ...] = Field(default=(), description="Dimension ids to break down by.")
    grain: TimeGrain | None = Field(default=None, description="Break down by time, or null.")
    time: TimeRange | None = Field(default=None, description="The period asked about.")
    filters: tuple[Filter, ...] = ()
    having: tuple[MetricFilter, ...] = ()
    compare: Comparison | None = None
    parameters: Parameters | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = Field(default=None, ge=1, le=100_000)
    per: tuple[str, ...] = Field(
        default=(), description="`limit` holds within each of these: dimensions, or `period`."
    )
    other: bool = Field(default=False, description="Fold the rows beyond `limit` into one.")
    share: bool = Field(default=False, description="Add each row's share of the total.")
    fill: bool | None = Field(default=None, description="Show periods that have no rows.")

    @model_validator(mode="after")
    def _ranked_within(self) -> Query:
        if not self.per:
            return self
        keys = {*self.dimensions, *(("period",) if self.grain else ())}
        if self.limit is None or self.other or not set(self.per) < keys:
            msg = "`per` names some, not all, of the query's keys, and goes with `limit`"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _unique(self) -> Query:
        for name, items in (("metrics", self.metrics), ("dimensions", self.dimensions)):
            if len(set(items)) != len(items):
                msg = f"{name} are named twice"
                raise ValueError(msg)
        return self
