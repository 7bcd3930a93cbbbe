"""The part of the catalogue that a question touches: what a model sees instead of all of it."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from assistant.agent.prompts import words_of
from assistant.agent.usage import estimate_tokens
from assistant.planner.lexicon import Lexicon, Sense
from assistant.planner.normalise import fold
from semantic_layer import Scope, SemanticLayer
from semantic_layer.compile.facts import references, shared_dimensions
from semantic_layer.validate import said
from tools import TOOLS, ToolContext
from tools.catalog import visible_metrics

_METRICS = 10
_DIMENSIONS = 8
_COMMON = 12
_SHARED = 10
_ALIKE = 8
_VALUES = 12
_LONGEST_VALUE = 60
_ALWAYS = ("query_metrics",)
_MORE_TOOLS = 2
MAX_TOKENS = 700
_IDS = frozenset({"metric", "dimension"})
_NAMED = frozenset({"metric", "unit", "dimension"})


@dataclass(frozen=True)
class Slice:
    """What is told of the catalogue.

    Attributes:
        values: (dimension, stored value) that the question names.
        tools: Names of the tools offered.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    tools: tuple[str, ...]
    text: str


def found_in(lexicon: Lexicon, question: str) -> list[tuple[str, Sense]]:
    """Return the known words of a question with their senses, the longest of overlapping ones."""
    text = fold(question).text
    hits = sorted(lexicon.find(text), key=lambda h: (h[0] - h[1], h[0]))
    free = [True] * len(text)
    out = []
    for start, end, senses in hits:
        if all(free[start:end]):
            free[start:end] = [False] * (end - start)
            out += [(text[start:end], s) for s in senses]
    return out


def named_in(lexicon: Lexicon, question: str) -> Iterator[tuple[str, frozenset[str], str]]:
    """Yield (word, ids, kind) of words that name metrics or dimensions and nothing else."""
    senses: dict[str, list[Sense]] = {}
    for word, sense in found_in(lexicon, question):
        senses.setdefault(word, []).append(sense)
    for word, found in senses.items():
        kinds = {s.kind for s in found}
        if kinds <= _IDS:
            yield word, frozenset(s.id for s in found), " or ".join(sorted(kinds))


def slice_for(question: str, layer: SemanticLayer, scope: Scope, lexicon: Lexicon) -> Slice:
    """Return the slice of one question: named things first, then what is spelt alike."""
    hits = found_in(lexicon, question)
    index = _index(layer, scope)
    near = _metrics(question, hits, layer, index)
    around = _dimensions(hits, layer, near)
    named = tuple(dict.fromkeys((w, s.id) for w, s in hits if s.kind in _NAMED and s.id in {*near, *around}))  # fmt: skip
    values = tuple(
        (s.id, str(v))
        for _, s in hits
        if s.kind in {"value", "group"}
        for v in s.values
        if len(str(v)) <= _LONGEST_VALUE
    )[:_VALUES]
    text = _text(layer, index, named, (near, around), values)
    while estimate_tokens(text) > MAX_TOKENS and len(near) > 4:
        near, around = near[:-2], around[:-1]
        text = _text(layer, index, named, (near, around), values)
    metrics = tuple(dict.fromkeys((*near, *index.common)))
    dimensions = tuple(dict.fromkeys((*around, *index.shared)))
    return Slice(metrics, dimensions, values, _tools(question), text)


@dataclass(frozen=True)
class _Index:
    """What is the same for every question of one asker.

    Attributes:
        words: Everything a metric is called; `owners` are the metrics, position by position.
        head: The text of the common part. It opens every prompt unchanged, so that endpoints
            that keep the beginning of a prompt (most do) read it once.
        common: Metrics that others are made of, the most used first; told with every question.
        shared: Dimensions by which most of these can be broken down; told with every question.
    """

    visible: frozenset[str]
    words: tuple[str, ...]
    owners: tuple[str, ...]
    common: tuple[str, ...]
    shared: tuple[str, ...]
    head: str


_INDEXES: OrderedDict[tuple[str, str], _Index] = OrderedDict()
_KEPT = 32


def _index(layer: SemanticLayer, scope: Scope) -> _Index:
    key = (layer.version, scope.fingerprint)
    if key not in _INDEXES:
        visible = visible_metrics(ToolContext(layer, scope))
        pairs = [(w, name) for name, m in visible.items() for w in said(name, m)]
        used = Counter(part for m in visible.values() for part in references(m))
        common = tuple(n for n, _ in used.most_common() if n in visible)[:_COMMON]
        shared = _widest(layer, visible)
        _INDEXES[key] = _Index(
            frozenset(visible),
            tuple(w for w, _ in pairs),
            tuple(name for _, name in pairs),
            common,
            shared,
            "\n".join(["metrics:", *_metric_lines(layer, common), "dimensions:", *_dimension_lines(layer, shared)]),
        )  # fmt: skip
        while len(_INDEXES) > _KEPT:
            _INDEXES.popitem(last=False)
    return _INDEXES[key]


def _metrics(
    question: str,
    hits: Sequence[tuple[str, Sense]],
    layer: SemanticLayer,
    index: _Index,
) -> tuple[str, ...]:
    defs = layer.definitions
    named: list[str] = []
    for _, sense in hits:
        if sense.kind in {"metric", "unit"}:
            named.append(sense.id)
        elif sense.kind == "bundle":
            named += defs.bundles[sense.id].metrics
        elif sense.kind == "ambiguous":
            named += next((a.metrics for w, a in defs.ambiguous.items() if w == sense.id), ())
    near = process.extract(question, index.words, scorer=fuzz.partial_ratio, limit=30, score_cutoff=60)  # fmt: skip
    alike = (name for _, _, pos in near for name in (index.owners[pos],))
    named += list(dict.fromkeys(alike))[:_ALIKE]
    return tuple(n for n in dict.fromkeys(named) if n in index.visible)[:_METRICS]


def _dimensions(
    hits: Sequence[tuple[str, Sense]], layer: SemanticLayer, metrics: tuple[str, ...]
) -> tuple[str, ...]:
    named = [s.id for _, s in hits if s.kind in {"dimension", "value", "group"}]
    shared = [d for m in metrics[:3] for d in shared_dimensions(layer.context, (m,))]
    known = layer.definitions.dimensions
    kept = (d for d in dict.fromkeys([*named, *shared]) if d in known and not known[d].personal)
    return tuple(kept)[:_DIMENSIONS]


def _tools(question: str) -> tuple[str, ...]:
    """The common tools, and those whose own words the question says."""
    text = fold(question).text
    named = [t.name for t in TOOLS if any(w in text for w in words_of(t.name))]
    return tuple(dict.fromkeys((*_ALWAYS, *named)))[: len(_ALWAYS) + _MORE_TOOLS]


def _widest(layer: SemanticLayer, metrics: Iterable[str]) -> tuple[str, ...]:
    """The dimensions that most of these metrics have."""
    known = layer.definitions.dimensions
    had = Counter(d for m in metrics for d in shared_dimensions(layer.context, (m,)))
    return tuple(d for d, _ in had.most_common() if d in known and not known[d].personal)[:_SHARED]


def _text(
    layer: SemanticLayer,
    index: _Index,
    named: tuple[tuple[str, str], ...],
    around: tuple[tuple[str, ...], tuple[str, ...]],
    values: tuple[tuple[str, str], ...],
) -> str:
    """One JSON line a thing: quoted, so that no name can pass for an instruction."""
    more = [m for m in around[0] if m not in index.common]
    also = [d for d in around[1] if d not in index.shared]
    lines = [index.head]
    if more:
        lines += ["more metrics:", *_metric_lines(layer, more)]
    if also:
        lines += ["more dimensions:", *_dimension_lines(layer, also)]
    if named:
        lines.append("words of the question that name one (word, id):")
        lines += [quoted(list(pair)) for pair in named]
    if values:
        lines.append("values named in the question (dimension, value):")
        lines += [quoted(list(pair)) for pair in values]
    return "\n".join(lines)


def _metric_lines(layer: SemanticLayer, names: Iterable[str]) -> list[str]:
    known = layer.definitions.metrics
    return [quoted([n, known[n].label.zh, known[n].label.en, known[n].unit]) for n in names]


def _dimension_lines(layer: SemanticLayer, names: Iterable[str]) -> list[str]:
    known = layer.definitions.dimensions
    return [quoted([n, known[n].label.zh, known[n].label.en]) for n in names]


def quoted(item: object) -> str:
    """Return data as JSON without the characters that could close its block."""
    text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e")
