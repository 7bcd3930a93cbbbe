"""What a model is trained on: columns of one table, and which of them is the outcome."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from semantic_layer.errors import DefinitionError, Issue
from semantic_layer.loader import issues_of, parse_yaml, read_text
from semantic_layer.spec import NonEmpty, Spec

EMPTY = (
    "",
    "select",
    "n/a",
    "na",
    "nan",
    "null",
    "none",
    "-",
    "--",
    "?",
    "请选择",
    "未选择",
    "无",
    "未知",
)
"""Texts that mean "not filled in", in lower case: an unfilled drop-down is not a value."""


class TrainingSpec(Spec):
    """One training table."""

    outcome: NonEmpty
    positive: tuple[str, ...] = (
        "1",
        "1.0",
        "true",
        "yes",
        "y",
        "won",
        "converted",
        "是",
        "赢单",
        "成交",
    )
    id: NonEmpty | None = None
    order: NonEmpty | None = None
    """A column that grows with time (a date, or a running number): the split is along it."""
    features: tuple[NonEmpty, ...] = ()
    """Default: every other column."""
    unknown: tuple[str, ...] = ()
    """More texts that mean "not filled in"."""
    late: tuple[NonEmpty, ...] = ()
    """Columns known to be filled in after the outcome: never features."""
    early: tuple[NonEmpty, ...] = ()
    """Columns known for certain before: never suspected."""
    rules_score: NonEmpty | None = None
    """A column with the score of the rules, to be compared with; never a feature."""
    fairness: tuple[NonEmpty, ...] = ()
    """Columns whose groups are compared."""
    test_share: float = Field(default=0.3, gt=0.05, lt=0.6)
    """The last part of the rows, by `order`, on which everything is measured."""


def read_spec(path: Path) -> TrainingSpec:
    """Read a training specification.

    Raises:
        DefinitionError: With file and line of every mistake.
    """
    issues: list[Issue] = []
    source = parse_yaml(path.name, read_text(path, path.name), issues)
    if issues:
        raise DefinitionError(issues)
    try:
        return TrainingSpec.model_validate(source.data or {})
    except ValidationError as error:
        raise DefinitionError(issues_of(error, source)) from None
