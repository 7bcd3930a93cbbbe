"""Cross-checks of merged definitions: returns issues, never prints, never raises."""

from __future__ import annotations

from semantic_layer.compile.context import Catalog
from semantic_layer.errors import Issue
from semantic_layer.loader import Definitions
from semantic_layer.validate.checker import Checker
from semantic_layer.validate.metrics import check_metrics
from semantic_layer.validate.models import check_models
from semantic_layer.validate.roles import check_roles
from semantic_layer.validate.words import check_dimensions, check_words, normalise, said

_CHECKS = (check_models, check_dimensions, check_metrics, check_words, check_roles)


def validate(definitions: Definitions, catalog: Catalog | None = None) -> tuple[Issue, ...]:
    """Return every mistake that needs more than one place to see.

    Args:
        definitions: Merged definitions.
        catalog: Tables and columns of the data; without it columns are not checked.
    """
    checker = Checker(definitions, catalog)
    for check in _CHECKS:
        check(checker)
    return tuple(checker.issues)


__all__ = ["normalise", "said", "validate"]
