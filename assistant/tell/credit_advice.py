"""A recommended attribution model in words, and how sure that is."""

from __future__ import annotations

from assistant.tell.credit_table import Teller
from tools.attribution.contract import Recommendation

_LOOSE = 0.1
"""Distance of fitted weights from what the journeys show, above which they say little."""
_ADVICE = {
    "zh": {
        "scored": "建议使用{model}：在 {n} 个完整季度上与马尔可夫链的分配平均相差 {best}{others}。",
        "others": "，没有别的模型再接近 {margin} 以上（{list}）", "other": "{model} {distance}",
        "loose": "相差都较大，任何按位置的模型都只能作参考。",
        "cycle": "建议使用{model}：完整季度不足 {least} 个，无法比较各模型，只按转化周期判断。",
        "facts": "转化周期中位数 {cycle} 天，{several} 的转化有多个触点。",
        "custom": "自定义权重更好：{weights}。按留出季度检验，比{model}再接近 {gain}。",
        "plain": "自定义权重没有通过留出季度检验（{gain}，至少需要 {margin}），不建议使用。",
        "stable": "各季度结论一致。", "shaky": "各季度差异较大，建议每季度复盘。",
        "unknown": "季度不足，暂不能判断稳定性。", "better": "再接近 {gain}", "worse": "反而差 {gain}",
    },
    "en": {
        "scored": "Recommended: {model}. Over {n} full quarters its shares are on average {best} from the Markov chain's{others}.",
        "others": "; no other model is nearer by {margin} ({list})", "other": "{model} {distance}",
        "loose": "All are far off: a model by position is for orientation only.",
        "cycle": "Recommended: {model}. Fewer than {least} full quarters, so models cannot be compared; this follows the cycle alone.",
        "facts": "Median cycle {cycle} days; {several} of conversions have several touches.",
        "custom": "Custom weights do better: {weights}. On held-out quarters they are {gain} nearer than {model}.",
        "plain": "Custom weights did not pass on held-out quarters ({gain}; {margin} wanted): not recommended.",
        "stable": "The quarters agree.", "shaky": "The quarters differ: review every quarter.",
        "unknown": "Too few quarters to judge stability.", "better": "{gain} nearer", "worse": "{gain} further off",
    },
}  # fmt: skip
_ENDS = {"first": ("首个", "first"), "middle": ("中间", "middle"), "last": ("末个", "last")}


def advice(teller: Teller, found: Recommendation) -> list[str]:
    """Return the lines about a recommendation: the model, the facts, custom weights, stability."""
    from semantic_layer.credit.models import find_model
    from tools.attribution.recommend import LEAST_QUARTERS, MARGIN

    zh = teller.lang == "zh"
    w = _ADVICE["zh" if zh else "en"]
    model = find_model(found.model).label.get(teller.lang)
    cycle = "—" if found.median_cycle_days is None else f"{found.median_cycle_days:.0f}"
    facts = w["facts"].format(cycle=cycle, several=teller.text(found.several_touches_share, "%"))
    stable = w[{True: "stable", False: "shaky", None: "unknown"}[found.is_stable]]
    if not found.quarters or found.gain is None:
        return [w["cycle"].format(model=model, least=LEAST_QUARTERS), facts, stable]
    best = teller.text(found.distances[found.model], "%")
    margin = teller.text(MARGIN, "%")
    ranked = sorted(found.distances.items(), key=lambda item: item[1])
    others = teller.w["list"].join(
        w["other"].format(
            model=find_model(name).label.get(teller.lang), distance=teller.text(distance, "%")
        )
        for name, distance in ranked
        if name != found.model
    )
    said = w["others"].format(margin=margin, list=others)
    lines = [w["scored"].format(model=model, n=len(found.quarters), best=best, others=said), facts]
    lines += [w["loose"]] if found.distances[found.model] > _LOOSE else []
    gain = teller.text(abs(found.gain), "%")
    if found.is_custom_better:
        weights = teller.w["list"].join(
            f"{_ENDS[end][not zh]} {teller.text(weight, '%')}"
            for end, weight in found.weights.items()
        )
        lines.append(w["custom"].format(weights=weights, model=model, gain=gain))
    else:
        side = w["better" if found.gain > 0 else "worse"].format(gain=gain)
        lines.append(w["plain"].format(gain=side, margin=margin))
    return [*lines, stable]
