"""Taking the last message back where plans of a model are remembered beside the lexicon's turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assistant.plan import Plan, Planned
from assistant.plans import Carried
from semantic_layer import QueryError


@dataclass(frozen=True)
class Undone:
    """What is answered again, and what stays remembered.

    Attributes:
        keep: How many of the plans, oldest first, stay.
        by_model: It is a model's plan, which the lexicon has no words for.
    """

    planned: Planned
    keep: int
    by_model: bool = False


def take_back(past: tuple[Carried, ...], by_lexicon: Callable[[], Planned]) -> Undone:
    """Return the plan before the last one.

    Args:
        past: The plans that were carried out, oldest first; at least one.
        by_lexicon: Takes the lexicon's last turn back and plans the one before it again.

    Raises:
        QueryError: There is nothing before it.
    """
    before = past[-2] if len(past) > 1 else None
    if past[-1].model_only:  # the lexicon never knew of it: its turns stay as they are
        if before is None:
            raise QueryError("NOTHING_TO_UNDO", "There is nothing before this.", hint="Ask anew.")
        return Undone(Plan(calls=(before.call,)), len(past) - 1, before.model_only)
    try:
        planned = by_lexicon()
    except QueryError:
        if before is None or not before.model_only:
            raise
        return Undone(Plan(calls=(before.call,)), len(past) - 1, by_model=True)
    if before is not None and before.model_only:
        return Undone(Plan(calls=(before.call,)), len(past) - 1, by_model=True)
    return Undone(planned, _up_to(past, planned))


def _up_to(past: tuple[Carried, ...], planned: Planned) -> int:
    """How many plans there are up to the one that is answered again.

    A message that led to no plan (a question back) takes none with it.
    """
    call = planned.calls[0] if isinstance(planned, Plan) else None
    same = [n for n, carried in enumerate(past, start=1) if carried.call == call]
    return same[-1] if same else len(past) - 1
