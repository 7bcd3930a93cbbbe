"""`describe_method`: how scores and credits are made, without any figure of the company's."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from semantic_layer import QueryError
from semantic_layer.credit.models import MODELS, find_model
from semantic_layer.customer_roles import PartName
from semantic_layer.model import Text
from tools.base import Result, ToolContext, ToolDef

Topic = Literal["attribution", "health"]


class DescribeMethodArgs(BaseModel):
    """Which method to describe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: Topic = Field(description="attribution: the models; health: the health score.")
    models: tuple[str, ...] = Field(
        default=(), description="attribution: only these models; default: all of them."
    )


class ModelMeaning(Result):
    """One attribution model."""

    id: str
    label: Text
    meaning: Text


class PartWeight(Result):
    """One part of the health score; `weight` is its share of all declared weights, 0-1."""

    name: PartName
    weight: float


class MethodDescription(Result):
    """How something is computed.

    Attributes:
        models: Of attribution: those asked about.
        default: Id of the model in force when nobody names one.
        lookback_days: How far back touches count when nobody says.
        parts: Of health: the parts with their weights, heaviest first.
        good: Score from which a customer is well.
        poor: Score below which a customer is at risk.
    """

    topic: Topic
    models: tuple[ModelMeaning, ...] = ()
    default: str = ""
    lookback_days: int = 0
    parts: tuple[PartWeight, ...] = ()
    good: float = 0
    poor: float = 0


def _describe(args: DescribeMethodArgs, context: ToolContext) -> MethodDescription:
    if args.topic == "attribution":
        return _attribution(args.models, context)
    role = context.layer.definitions.roles.customer
    if role is None:
        raise QueryError(
            "NO_CUSTOMERS",
            "No customers are declared, so there is no health score.",
            hint="Declare `roles.customer`.",
        )
    weights = sorted(role.health.weights.items(), key=lambda item: -item[1])
    whole = sum(role.health.weights.values())
    return MethodDescription(
        topic="health",
        parts=tuple(PartWeight(name=name, weight=weight / whole) for name, weight in weights),
        good=role.health.good,
        poor=role.health.poor,
    )


def _attribution(models: tuple[str, ...], context: ToolContext) -> MethodDescription:
    settings = context.layer.project.config.attribution
    found = [find_model(m) for m in models] or list(MODELS.values())
    return MethodDescription(
        topic="attribution",
        models=tuple(ModelMeaning(id=m.id, label=m.label, meaning=m.meaning) for m in found),
        default=find_model(settings.model).id,
        lookback_days=settings.lookback_days,
    )


DESCRIBE_METHOD = ToolDef(
    name="describe_method",
    summary="Say how attribution models share revenue, or how the health score is made up.",
    args=DescribeMethodArgs,
    function=_describe,
)
