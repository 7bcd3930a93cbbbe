"""Every name a person may say, for one asker: metrics, dimensions, all their values.

Built from the definitions and from the data in full (never a sample), within the
asker's scope. Matching is exact on folded text, longest first; near misses are only
ever suggestions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from assistant.planner.bands import band_words
from assistant.planner.customer_words import SAID
from assistant.planner.normalise import fold_word, fold_words, has_chinese, is_latin
from assistant.planner.words import MODEL_NAMES, WORDS
from semantic_layer import Scope, SemanticLayer
from semantic_layer.model import Dimension, StageRole
from semantic_layer.query import Value
from semantic_layer.validate import said
from tools import ToolContext
from tools.catalog import visible_metrics

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

SenseKind = Literal[
    "metric", "dimension", "value", "group", "bundle", "ambiguous", "word", "denied", "unit",
    "model", "bare_model",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a word.

    Attributes:
        id: Metric, dimension, bundle or function-word id; the dimension of a value.
        values: Stored values, for values and groups.
    """

    kind: SenseKind
    id: str
    values: tuple[Value, ...] = ()


@dataclass
class Lexicon:
    """Folded word -> its senses, with an automaton over all words."""

    entries: dict[str, list[Sense]] = field(default_factory=dict)

    def add(self, word: str, sense: Sense) -> None:
        """Register a word; Latin nouns get their plural too."""
        self.add_folded(fold_word(word), sense)

    def add_folded(self, key: str, sense: Sense) -> None:
        """Register an already folded word."""
        if not key:
            return
        forms = (key,) if sense.kind in {"word", "ambiguous"} else _forms(key)
        if sense.kind in {"metric", "denied"}:
            # `largest order` is about one order, not about their number.
            for short in (f for f in forms if len(f) < len(key)):
                self.entries.setdefault(short, []).append(Sense("unit", sense.id))
            forms = tuple(f for f in forms if len(f) >= len(key))
        for form in forms:
            senses = self.entries.setdefault(form, [])
            if sense not in senses:
                senses.append(sense)

    @cached_property
    def _words(self) -> list[str]:
        return list(self.entries)

    @cached_property
    def _automaton(self) -> AhoCorasick:
        from ahocorasick_rs import AhoCorasick

        return AhoCorasick(self._words)

    def find(self, text: str) -> Iterator[tuple[int, int, list[Sense]]]:
        """Yield every (start, end, senses) in folded text, whole Latin words only."""
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if _whole(text, start, end):
                word = self._words[index]
                quoted = self._introduced(text, start, end)
                senses = [s for s in self.entries[word] if not _fragile(word, s) or quoted(s.id)]
                if senses:
                    yield start, end, senses

    def _introduced(self, text: str, start: int, end: int) -> Callable[[str], bool]:
        """Whether a value stands in quotes, or right after the name of its dimension."""
        in_quotes = start > 0 and end < len(text) and (text[start - 1], text[end]) in _QUOTES
        before = text[:start].rstrip(" 是为=:：")

        def told(dimension: str) -> bool:
            return in_quotes or before.endswith(self._dimension_words.get(dimension, ("\0",)))

        return told

    @cached_property
    def _dimension_words(self) -> dict[str, tuple[str, ...]]:
        out: dict[str, tuple[str, ...]] = {}
        for word, senses in self.entries.items():
            for sense in senses:
                if sense.kind == "dimension":
                    out[sense.id] = (*out.get(sense.id, ()), word)
        return out

    def named(self, *kinds: SenseKind) -> list[str]:
        """Return every word with a sense of one of the kinds."""
        return [w for w, senses in self.entries.items() if any(s.kind in kinds for s in senses)]


_QUOTES = frozenset({("《", "》"), ("「", "」"), ("“", "”"), ('"', '"'), ("'", "'"), ("【", "】")})


def _fragile(word: str, sense: Sense) -> bool:
    """Values that are one character or a bare number mean something only beside their name."""
    return sense.kind == "value" and (len(word) == 1 or word.isdigit())


def _whole(text: str, start: int, end: int) -> bool:
    if is_latin(text[start]) and start > 0 and is_latin(text[start - 1]):
        return False
    return not (is_latin(text[end - 1]) and end < len(text) and is_latin(text[end]))


def _forms(key: str) -> tuple[str, ...]:
    """A Latin noun with its plural, or a plural with its singular; never made-up plurals."""
    if has_chinese(key) or not key.isascii() or not key[-1].isalpha() or len(key) < 4:
        return (key,)
    if key.endswith("ies"):
        return (key, key[:-3] + "y")
    if key.endswith("s"):
        return (key,) if key.endswith(("ss", "us", "is")) else (key, key[:-1])
    if key.endswith(("ed", "ly")):
        return (key,)
    if key.endswith("y") and key[-2] not in "aeiou":
        return (key, key[:-1] + "ies")
    return (key, key + "es") if key.endswith(("x", "ch", "sh")) else (key, key + "s")


def build_lexicon(layer: SemanticLayer, scope: Scope) -> Lexicon:
    """Build the lexicon of one asker: nothing outside the scope is in it."""
    lexicon = Lexicon()
    knows_customers = layer.definitions.roles.customer is not None
    for kind, words in WORDS.items():
        for word in words if knows_customers or kind not in SAID else ():
            lexicon.add(word, Sense("word", kind))
    for word, sense in model_words():
        lexicon.add(word, sense)
    _add_metrics(lexicon, layer, scope)
    dimensions = layer.definitions.dimensions
    shown = [n for n, d in dimensions.items() if d.lexicon and not d.personal]
    values = layer.all_values(shown, scope)
    for name, dimension in dimensions.items():
        labels = (name.replace("_", " "), dimension.label.en, dimension.label.zh)
        for word in (*labels, *dimension.synonyms):
            lexicon.add(word, Sense("dimension", name))
        if name in shown:
            _add_values(lexicon, dimension, name, values[name])
    _add_stages(lexicon, layer.definitions.roles.stages)
    return lexicon


def _add_stages(lexicon: Lexicon, stages: Iterable[StageRole]) -> None:
    """Names of stages mean something only in a question about the funnel."""
    for stage in stages:
        for word in (stage.label.zh, stage.label.en, *stage.synonyms):
            if word and fold_word(word) not in lexicon.entries:
                lexicon.add(word, Sense("word", "stage_word"))


def model_words() -> Iterator[tuple[str, Sense]]:
    """Yield every way to name an attribution model."""
    from semantic_layer.credit.models import MODELS

    for model_id, model in MODELS.items():
        label = model.label
        named = {label.zh + "归因", label.zh + "归因模型", label.zh + "模型", label.en}
        named |= {f"{label.en} attribution", f"{label.en} model", model_id.replace("_", " ")}
        said_in_full, bare = MODEL_NAMES.get(model_id, ((), ()))
        for word in sorted({*named, *said_in_full}):
            yield word, Sense("model", model_id)
        for word in bare:
            yield word, Sense("bare_model", model_id)


def _add_metrics(lexicon: Lexicon, layer: SemanticLayer, scope: Scope) -> None:
    definitions = layer.definitions
    visible = visible_metrics(ToolContext(layer, scope))
    for name, metric in definitions.metrics.items():
        if metric.hidden:
            continue
        denied = name not in visible
        for word in said(name, metric):
            lexicon.add(word, Sense("denied" if denied else "metric", name))
    for name, bundle in definitions.bundles.items():
        for word in (name, bundle.label.en, bundle.label.zh, *bundle.synonyms):
            lexicon.add(word, Sense("bundle", name))
    for word in definitions.ambiguous:
        key = fold_word(word)
        lexicon.entries.pop(key, None)
        lexicon.add(word, Sense("ambiguous", word))


def _add_values(
    lexicon: Lexicon, dimension: Dimension, name: str, values: tuple[Value, ...]
) -> None:
    known = set(values)
    for value, key in zip(values, fold_words([str(v) for v in values]), strict=True):
        lexicon.add_folded(key, Sense("value", name, (value,)))
    for stored, spec in dimension.values.items():
        if stored in known:
            for word in _value_words(spec.label, spec.synonyms):
                lexicon.add(word, Sense("value", name, (stored,)))
    for word, stretch in band_words(dimension, values):
        lexicon.add(word, Sense("group", name, tuple(stretch)))
    for word, members in dimension.groups.items():
        present = tuple(m for m in members if m in known)
        if present:
            lexicon.add(word, Sense("group", name, present))


def _value_words(label: object, synonyms: Iterable[str]) -> tuple[str, ...]:
    texts = (getattr(label, "en", ""), getattr(label, "zh", ""))
    return tuple(w for w in (*texts, *synonyms) if w)
