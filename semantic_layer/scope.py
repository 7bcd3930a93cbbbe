"""What one asker may see, as the compiler needs it.

A `Scope` is made from `policies.yml` (`semantic_layer.policy`). Predicates are SQL
fragments over a model's columns, built from typed literals; they are applied by the one
function that turns a model into SQL (`semantic_layer.compile.door`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from semantic_layer.model import Text


@dataclass(frozen=True)
class Scope:
    """Row predicates, hidden columns and denied models of one asker.

    Attributes:
        label: How the view is named in receipts.
        rows: Model id -> predicates, all of which hold for every visible row.
        hidden: Model id -> columns that do not exist for the asker.
        denied: Models that do not exist for the asker.
        limits: Dimension id -> the only values of it that exist for the asker.
    """

    label: Text = field(default_factory=lambda: Text(en="all data", zh="全部数据"))
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    denied: frozenset[str] = frozenset()
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    personal: bool = False
    """Whether personal data may be listed by name."""

    @cached_property
    def fingerprint(self) -> str:
        """A short hash that differs whenever the rights differ (part of every cache key)."""
        parts = [
            sorted((m, sorted(p)) for m, p in self.rows.items()),
            sorted((m, sorted(c)) for m, c in self.hidden.items()),
            sorted(self.denied),
            sorted((d, sorted(v)) for d, v in self.limits.items()),
            self.personal,
        ]
        text = json.dumps(parts, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


EVERYTHING = Scope()
