"""From roles in YAML to what an attribution reads: which rows, whose, until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from semantic_layer import QueryError
from semantic_layer.compile.context import TimeKind
from semantic_layer.compile.verify import check_personal_dimensions
from semantic_layer.errors import suggest
from semantic_layer.model import Roles, StageRole, TouchpointRole
from semantic_layer.validate import normalise
from tools.attribution.contract import JourneyArgs
from tools.base import ToolContext

Whose = Literal["account", "person", "lead"]


@dataclass(frozen=True)
class Binding:
    """Everything about whose journeys are made of what, resolved and checked.

    Attributes:
        touch: Where touches are.
        stage: The conversion.
        whose: Whose touches make up a journey.
        lookback_days: How far back touches count.
    """

    touch: TouchpointRole
    stage: StageRole
    whose: Whose
    lookback_days: int
    args: JourneyArgs

    @property
    def end(self) -> str:
        """The time fragment of the conversion's model at which journeys end."""
        return self.stage.journey_end or self.stage.at


def bind(args: JourneyArgs, context: ToolContext) -> Binding:
    """Resolve the roles for one request.

    Raises:
        QueryError: The company declares no touchpoints or stages, or the request does not fit them.
    """
    roles = context.layer.definitions.roles
    if roles.touchpoint is None:
        raise QueryError(
            "NO_TOUCHPOINTS",
            "This company declares no touchpoints, so nothing can be credited.",
            hint="Declare `roles.touchpoint` in the definitions: model, id, at, account or person.",
        )
    if not roles.stages:
        raise QueryError(
            "NO_STAGES",
            "This company declares no stages, so there is nothing to credit.",
            hint="Declare `roles.stages` in the definitions.",
        )
    stage = find_stage(roles, args.conversion)
    if not context.layer.definitions.models[stage.model].key:
        raise QueryError("NO_KEY", f"Model `{stage.model}` has no key, so its rows have no id.")
    lookback = args.lookback_days or context.layer.project.config.attribution.lookback_days
    lead = _first(roles.stages, lambda s: s.kind == "lead") or roles.stages[0]
    whose = _whose(args.scope, roles, stage, lead)
    return Binding(roles.touchpoint, stage, whose, lookback, args)


def find_stage(roles: Roles, wanted: str | None) -> StageRole:
    """Return a stage by id or kind; without one, the order, else the last with an amount.

    Raises:
        QueryError: There is none of that name.
    """
    if wanted is None:
        stages = roles.stages[::-1]
        tests: tuple[Callable[[StageRole], bool], ...] = (
            lambda s: s.kind == "order",
            lambda s: s.amount is not None,
        )
        found = next((f for test in tests if (f := _first(stages, test))), None)
        return found or stages[0]
    found = _first(roles.stages, lambda s: wanted in {s.id, s.kind})
    if found is None:
        ids = [s.id for s in roles.stages]
        raise QueryError(
            "UNKNOWN_STAGE",
            f"There is no stage `{wanted}`.",
            hint="Stages: " + ", ".join(ids) + ".",
            candidates=suggest(wanted, ids),
            params={"stage": wanted},
        )
    return found


def _first(stages: Iterable[StageRole], test: Callable[[StageRole], bool]) -> StageRole | None:
    return next((s for s in stages if test(s)), None)


def _whose(wanted: Whose | None, roles: Roles, stage: StageRole, lead: StageRole) -> Whose:
    touch = roles.touchpoint
    via_lead = bool(stage.lead and lead.lead and lead.person)
    possible: dict[Whose, bool] = {
        "account": bool(touch and touch.account and stage.account),
        "person": bool(touch and touch.person and (stage.person or via_lead)),
        "lead": bool(touch and touch.person and via_lead),
    }
    offered = tuple(name for name, ok in possible.items() if ok)
    if wanted is not None and possible[wanted]:
        return wanted
    if wanted is None and offered:
        return offered[0]
    raise QueryError(
        "NO_JOURNEY_KEY",
        f"Touches and `{stage.id}` cannot be matched by {wanted or 'account or person'}.",
        hint="Declare `account` or `person` on the touchpoint and the stage.",
        candidates=offered,
        params={"stage": stage.id},
    )


def touch_fragment(binding: Binding, context: ToolContext, dimension: str) -> str:
    """Return the fragment of the touch model behind a dimension.

    Raises:
        DeniedError: It is personal data.
        QueryError: Touches do not have it.
    """
    definitions = context.layer.definitions
    own = definitions.models[binding.touch.model].dims | dict(binding.touch.dims)
    if dimension not in own:
        known = dimension in definitions.dimensions
        raise QueryError(
            "NOT_A_TOUCH_DIMENSION" if known else "UNKNOWN_DIMENSION",
            f"Touches have no dimension `{dimension}`.",
            hint="Touches have: " + ", ".join(own) + ".",
            candidates=suggest(dimension, own),
            params={"dimension": dimension},
        )
    check_personal_dimensions(context.layer.context, [dimension], context.scope)
    return own[dimension]


def check_filters(binding: Binding, context: ToolContext, dimensions: Sequence[str]) -> None:
    """Refuse a filter that conversions do not bind.

    Raises:
        QueryError: With the dimensions that would work, or where the filter belongs.
    """
    definitions = context.layer.definitions
    own = definitions.models[binding.stage.model].dims
    touched = definitions.models[binding.touch.model].dims | dict(binding.touch.dims)
    for name in dimensions:
        if name in own:
            continue
        hint = "It is a dimension of touches: use `touch_filters` or `groups`."
        raise QueryError(
            "NOT_A_CONVERSION_DIMENSION" if name in definitions.dimensions else "UNKNOWN_DIMENSION",
            f"Conversions `{binding.stage.id}` have no dimension `{name}`.",
            hint=hint if name in touched else "They have: " + ", ".join(own) + ".",
            candidates=suggest(name, own),
            params={"dimension": name},
        )


def is_dated_only(binding: Binding, context: ToolContext) -> bool:
    """Whether journeys end on a date without a time."""
    kind = context.layer.context.time_kind(binding.stage.model, binding.end)
    return kind is TimeKind.DATE


def resolve_value(value: str, dimension: str, context: ToolContext) -> str:
    """Return the one stored value that is meant.

    Raises:
        QueryError: None or several fit; with candidates.
    """
    known = [str(v) for v in context.layer.values(dimension, context.scope) if v is not None]
    if value in known:
        return value
    wanted = normalise(value)
    found = [k for k in known if normalise(k) == wanted] or [
        k for k in known if wanted in normalise(k)
    ]
    if len(found) == 1:
        return found[0]
    code = "AMBIGUOUS_VALUE" if found else "UNKNOWN_VALUE"
    count = (
        f"{len(found)} values of `{dimension}` match" if found else f"`{dimension}` has no value"
    )
    raise QueryError(
        code,
        f"{count} {value!r}.",
        hint="Name one of them in full." if found else "Check the name, or list the values.",
        candidates=found[:10] or suggest(value, known, limit=5),
        params={"value": value, "dimension": dimension},
    )
