"""Several questions in one message: where one ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.planner.slots import Slots

_ENDS = re.compile(
    r"[?？;；\n]+|。+|!|！|(?<=[a-z0-9%])\.\s+(?=[A-Z])"
    r"|[,，]\s*(?=(?:另外|还有|顺便|以及想问|also[, ]|and also ))"
    r"| and (?=(?:how (?:many|much)|what(?:'s| is| are| was| were)|which|who) )",
)
_NUMBERED = re.compile(r"^\s*(?:\(?\d{1,2}[.)、）]|[①-⑨]|第[一二三四五]个?问题?[:：,，])\s*")
_LEADS = re.compile(r"^\s*(?:另外|还有|顺便|以及想问|also)[,， ]*", re.IGNORECASE)
_OWN = frozenset({"define", "fresh", "help", "metric_word", "dimension_word"})


_ITEM = re.compile(r"\s+(?=\(?[2-9][.)、）]\s*\D|[②-⑨])")


def sentences(message: str) -> tuple[str, ...]:
    """Return the sentences of a message without their numbering; blank ones are left out."""
    if _NUMBERED.match(message):
        message = _ITEM.sub("\n", message)
    pieces = (_LEADS.sub("", _NUMBERED.sub("", p)).strip() for p in _ENDS.split(message))
    return tuple(p for p in pieces if p)


def stands_alone(slots: Slots) -> bool:
    """Whether a sentence asks for something by itself, rather than adding to another."""
    return not slots.empty or bool(slots.denied or slots.intents & _OWN)


def elaborates(first: Slots, later: Slots) -> bool:
    """Whether a sentence only says the first again in full: `which channels bring leads? …`."""
    told = first.periods or first.values or first.shifts or first.ranked
    return bool(later.metrics) and set(later.metrics) <= set(first.metrics) and not told


def only_names_metrics(slots: Slots) -> bool:
    """Whether a sentence brings no condition of its own, so that it shares those before it."""
    own = (slots.periods, slots.shifts, slots.values, slots.dimensions, slots.thresholds)
    if slots.denied:
        return False
    other = slots.ranked or slots.grain or slots.flags or slots.direction or slots.intents & _OWN
    return not (any(own) or other)


def grouped(pieces: Sequence[str], alone: Sequence[bool]) -> tuple[str, ...]:
    """Join each sentence that asks nothing by itself to the question it belongs to."""
    out: list[str] = []
    waiting = ""
    for piece, own in zip(pieces, alone, strict=True):
        if own:
            out.append(f"{waiting}，{piece}" if waiting else piece)
            waiting = ""
        elif out:
            out[-1] = f"{out[-1]}，{piece}"
        else:
            waiting = f"{waiting}，{piece}" if waiting else piece
    return tuple(out)
