"""What one asker may see, as the compiler needs it.

A `Scope` is made from `policies.yml` (`semantic_layer.rights`). Predicates are SQL
fragments over a model's columns, built from typed literals; they are applied by the one
function that turns a model into SQL (`semantic_layer.compile.door`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from semantic_layer.model import Text


@dataclass(frozen=True)
class Scope:
    """Row predicates, hidden and masked columns, denied models and names of one asker.

    Attributes:
        label: How the view is named in receipts.
        rows: Model id -> predicates, all of which hold for every visible row.
        hidden: Model id -> columns that do not exist for the asker.
        denied: Models that do not exist for the asker.
        limits: Dimension id -> the only values of it that exist for the asker.
        personal: Whether personal data may be listed by name.
        masks: Model id -> column -> how it is shown instead.
        metrics: Metrics that may not be asked for.
        tools_only: The only tools that may be used; None is all.
        tools: Tools that may not be used.
        may_use_sql: Whether `run_sql` may be used.
        small_groups: Model id -> the least number of its rows that a shown group has.
    """

    label: Text = field(default_factory=lambda: Text(en="all data", zh="全部数据"))
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    personal: bool = False
    masks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    metrics: frozenset[str] = frozenset()
    tools_only: frozenset[str] | None = None
    tools: frozenset[str] = frozenset()
    may_use_sql: bool = False
    small_groups: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def proofs(self) -> dict[str, tuple[object, frozenset[str]]]:
        """The verifier's memory: model id -> (definitions, conditions a scan must carry)."""
        return {}

    @cached_property
    def seen(self) -> dict[tuple[str, str, object], bool]:
        """Memory of what was asked once: (definitions, model id, column) -> may be seen."""
        return {}

    def denies_tool(self, name: str) -> bool:
        """Whether a tool may not be used."""
        return name in self.tools or (self.tools_only is not None and name not in self.tools_only)

    @cached_property
    def fingerprint(self) -> str:
        """A short hash that differs whenever the rights differ (part of every cache key)."""
        parts = [
            _sets(self.rows),
            _sets(self.hidden),
            sorted(self.denied),
            _sets(self.limits),
            self.personal,
            sorted((m, sorted(c.items())) for m, c in self.masks.items()),
            sorted(self.metrics),
            sorted(self.tools_only) if self.tools_only is not None else None,
            sorted(self.tools),
            self.may_use_sql,
            sorted(self.small_groups.items()),
        ]
        text = json.dumps(parts, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sets(items: Mapping[str, Iterable[str]]) -> list[tuple[str, list[str]]]:
    return sorted((key, sorted(values)) for key, values in items.items())


EVERYTHING = Scope(may_use_sql=True)
"""No limit: the whole company, for a project without policies and for the product itself."""
