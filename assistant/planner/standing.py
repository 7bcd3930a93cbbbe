"""What is said of how an answer stands to the question before it."""

from __future__ import annotations

from assistant.plan import Clarification, Note, Plan, Planned
from assistant.planner.slots import Slots
from assistant.planner.tooling import TOOLS
from semantic_layer import SemanticLayer

NOT_KEPT = Note(
    zh="按新问题理解，没有沿用上一问的时间和条件",
    en="read as a new question: neither period nor conditions of the one before are kept",
)
NOTHING_BEFORE = Note(
    zh="没有可接的上一问，按新问题理解", en="there is no question before to go on from: read anew"
)


def carried(layer: SemanticLayer, out: Slots, now: Slots) -> Note | None:
    """Return in words what an analysis takes over from the question before."""
    times = [] if now.periods else list(out.period_texts)
    values = [v.text for v in out.values if v not in now.values]
    labels = [layer.definitions.dimensions[d].label for d in out.dimensions]
    accounts = [w for w in out.unknown if w not in now.unknown]
    zh = [*times, *values, *accounts, *(f"按{t.get('zh')}" for t in labels)]
    en = [*times, *values, *accounts, *(f"by {t.get('en').lower()}" for t in labels)]
    if not zh:
        return None
    return Note(zh="接上一问，沿用：" + " · ".join(zh), en="continuing, kept: " + " · ".join(en))


def is_analysis(planned: Planned) -> bool:
    """Whether a plan runs an analysis of its own, not a query of metrics."""
    return isinstance(planned, Plan) and planned.calls[0].tool in TOOLS


def told(planned: Planned, notes: tuple[Note, ...], *, follows: bool) -> Planned:
    """Say with a plan, and with each reading of one, how it stands to the question before."""
    if isinstance(planned, Clarification):
        choices = tuple(
            c.model_copy(update={"plan": told(c.plan, notes, follows=follows)})
            for c in planned.choices
        )
        return planned.model_copy(update={"choices": choices, "follows": follows})
    if not isinstance(planned, Plan):
        return planned
    computes = planned.calls[0].tool in TOOLS | {"query_metrics"}
    said = notes if computes else ()
    return planned.model_copy(
        update={
            "assumptions": (*said, *planned.assumptions),
            "follows": planned.follows or follows,
        }
    )
