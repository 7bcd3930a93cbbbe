"""The YAML dialect as pydantic models: what an analyst may write.

Every object is frozen and refuses unknown keys. SQL fragments (`expr`, `filter`, `dims`)
are written in DuckDB's dialect over the model's columns, computed columns and to-one
joins (`accounts.region`); the compiler parses and translates them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, model_validator

from semantic_layer.credit.spec import Credit, Parameter
from semantic_layer.customer_roles import CustomerRole
from semantic_layer.lead_roles import AccountRole, DealRole, IdentityRole, LeadRole, PersonRole
from semantic_layer.scoring import Scoring
from semantic_layer.spec import Id as Id
from semantic_layer.spec import Label as Label
from semantic_layer.spec import Lang as Lang
from semantic_layer.spec import NonEmpty as NonEmpty
from semantic_layer.spec import Span as Span
from semantic_layer.spec import SpanField as SpanField
from semantic_layer.spec import Spec as Spec
from semantic_layer.spec import Text as Text


class ValueSpec(Spec):
    """How one stored value of a dimension is shown and said."""

    label: Label | None = None
    synonyms: tuple[NonEmpty, ...] = ()


def _value_spec(value: object) -> object:
    return {"synonyms": value} if isinstance(value, list | tuple) else value


class Dimension(Spec):
    """Something to group or filter by, declared once and bound by each model."""

    label: Label
    synonyms: tuple[NonEmpty, ...] = ()
    description: str = ""
    type: Literal["text", "number", "boolean", "date"] = "text"
    values: dict[str, Annotated[ValueSpec, BeforeValidator(_value_spec)]] = {}
    groups: dict[NonEmpty, tuple[NonEmpty, ...]] = {}
    """What people say for several stored values at once: `events: [webinar, trade show]`."""
    order: tuple[str, ...] = ()
    parent: Id | None = None
    lexicon: bool = True
    """Whether its values may be recognised in questions (off for free text)."""
    personal: bool = False
    """Personal data: shown masked unless a policy opens it."""
    person: bool = False
    """Its values are people: what 谁 and who ask for (the first declared one that fits)."""


class Join(Spec):
    """A many-to-one join: `by` are columns here, matched to the key of `model` in order."""

    model: Id
    by: tuple[NonEmpty, ...]


def _join_by(value: object) -> object:
    if isinstance(value, dict) and isinstance(value.get("by"), str):
        return {**value, "by": [value["by"]]}
    return value


class Model(Spec):
    """One table (or governed query) with a declared grain."""

    source: NonEmpty | None = None
    query: NonEmpty | None = None
    """A SELECT over other models (every column written `alias.column`)."""
    credit: Credit | None = None
    """Rows that attribution makes of a stage and the touches before it."""
    label: Label | None = None
    description: str = ""
    key: tuple[NonEmpty, ...] = ()
    time: NonEmpty | None = None
    zone: str | None = None
    """Zone in which its TIMESTAMP columns are stored; default: the company's own."""
    types: dict[str, str] = {}
    columns: dict[Id, NonEmpty] = {}
    dims: dict[Id, NonEmpty] = {}
    joins: dict[Id, Annotated[Join, BeforeValidator(_join_by)]] = {}
    filter: NonEmpty | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_joins(cls, data: Any) -> Any:
        joins = data.get("joins") if isinstance(data, dict) else None
        if not isinstance(joins, dict):
            return data
        long = {
            alias: {"model": alias, "by": j} if isinstance(j, str | list) else j
            for alias, j in joins.items()
        }
        return {**data, "joins": {a: _join_by(j) for a, j in long.items()}}

    @model_validator(mode="after")
    def _one_origin(self) -> Model:
        if sum(origin is not None for origin in (self.source, self.query, self.credit)) != 1:
            msg = "give exactly one of `source` (a table), `query` (a SELECT over other models) and `credit`"
            raise ValueError(msg)
        return self


Agg = Literal["count", "count_distinct", "sum", "avg", "min", "max", "median", "percentile"]
ADDITIVE: frozenset[str] = frozenset({"count", "sum"})


class Exists(Spec):
    """A semi-join: the row counts only if a matching row exists (never multiplies rows)."""

    model: Id
    by: dict[NonEmpty, NonEmpty]
    """Column here -> column of `model`."""
    filter: NonEmpty | None = None
    time: NonEmpty | None = None
    """Time column of `model` for `within`; default: its own."""
    before: NonEmpty | None = None
    """Column here that the match must not be later than."""
    after: NonEmpty | None = None
    """Column here that the match must not be earlier than."""
    within: SpanField | None = None
    negate: bool = False

    @model_validator(mode="after")
    def _anchored(self) -> Exists:
        if self.before and self.after:
            msg = "give at most one of `before` and `after`"
            raise ValueError(msg)
        if self.within and not (self.before or self.after):
            msg = "`within` needs `before` or `after`: within that of what?"
            raise ValueError(msg)
        return self

    def __hash__(self) -> int:
        return hash(self.model_dump_json())


class MetricTest(Spec):
    """A check that `askmql test` runs: hand SQL with the same rows, or an assertion."""

    query: dict[str, Any] = {}
    sql: str | None = None
    check: str | None = None

    @model_validator(mode="after")
    def _some(self) -> MetricTest:
        if self.sql is None and self.check is None:
            msg = "a test needs `sql` or `check`"
            raise ValueError(msg)
        return self


class MetricBase(Spec):
    """What every metric carries."""

    label: Label
    synonyms: tuple[NonEmpty, ...] = ()
    description: str = ""
    unit: str = ""
    format: str = ""
    good: Literal["up", "down", "neutral"] = "up"
    level: Literal["why", "how", "what"] = "how"
    tier: Literal["gold", "silver", "bronze"] = "silver"
    owner: str = ""
    basis: str = ""
    """A named convention shown in each receipt: cohort or event, attribution model, window."""
    overlap: tuple[Id, ...] = ()
    """Dimensions whose groups overlap: their values must not be added up."""
    hidden: bool = False
    """A building block: usable in other metrics, not offered to people."""
    tests: tuple[MetricTest, ...] = ()


class SimpleMetric(MetricBase):
    """One aggregate over one model."""

    type: Literal["simple"] = "simple"
    model: Id
    agg: Agg
    expr: NonEmpty | None = None
    percentile: float | None = Field(default=None, gt=0, lt=1)
    filter: NonEmpty | None = None
    time: NonEmpty | None = None
    exists: tuple[Exists, ...] = ()
    per: NonEmpty | None = None
    """Column: each of its values counts once in every group (for overlapping groups)."""
    empty: Literal["null", "zero"] = "null"
    parameters: tuple[Parameter, ...] = ()
    """What a question may set: the attribution model and lookback of credited rows."""

    @model_validator(mode="before")
    @classmethod
    def _one_exists(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("exists"), dict):
            return {**data, "exists": [data["exists"]]}
        return data

    @model_validator(mode="after")
    def _needs(self) -> SimpleMetric:
        if self.agg != "count" and self.expr is None:
            msg = f"agg {self.agg} needs `expr`"
            raise ValueError(msg)
        _check_percentile(self.agg, self.percentile)
        if self.per is not None and self.agg not in {"count", "sum", "count_distinct"}:
            msg = f"`per` goes with count and sum, not with {self.agg}"
            raise ValueError(msg)
        return self


def _check_percentile(agg: str, percentile: float | None) -> None:
    if (agg == "percentile") != (percentile is not None):
        msg = "`percentile` (0-1) goes with agg percentile, and only with it"
        raise ValueError(msg)


class SnapshotMetric(MetricBase):
    """A stock: its value at the end of each period (semi-additive over time).

    Exactly one way to say what is in stock at an instant: from `opened` until `closed`,
    an event `within` a length of time before it, or the last `snapshot` date's rows.
    """

    type: Literal["snapshot"]
    model: Id
    agg: Agg
    expr: NonEmpty | None = None
    percentile: float | None = Field(default=None, gt=0, lt=1)
    filter: NonEmpty | None = None
    opened: NonEmpty | None = None
    closed: NonEmpty | None = None
    within: SpanField | None = None
    snapshot: NonEmpty | None = None
    idle: NonEmpty | None = None
    """Column of the last activity: in stock only when older than `idle_for`."""
    idle_for: SpanField | None = None
    empty: Literal["null", "zero"] = "null"

    @model_validator(mode="after")
    def _one_way(self) -> SnapshotMetric:
        ways = [self.opened is not None, self.within is not None, self.snapshot is not None]
        if sum(ways) != 1:
            msg = "give exactly one of `opened`, `within` and `snapshot`"
            raise ValueError(msg)
        if self.opened is None and (self.closed or self.idle):
            msg = "`closed` and `idle` go with `opened`"
            raise ValueError(msg)
        _check_percentile(self.agg, self.percentile)
        if (self.idle is None) != (self.idle_for is None):
            msg = "`idle` and `idle_for` go together"
            raise ValueError(msg)
        if self.agg != "count" and self.expr is None:
            msg = f"agg {self.agg} needs `expr`"
            raise ValueError(msg)
        return self


class RatioMetric(MetricBase):
    """`numerator` / `denominator`, divided after aggregation."""

    type: Literal["ratio"]
    numerator: Id
    denominator: Id


class DerivedMetric(MetricBase):
    """Arithmetic over other metrics."""

    type: Literal["derived"]
    expr: NonEmpty


class CumulativeMetric(MetricBase):
    """A running total, a rolling window or a to-date value of a simple metric."""

    type: Literal["cumulative"]
    of: Id
    window: SpanField | None = None
    to_date: Literal["week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"] | None = (
        None
    )

    @model_validator(mode="after")
    def _one_kind(self) -> CumulativeMetric:
        if self.window is not None and self.to_date is not None:
            msg = "give at most one of `window` and `to_date`"
            raise ValueError(msg)
        return self


class ConversionMetric(MetricBase):
    """Share of a cohort that converted, counted in the cohort's own period."""

    type: Literal["conversion"]
    model: Id
    base: NonEmpty
    converted: NonEmpty
    within: SpanField | None = None
    immature: Literal["keep", "flag", "drop"] = "flag"
    filter: NonEmpty | None = None


class CompareMetric(MetricBase):
    """A metric against itself an `offset` earlier."""

    type: Literal["compare"]
    of: Id
    offset: SpanField
    calc: Literal["value", "delta", "pct"] = "pct"


Metric = Annotated[
    SimpleMetric
    | SnapshotMetric
    | RatioMetric
    | DerivedMetric
    | CumulativeMetric
    | ConversionMetric
    | CompareMetric,
    Field(discriminator="type"),
]


class TouchpointRole(Spec):
    """Which model holds marketing touches, and which columns say who, when and where."""

    model: Id
    id: NonEmpty
    at: NonEmpty
    person: NonEmpty | None = None
    account: NonEmpty | None = None
    marketing: NonEmpty | None = None
    """True for a touch of marketing (not a sales call, a partner ...)."""
    direct: NonEmpty | None = None
    """True for a touch without a source of its own, which last_non_direct passes over."""
    dims: dict[Id, NonEmpty] = {}


StageKind = Literal["lead", "opportunity", "order", "payment"]


class StageRole(Spec):
    """One stage of the funnel, in order: which model and time column enter it."""

    id: Id
    label: Label
    synonyms: tuple[NonEmpty, ...] = ()
    model: Id
    at: NonEmpty
    metric: Id | None = None
    amount: NonEmpty | None = None
    filter: NonEmpty | None = None
    void: NonEmpty | None = None
    person: NonEmpty | None = None
    account: NonEmpty | None = None
    lead: NonEmpty | None = None
    deal: NonEmpty | None = None
    """Key of the opportunity: links stages more closely than the lead does."""
    closed: NonEmpty | None = None
    """Time at which the item left the funnel (lost, disqualified); empty while it is open."""
    moved: NonEmpty | None = None
    """Time of the item's last move within the stage; default: when it entered."""
    kind: StageKind | None = None
    """What the stage is to attribution; a stage named lead, opportunity, order or payment is that."""
    journey_end: NonEmpty | None = None
    """Time at which the journey ends; default `at`. A payment's is the signing of its order, so
    that a refund takes back the very credits that the order was given."""
    currency: NonEmpty | None = None
    """Currency code of `amount`, when it can differ: amounts of several are never added."""
    milestones: dict[Literal["lead", "opportunity"], NonEmpty] = {}
    """Time at which the row's own lead or opportunity was made, as a fragment here."""

    @model_validator(mode="before")
    @classmethod
    def _kind_of_id(cls, data: Any) -> Any:
        named = isinstance(data, dict) and data.get("id") in get_args(StageKind)
        return {"kind": data["id"], **data} if named else data


class CostRole(Spec):
    """A model that holds money spent, with the dimensions it is spent on."""

    model: Id
    amount: NonEmpty
    at: NonEmpty


class Roles(Spec):
    """How tools find what they need without knowing a table."""

    touchpoint: TouchpointRole | None = None
    stages: tuple[StageRole, ...] = ()
    cost: tuple[CostRole, ...] = ()
    person: PersonRole | None = None
    account: AccountRole | None = None
    lead: LeadRole | None = None
    deal: DealRole | None = None
    identity: IdentityRole | None = None
    customer: CustomerRole | None = None


class Ambiguity(Spec):
    """A word people use for several metrics: asked back unless the readings agree."""

    metrics: tuple[Id, ...] = Field(min_length=2)
    beside: bool = False
    """Taken as the one that comes from the same table as the metrics named beside it, if any."""


class Bundle(Spec):
    """A word that stands for several metrics shown together, with fixed filters."""

    label: Label
    synonyms: tuple[NonEmpty, ...] = ()
    metrics: tuple[Id, ...] = Field(min_length=1)
    filters: dict[Id, tuple[NonEmpty, ...]] = {}


class DefinitionFile(Spec):
    """One YAML file of definitions."""

    version: Literal[1] = 1
    dimensions: dict[Id, Dimension] = {}
    models: dict[Id, Model] = {}
    metrics: dict[Id, Metric] = {}
    roles: Roles | None = None
    ambiguous: dict[NonEmpty, Ambiguity] = {}
    bundles: dict[Id, Bundle] = {}
    scoring: Scoring | None = None
    defaults: dict[str, Any] = {}
