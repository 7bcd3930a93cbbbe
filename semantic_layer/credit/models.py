"""The attribution models as data: who gets which share of one conversion.

A position model gives shares to roles (first, lead, opportunity, close, last non-direct touch)
and spreads the rest evenly over touches without a role. Shares of several roles on one touch
add; a role that is missing is dropped, so is the rest when no touch is left for it, and what
remains is scaled to 1. That one rule yields 50/50 for two touches of a U and 100 % for one.

A ratio model gives each touch a raw weight, scaled to 1. A path model (Markov) credits groups
over all journeys at once, so it has no weights per conversion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from semantic_layer.errors import QueryError, suggest
from semantic_layer.spec import Text

Role = Literal["first", "lead", "opportunity", "last", "last_non_direct"]
ROLES: tuple[Role, ...] = ("first", "lead", "opportunity", "last", "last_non_direct")
MILESTONES: frozenset[str] = frozenset({"lead", "opportunity"})
Raw = Literal["time_decay", "shapley", "markov_path"]


@dataclass(frozen=True)
class Model:
    """One way to share a conversion among its touches.

    Attributes:
        shares: Role -> percent of the conversion.
        middle: Percent spread evenly over the touches without a role.
        raw: The raw weight of a ratio model.
        order: Touches in a state of a Markov chain; 0 for every other model.
        is_game: Values sets of groups by their conversion rate.
        data_driven: Learned from many journeys, so it needs many.
    """

    id: str
    label: Text
    meaning: Text
    shares: Mapping[Role, float] = field(default_factory=dict)
    middle: float = 0
    raw: Raw | None = None
    order: int = 0
    is_game: bool = False
    data_driven: bool = False

    @property
    def milestones(self) -> frozenset[str]:
        """Milestones whose dates the model cannot do without."""
        return frozenset(self.shares) & MILESTONES

    @property
    def per_touch(self) -> bool:
        """Whether it gives weights to the touches of one conversion."""
        return self.order == 0 and not self.is_game


def _model(
    model_id: str, zh: str, en: str, zh_meaning: str, meaning: str, /, **parts: object
) -> Model:
    text = Text(zh=zh_meaning, en=meaning)
    return Model(model_id, Text(zh=zh, en=en), text, **parts)  # type: ignore[arg-type]  # a table of literals


MODELS: Mapping[str, Model] = {
    m.id: m
    for m in (
        _model("first_touch", "首次接触", "First touch",
               "首个触点得 100%", "the first touch takes all", shares={"first": 100}),
        _model("last_touch", "末次接触", "Last touch",
               "末个触点得 100%", "the last touch takes all", shares={"last": 100}),
        _model("last_non_direct", "末次非直接", "Last non-direct touch",
               "末个非直接访问触点得 100%，全为直接访问时取末个",
               "the last touch that is not direct takes all; the last if all are direct",
               shares={"last_non_direct": 100}),
        _model("linear", "线性", "Linear",
               "每个触点平分", "every touch takes the same", middle=100),
        _model("u_shaped", "U型", "U-shaped",
               "首个 40%、末个 40%，其余平分 20%", "first 40 %, last 40 %, the rest share 20 %",
               shares={"first": 40, "last": 40}, middle=20),
        _model("u_lead", "U型（首次与留资）", "U-shaped, first and lead",
               "首个 40%、留资触点 40%，其余平分 20%",
               "first 40 %, lead creation 40 %, the rest share 20 %",
               shares={"first": 40, "lead": 40}, middle=20),
        _model("u_lead_50", "U型（首次与留资各半）", "U-shaped, first and lead only",
               "首个 50%、留资触点 50%", "first 50 %, lead creation 50 %",
               shares={"first": 50, "lead": 50}),
        _model("j_shaped", "J型", "J-shaped",
               "首个 20%、末个 60%，其余平分 20%", "first 20 %, last 60 %, the rest share 20 %",
               shares={"first": 20, "last": 60}, middle=20),
        _model("inverse_j", "反J型", "Inverse J",
               "首个 60%、末个 20%，其余平分 20%", "first 60 %, last 20 %, the rest share 20 %",
               shares={"first": 60, "last": 20}, middle=20),
        _model("w_shaped", "W型", "W-shaped",
               "首个、留资、商机触点各 30%，其余平分 10%",
               "first, lead and opportunity creation 30 % each, the rest share 10 %",
               shares={"first": 30, "lead": 30, "opportunity": 30}, middle=10),
        _model("full_path", "全路径", "Full path",
               "首个、留资、商机、成交触点各 22.5%，其余平分 10%",
               "first, lead, opportunity and closing touch 22.5 % each, the rest share 10 %",
               shares={"first": 22.5, "lead": 22.5, "opportunity": 22.5, "last": 22.5}, middle=10),
        _model("time_decay", "时间衰减", "Time decay",
               "每早一个半衰期减半", "halves with every half-life before the conversion",
               raw="time_decay"),
        _model("shapley", "夏普利值", "Shapley (sum game)",
               "一次转化由参与的不同分组平分", "the distinct groups of a journey share it evenly",
               raw="shapley", data_driven=True),
        _model("markov", "马尔可夫链", "Markov chain",
               "按移除效应分配（一阶，精确解）", "by removal effect, order 1, exact",
               order=1, data_driven=True),
        _model("markov_2", "二阶马尔可夫链", "Markov chain, order 2",
               "按移除效应分配（二阶，精确解）", "by removal effect, order 2, exact",
               order=2, data_driven=True),
        _model("markov_path", "马尔可夫（逐单）", "Markov, per conversion",
               "单次转化内按触点分组的移除效应分配",
               "within a conversion, in proportion to the removal effect of the touch's group",
               raw="markov_path", data_driven=True),
        _model("shapley_rate", "夏普利值（转化率博弈）", "Shapley (conversion-rate game)",
               "以分组组合的转化率为价值的夏普利值，可能为负",
               "Shapley value of the conversion rate of sets of groups; may be negative",
               is_game=True, data_driven=True),
    )
}  # fmt: skip

ALIASES: Mapping[str, str] = {
    "first": "first_touch", "last": "last_touch", "u": "u_shaped", "position_based": "u_shaped",
    "j": "j_shaped", "inverse_j_shaped": "inverse_j", "w": "w_shaped", "decay": "time_decay",
    "full": "full_path", "shapley_sum": "shapley", "markov_order2": "markov_2",
}  # fmt: skip


def find_model(model_id: str, custom: Model | None = None) -> Model:
    """Return a model by id or usual name; `custom` is the one made of the asker's weights.

    Raises:
        QueryError: There is none of that name, or custom weights are missing.
    """
    name = ALIASES.get(model_id, model_id)
    if name == "custom":
        if custom is None:
            raise QueryError(
                "WEIGHTS_MISSING",
                "The custom model needs `weights`.",
                hint='Give for example {"first": 50, "middle": 20, "last": 30}.',
            )
        return custom
    if name not in MODELS:
        raise QueryError(
            "UNKNOWN_MODEL",
            f"There is no attribution model `{model_id}`.",
            hint="Models: " + ", ".join((*MODELS, "custom")) + ".",
            candidates=suggest(name, (*MODELS, "custom")),
            params={"model": model_id},
        )
    return MODELS[name]


def custom_model(weights: Mapping[str, float]) -> Model:
    """Return the model of weights by role and `middle`, in any unit; they are scaled to 1.

    Raises:
        QueryError: A role is unknown, a weight negative, or all are 0.
    """
    known = (*ROLES, "middle")
    for name, weight in weights.items():
        if name not in known:
            raise QueryError(
                "BAD_WEIGHTS",
                f"`{name}` is not a position; weights go to {', '.join(known)}.",
                candidates=suggest(name, known),
            )
        if not 0 <= weight < float("inf"):
            raise QueryError("BAD_WEIGHTS", f"The weight of `{name}` must be 0 or more.")
    total = sum(weights.values())
    if total <= 0:
        raise QueryError("BAD_WEIGHTS", "At least one weight must be above 0.")
    parts = {name: 100 * weight / total for name, weight in weights.items()}
    middle = parts.pop("middle", 0.0)
    said = ", ".join(f"{name} {100 * w / total:g} %" for name, w in weights.items())
    return Model(
        "custom",
        Text(zh="自定义权重", en="Custom weights"),
        Text(zh=said, en=said),
        shares={role: parts[role] for role in ROLES if parts.get(role)},
        middle=middle,
    )
