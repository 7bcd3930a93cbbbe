"""What a text is about so far, from clause to clause."""

from __future__ import annotations

from assistant.grounding.clauses import Carry, Clause
from assistant.grounding.evidence import Evidence
from semantic_layer.timegrain import DateRange


def _stretch(clause: Clause) -> tuple[DateRange, ...]:
    """The ends of `从 1 月的 602 条到 10 月的 691 条`, told in one clause."""
    found = tuple(p for i, p in clause.periods() if not clause.is_measure(i))
    starts = any(t.text in {"from", "从", "由"} for t in clause.tokens)
    return found if starts and len(found) == len(clause.periods()) == 2 else ()


def _moved(clause: Clause) -> tuple[float, float] | None:
    """The two amounts of `went from 47.0M to 59.9M`."""
    told = [
        t.number
        for t in clause.tokens
        if t.number and t.number.unit in {"", "money", "classifier", "duration"}
    ]
    starts = any(t.text in {"from", "从", "由"} for t in clause.tokens)
    return (told[0].value, told[1].value) if starts and len(told) == 2 else None


def _opens_past(clause: Clause, evidence: Evidence) -> bool:
    """`A year earlier, A led, ahead of B`: the compared period stands at the head."""
    for token in clause.tokens[:2]:
        if token.names or "than" in token.claims:
            return False
        if "prev" in token.claims or (token.period and token.period == evidence.before):
            return True
    return False


def carried(clause: Clause, carry: Carry, evidence: Evidence, *, stop: bool) -> Carry:
    """Return what the text is about behind a clause.

    Args:
        clause: The clause that ends.
        carry: What it was about before.
        evidence: What the text is about.
        stop: Whether the sentence ends, too.
    """
    keys = tuple(k for _, k in clause.groups() if k not in evidence.filtered)
    spans = tuple(p for i, p in clause.periods() if not clause.is_measure(i))
    measure = tuple(p for i, p in clause.periods() if clause.is_measure(i))
    against = keys[1:2] if clause.says("than", "high", "low") else ()
    told = () if stop else tuple(dict.fromkeys((*carry.told, *(m for _, m in clause.metrics()))))
    if clause.says("than", "high", "low") or any(
        t.number and t.number.unit == "times" for t in clause.tokens
    ):
        alone = len(keys) == 1 and carry.keys and clause.says("than")
        if alone:  # `A is high, 2 above B`: the talk goes on about A
            keys, against = carry.keys[:1], keys
        keys, spans = keys[:1], spans[:1]  # of `A is above B` too
    fresh = clause.says("all", "sum") and not keys
    return Carry(
        keys=keys or carry.keys,
        against=against or (() if keys or stop else carry.against),
        told=told,
        named=()
        if stop
        else tuple(dict.fromkeys((*carry.named, *(k for _, k in clause.groups())))),
        spans=()
        if stop
        else tuple(dict.fromkeys((*carry.spans, *(p for _, p in clause.periods())))),
        metrics=tuple(m for _, m in clause.metrics()) or carry.metrics,
        measure=() if stop else measure or (carry.measure if not spans else ()),
        stretch=() if stop else _stretch(clause) or carry.stretch,
        moved=None if stop else _moved(clause) or carry.moved,
        periods=spans or (() if stop else carry.periods),
        shifted=any(t.shift for t in clause.tokens) or (carry.shifted and not stop),
        total=not stop and not keys and (fresh or carry.total),
        shared=not stop and (clause.says("share") or carry.shared),
        facet=next((f for _, f in reversed(clause.facets())), carry.facet),
        mentioned=tuple(dict.fromkeys((*carry.named, *(k for _, k in clause.groups()))))
        if stop
        else carry.mentioned,
        past=not stop and (carry.past or _opens_past(clause, evidence)),
        lowest=clause.says("min") or (carry.lowest and not stop and not clause.says("max")),
        shown=0 if stop else (clause.top() or carry.shown),
    )
