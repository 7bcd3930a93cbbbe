"""Whether a plan of the lexicon is an understanding of the message, or a model should be asked."""

from __future__ import annotations

from assistant.plan import Clarification, Plan, Planned, Refusal
from assistant.planner.followup import continues
from assistant.planner.normalise import fold
from assistant.planner.slots import Slots

#: Refusals that mean `I did not understand`, not `that must not be answered`.
_LOST = frozenset({"NOT_UNDERSTOOD", "NOT_CERTAIN"})


def is_lost(planned: Planned) -> bool:
    """Whether the lexicon did not understand, rather than refuse or offer readings."""
    match planned:
        case Refusal(code=code):
            return code in _LOST
        case Clarification(choices=choices):
            return not choices
        case _:
            return False


def goes_on(question: str, planned: Planned) -> bool:
    """Whether a message may continue a model's answer, of which the lexicon knows nothing."""
    alone = isinstance(planned, Plan) and planned.calls[0].tool == "query_metrics"
    return not alone or continues_alone(question)


def continues_alone(question: str) -> bool:
    """Whether a message says by its own form that it continues (`那…呢`, `what about …`)."""
    return continues(fold(question).text, Slots(metrics=["one"]))
