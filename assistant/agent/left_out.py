"""Values that a question leaves out (不包括西部, except Baidu) must not be what a call asks for."""

from __future__ import annotations

from assistant.planner.lexicon import Lexicon
from assistant.planner.reader import read_slots
from assistant.planner.tokens import tokenise
from semantic_layer import Query, QueryError, SemanticLayer


def check_left_out(layer: SemanticLayer, lexicon: Lexicon, question: str, query: Query) -> None:
    """Refuse a call that is limited to values which the question leaves out.

    Raises:
        QueryError: CONDITION_DROPPED, with the words of the question.
    """
    ctx = layer.context
    tokens = tokenise(question, lexicon, today=layer.today, as_of=ctx.as_of, calendar=ctx.calendar)
    kept = {(f.dimension, value) for f in query.filters if f.op == "in" for value in f.values}
    for slot in read_slots(tokens).values:
        meant = {(sense.id, value) for sense in slot.senses for value in sense.values}
        if slot.negate and meant & kept:
            raise QueryError(
                "CONDITION_DROPPED",
                f"The question leaves {slot.text!r} out; the call asks for nothing else.",
                hint="Use op `not_in`.",
                params={"words": slot.text},
            )
