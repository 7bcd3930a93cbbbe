"""Shapes of a call that mean nothing, made plain before it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def tidy(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a query without what says nothing.

    A period held against itself, `range` beside another kind of comparison, and `per` without a
    limit are filled in by models because the schema has a place for them.
    """
    out = dict(args)
    compare = out.get("compare")
    if isinstance(compare, dict) and isinstance(compare.get("range"), dict):
        other, main = (_span(out.get("time")), _span(compare["range"]))
        if other == main:
            compare = {k: v for k, v in compare.items() if k != "range"}
            out["compare"] = compare if compare.get("kind", "range") != "range" else None
        else:
            out["compare"] = {**compare, "kind": "range"}
    if out.get("per") and out.get("limit") is None:
        out["per"] = []
    return {k: v for k, v in out.items() if v is not None}


def _span(period: object) -> tuple[str, str] | None:
    if not isinstance(period, dict):
        return None
    return str(period.get("start")), str(period.get("end"))
