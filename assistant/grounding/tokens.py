"""The pieces of a text that statements are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.grounding.evidence import Name
from assistant.grounding.numerals import Numeral
from assistant.timeparse import Shift
from semantic_layer.timegrain import DateRange

TokenKind = Literal["name", "period", "shift", "number", "word", "unknown", "stop", "comma"]


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a text, with its place in the folded text.

    Attributes:
        bracketed: Whether a bracket opens right before it.
        inside: Whether it stands in brackets.
        paused: Whether a comma stands before it that ends no clause.
    """

    kind: TokenKind
    start: int
    end: int
    text: str
    names: tuple[Name, ...] = ()
    number: Numeral | None = None
    period: DateRange | None = None
    shift: Shift | None = None
    claims: frozenset[str] = frozenset()
    bracketed: bool = False
    inside: bool = False
    paused: bool = False
