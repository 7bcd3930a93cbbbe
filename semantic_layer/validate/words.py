"""Checks of names: one word for one thing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from semantic_layer.model import (
    MetricBase,
)
from semantic_layer.validate.checker import Checker
from semantic_layer.validate.cycles import find_cycles


def normalise(text: str) -> str:
    """Fold case, width and inner blanks, as questions are folded before matching."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def said(name: str, metric: MetricBase) -> tuple[str, ...]:
    """Return every word that names a metric: id, labels, synonyms."""
    words = (name, name.replace("_", " "), metric.label.en, metric.label.zh, *metric.synonyms)
    return tuple(w for w in {normalise(w): w for w in words if w}.values())


def check_dimensions(checker: Checker) -> None:
    """Check ids and parents of dimensions."""
    dims = checker.defs.dimensions
    for name, dimension in dims.items():
        taken = name in checker.defs.metrics
        if name == "period" or "__" in name or taken:
            why = "a metric has it" if taken else "the product uses it for its own columns"
            message = f"the id `{name}` cannot be a dimension's: {why}"
            checker.add("dimensions", name, (), "RESERVED_ID", message)
        if dimension.parent is not None:
            checker.known("dimensions", name, dimension.parent, dims, "dimension")
    for name in (*checker.defs.metrics, *checker.defs.models):
        section = "metrics" if name in checker.defs.metrics else "models"
        if "__" in name:
            message = f"`{name}`: two underscores are the product's own"
            checker.add(section, name, (), "RESERVED_ID", message)
    parents = {n: (d.parent,) for n, d in dims.items() if d.parent in dims and d.parent}
    for cycle in find_cycles(parents):
        message = "dimensions are each other's parents: " + " -> ".join(cycle)
        checker.add("dimensions", cycle[0], ("parent",), "CYCLE", message)


def check_words(checker: Checker) -> None:
    """Refuse one word for two things, unless it is declared ambiguous."""
    ambiguous = {normalise(w) for w in checker.defs.ambiguous}
    owners: dict[str, tuple[str, str]] = {}
    for section, name, word in _said(checker):
        key = normalise(word)
        first = owners.setdefault(key, (section, name))
        if first != (section, name) and key not in ambiguous:
            message = f"`{word}` already means {first[0][:-1]} `{first[1]}`"
            hint = "Remove one of them, or list the word under `ambiguous`."
            checker.add(section, name, ("synonyms",), "SYNONYM_CLASH", message, hint=hint)
    for word, item in checker.defs.ambiguous.items():
        for wanted in item.metrics:
            checker.known("ambiguous", word, wanted, checker.defs.metrics, "metric")
    for bundle_id, bundle in checker.defs.bundles.items():
        for wanted in bundle.metrics:
            checker.known("bundles", bundle_id, wanted, checker.defs.metrics, "metric")
        for dim in bundle.filters:
            checker.known("bundles", bundle_id, dim, checker.defs.dimensions, "dimension")


def _said(checker: Checker) -> Iterator[tuple[str, str, str]]:
    for name, metric in checker.defs.metrics.items():
        if not metric.hidden:
            yield from (("metrics", name, w) for w in said(name, metric))
    for name, dimension in checker.defs.dimensions.items():
        words = (dimension.label.en, dimension.label.zh, *dimension.synonyms)
        yield from (("dimensions", name, w) for w in dict.fromkeys(words) if w)
    for name, bundle in checker.defs.bundles.items():
        words = (bundle.label.en, bundle.label.zh, *bundle.synonyms)
        yield from (("bundles", name, w) for w in dict.fromkeys(words) if w)
