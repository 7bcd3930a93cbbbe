"""What a question says, slot by slot, before it becomes a query."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.planner.lexicon import Sense
from assistant.timeparse import Period, Shift
from semantic_layer.timegrain import TimeGrain

CHAIN = "chain"
"""Flag: the stages of a funnel are named by their own words (线索到订单的漏斗)."""
ENDS = "ends"
"""Flag: the highest and the lowest are both asked for."""
PERIODS = "periods"
"""Flag: several periods are looked for (哪些月份)."""

_OPPOSITES = ({"top", "bottom"}, {"best", "worst"})


@dataclass
class ValueSlot:
    """Values named together, with every dimension they might belong to."""

    senses: tuple[Sense, ...]
    text: str
    negate: bool = False
    group: bool = False
    role: str = ""
    """In a share: `part`, `base` for the whole, or not told."""
    optional: bool = False
    """Also a mere particle (`new`): a value only where the metric knows its dimension."""


@dataclass
class Threshold:
    """A condition on a metric: `metric` is None until the nearest one is known."""

    op: str
    value: float
    percent: bool
    metric: str | None = None
    upper: float | None = None
    counter: str = ""
    """The measure word of the number (单, 条): says what kind of thing is counted."""


@dataclass
class Slots:
    """Everything a question says.

    Attributes:
        text: The folded question.
        unclear: Words that were recognised but whose role here is not certain: the
            question is not answered while there are any.
    """

    text: str = ""
    metrics: list[str] = field(default_factory=list)
    metric_senses: list[tuple[Sense, ...]] = field(default_factory=list)
    order_metric: str | None = None
    per: tuple[str, str] | None = None
    bundles: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    dimensions: list[str] = field(default_factory=list)
    each: list[str] = field(default_factory=list)
    """Dimensions said with 每个 or each: groups of their own when something is ranked."""
    empty_dimensions: list[str] = field(default_factory=list)
    nouns: list[str] = field(default_factory=list)
    """Dimension words used as plain nouns (各行业客户): not broken down by, and said so."""
    each_period: bool = False
    values: list[ValueSlot] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    period_texts: list[str] = field(default_factory=list)
    linked_periods: bool = False
    steps_back: int = 0
    """How often a follow-up went one period back from the one under discussion."""
    shifts: list[Shift] = field(default_factory=list)
    relative_shift: bool = False
    grain: TimeGrain | None = None
    which_period: bool = False
    models: list[str] = field(default_factory=list)
    """Attribution models named."""
    bare_models: list[str] = field(default_factory=list)
    """Words such as 首次 that name a model only beside 归因."""
    lookback: int | None = None
    half_life: float | None = None
    ahead: int | None = None
    """Days that a question about customers looks ahead, or that a silence lasts."""
    thresholds: list[Threshold] = field(default_factory=list)
    limit: int | None = None
    limit_desc: bool | None = None
    superlative: str | None = None
    duration: str = ""
    """The words that ask for a number of days: of a metric in days, or from stage to stage."""
    source_stage: str = ""
    """The metric of the stage that those counted have left: the leads of `leads became MQLs`."""
    became: str = ""
    """The words of becoming, as typed."""
    contrast: bool = False
    """Which of those named is more: all of them are shown, in order."""
    draw: str = ""
    """The picture asked for: line, bar, pie, or table for none."""
    export: str = ""
    """The file asked for: xlsx or csv."""
    which: bool = False
    records: bool = False
    """A list was asked for, not a number."""
    pronoun: str = ""
    """A word such as its or 它们 that stands for what was answered before."""
    who: str = ""
    """The word that asks for a person."""
    heads: list[str] = field(default_factory=list)
    """Dimensions that begin a metric's name: the 员工 of 员工推广次数."""
    mine: bool = False
    total: bool = False
    direction: int = 0
    flags: set[str] = field(default_factory=set)
    intents: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)

    def most(self, word: str) -> bool:
        """Take a superlative; return whether it goes with those said before."""
        known = self.superlative
        if known is not None and {known, word} in _OPPOSITES:
            self.flags.add(ENDS)
            return True
        self.superlative = word
        return known in {None, word}

    @property
    def empty(self) -> bool:
        """Whether nothing that could be computed was said."""
        return not (self.metrics or self.bundles or self.ambiguous)

    @property
    def ranked(self) -> bool:
        """Whether an order or a limit was asked for."""
        words = self.flags & {"rank", "desc", "asc"}
        return bool(self.superlative or self.limit or words)

    @property
    def compares(self) -> bool:
        """Whether a change over time was asked for."""
        return bool(self.shifts or self.direction or self.flags & {"delta", "rate"})
