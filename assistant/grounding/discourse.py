"""What a text is about so far, and how that passes from clause to clause and on to the next sentence.

Four questions are kept apart, each with its own rule of succession: of whom, when and of what is
spoken (`Topic`), against what (`Against`), what the sentence has named (`Heard`), and how it
speaks (`Manner`). What a clause names takes the place of what was carried; what it leaves open
stays. At the end of a sentence its amounts and its manner are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from semantic_layer.timegrain import DateRange

if TYPE_CHECKING:
    from assistant.grounding.clauses import Clause
    from assistant.grounding.evidence import Evidence

_FROM = frozenset({"from", "从", "由"})
_LINKS = frozenset({"in", "for", "the", "during", "of", "a"})
_AMOUNTS = frozenset({"", "money", "classifier", "duration"})


@dataclass(frozen=True, slots=True)
class Topic:
    """Of whom, when and of what is spoken.

    Attributes:
        keys: Names of rows.
        periods: What is said is of these.
        metrics: What is measured.
        facet: Which of several models of one metric.
    """

    keys: tuple[str, ...] = ()
    periods: tuple[DateRange, ...] = ()
    metrics: tuple[str, ...] = ()
    facet: str | None = None


@dataclass(frozen=True, slots=True)
class Against:
    """What the topic was held against.

    Attributes:
        keys: Names of other rows.
        periods: Periods behind `than`.
        stretch: The two ends of `from January to October`.
        amounts: The two amounts of `from 47.0M to 59.9M`.
        compared: Whether `a year earlier` or the like was said.
    """

    keys: tuple[str, ...] = ()
    periods: tuple[DateRange, ...] = ()
    stretch: tuple[DateRange, ...] = ()
    amounts: tuple[float, float] | None = None
    compared: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that a sentence has named, in the order in which it did."""

    keys: tuple[str, ...] = ()
    periods: tuple[DateRange, ...] = ()
    metrics: tuple[str, ...] = ()

    def and_of(self, clause: Clause) -> Heard:
        """Return it with what a clause names."""
        return Heard(
            tuple(dict.fromkeys((*self.keys, *(k for _, k in clause.groups())))),
            tuple(dict.fromkeys((*self.periods, *(p for _, p in clause.periods())))),
            tuple(dict.fromkeys((*self.metrics, *(m for _, m in clause.metrics())))),
        )


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sentence speaks of its topic.

    Attributes:
        total: Of all rows together.
        shared: Of parts of a whole.
        past: Of the compared period, with which it began.
        lowest: From the foot of the ranking (`B comes next` is then the second lowest).
        shown: Of so many of the ranking (`among the top five, ...`); 0 of all.
        behind: Names that come before what is spoken of (`behind A, ...`).
    """

    total: bool = False
    shared: bool = False
    past: bool = False
    lowest: bool = False
    shown: int = 0
    behind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discourse:
    """What is carried into a clause.

    Attributes:
        heard: What the sentence has named.
        earlier: What the sentence before it named.
    """

    topic: Topic = field(default_factory=Topic)
    against: Against = field(default_factory=Against)
    heard: Heard = field(default_factory=Heard)
    earlier: Heard = field(default_factory=Heard)
    manner: Manner = field(default_factory=Manner)


def carried(clause: Clause, evidence: Evidence, *, stop: bool) -> Discourse:
    """Return what is carried on behind a clause.

    Args:
        clause: With what was carried into it.
        evidence: What the text is about.
        stop: Whether its sentence ends with it.
    """
    before = clause.before
    keys, other = _names(clause, evidence)
    told = Discourse(
        topic=_topic(clause, before.topic, keys),
        against=_against(clause, before.against, other, renamed=bool(keys)),
        heard=before.heard.and_of(clause),
        earlier=before.earlier,
        manner=_manner(clause, before.manner, evidence, named=bool(keys)),
    )
    return _of_next_sentence(told, evidence) if stop else told


def _of_next_sentence(told: Discourse, evidence: Evidence) -> Discourse:
    """What is spoken of, and against what, lives on; amounts and manners end with their sentence."""
    return Discourse(
        topic=replace(
            told.topic, periods=tuple(p for p in told.topic.periods if p != evidence.before)
        ),
        against=replace(told.against, amounts=None),
        earlier=told.heard,
        manner=Manner(lowest=told.manner.lowest),
    )


def _names(clause: Clause, evidence: Evidence) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that are spoken of behind a clause, and those that they were held against."""
    keys = tuple(k for _, k in clause.groups() if k not in evidence.filtered)
    told = clause.before.topic.keys
    if len(keys) == 1 and told and clause.says("than"):
        return told[:1], keys  # `A is high, 2 above B`: the talk goes on about A
    if not clause.says("than", "high", "low"):
        return (keys[:1], ()) if _multiplies(clause) else (keys, ())
    at = min(i for c in ("than", "high", "low") for i in clause.indexes(c))
    spoken = tuple(k for i, k in clause.groups() if i < at and k in keys)
    other = tuple(k for i, k in clause.groups() if i > at and k in keys)
    return (spoken, other[:1]) if spoken else (keys[:1], keys[1:2])


def _topic(clause: Clause, before: Topic, keys: tuple[str, ...]) -> Topic:
    spans = tuple(
        p for i, p in clause.periods() if not (clause.is_measure(i) or _dates_start(clause, i))
    )
    if clause.says("than", "high", "low") or _multiplies(clause):
        spans = spans[:1]
    return Topic(
        keys=keys or before.keys,
        periods=spans or before.periods,
        metrics=tuple(m for _, m in clause.metrics()) or before.metrics,
        facet=next((f for _, f in reversed(clause.facets())), before.facet),
    )


def _multiplies(clause: Clause) -> bool:
    """`A is twice B`: of A, too."""
    return any(t.number and t.number.unit == "times" for t in clause.tokens)


def _against(clause: Clause, before: Against, other: tuple[str, ...], *, renamed: bool) -> Against:
    told = clause.periods()
    measures = tuple(p for i, p in told if clause.is_measure(i))
    kept = () if len(measures) < len(told) else before.periods
    return Against(
        keys=other or (() if renamed else before.keys),
        periods=measures or kept,
        stretch=_stretch(clause) or (() if told else before.stretch),
        amounts=_amounts(clause) or before.amounts,
        compared=before.compared or any(t.shift for t in clause.tokens),
    )


def _starts(clause: Clause) -> bool:
    return any(t.text in _FROM for t in clause.tokens)


def _dates_start(clause: Clause, place: int) -> bool:
    """`up from 270 in the first quarter`: of what it rose from, and not what is spoken of."""
    j = place - 1
    while j >= 0 and clause.tokens[j].text in _LINKS:
        j -= 1
    told = j > 0 and clause.tokens[j].number is not None
    return told and clause.tokens[j - 1].text in _FROM and len(clause.periods()) == 1


def _stretch(clause: Clause) -> tuple[DateRange, ...]:
    """The ends of `从 1 月的 602 条到 10 月的 691 条`, told in one clause."""
    found = tuple(p for i, p in clause.periods() if not clause.is_measure(i))
    return found if _starts(clause) and len(found) == len(clause.periods()) == 2 else ()


def _amounts(clause: Clause) -> tuple[float, float] | None:
    """The two amounts of `went from 47.0M to 59.9M`."""
    told = [t.number.value for t in clause.tokens if t.number and t.number.unit in _AMOUNTS]
    return (told[0], told[1]) if _starts(clause) and len(told) == 2 else None


def _manner(clause: Clause, before: Manner, evidence: Evidence, *, named: bool) -> Manner:
    return Manner(
        total=not named and (clause.says("all", "sum") or before.total),
        shared=clause.says("share") or before.shared,
        past=before.past or _opens_past(clause, evidence),
        lowest=clause.says("min") or (before.lowest and not clause.says("max")),
        shown=clause.top() or before.shown,
        behind=_ahead_of_topic(clause) or before.behind,
    )


def _ahead_of_topic(clause: Clause) -> tuple[str, ...]:
    """`在 A 之后，`, `Behind A,`: names alone, that what follows ranks behind."""
    texts = [t.text for t in clause.tokens]
    opens = texts[:1] in (["behind"], ["after"]) or texts[-1:] in (["之后"], ["后"])
    alone = opens and not any(t.number or t.period for t in clause.tokens)
    return tuple(k for _, k in clause.groups()) if alone else ()


def _opens_past(clause: Clause, evidence: Evidence) -> bool:
    """`A year earlier, A led, ahead of B`: the compared period stands at the head."""
    for token in clause.tokens[:2]:
        if token.names or "than" in token.claims:
            return False
        if "prev" in token.claims or (token.period and token.period == evidence.before):
            return True
    return False
