"""A query being built, and the way to ask back."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.plan import Note
from semantic_layer import Comparison, Filter, Query, SemanticLayer, TimeRange
from semantic_layer.compile.facts import shared_dimensions
from semantic_layer.timegrain import TimeGrain


@dataclass
class Draft:
    """A query being built."""

    metrics: tuple[str, ...]
    label: Note
    dimensions: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    time: TimeRange | None = None
    compare: Comparison | None = None
    grain: TimeGrain | None = None
    focus: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Read:
    """One finished reading."""

    query: Query
    label: Note
    notes: tuple[Note, ...]
    focus: tuple[str, ...] = ()
    mean: bool = False
    """The mean over the periods is asked for, not the periods."""
    apart: bool = False
    """The plain difference of two periods is asked for."""
    ends: int = 0
    """How many rows of each end of a ranking are asked for."""
    direction: int = 0
    """Which way the change asked for goes."""
    before: Query | None = None
    """The same share in the period compared with, where the change of a share is asked for."""


class Ask(Exception):  # noqa: N818 - not an error: the planner has to ask back
    """The slots lack something that only the asker can say."""

    def __init__(self, question: Note, candidates: tuple[Note, ...] = ()) -> None:
        super().__init__(question.en)
        self.question = question
        self.candidates = candidates


def named(layer: SemanticLayer, metrics: tuple[str, ...]) -> Note:
    """Return the labels of metrics."""
    labels = [layer.definitions.metrics[m].label for m in metrics]
    return Note(
        zh="、".join(text.get("zh") for text in labels),
        en=", ".join(text.get("en") for text in labels),
    )


def some_dimensions(layer: SemanticLayer, draft: Draft) -> tuple[Note, ...]:
    """Return a few dimensions that the draft's metrics can be asked by."""
    dims = layer.definitions.dimensions
    shared = shared_dimensions(layer.context, draft.metrics)[:6]
    return tuple(Note(zh=dims[d].label.get("zh"), en=dims[d].label.get("en")) for d in shared)
