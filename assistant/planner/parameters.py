"""`按线性归因看归因收入`, `ROI with last touch`: what a question sets of the metrics it names."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.plan import Note
from assistant.planner.draft import Ask
from assistant.planner.slots import Slots
from semantic_layer import SemanticLayer
from semantic_layer.compile.parameters import credit_uses, open_twin, taken, takers
from semantic_layer.credit.spec import RULES
from semantic_layer.query import Parameters

_ELSE = frozenset({"choose_model", "deal_word", "influence", "journey", "stuck"})
_SAID = {
    "model": ("归因模型", "an attribution model"),
    "lookback_days": ("回溯天数", "a lookback"),
    "half_life_days": ("半衰期", "a half-life"),
}


def asks_metric(layer: SemanticLayer, slots: Slots) -> bool:
    """Whether a model is named for metrics that take one, so that no analysis is needed.

    A metric of a fixed model (`末次归因收入`) gives way to the one of any model when another
    model is named. Several models side by side, and models that learn, are an analysis.
    """
    if slots.intents & _ELSE or slots.bundles or slots.per or not slots.metrics:
        return False
    if len(slots.models) != 1 or slots.models[0] not in RULES:
        return False
    twins = [open_twin(layer.context, m) for m in slots.metrics]
    opened = [twin or m for twin, m in zip(twins, slots.metrics, strict=True)]
    if not any("model" in taken(layer.context, m) for m in opened):
        return False
    slots.metrics[:] = dict.fromkeys(opened)
    return True


def open_models(layer: SemanticLayer, slots: Slots) -> None:
    """`U型和线性归因收入` names two models, though the second is a metric of its own."""
    if not slots.models:
        return
    for i, metric in enumerate(slots.metrics):
        twin = open_twin(layer.context, metric)
        if twin is not None:
            slots.metrics[i] = twin
            own = [u.model.id for u in credit_uses(layer.context, metric)]
            slots.models += [m for m in own if m not in slots.models]


def on_credit(layer: SemanticLayer, slots: Slots) -> bool:
    """Whether a question is about attribution, or about what is computed by it."""
    if "attribution" in slots.intents or "归因" in slots.text or "attribut" in slots.text:
        return True
    metrics = (open_twin(layer.context, m) or m for m in slots.metrics)
    return any("model" in taken(layer.context, m) for m in metrics)


def settle_bare(layer: SemanticLayer, slots: Slots) -> None:
    """`换成线性` after a question on attribution, or on what is computed by it, names a model."""
    if on_credit(layer, slots):
        slots.unclear = [word for word in slots.unclear if word not in slots.bare_models]


def parameters_of(layer: SemanticLayer, slots: Slots, metrics: Sequence[str]) -> Parameters | None:
    """Return what the question sets; nothing when it sets nothing.

    Raises:
        Ask: It sets what none of the metrics takes.
    """
    said = {
        "model": slots.models[0] if slots.models else None,
        "lookback_days": slots.lookback,
        "half_life_days": slots.half_life,
    }
    given = {name: value for name, value in said.items() if value is not None}
    known = frozenset().union(*(taken(layer.context, m) for m in metrics))
    lost = [name for name in given if name not in known]
    if lost:
        raise _not_taken(layer, lost[0])
    return Parameters.model_validate(given) if given else None


def _not_taken(layer: SemanticLayer, name: str) -> Ask:
    zh, en = _SAID[name]
    offered = takers(layer.context, name)  # type: ignore[arg-type]  # one of the three names
    labels = [layer.definitions.metrics[m].label for m in offered[:6]]
    return Ask(
        Note(
            zh=f"这个指标不按归因计算，{zh}对它不起作用。可以问：",
            en=f"This metric is not computed by attribution: {en} has no effect on it. Ask for one of these:",
        ),
        tuple(Note(zh=t.get("zh"), en=t.get("en")) for t in labels),
    )
