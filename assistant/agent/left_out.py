"""Values that a question leaves out (不包括西部, except Baidu) must not be what a call asks for."""

from __future__ import annotations

from assistant.planner.slots import Slots
from semantic_layer import Query, QueryError


def check_left_out(slots: Slots, query: Query) -> None:
    """Refuse a call that is limited to values which the question leaves out.

    Args:
        slots: What the question says, as the lexicon reads it.
        query: What the model asks for.

    Raises:
        QueryError: CONDITION_DROPPED, with the words of the question.
    """
    kept = {(f.dimension, value) for f in query.filters if f.op == "in" for value in f.values}
    for slot in slots.values:
        meant = {(sense.id, value) for sense in slot.senses for value in sense.values}
        if slot.negate and meant & kept:
            raise QueryError(
                "CONDITION_DROPPED",
                f"The question leaves {slot.text!r} out; the call asks for nothing else.",
                hint="Use op `not_in`.",
                params={"words": slot.text},
            )
