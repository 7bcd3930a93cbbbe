"""Tokens -> slots: what each word contributes to the question, in reading order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.planner.lexicon import Sense
from assistant.planner.tokens import Token, Tokens
from assistant.timeparse import Period, Shift
from semantic_layer.query import Value
from semantic_layer.timegrain import TimeGrain

_TOTAL_WORDS = frozenset({"合计", "一共", "总共", "总计", "共", "total", "combined", "overall"})
_INTENTS = frozenset(
    {"define", "what_is", "list", "metric_word", "dimension_word", "help", "fresh", "greet"}
)
_FLAGS = frozenset({"share", "trend", "vs", "delta", "rank", "desc", "asc"})
_COMPARATORS = frozenset({"gt", "gte", "lt", "lte"})
_SUPERLATIVES = frozenset({"top", "bottom", "best", "worst"})


@dataclass
class ValueSlot:
    """Values named together, with every dimension they might belong to."""

    senses: tuple[Sense, ...]
    text: str
    negate: bool = False
    group: bool = False


@dataclass
class Threshold:
    """A condition on a metric: `metric` is None until the nearest one is known."""

    op: str
    value: float
    percent: bool
    metric: str | None = None
    upper: float | None = None


@dataclass
class Slots:
    """Everything a question says."""

    metrics: list[str] = field(default_factory=list)
    metric_senses: list[tuple[Sense, ...]] = field(default_factory=list)
    order_metric: str | None = None
    bundles: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    dimensions: list[str] = field(default_factory=list)
    values: list[ValueSlot] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    grain: TimeGrain | None = None
    which_period: bool = False
    thresholds: list[Threshold] = field(default_factory=list)
    limit: int | None = None
    limit_desc: bool | None = None
    superlative: str | None = None
    which: bool = False
    total: bool = False
    flags: set[str] = field(default_factory=set)
    intents: set[str] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    loose_numbers: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing that could be computed was said."""
        return not (self.metrics or self.bundles or self.ambiguous)


class SlotReader:
    """Walks the tokens once, left to right, with a little memory.

    Args:
        tokens: The question.
    """

    def __init__(self, tokens: Tokens) -> None:
        self.items = tokens.items
        self.slots = Slots()
        self.negate = False
        self.by = False
        self.which = False
        self.comparator: str | None = None
        self.comparator_text = ""
        self.last: str = ""

    def read(self) -> Slots:
        """Return the filled slots."""
        handlers: dict[str, Callable[[int, Token], None]] = {
            "unknown": self._unknown,
            "time": self._time,
            "number": self._number,
            "limit": self._limit,
            "senses": self._senses,
        }
        for i, token in enumerate(self.items):
            handlers[token.kind](i, token)
        if self.comparator is not None:
            self.slots.loose_numbers.append(self.comparator_text)
        self._attach_thresholds()
        return self.slots

    def _unknown(self, _: int, token: Token) -> None:
        self.slots.unknown.append(token.text)

    def _time(self, _: int, token: Token) -> None:
        match = token.time
        if match is None:
            return
        if match.period is not None:
            self.slots.periods.append(match.period)
        elif match.shift is not None:
            self.slots.shifts.append(match.shift)
        else:
            self.slots.grain = match.grain
            self.slots.which_period |= token.number == 1
        self.last = "time"
        self.by = False

    def _limit(self, _: int, token: Token) -> None:
        self.slots.limit = int(token.number or 0) or None
        self.slots.limit_desc = token.descending
        self.which = True
        self.last = "limit"

    def _number(self, i: int, token: Token) -> None:
        after = self._next_word(i)
        op = self.comparator
        if op is None and after in {"gte_after", "lte_after"}:
            op = after.removesuffix("_after")
        if op == "between" and self.slots.thresholds and self.slots.thresholds[-1].upper is None:
            self.slots.thresholds[-1].upper = token.number
            self.comparator = None
            return
        if op is None:
            self.slots.loose_numbers.append(token.text)
            return
        metric = self.slots.metrics[-1] if self.slots.metrics else None
        self.slots.thresholds.append(
            Threshold(
                op, token.number or 0.0, token.percent, metric if self.last == "metric" else None
            )
        )
        self.comparator = "between" if op == "between" else None
        self.last = "number"

    def _next_word(self, i: int) -> str | None:
        return self.items[i + 1].word() if i + 1 < len(self.items) else None

    # --- words ------------------------------------------------------------------------

    def _senses(self, i: int, token: Token) -> None:
        word = token.word()
        content = [s for s in token.senses if s.kind != "word"]
        if word is not None and not (content and self._prefers_content(token)):
            self._word(i, token, word)
        elif token.of("denied"):
            self.slots.denied.append(token.text)
        elif token.of("ambiguous"):
            self.slots.ambiguous.append(token.text)
            self.last = "metric"
        else:
            self._content(i, token)

    def _prefers_content(self, token: Token) -> bool:
        """A word that is both grammar and a name is a name, unless it is a mere particle."""
        return token.word() not in {"fill", "and", "each", "which"}

    def _word(self, i: int, token: Token, word: str) -> None:
        if word in _SUPERLATIVES:
            self.slots.superlative = word
        elif word in _FLAGS:
            self._flag(i, word)
        elif word in _INTENTS:
            self.slots.intents.add(word)
        elif word in _COMPARATORS:
            self.comparator, self.comparator_text = word, token.text
        else:
            self._particle(token, word)

    def _particle(self, token: Token, word: str) -> None:
        """Words that change how the next name is taken."""
        if word == "fill":
            self.slots.total |= token.text in _TOTAL_WORDS
        elif word == "not":
            self.negate = True
        elif word == "only":
            self.negate = False
        elif word == "end_not":
            self._end_negation(token)
        elif word == "each":
            self.by = True
        elif word == "which":
            self.which = self.slots.which = True

    def _flag(self, i: int, word: str) -> None:
        """`between 5 and 10` compares nothing: it bounds a metric."""
        following = self.items[i + 1].kind if i + 1 < len(self.items) else ""
        if word == "vs" and following == "number":
            self.comparator, self.comparator_text = "between", self.items[i].text
            return
        self.slots.flags.add(word)

    def _end_negation(self, token: Token) -> None:
        if self.negate:
            self.negate = False
        elif self.slots.values and self.last == "value":
            self.slots.values[-1].negate = True
        else:
            self.slots.unknown.append(token.text)

    def _content(self, i: int, token: Token) -> None:
        metrics, dims = token.of("metric"), token.of("dimension")
        values, groups, bundles = token.of("value"), token.of("group"), token.of("bundle")
        ranked = self.slots.superlative is not None and not self.slots.dimensions and not values
        if dims and (
            self.by or self.which or ranked or not (metrics or values or groups or bundles)
        ):
            self._dimension(i, dims[0])
        elif metrics and not (values and self.slots.metrics and not self._more_metrics(i)):
            self._by_head(token)
            self._metric(metrics)
        elif bundles:
            self._by_head(token)
            self.slots.bundles.append(bundles[0].id)
            self.last = "metric"
        elif values or groups:
            self._value(values, groups, token.text)
        elif dims:
            self._dimension(i, dims[0])
        if not (values or groups):
            self.negate = False
        self.which = False

    def _more_metrics(self, i: int) -> bool:
        before = self.items[i - 1] if i else None
        return before is not None and before.word() == "and" and self.last == "metric"

    def _by_head(self, token: Token) -> None:
        """`各渠道ROI` groups by channel although 渠道ROI is one name."""
        if self.by and token.heads:
            if token.heads[0].id not in self.slots.dimensions:
                self.slots.dimensions.append(token.heads[0].id)
            self.by = False

    def _metric(self, senses: tuple[Sense, ...]) -> None:
        name = senses[0].id
        if name not in self.slots.metrics:
            self.slots.metrics.append(name)
            self.slots.metric_senses.append(senses)
        if self.by:
            self.slots.order_metric = name
            self.by = False
        self.last = "metric"

    def _dimension(self, i: int, sense: Sense) -> None:
        if not (self.by or self.which) and self._names_filter(i, sense.id):
            return
        if sense.id not in self.slots.dimensions:
            self.slots.dimensions.append(sense.id)
        if self._next_word(i) != "and":
            self.by = False
        self.last = "dimension"

    def _names_filter(self, i: int, dim: str) -> bool:
        """`百度渠道`, `region 华东`: the word only says which dimension the value is of."""
        for j in (i - 1, i + 1, i + 2):
            if not 0 <= j < len(self.items):
                continue
            token = self.items[j]
            same = [s for s in token.senses if s.kind in {"value", "group"} and s.id == dim]
            if same and (j != i + 2 or self.items[i + 1].word() in {"fill", "only", "not"}):
                for slot in self.slots.values:
                    if slot.text == token.text:
                        slot.senses = tuple(same)
                return True
        return False

    def _value(self, values: tuple[Sense, ...], groups: tuple[Sense, ...], text: str) -> None:
        senses = values or groups
        self.slots.values.append(ValueSlot(senses, text, self.negate, group=not values))
        self.last = "value"
        self.by = False

    def _attach_thresholds(self) -> None:
        """A threshold without a metric before it belongs to the one that follows, or the only one."""
        for item in self.slots.thresholds:
            if item.metric is None and self.slots.metrics:
                item.metric = self.slots.metrics[-1]


def read_slots(tokens: Tokens) -> Slots:
    """Return what the question says."""
    return SlotReader(tokens).read()


__all__ = ["Slots", "Threshold", "Value", "ValueSlot", "read_slots"]
