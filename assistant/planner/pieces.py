"""What a question is cut into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from assistant.planner.lexicon import Sense
from assistant.planner.normalise import Folded
from assistant.timeparse import Period, TimeMatch

TokenKind = Literal["senses", "time", "number", "limit", "setting", "unknown"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the question.

    Attributes:
        senses: Meanings of a lexicon word.
        time: A period, comparison or time breakdown.
        number: A value (scaled by 万/亿/%), or the N of a limit.
        descending: For a limit: top (True), bottom (False), or told by another word (None).
    """

    kind: TokenKind
    start: int
    end: int
    text: str
    senses: tuple[Sense, ...] = ()
    time: TimeMatch | None = None
    number: float | None = None
    percent: bool = False
    descending: bool | None = None
    upper: float | None = None
    parts: tuple[Period, ...] = ()
    """The two periods of a range such as `Q2 to Q3`."""
    compound: bool = False
    """A period made of shorter ones: given up when a name claims its tail."""
    heads: tuple[Sense, ...] = ()
    """Dimensions whose name begins this word: the 渠道 of 渠道ROI."""

    def word(self) -> str | None:
        """Return the function-word id, if it is one."""
        return next((s.id for s in self.senses if s.kind == "word"), None)

    def of(self, kind: str) -> tuple[Sense, ...]:
        """Return the senses of a kind."""
        return tuple(s for s in self.senses if s.kind == kind)


@dataclass(frozen=True)
class Tokens:
    """The chain of tokens, and the folded question."""

    folded: Folded
    items: tuple[Token, ...]
    unknown: tuple[str, ...] = field(default=())
