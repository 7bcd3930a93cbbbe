"""A stretch of text on its way to a period."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Period
from .nodes import (
    Node,
)
from .rules import Token


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that is being joined: a node, or a finished period."""

    start: int
    end: int
    node: Node
    period: Period | None = None
    year: Node | None = None  # the year it took from its neighbour in a list


def pieces_of(tokens: list[Token]) -> list[Piece]:
    """Return the period tokens as pieces."""
    return [Piece(t.start, t.end, t.found) for t in tokens if isinstance(t.found, Node)]
