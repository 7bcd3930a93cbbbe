"""`MQL到SQL卡在哪`, `where do leads get stuck by channel`: analyze_funnel."""

from __future__ import annotations

import re

from assistant.plan import Note
from assistant.planner.draft import Ask
from assistant.planner.normalise import fold_word
from assistant.planner.slots import CHAIN
from assistant.planner.tooling.setting import Setting
from semantic_layer.model import StageRole


def funnel_args(setting: Setting) -> dict[str, object]:
    """Return the arguments of a funnel question.

    Raises:
        Ask: Stages or dimensions are not clear, or a condition could not be kept.
    """
    slots, declared = setting.slots, setting.roles.stages
    if not declared:
        raise Ask(
            Note(
                zh="这家公司没有声明漏斗阶段（roles.stages）。",
                en="No stages are declared (roles.stages): there is no funnel.",
            )
        )
    setting.refuse()
    if len(slots.dimensions) > 1:
        raise Ask(
            Note(
                zh="漏斗一次按一个维度拆分。",
                en="A funnel is broken down by one dimension at a time.",
            )
        )
    chain = _chain(setting)
    first = next(s for s in declared if not chain or s.id == chain[0])
    args: dict[str, object] = {
        "stages": chain,
        "by": slots.dimensions[0] if slots.dimensions else None,
        "time": setting.time(compare=True),
        "filters": setting.filters(slots.values, first.model),
    }
    args["compare"] = setting.compare
    return {k: v for k, v in args.items() if v not in (None, [])}


def stages_said(setting: Setting) -> list[str]:
    """Return the stages whose names stand in the question: MQL到SQL is also a metric's name."""
    padded = re.sub(
        r"(?<=[a-z0-9])(?=[^a-z0-9])|(?<=[^a-z0-9])(?=[a-z0-9])", " ", setting.slots.text
    )
    text = f" {padded} "
    return [s.id for s in setting.roles.stages if any(w in text for w in _names(s))]


def _names(stage: StageRole) -> list[str]:
    words = {fold_word(w) for w in (stage.label.zh, stage.label.en, *stage.synonyms) if w}
    words |= {f"{w}s" for w in words if w.isascii()}
    return [f" {w} " if w.isascii() else w for w in words]


def _chain(setting: Setting) -> list[str]:
    """Return the stages from the first named to the last; one named: from there to the end."""
    ids = [s.id for s in setting.roles.stages]
    known = setting.stages()
    strange = [m for m in setting.slots.metrics if m not in {s.metric for s in known}]
    by_chain = CHAIN in setting.slots.flags
    spoken = strange or by_chain or (setting.slots.duration and len(known) < 2)
    named = stages_said(setting) if spoken else [s.id for s in known]
    if (strange and not named) or (by_chain and (strange or len(named) < 2)):
        raise Ask(
            Note(zh="漏斗由哪些阶段组成？", en="Which stages make up the funnel?"),
            tuple(Note(zh=s.label.get("zh"), en=s.label.get("en")) for s in setting.roles.stages),
        )
    if not named:
        return []
    low = ids.index(named[0])
    if setting.slots.duration:
        return [named[0], named[-1]]  # from one to the other, whatever lies between
    high = ids.index(named[-1]) if len(named) > 1 else len(ids) - 1
    return ids[low : high + 1] if high > low else []
