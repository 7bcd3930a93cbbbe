"""What a scope comes to, model by model, in terms that an administrator can check."""

from __future__ import annotations

from typing import Literal

from semantic_layer.loader import Definitions
from semantic_layer.model import Spec
from semantic_layer.scope import Scope

Access = Literal["all", "some", "none", "denied"]


class SourceView(Spec):
    """What one model looks like to a user."""

    model: str
    access: Access
    """`some` rows, `none` because no value is left, `denied`: the model does not exist."""
    rows: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    masked: dict[str, str] = {}
    least_group: int | None = None


class UserView(Spec):
    """What a user may see and do."""

    user: str
    role: str
    origin: str
    attributes: dict[str, tuple[str, ...]] = {}
    view: str
    sources: tuple[SourceView, ...]
    denied_metrics: tuple[str, ...] = ()
    denied_tools: tuple[str, ...] = ()
    only_tools: tuple[str, ...] | None = None
    may_use_sql: bool
    personal: bool
    fingerprint: str


def source_view(scope: Scope, model_id: str) -> SourceView:
    """Return what a model looks like within a scope."""
    rows = scope.rows.get(model_id, ())
    access: Access = "some" if rows else "all"
    if "FALSE" in rows:
        access = "none"
    if model_id in scope.denied:
        access, rows = "denied", ()
    return SourceView(
        model=model_id,
        access=access,
        rows=rows,
        hidden=tuple(sorted(scope.hidden.get(model_id, ()))),
        masked=dict(scope.masks.get(model_id, {})),
        least_group=scope.small_groups.get(model_id),
    )


def sources_of(scope: Scope, definitions: Definitions) -> tuple[SourceView, ...]:
    """Return every model within a scope."""
    return tuple(source_view(scope, m) for m in definitions.models)
