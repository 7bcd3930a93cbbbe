"""Which columns of a model exist for the asker."""

from __future__ import annotations

from collections.abc import Mapping

from semantic_layer import DeniedError, Scope, SemanticLayer
from semantic_layer.compile.relation import Field


def visible_fields(
    layer: SemanticLayer, scope: Scope, model: str, fields: Mapping[str, Field]
) -> dict[str, Field]:
    """Return the fields that no rule hides: an optional column is absent, not an error."""
    kept: dict[str, Field] = {}
    for name, item in fields.items():
        try:
            layer.relation(model, {name: item}, scope)
        except DeniedError:
            continue
        kept[name] = item
    return kept
