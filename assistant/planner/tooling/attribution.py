"""`按U型归因各渠道贡献`, `compare first and last touch by campaign type`: attribute_revenue."""

from __future__ import annotations

import re

from assistant.plan import Note
from assistant.planner.draft import Ask
from assistant.planner.slots import ValueSlot
from assistant.planner.tooling.setting import Setting
from semantic_layer.compile.facts import leaf_models
from semantic_layer.model import StageRole, TouchpointRole
from semantic_layer.query import Value


def attribution_args(setting: Setting) -> dict[str, object]:
    """Return the arguments of an attribution.

    Raises:
        Ask: Something is missing, or could not be kept.
    """
    slots = setting.slots
    setting.refuse(ranked=True)
    touch = _touch(setting)
    by, groups, rest = _credited(setting, touch)
    stage, measure = _conversion(setting)
    args: dict[str, object] = {
        "models": list(slots.models) or _every_model(setting),
        "by": by,
        "groups": groups,
        "conversion": stage.id if stage else None,
        "measure": measure,
        "time": setting.time(),
        "lookback_days": slots.lookback,
        "half_life_days": slots.half_life,
        "limit": slots.limit if slots.limit is not None else 1 if slots.superlative else None,
        "recommend": "choose_model" in slots.intents,
    }
    args |= _filters(setting, touch, stage, rest)
    return {k: v for k, v in args.items() if v not in (None, [], False)}


_EVERY = re.compile(
    r"(?:各|各个|各种|每个|每种|不同|几种|几个|多种|多个|所有|全部)(?:的)?归因(?:模型|方法|方式)"
    r"|归因(?:模型|方法|方式)(?:间|之间)?的?(?:对比|比较|差异)|(?:对比|比较)(?:一下)?归因(?:模型|方法)|归因(?:对比|比较)|attribution comparison"
    r"|(?:different|all|each|every|various|several|across|by|compare) (?:the )?attribution (?:model|method)s?"
)
_COMPARED = ("first_touch", "last_touch", "linear", "u_shaped")


def _every_model(setting: Setting) -> list[str]:
    """Return the usual models where several were asked for and none is named, the default first."""
    if not _EVERY.search(setting.slots.text):
        return []
    default = setting.layer.project.config.attribution.model
    setting.notes.append(
        Note(
            zh="未点名归因模型，对比默认模型与首次、末次、线性、U型；其他模型可点名",
            en="no model named: the default beside first, last, linear and U; others can be named",
        )
    )
    return list(dict.fromkeys((default, *_COMPARED)))


def evidence_args(setting: Setting) -> dict[str, object]:
    """Return the arguments that explain one conversion: 哪些活动影响了订单 X.

    Raises:
        Ask: The conversion is not named.
    """
    slots = setting.slots
    if len(slots.unknown) != 1:
        raise Ask(
            Note(
                zh="请给出订单编号，例如「哪些活动影响了订单号 1024」。",
                en="Which one? Give its id, for example “what influenced order id 1024”.",
            )
        )
    dims = _touch(setting).dims
    asked = [d for d in slots.dimensions if d in dims]
    args: dict[str, object] = {"explain": slots.unknown.pop(), "models": list(slots.models)}
    by = asked[0] if asked else "campaign" if "campaign" in dims else None
    args |= {"by": by, "lookback_days": slots.lookback}
    return {k: v for k, v in args.items() if v not in (None, [])}


def _touch(setting: Setting) -> TouchpointRole:
    touch = setting.roles.touchpoint
    if touch is None:
        raise Ask(
            Note(
                zh="这家公司没有声明触点（roles.touchpoint），不能做归因。",
                en="No touchpoints are declared (roles.touchpoint): attribution is not possible.",
            )
        )
    return touch


def _credited(setting: Setting, touch: TouchpointRole) -> tuple[str, list[Value], list[ValueSlot]]:
    """Return the credited dimension, its values if some were named, and the other values."""
    slots = setting.slots
    bound = {**setting.layer.context.model(touch.model).dims, **touch.dims}
    usable = [d for d in slots.dimensions if d in bound]
    if len(slots.dimensions) > 1 or len(usable) != len(slots.dimensions):
        raise Ask(
            Note(
                zh="功劳记到哪个维度？一次选一个触点维度。",
                en="Credit what? Name one dimension of the touches.",
            ),
            tuple(_label(setting, d) for d in touch.dims),
        )
    order = setting.layer.context.definitions.dimensions
    if usable:
        by = usable[0]
    else:
        named = [d for v in slots.values for s in v.senses if (d := s.id) in touch.dims]
        by = named[0] if named else next((d for d in order if d in touch.dims), next(iter(bound)))
        if not named and "channel" in touch.dims:
            by = "channel"
    own = [v for v in slots.values if any(s.id == by for s in v.senses) and not v.negate]
    groups = [x for v in own for s in v.senses if s.id == by for x in s.values]
    return by, groups, setting.without(*own)


def _label(setting: Setting, dimension: str) -> Note:
    label = setting.layer.definitions.dimensions[dimension].label
    return Note(zh=label.get("zh"), en=label.get("en"))


def _conversion(setting: Setting) -> tuple[StageRole | None, str | None]:
    """Return what is credited; words such as 贡献 and 收入 mean the default, an order."""
    slots = setting.slots
    counted_on = [m for m in slots.metrics if not _is_attributed(setting, m)]
    found = [(m, setting.stage_of(m) if _is_counted(setting, m) else None) for m in counted_on]
    lost = [m for m, s in found if s is None]
    if lost or len({s.id for _, s in found if s}) > 1 or slots.bundles or slots.per:
        raise Ask(
            Note(
                zh="归因到哪种转化？线索、商机、订单等一次选一个。",
                en="Credit which conversion? Name one: leads, opportunities, orders, …",
            ),
            tuple(Note(zh=s.label.get("zh"), en=s.label.get("en")) for s in setting.roles.stages),
        )
    if not found:
        return None, None
    metric, stage = found[0]
    counted = setting.layer.definitions.metrics[metric]
    money = getattr(counted, "agg", "") == "sum"
    return stage, "amount" if money else "count"


def _is_counted(setting: Setting, metric: str) -> bool:
    """Whether a metric counts or adds up conversions: a rate of them cannot be credited."""
    known = setting.layer.definitions.metrics[metric]
    is_stage = any(s.metric == metric for s in setting.roles.stages)
    return is_stage or getattr(known, "agg", "") in {"count", "count_distinct", "sum"}


def _is_attributed(setting: Setting, metric: str) -> bool:
    """Whether a metric is itself credit to touches: it names the result, not the conversion."""
    touch, ctx = setting.roles.touchpoint, setting.layer.context
    models = [ctx.model(m) for m in leaf_models(ctx, metric)]
    return touch is not None and any(
        m.credit is not None or re.search(rf"\b{re.escape(touch.model)}\b", m.query or "")
        for m in models
    )


def _filters(
    setting: Setting, touch: TouchpointRole, stage: StageRole | None, rest: list[ValueSlot]
) -> dict[str, object]:
    """Return the other values: conditions on the conversions, else on the touches."""
    stages = setting.roles.stages
    target = stage or next((s for s in stages if s.kind == "order"), stages[-1] if stages else None)
    own = setting.layer.context.model(target.model).dims if target else {}
    touched = [v for v in rest if v.negate and setting.dimension_of(v, touch.dims)]
    conversions = [v for v in rest if v not in touched and setting.dimension_of(v, own)]
    touches = setting.without(*conversions, *(v for v in setting.slots.values if v not in rest))
    out: dict[str, object] = {}
    if conversions and target is not None:
        out["filters"] = setting.filters(conversions, target.model)
    if touches:
        out["touch_filters"] = setting.filters(touches, touch.model)
    return out
