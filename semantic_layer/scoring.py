"""`scoring:` in the definitions: points, levels and what a model is trained on."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from semantic_layer.spec import Id, Label, NonEmpty, Span, SpanField, Spec
from semantic_layer.timegrain import TimeGrain

Points = Annotated[float, Field(ge=-1000, le=1000)]
GRAIN_DAYS = {
    TimeGrain.DAY: 1,
    TimeGrain.WEEK: 7,
    TimeGrain.MONTH: 30,
    TimeGrain.QUARTER: 91,
    TimeGrain.YEAR: 365,
}


def days_of(span: Span) -> int:
    """Return a length of time in days (a month counts 30)."""
    return span.count * GRAIN_DAYS[span.grain]


class AttributeRule(Spec):
    """Points for what a lead is: `when` is a condition on the lead's model."""

    id: Id
    label: Label
    when: NonEmpty
    points: Points


class BehaviourRule(Spec):
    """Points for what a person did: each touch counts, less as it ages, up to a cap."""

    id: Id
    label: Label
    when: NonEmpty
    points: Points
    half_life: SpanField = Span(count=30, grain=TimeGrain.DAY)
    """After this long a touch is worth half."""
    within: SpanField = Span(count=180, grain=TimeGrain.DAY)
    """Older touches count nothing."""
    cap: Annotated[float, Field(gt=0, le=1000)] = 30


class SomeOf(Spec):
    """At least so many of the named rules hold: "any two of A, B, C"."""

    at_least: int = Field(ge=1)
    of: tuple[Id, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _reachable(self) -> SomeOf:
        if self.at_least > len(set(self.of)):
            msg = f"`at_least: {self.at_least}` of {len(set(self.of))} rules can never hold"
            raise ValueError(msg)
        return self


class Level(Spec):
    """A threshold such as MQL: enough points, or some of the rules, and what is required."""

    id: Id
    label: Label
    min_score: float | None = None
    any_of: SomeOf | None = None
    require: SomeOf | None = None

    @model_validator(mode="after")
    def _some_way(self) -> Level:
        if self.min_score is None and self.any_of is None:
            msg = "a level needs `min_score` or `any_of`"
            raise ValueError(msg)
        return self


class ModelSpec(Spec):
    """What the propensity model learns: which stage is reached within how long.

    `known_after` is how long after its creation a lead is scored: only touches up to then
    are features.
    """

    outcome: Id
    within: SpanField
    known_after: SpanField = Span(count=1, grain=TimeGrain.DAY)
    features: dict[Id, NonEmpty] = {}
    """Columns of the lead; default: the lead role's attributes."""
    late: tuple[Id, ...] = ()
    """Features known to be filled in after the outcome."""
    fairness: tuple[Id, ...] = ()
    """Features whose groups are compared in the report."""


class Scoring(Spec):
    """Rule scores of leads, from the highest level to the lowest."""

    max_score: float = Field(default=100, gt=0)
    attributes: tuple[AttributeRule, ...] = ()
    behaviours: tuple[BehaviourRule, ...] = ()
    levels: tuple[Level, ...] = ()
    hot_after: SpanField = Span(count=7, grain=TimeGrain.DAY)
    """The length of time in which recent activity makes a call urgent."""
    model: ModelSpec | None = None

    @model_validator(mode="after")
    def _known_rules(self) -> Scoring:
        ids = [*(r.id for r in self.attributes), *(r.id for r in self.behaviours)]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            msg = f"rule `{twice[0]}` is given twice"
            raise ValueError(msg)
        for level in self.levels:
            for some in (level.any_of, level.require):
                unknown = [i for i in some.of if i not in ids] if some else []
                if unknown:
                    msg = f"level `{level.id}` names an unknown rule `{unknown[0]}`"
                    raise ValueError(msg)
        return self
