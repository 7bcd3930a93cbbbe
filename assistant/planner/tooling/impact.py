"""`智能工厂研讨会影响了多少商机`, `impact of the Hannover fair`: campaign_impact."""

from __future__ import annotations

from assistant.plan import Note
from assistant.planner.draft import Ask
from assistant.planner.tooling.setting import Setting


def impact_args(setting: Setting) -> dict[str, object]:
    """Return the arguments of an impact question.

    Raises:
        Ask: No campaign is named, or a condition could not be kept.
    """
    slots, touch = setting.slots, setting.roles.touchpoint
    dims = touch.dims if touch is not None else {}
    setting.refuse()
    named = [(v, d) for v in slots.values if not v.negate and (d := setting.dimension_of(v, dims))]
    kinds = list(dict.fromkeys(d for _, d in named))
    best = "campaign" if "campaign" in kinds else kinds[0] if kinds else None
    if best is None:
        raise Ask(
            Note(
                zh="哪个活动的影响？请写出活动名称（或渠道、活动类型）。",
                en="The impact of what? Name the campaign (or a channel or type).",
            )
        )
    chosen = [v for v, d in named if d == best]
    rest = setting.without(*chosen)
    stages = setting.roles.stages
    order = next((s for s in stages if s.kind == "order"), stages[-1] if stages else None)
    args: dict[str, object] = {
        "campaign": [x for v in chosen for s in v.senses if s.id == best for x in s.values],
        "dimension": best,
        "conversion": _conversion(setting),
        "models": list(slots.models),
        "time": setting.time(),
        "lookback_days": slots.lookback,
        "filters": setting.filters(rest, order.model) if rest and order else [],
    }
    if rest and order is None:
        raise Ask(Note(zh="没有声明转化阶段。", en="No stages are declared."))
    return {k: v for k, v in args.items() if v not in (None, [])}


def _conversion(setting: Setting) -> str | None:
    """Return the one stage with money that is asked for (`影响了多少订单`, `only orders`), if any."""
    stages = [setting.stage_of(metric) for metric in setting.slots.metrics]
    ids = {s.id if s is not None and s.amount is not None else None for s in stages}
    return ids.pop() if len(ids) == 1 else None
